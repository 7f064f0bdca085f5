//! A Solana to develop and test against, and what turns any Solana into a Chorale deployment.
//!
//! [`Localnet`] is surfpool in the process: a real SVM with RPC and WebSocket on loopback, up in a moment,
//! gone when dropped. [`Deployment`] works against any RPC endpoint alike: it finds the configuration, or
//! creates the mint and initializes the program, and funds wallets.

mod deployment;
mod embedded;
mod error;
mod faucet;

pub use deployment::{Deployment, DeploymentOptions};
pub use embedded::Localnet;
pub use error::LocalnetError;
pub use faucet::Grant;
