//! The rules of Chorale, and the types everything else speaks in.
//!
//! Nothing here does I/O, reads a clock or draws a random number. Without the `host` feature the crate
//! compiles into the on-chain program: what decides about property ([`rule`], [`settlement`],
//! [`content_log`]) is the same code on the chain, in the indexer and in a client.

pub mod content;
pub mod content_log;
pub mod id;
pub mod rule;
pub mod settlement;

#[cfg(feature = "host")]
pub mod event;
#[cfg(feature = "openapi")]
mod openapi;
#[cfg(feature = "host")]
pub mod proof;
#[cfg(feature = "host")]
pub mod state;
#[cfg(feature = "host")]
pub mod transition;

pub use content::{ContentHash, Salt, content_hash};
pub use content_log::ContentLog;
pub use id::{Hash32, ThreadId, Wallet};
pub use rule::ApprovalRule;
