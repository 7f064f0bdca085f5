//! What goes over the wire between the backend and its clients, in one place, so that neither can drift.
//!
//! Amounts are decimal strings (base units of the token), wallets, threads and signatures base58, hashes
//! and salts lower-case hex, times Unix seconds of the chain's clock where the chain decides them.

pub mod endpoint;
pub mod http;
pub mod problem;
pub mod socket;

pub use problem::{Code, Problem};
