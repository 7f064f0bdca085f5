//! How often a wallet, and an address, may do what costs others something.

use crate::backend::Clock;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use chorale_domain::id::Wallet;
use governor::clock::{Clock as GovernorClock, Reference as _};
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;
use std::time::Duration;

/// How often each wallet and each address may do something, per hour: as many at once, and then evenly again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rates {
    /// Preparing the creation of a thread.
    pub create: NonZeroU32,
    /// Preparing any other transaction.
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

/// What is counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Action {
    Create,
    Submit,
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
            Self::Submit => "transactions",
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

/// All counts of this process.
pub(crate) struct RateLimits(Option<[Counts; 5]>);

impl RateLimits {
    /// No limits without `rates`.
    pub(crate) fn new(rates: Option<Rates>, clock: &Clock) -> Self {
        let counts = |action, per_hour| Counts::new(action, per_hour, Seconds(clock.clone()));
        Self(rates.map(|Rates { create, submit, upload, search, sign_in }| {
            [
                counts(Action::Create, create),
                counts(Action::Submit, submit),
                counts(Action::Upload, upload),
                counts(Action::Search, search),
                counts(Action::SignIn, sign_in),
            ]
        }))
    }

    /// Counts one more.
    ///
    /// # Errors
    /// [`TooMany`] if the address or the wallet has to wait.
    pub(crate) fn count(
        &self,
        action: Action,
        Origin(address): Origin,
        wallet: Option<Wallet>,
    ) -> Result<(), TooMany> {
        let Some(counts) = self.0.iter().flatten().find(|counts| counts.action == action) else {
            return Ok(());
        };
        counts.one_more(Who::Address(address))?;
        wallet.map_or(Ok(()), |wallet| counts.one_more(Who::Wallet(wallet)))
    }

    /// Forgets whoever may do everything again: memory goes by those of the last hour.
    pub(crate) fn forget(&self) {
        for counts in self.0.iter().flatten() {
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

    fn one_more(&self, who: Who) -> Result<(), TooMany> {
        let Self { action, per_hour, .. } = *self;
        self.limiter.check_key(&who).map_err(|until| {
            let wait = until.earliest_possible().duration_since(self.clock.now());
            let retry_after = Duration::from(wait).as_millis().div_ceil(1_000).max(1);
            TooMany { action, per_hour, retry_after: u64::try_from(retry_after).unwrap_or(u64::MAX) }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
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
            RateLimits::new(Some(Rates::default()), &(Arc::new(move || clock.load(Ordering::Relaxed)) as _)),
            now,
        )
    }

    fn allowed(limits: &RateLimits, action: Action, origin: Origin, wallet: Option<Wallet>) -> usize {
        (0..1_000).take_while(|_| limits.count(action, origin, wallet).is_ok()).count()
    }

    #[test]
    fn by_default_ten_threads_sixty_transactions_and_a_hundred_searches_are_allowed_at_once() {
        let (limits, _) = limits();
        for (action, expected) in [
            (Action::Create, 10),
            (Action::Submit, 60),
            (Action::Upload, 60),
            (Action::Search, 100),
            (Action::SignIn, 60),
        ] {
            assert_eq!(allowed(&limits, action, home(), None), expected, "{action:?}");
        }
    }

    #[test]
    fn who_waits_as_long_as_told_may_go_on_and_not_before() {
        let (limits, now) = limits();
        allowed(&limits, Action::Create, home(), None);
        let refused = limits.count(Action::Create, home(), None).unwrap_err();
        assert_eq!(refused.to_string(), "no more than 10 new threads an hour: try again in 360 s");
        now.fetch_add(359, Ordering::Relaxed);
        assert_eq!(limits.count(Action::Create, home(), None).unwrap_err().retry_after, 1);
        now.fetch_add(1, Ordering::Relaxed);
        assert_eq!(allowed(&limits, Action::Create, home(), None), 1);
        now.fetch_add(3_600, Ordering::Relaxed);
        assert_eq!(allowed(&limits, Action::Create, home(), None), 10);
    }

    #[test]
    fn a_wallet_counts_wherever_it_is_and_an_address_whoever_is_there() {
        let (limits, _) = limits();
        assert_eq!(allowed(&limits, Action::Create, home(), ALICE), 10);
        assert_eq!(allowed(&limits, Action::Create, home(), BOB), 0, "the address did enough");
        assert_eq!(allowed(&limits, Action::Create, away(), ALICE), 0, "the wallet did enough");
        assert_eq!(allowed(&limits, Action::Create, Origin::of([127, 0, 0, 3].into()), BOB), 10);
    }

    #[test]
    fn an_ipv6_network_is_one_address_and_so_is_an_ipv4_address_in_ipv6() {
        let origin = |text: &str| Origin::of(text.parse().unwrap());
        assert_eq!(origin("2001:db8:1:2:3:4:5:6"), origin("2001:db8:1:2::9"));
        assert_ne!(origin("2001:db8:1:2::1"), origin("2001:db8:1:3::1"));
        assert_eq!(origin("::ffff:127.0.0.1"), home());
    }

    #[test]
    fn without_rates_nothing_is_counted() {
        let limits = RateLimits::new(None, &(Arc::new(|| 0_i64) as _));
        assert_eq!(allowed(&limits, Action::Create, home(), ALICE), 1_000);
    }

    #[test]
    fn whoever_may_do_everything_again_is_forgotten() {
        let (limits, now) = limits();
        limits.count(Action::Create, home(), ALICE).unwrap();
        let known = || limits.0.as_ref().unwrap()[0].limiter.len();
        limits.forget();
        assert_eq!(known(), 2);
        now.fetch_add(3_601, Ordering::Relaxed);
        limits.forget();
        assert_eq!(known(), 0);
    }
}
