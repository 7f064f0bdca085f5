//! What was read lately, so that it need not be read again: in this process, and in Redis where it is configured.
//!
//! An answer from here is never older than what its reader may know of. `followed` says how far this process follows
//! the store and what each event touched (`scope`); an `entry` says as of which event it was read; `tiered` puts both
//! together, so that one event drops a thread, its pages of messages and every search that could have found something
//! else. What no event tells of, bodies erased or uploaded late, belongs to a `generation`. Time bounds all of it.
//!
//! Nothing is ever written here before it is where it belongs: the caches are filled by reading.
//!
//! Bodies are kept in this process alone, and for a minute: Redis would be one more place to erase them from, and one
//! whose files may hold them for long. Nor is it much faster than the engine.

mod counts;
mod entry;
mod followed;
mod generation;
mod keys;
mod scope;
mod tiered;

pub use counts::CacheCounts;
pub(crate) use entry::{Entry, Loaded};
pub(crate) use followed::{Followed, WINDOW};
pub(crate) use generation::Generation;
pub(crate) use keys::{BodyKey, Finding, Findings, Memberships, Ownership, PageKey, ReaderClass, SearchKey};
pub(crate) use tiered::{Key, Tiered, Value};

use crate::backend::Clock;
use crate::shared::Link;
use chorale_domain::id::{ThreadId, Wallet};
use chorale_domain::state::Message;
use chorale_wire::http::Content;
use std::sync::Arc;
use tiered::{Ground, Kind};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;

const THREADS: Kind = Kind { name: "thread", ttl: 5 * MINUTE, percent: 20 };
const MESSAGES: Kind = Kind { name: "messages", ttl: 24 * HOUR, percent: 20 };
const BODIES: Kind = Kind { name: "bodies", ttl: MINUTE, percent: 40 };
const WALLETS: Kind = Kind { name: "wallet", ttl: 24 * HOUR, percent: 10 };
const SEARCHES: Kind = Kind { name: "search", ttl: HOUR, percent: 10 };

/// Every cache of this process.
pub(crate) struct Caches {
    /// How far the store is followed.
    pub(crate) followed: Arc<Followed>,
    /// Threads with their members.
    pub(crate) threads: Tiered<ThreadId, Ownership>,
    /// Pages of messages, without bodies.
    pub(crate) messages: Tiered<PageKey, Vec<Message>>,
    /// Bodies that the chain approved or rejected, as one class of readers gets them.
    pub(crate) bodies: Tiered<BodyKey, Content>,
    /// The threads that wallets co-author.
    pub(crate) wallets: Tiered<Wallet, Memberships>,
    /// What searches found.
    pub(crate) searches: Tiered<SearchKey, Findings>,
    /// Of content.
    pub(crate) generation: Arc<Generation>,
    link: Option<Arc<Link>>,
}

impl Caches {
    /// Empty; they may take about so many bytes in this process.
    pub(crate) fn new(link: Option<Arc<Link>>, clock: Clock, bytes: u64) -> Self {
        let followed = Arc::new(Followed::new());
        let ground = Ground { followed: followed.clone(), link: link.clone(), clock, bytes };
        let here = Ground { link: None, ..ground.clone() };
        Self {
            followed,
            threads: Tiered::new(THREADS, ground.clone()),
            messages: Tiered::new(MESSAGES, ground.clone()),
            bodies: Tiered::new(BODIES, here),
            wallets: Tiered::new(WALLETS, ground.clone()),
            searches: Tiered::new(SEARCHES, ground),
            generation: Arc::default(),
            link,
        }
    }

    /// Content was changed in a way that no event tells of: a body was erased, uploaded after the chain had decided about
    /// it, or is shown to others than before. Nothing that was cached of content before counts any more, here when this
    /// returns, and elsewhere as soon as Redis has told it; within a minute whatever happens.
    pub(crate) async fn forget_contents(&self) {
        self.generation.changed();
        // The memory is wanted before the values' time is over.
        self.bodies.clear();
        self.searches.clear();
        if let Some(link) = &self.link {
            link.tell(&self.generation).await;
        }
    }

    /// Whether Redis, where one is configured, answered when it was asked last.
    pub(crate) fn is_linked(&self) -> bool {
        self.link.as_ref().is_some_and(|link| link.is_here())
    }

    /// What became of the questions to each cache, by its name.
    pub(crate) fn counts(&self) -> [(&'static str, CacheCounts); 5] {
        [
            self.threads.counts(),
            self.messages.counts(),
            self.bodies.counts(),
            self.wallets.counts(),
            self.searches.counts(),
        ]
    }
}
