//! End to end, against the real parts: an embedded Solana, a real Qdrant engine, real HTTP and WebSocket.

mod bad_input;
mod dependencies;
mod effects;
mod outage;
mod program_docs;
mod restart;
mod story;
mod validator;
mod world;
