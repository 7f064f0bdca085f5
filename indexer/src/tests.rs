//! The indexer against a scripted chain, with a real store and real contents.

mod backlog;
mod decode;
mod encoded;
mod following;
mod rpc;
mod running;
mod scripted;
mod statuses;
