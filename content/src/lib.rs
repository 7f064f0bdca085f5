//! The bodies of what people write: text and salt, metadata, and the index to search them.
//!
//! Qdrant is the authority on bodies and on nothing else: whether one is approved, and who may read it, is decided on
//! the chain and copied or asked for here. [`ContentStore`] validates, names and filters; behind it an engine (Qdrant in
//! the process, or a Qdrant server) only stores and finds points of one payload schema.
//!
//! Code map: `store` is the public face for readers, `duties` for the service itself; `filter` the one place that
//! decides who gets to see what; `stage` and `payload` the schema; `bm25` turns text into sparse vectors, `embedding`
//! into dense ones; `meaning` knows which model is in use, `worker` embeds in the background; `engine` is the seam,
//! with `engine::edge` and `engine::server` behind it; `watched` asks nothing of a server that is away, for which
//! uploads wait in the `queue` until their `delivery`; `tuning` has the numbers of the index.

mod bm25;
mod delivery;
mod duties;
pub mod embedding;
mod engine;
mod error;
mod filter;
mod folder;
mod meaning;
mod options;
mod payload;
mod point;
mod queue;
mod reader;
mod record;
mod search;
mod shared;
mod stage;
mod store;
#[cfg(test)]
mod tests;
mod tuning;
mod watched;
mod worker;

pub use chorale_wire::http::{ContentStatus, SearchMode, Visibility};
pub use delivery::Waiting;
pub use duties::{Duties, Keys, KeysCursor};
pub use engine::{ServerOptions, Snapshot};
pub use error::ContentError;
pub use options::{ContentOptions, Models};
pub use reader::{Drafts, Reader};
pub use record::{ContentRecord, Erasure, NewContent, Stored};
pub use search::{ContentFilter, Found, MAX_LIMIT, MAX_QUERY_BYTES, Search};
pub use stage::Stage;
pub use store::ContentStore;
