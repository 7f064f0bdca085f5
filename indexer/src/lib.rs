//! Follows Chorale's program into the store.
//!
//! Three steps: [`source`] asks a node which transactions there are, [`decode`] reads their events without any
//! I/O, the store applies them with the cursor in one transaction. Signatures by page are the truth; what a
//! node pushes only wakes the indexer. A second follower, of the store's events, keeps the statuses of
//! contents up to date.

mod backlog;
mod content_status;
pub mod decode;
mod error;
mod follower;
mod indexer;
mod outage;
mod rpc;
pub mod source;
mod wake;

#[cfg(test)]
mod tests;

pub use error::IndexerError;
pub use indexer::{DEFAULT_POLL, Indexer, IndexerConfig};
pub use rpc::RpcSource;
