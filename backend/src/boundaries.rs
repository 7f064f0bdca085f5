//! `verify_boundaries`: whether the authorities agree with what is kept of them elsewhere.
//!
//! Each boundary has a [`Check`], which compares page by page and resolves what is its own to resolve: the status of a
//! body follows the store. What is not is reported only: who owns what is mended by the indexer or by `chorale rebuild`,
//! since the backend never writes the store. [`ContentCheck`], the caches' and [`SharedCacheCheck`] are those this crate
//! has; whoever wires the parts adds others, as for the chain.

mod cache;
mod content;
mod round;
mod shared_cache;

pub(crate) use cache::{CacheCheck, Sample};
pub use content::ContentCheck;
pub use round::{Round, round};
pub(crate) use round::{Verifying, run};
pub use shared_cache::SharedCacheCheck;

use async_trait::async_trait;
use chorale_content::ContentError;
use chorale_store::StoreError;
use std::fmt;

/// Between which two.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Boundary {
    /// The chain, and what the store has of it.
    ChainStore,
    /// The store, and the bodies with their statuses.
    StoreContent,
    /// The store, and what is cached of it.
    StoreCache,
}

impl Boundary {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::ChainStore, Self::StoreContent, Self::StoreCache];

    /// What it is called in metrics and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ChainStore => "chain_store",
            Self::StoreContent => "store_content",
            Self::StoreCache => "store_cache",
        }
    }
}

/// What kind of difference.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// The store and the chain say different things of the same entity or event.
    Ownership,
    /// The chain has a hash whose body is nowhere.
    BodyMissing,
    /// A body, with its salt, does not have the hash it is kept under.
    BodyHash,
    /// A body's status is not what the store says.
    Status,
    /// A body is kept that no chain has known for longer than drafts are.
    UnknownBody,
    /// A cached value that should hold is not what the store says.
    Cached,
}

impl Kind {
    /// What it is called in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ownership => "ownership",
            Self::BodyMissing => "body_missing",
            Self::BodyHash => "body_hash",
            Self::Status => "status",
            Self::UnknownBody => "unknown_body",
            Self::Cached => "cached",
        }
    }
}

/// Something two places say differently.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// Between which.
    pub boundary: Boundary,
    /// What kind.
    pub kind: Kind,
    /// What differs: an entity, an event or a body, by its key.
    pub subject: String,
    /// What the authority says.
    pub expected: String,
    /// What was found instead.
    pub found: String,
    /// Whether the authority's word was put in its place.
    pub resolved: bool,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { boundary, kind, subject, expected, found, resolved } = self;
        let outcome = if *resolved { "resolved" } else { "not resolved" };
        let (boundary, kind) = (boundary.name(), kind.name());
        write!(f, "{boundary} {kind} of {subject}: {found}, where it should be {expected}; {outcome}")
    }
}

/// What one step of a check brought.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Page {
    /// Things that were compared.
    pub compared: u64,
    /// What differed.
    pub differences: Vec<Difference>,
    /// Whether everything was compared; the next page begins anew.
    pub is_last: bool,
}

/// Why nothing can be said. The check goes on where it was.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The store does not answer.
    #[error("the store cannot be read: {0}")]
    Store(#[from] StoreError),
    /// The bodies cannot be reached.
    #[error("the bodies cannot be read: {0}")]
    Content(#[from] ContentError),
    /// Another part, in words of its own.
    #[error("{0}")]
    Other(String),
}

/// Compares the two sides of a boundary, a bounded page at a time.
#[async_trait]
pub trait Check: Send {
    /// Which boundary it watches.
    fn boundary(&self) -> Boundary;

    /// Compares the next page. It goes on after the last one that went well.
    ///
    /// # Errors
    /// [`CheckError`] where one side cannot be asked.
    async fn next(&mut self) -> Result<Page, CheckError>;
}
