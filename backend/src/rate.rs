//! How often a wallet, and an address, may do what costs others something.

use crate::backend::Clock;
use crate::shared::{Link, SharedRates};
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use chorale_domain::id::Wallet;
use governor::clock::{Clock as GovernorClock, Reference as _};
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use std::convert::Infallible;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

/// How often each wallet and each address may do something, per hour: as many at once, and then evenly again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rates {
    /// Preparing the creation of a thread.
    pub create: NonZeroU32,
    /// Preparing any other transaction. As many as may be prepared, of either kind, may be sent, [`TRIED`] times each, and
    /// be asked about [`ASKED`] times at the chain.
    pub submit: NonZeroU32,
    /// Uploading a body.
    pub upload: NonZeroU32,
    /// Searching.
    pub search: NonZeroU32,
    /// Asking for a text to sign, by address only, so that nobody keeps another's wallet out; and making an API token.
    pub sign_in: NonZeroU32,
}

impl Default for Rates {
    fn default() -> Self {
        const fn rate(per_hour: u32) -> NonZeroU32 {
            NonZeroU32::new(per_hour).expect("no rate here is zero")
        }
        Self { create: rate(10), submit: rate(60), upload: rate(60), search: rate(100), sign_in: rate(60) }
    }
}

/// How often the chain is asked, for one client, what became of each transaction that it may send.
const ASKED: u32 = 60;

/// How often each of them may be tried to be sent, as while the chain is away.
const TRIED: u32 = 5;

impl Rates {
    fn sent(self) -> NonZeroU32 {
        self.prepared_times(TRIED)
    }

    fn asked(self) -> NonZeroU32 {
        self.prepared_times(ASKED)
    }

    /// So many times as many as may be prepared.
    fn prepared_times(self, times: u32) -> NonZeroU32 {
        let prepared = self.submit.saturating_add(self.create.get());
        prepared.saturating_mul(NonZeroU32::MIN.saturating_add(times - 1))
    }
}

/// What is counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Action {
    Create,
    Submit,
    Send,
    Ask,
    Upload,
    Search,
    SignIn,
}

/// Somebody did too much of something.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("no more than {per_hour} {} an hour: try again in {retry_after} s", .action.plural())]
pub(crate) struct TooMany {
    action: Action,
    per_hour: NonZeroU32,
    /// Seconds until the next one is allowed.
    pub(crate) retry_after: u64,
}

impl Action {
    fn plural(self) -> &'static str {
        match self {
            Self::Create => "new threads",
            Self::Submit | Self::Send => "transactions",
            Self::Ask => "questions to the chain",
            Self::Upload => "uploads",
            Self::Search => "searches",
            Self::SignIn => "sign-ins and API tokens",
        }
    }
}

/// Where a request comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Origin(IpAddr);

impl Origin {
    /// An IPv6 address counts by its first half: the rest of it costs nobody anything.
    fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(v6) => Self(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into()),
            v4 @ IpAddr::V4(_) => Self(v4),
        }
    }
}

/// Where nobody says who is connected, all are one.
impl<S: Send + Sync> FromRequestParts<S> for Origin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Self::of(peer.map_or(Ipv4Addr::UNSPECIFIED.into(), |ConnectInfo(peer)| peer.ip())))
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Who {
    Wallet(Wallet),
    Address(IpAddr),
}

impl Who {
    /// The wallet first: whoever is refused for their own sake takes nothing from others at their address.
    fn all(Origin(address): Origin, wallet: Option<Wallet>) -> impl Iterator<Item = Self> {
        wallet.map(Self::Wallet).into_iter().chain([Self::Address(address)])
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wallet(wallet) => wallet.fmt(f),
            Self::Address(address) => address.fmt(f),
        }
    }
}

/// The backend's clock, which goes by seconds.
#[derive(Clone)]
struct Seconds(Clock);

impl GovernorClock for Seconds {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Duration::from_secs((self.0)().unsigned_abs()).into()
    }
}

/// One action's counts.
struct Counts {
    action: Action,
    per_hour: NonZeroU32,
    limiter: RateLimiter<Who, DashMapStateStore<Who>, Seconds, NoOpMiddleware<Nanos>>,
    clock: Seconds,
}

/// All counts of this process, and through Redis those of all backends.
pub(crate) struct RateLimits {
    here: Option<[Counts; 7]>,
    everywhere: Option<SharedRates>,
}

impl RateLimits {
    /// No limits without `rates`.
    pub(crate) fn new(rates: Option<Rates>, clock: &Clock, link: Option<Arc<Link>>) -> Self {
        let counts = |action, per_hour| Counts::new(action, per_hour, Seconds(clock.clone()));
        let here = rates.map(|rates @ Rates { create, submit, upload, search, sign_in }| {
            [
                counts(Action::Create, create),
                counts(Action::Submit, submit),
                counts(Action::Send, rates.sent()),
                counts(Action::Ask, rates.asked()),
                counts(Action::Upload, upload),
                counts(Action::Search, search),
                counts(Action::SignIn, sign_in),
            ]
        });
        Self { here, everywhere: link.map(SharedRates::new) }
    }

    /// Counts one more, here and at all backends. While Redis is away each backend counts for itself.
    ///
    /// # Errors
    /// [`TooMany`] if the address or the wallet has to wait.
    pub(crate) async fn count(
        &self,
        action: Action,
        origin: Origin,
        wallet: Option<Wallet>,
    ) -> Result<(), TooMany> {
        let Some(counts) = self.here.iter().flatten().find(|counts| counts.action == action) else {
            return Ok(());
        };
        // What is refused for all backends together is not counted here either.
        if let Some(retry_after) = self.elsewhere(counts, origin, wallet).await {
            return Err(counts.too_many(retry_after));
        }
        counts.count(origin, wallet)
    }

    /// The seconds to wait by what all backends have counted; `None` too where that cannot be known.
    async fn elsewhere(&self, counts: &Counts, origin: Origin, wallet: Option<Wallet>) -> Option<u64> {
        let who: Vec<_> = Who::all(origin, wallet).map(|who| who.to_string()).collect();
        let (name, now) = (format!("{:?}", counts.action), (counts.clock.0)());
        self.everywhere.as_ref()?.count(&name, &who, counts.per_hour, now).await
    }

    /// Forgets whoever may do everything again: memory goes by those of the last hour.
    pub(crate) fn forget(&self) {
        for counts in self.here.iter().flatten() {
            counts.limiter.retain_recent();
            counts.limiter.shrink_to_fit();
        }
    }
}

impl Counts {
    fn new(action: Action, per_hour: NonZeroU32, clock: Seconds) -> Self {
        let limiter =
            RateLimiter::new(Quota::per_hour(per_hour), DashMapStateStore::default(), clock.clone());
        Self { action, per_hour, limiter, clock }
    }

    /// Counts one more in this process.
    fn count(&self, origin: Origin, wallet: Option<Wallet>) -> Result<(), TooMany> {
        Who::all(origin, wallet).try_for_each(|who| self.one_more(who))
    }

    fn one_more(&self, who: Who) -> Result<(), TooMany> {
        self.limiter.check_key(&who).map_err(|until| {
            let wait = until.earliest_possible().duration_since(self.clock.now());
            let retry_after = Duration::from(wait).as_millis().div_ceil(1_000).max(1);
            self.too_many(u64::try_from(retry_after).unwrap_or(u64::MAX))
        })
    }

    fn too_many(&self, retry_after: u64) -> TooMany {
        TooMany { action: self.action, per_hour: self.per_hour, retry_after }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicI64, Ordering};

    const ALICE: Option<Wallet> = Some(Wallet([1; 32]));
    const BOB: Option<Wallet> = Some(Wallet([2; 32]));

    fn home() -> Origin {
        Origin::of([127, 0, 0, 1].into())
    }

    fn away() -> Origin {
        Origin::of([127, 0, 0, 2].into())
    }

    fn limits() -> (RateLimits, Arc<AtomicI64>) {
        let now = Arc::new(AtomicI64::new(1_000_000));
        let clock = now.clone();
        (
            RateLimits::new(
                Some(Rates::default()),
                &(Arc::new(move || clock.load(Ordering::Relaxed)) as _),
                None,
            ),
            now,
        )
    }

    async fn allowed(limits: &RateLimits, action: Action, origin: Origin, wallet: Option<Wallet>) -> usize {
        let mut allowed = 0;
        while allowed < 1_000 && limits.count(action, origin, wallet).await.is_ok() {
            allowed += 1;
        }
        allowed
    }

    #[tokio::test]
    async fn by_default_ten_threads_sixty_transactions_and_a_hundred_searches_are_allowed_at_once() {
        let (limits, _) = limits();
        for (action, expected) in [
            (Action::Create, 10),
            (Action::Submit, 60),
            (Action::Send, 350),
            (Action::Upload, 60),
            (Action::Search, 100),
            (Action::SignIn, 60),
        ] {
            assert_eq!(allowed(&limits, action, home(), None).await, expected, "{action:?}");
        }
    }

    #[tokio::test]
    async fn who_waits_as_long_as_told_may_go_on_and_not_before() {
        let (limits, now) = limits();
        allowed(&limits, Action::Create, home(), None).await;
        let refused = limits.count(Action::Create, home(), None).await.unwrap_err();
        assert_eq!(refused.to_string(), "no more than 10 new threads an hour: try again in 360 s");
        now.fetch_add(359, Ordering::Relaxed);
        assert_eq!(limits.count(Action::Create, home(), None).await.unwrap_err().retry_after, 1);
        now.fetch_add(1, Ordering::Relaxed);
        assert_eq!(allowed(&limits, Action::Create, home(), None).await, 1);
        now.fetch_add(3_600, Ordering::Relaxed);
        assert_eq!(allowed(&limits, Action::Create, home(), None).await, 10);
    }

    #[tokio::test]
    async fn a_wallet_counts_wherever_it_is_and_an_address_whoever_is_there() {
        let (limits, _) = limits();
        assert_eq!(allowed(&limits, Action::Create, home(), ALICE).await, 10);
        assert_eq!(allowed(&limits, Action::Create, home(), BOB).await, 0, "the address did enough");
        assert_eq!(allowed(&limits, Action::Create, away(), ALICE).await, 0, "the wallet did enough");
        let elsewhere = Origin::of([127, 0, 0, 3].into());
        assert_eq!(allowed(&limits, Action::Create, elsewhere, BOB).await, 9, "it was refused once");
    }

    #[tokio::test]
    async fn a_wallet_that_did_enough_takes_nothing_from_others_at_its_address() {
        let (limits, _) = limits();
        assert_eq!(allowed(&limits, Action::Create, home(), ALICE).await, 10);
        for _ in 0..50 {
            limits.count(Action::Create, away(), ALICE).await.unwrap_err();
        }
        assert_eq!(allowed(&limits, Action::Create, away(), BOB).await, 10);
    }

    #[test]
    fn an_ipv6_network_is_one_address_and_so_is_an_ipv4_address_in_ipv6() {
        let origin = |text: &str| Origin::of(text.parse().unwrap());
        assert_eq!(origin("2001:db8:1:2:3:4:5:6"), origin("2001:db8:1:2::9"));
        assert_ne!(origin("2001:db8:1:2::1"), origin("2001:db8:1:3::1"));
        assert_eq!(origin("::ffff:127.0.0.1"), home());
    }

    #[tokio::test]
    async fn without_rates_nothing_is_counted() {
        let limits = RateLimits::new(None, &(Arc::new(|| 0_i64) as _), None);
        assert_eq!(allowed(&limits, Action::Create, home(), ALICE).await, 1_000);
    }

    #[tokio::test]
    async fn whoever_may_do_everything_again_is_forgotten() {
        let (limits, now) = limits();
        limits.count(Action::Create, home(), ALICE).await.unwrap();
        let known = || limits.here.as_ref().unwrap()[0].limiter.len();
        limits.forget();
        assert_eq!(known(), 2);
        now.fetch_add(3_601, Ordering::Relaxed);
        limits.forget();
        assert_eq!(known(), 0);
    }
}
