//! Follows Chorale's program into the store.
//!
//! In rounds: [`source`] says which transactions there are, what is new is fetched and [`decode`]d without any I/O, the
//! store applies it with its cursor in one transaction. Signatures by page are the truth, where their list joins what
//! is in the store; what a node pushes only wakes the indexer. What a fork dropped is taken back, what is finalized is
//! settled, and threads are compared with their accounts. A second follower, of the store's events, keeps the statuses
//! of contents up to date; a third goes round the store and looks for damage.
//!
//! Code map: `round` is what happens; `listing` is a list that is believed; `fork` what follows from it; `backfill` a
//! history too long for a round; `fetch` from signature to events; `chain` how the source is asked;
//! `comparing` when threads are compared.

pub mod accounts;
mod backfill;
mod batch;
mod beginning;
mod chain;
pub mod compare;
mod comparing;
mod content_status;
pub mod decode;
mod error;
mod fetch;
mod fork;
mod health;
mod indexer;
mod inside;
mod limits;
mod listing;
mod metrics;
mod outage;
mod rate;
mod reconcile;
mod round;
mod rpc;
mod scrubber;
mod sight;
pub mod source;
mod sweep;
pub mod time;
mod wake;

#[cfg(test)]
mod tests;

// The simulated chain knows this crate by its name, since benches use it too.
#[cfg(test)]
extern crate self as chorale_indexer;

pub use error::IndexerError;
pub use health::{Health, MAX_BLOCK_AGE, MAX_SINCE_ROUND, MAX_SLOTS_BEHIND};
pub use indexer::{DEFAULT_POLL, Indexer, IndexerConfig};
pub use limits::Limits;
pub use metrics::Metrics;
pub use rpc::RpcSource;
