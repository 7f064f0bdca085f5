//! A backend as `chorale serve` is, over the same store: what the indexer commits it hears of from the store alone.

use crate::world::clock;
use chorale_backend::{Limits, Origins, Proxies};
use chorale_cli::dev::Dev;
use chorale_cli::serve::{Serve, ServeOptions, Stores};
use chorale_store::{Location, Sessions, Store};
use std::sync::Arc;

pub async fn serve(dev: &Dev) -> Serve {
    let location = Location::from(dev.folder().join("store.sqlite"));
    let store = Store::open(&location, clock()).await.expect("the store that the indexer writes");
    let sessions = location.sessions().expect("a place beside the store");
    let sessions = Sessions::open(&sessions).await.expect("the sessions of the other backend");
    let stores = Stores { store, sessions, content: dev.content().clone() };
    Serve::start(options(dev), stores).await.expect("another backend")
}

fn options(dev: &Dev) -> ServeOptions {
    let anywhere = "127.0.0.1:0".parse().expect("an address");
    ServeOptions {
        rpc_url: dev.rpc_url().to_owned(),
        ws_url: dev.ws_url().to_owned(),
        chain_id: "localnet".into(),
        listen: anywhere,
        public_url: None,
        origins: Origins::Any,
        redis: None,
        proxies: Proxies::default(),
        metrics_listen: anywhere,
        verify_every: None,
        tls: None,
        limits: Limits { rates: None, ..Limits::default() },
        clock: clock(),
        random: Arc::new(rand::random),
    }
}
