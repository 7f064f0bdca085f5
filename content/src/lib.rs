//! The bodies of what people write: text and salt, metadata, and the index to search them.
//!
//! Qdrant is the authority on bodies and on nothing else: whether one is approved is decided on the chain
//! and copied here as a [`ContentStatus`]. [`ContentStore`] validates, names and filters; behind it an engine
//! (Qdrant in the process now, a Qdrant server later) only stores and finds points of one payload schema.
//!
//! Code map: `store` is the public face; `filter` the one place where read filters are made; `payload` the
//! schema; `bm25` turns text into sparse vectors; `engine` is the seam, `engine::edge` Qdrant in the process.

mod bm25;
pub mod embedding;
mod engine;
mod error;
mod filter;
mod payload;
mod point;
mod record;
mod store;
#[cfg(test)]
mod tests;

pub use chorale_wire::http::ContentStatus;
pub use error::ContentError;
pub use filter::{ContentFilter, MAX_LIMIT, MAX_QUERY_BYTES, Search};
pub use record::{ContentRecord, NewContent, Stored};
pub use store::{ContentOptions, ContentStore, Stale, StaleCursor};
