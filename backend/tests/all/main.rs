//! The backend as its clients see it: over real HTTP and WebSocket, on a real store and a real content engine.
//! Only the RPC endpoint is played, by a responder on the loopback, where a test is about what it says.

mod acknowledging;
mod authority;
mod boundaries;
mod browsers;
mod contents;
mod copy;
mod effects;
mod etags;
mod front;
mod history;
mod idempotency;
mod metrics;
mod model;
mod openapi;
mod presence;
mod proofs;
mod rates;
mod replaced;
mod resuming;
mod retraction;
mod rpc;
mod schema;
mod session;
mod sessions;
mod settling;
mod socket;
mod socket_flow;
mod statuses;
mod story;
mod threads;
mod tls;
mod transactions;
mod wallet;
mod wallets;
mod world;
