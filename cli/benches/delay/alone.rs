//! The same without Chorale: what the node answers, and how soon, to who asks it alone.

use crate::options::pause;
use crate::scene::Scene;
use chorale_domain::id::{Hash32, Signature, Wallet};
use chorale_indexer::RpcSource;
use chorale_indexer::source::{ChainSource as _, Page};
use chorale_indexer::time::RealTime;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// As many as the indexer asks for where little is new.
const LIMIT: usize = 64;

/// What was measured with every transaction.
#[derive(Default)]
pub struct Alone {
    /// From sending to the notice.
    pub confirmed: Vec<Duration>,
    /// From the notice until the node lists the transaction.
    pub listed: Vec<Duration>,
    /// From the notice until it also gives it.
    pub given: Vec<Duration>,
    /// One question each: how far the chain is, which transactions there are, one of them.
    pub tip: Vec<Duration>,
    pub list: Vec<Duration>,
    pub transaction: Vec<Duration>,
}

/// Stops the indexer, and asks what it would ask.
pub async fn measure(scene: &mut Scene, transactions: usize) -> Alone {
    scene.world.dev.stop_indexer().await.expect("the indexer was well");
    let dev = &scene.world.dev;
    let (rpc_url, ws_url) = (dev.rpc_url().to_owned(), dev.ws_url().to_owned());
    let program = Wallet(chorale::ID.to_bytes());
    let source = RpcSource::new(rpc_url, ws_url, program, Arc::new(RealTime::new()));
    let mut alone = Alone::default();
    for _ in 0..transactions {
        alone.follow(scene, &source).await;
        pause().await;
    }
    alone
}

impl Alone {
    async fn follow(&mut self, scene: &Scene, source: &RpcSource) {
        let (signature, sent) = scene.send(Hash32(rand::random())).await;
        let confirmed = scene.notices.confirmed(signature).await.expect("it is confirmed");
        while !is_listed(source, signature).await {}
        let listed = Instant::now();
        while source.transaction(signature).await.expect("the node answers").is_none() {}
        self.given.push(confirmed.elapsed());
        self.listed.push(listed - confirmed);
        self.confirmed.push(confirmed - sent);
        self.ask(source, signature).await;
    }

    /// Once more, each timed for itself.
    async fn ask(&mut self, source: &RpcSource, signature: Signature) {
        let begun = Instant::now();
        source.tip().await.expect("the node answers");
        self.tip.push(begun.elapsed());
        let begun = Instant::now();
        is_listed(source, signature).await;
        self.list.push(begun.elapsed());
        let begun = Instant::now();
        source.transaction(signature).await.expect("the node answers");
        self.transaction.push(begun.elapsed());
    }
}

async fn is_listed(source: &RpcSource, signature: Signature) -> bool {
    let page = Page { before: None, until: None, limit: LIMIT, min_slot: 0 };
    let listed = source.signatures(&page).await.expect("the node answers");
    listed.iter().any(|info| info.signature == signature)
}
