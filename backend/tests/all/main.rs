//! The backend as its clients see it: over real HTTP and WebSocket, on a real store and a real content engine.
//! Only the RPC endpoint is played, by a responder on the loopback, where a test is about what it says.

mod browsers;
mod caches;
mod contents;
mod copy;
mod rates;
mod replaced;
mod resuming;
mod retraction;
mod rpc;
mod session;
mod shared;
mod shared_model;
mod socket;
mod socket_flow;
mod story;
mod threads;
mod transactions;
mod wallet;
mod world;
