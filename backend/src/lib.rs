//! The service that clients and wallets meet: HTTP for reads, uploads and prepared transactions, one WebSocket
//! per client for what the chain confirmed.
//!
//! It decides about sessions, connections and rooms, and about nothing else. It holds no key: it prepares
//! transactions, wallets sign them, and what follows from them reaches it through the store.
//!
//! Code map: `router` lists every route, `http` has a file of handlers per noun, `ws` the socket (a state
//! machine per connection, one follower of the store for all), `auth` the sign-in and what sessions may do, `idempotency`
//! writes that are sent twice, `rate` how often anyone may do what, `openapi` the document of the routes, `logs` the trees
//! that proofs come from, `browsers` what those are told, `chain` everything that asks the RPC endpoint, `effects` what
//! signing would do, `collector` what nobody ever confirmed, `boundaries` what compares store and bodies, `statuses` what
//! the chain decided about bodies, `uploads` delivers what waited for Qdrant, `parts` says what works without which part,
//! `busy` how much may be under way, `reads` how the state is read, `cache` what need not be read
//! again, `shared` what several backends have in common, `front` the listener with or without TLS, `metrics` what is measured, `error` what
//! clients are told when something goes wrong.

mod app;
mod auth;
mod backend;
pub mod boundaries;
mod browsers;
mod busy;
mod cache;
mod chain;
mod collector;
mod effects;
mod error;
mod faucet;
mod front;
mod http;
mod idempotency;
mod logs;
mod metrics;
mod openapi;
mod parts;
mod presence;
mod progress;
mod proxies;
mod public_url;
mod rate;
mod reader;
mod reads;
mod router;
mod shared;
mod standing;
mod statuses;
mod tls;
mod trace;
mod uploads;
mod ws;

pub use backend::{Backend, BackendError, ChainConfig, Clock, Limits, Parts, Random};
pub use browsers::Origins;
pub use cache::CacheCounts;
pub use faucet::{Faucet, FaucetError};
pub use front::Front;
pub use proxies::Proxies;
pub use public_url::{PublicUrl, PublicUrlError};
pub use rate::Rates;
pub use shared::{RedisConfig, RedisConfigError};
pub use tls::{Tls, TlsError, TlsFiles};
pub use trace::TRACE_TARGET;
