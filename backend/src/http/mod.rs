//! Handlers, a file per noun. They check what can be checked here, ask the part that decides, and answer.

pub(crate) mod contents;
pub(crate) mod documents;
pub(crate) mod entities;
pub(crate) mod etag;
pub(crate) mod events;
pub(crate) mod extract;
pub(crate) mod faucet;
pub(crate) mod health;
pub(crate) mod info;
pub(crate) mod members;
pub(crate) mod messages;
pub(crate) mod page;
pub(crate) mod proposals;
pub(crate) mod search;
pub(crate) mod session;
pub(crate) mod threads;
pub(crate) mod transaction_status;
pub(crate) mod transactions;
pub(crate) mod wallets;
