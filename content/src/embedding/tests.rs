//! Both kinds of embedder against the real thing: the real model, and a real HTTP server.

mod endpoint;
mod folder;
mod local;
mod model;
mod server;
