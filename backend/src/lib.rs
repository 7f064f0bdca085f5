//! The service that clients and wallets meet: HTTP for reads, uploads and prepared transactions, one WebSocket
//! per client for what the chain confirmed.
//!
//! It decides about sessions, connections and rooms, and about nothing else. It holds no key: it prepares
//! transactions, wallets sign them, and what follows from them reaches it through the store.
//!
//! Code map: `router` lists every route, `http` has a file of handlers per noun, `ws` the socket (a state
//! machine per connection, one follower of the store for all), `auth` the sign-in, `rate` how often anyone may do
//! what, `browsers` what those are told, `reads` how the state is read, `cache` what need not be read again, `shared` what
//! several backends have in common, `chain` everything that asks the RPC endpoint, `collector` what nobody ever
//! confirmed, `error` what clients are told when something goes wrong.

mod app;
mod auth;
mod backend;
mod browsers;
mod cache;
mod chain;
mod collector;
mod error;
mod faucet;
mod http;
mod presence;
mod progress;
mod rate;
mod reads;
mod router;
mod shared;
mod standing;
mod ws;

pub use backend::{Backend, BackendError, ChainConfig, Clock, Limits, Parts, Random};
pub use browsers::Origins;
pub use cache::CacheCounts;
pub use faucet::{Faucet, FaucetError};
pub use rate::Rates;
pub use shared::{RedisConfig, RedisConfigError};
