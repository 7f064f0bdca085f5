//! The indexer against a scripted chain and a simulated one, with a real store and real contents.

mod accounts;
mod compare;
mod decode;
mod encoded;
mod following;
mod forking;
mod listing;
mod measured;
mod rpc;
mod running;
mod scripted;
mod scrubbing;
mod seams;
mod sim;
mod simulated;
mod statuses;
mod wake;
