//! What the backends of one deployment share through Redis: cached values, who was told what when, counts.
//!
//! Nothing here decides anything: Redis may be away, slow, restarted or full of nonsense at any time, and every reader
//! goes on without it. What it holds can be lost; what the chain confirmed is in the store before it is here.

mod config;
mod heads;
mod link;
mod rates;
mod transactions;

pub use config::{RedisConfig, RedisConfigError};
pub(crate) use heads::{Crowd, Heads};
pub(crate) use link::Link;
pub(crate) use rates::SharedRates;
pub(crate) use transactions::{Claim, SharedTransactions};
