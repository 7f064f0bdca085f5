//! The contract on a stand-in for a server, so that every request is sent and every answer read wherever tests run.

use std::sync::Arc;

use chorale_testing::QdrantStandIn;

use super::damage;
use crate::engine::contract::{Subject, contract};
use crate::engine::{Engine, ServerEngine, ServerOptions};
use crate::point::PointId;

impl Subject for QdrantStandIn {
    fn new() -> Option<Self> {
        Some(Self::start())
    }

    async fn open(&self) -> Arc<dyn Engine> {
        Arc::new(ServerEngine::open(ServerOptions::at(self.url()), vec![]).await.unwrap())
    }

    async fn damage(&self, id: PointId, field: &str, word: &str) {
        damage(&ServerOptions::at(self.url()), id, field, word).await;
    }

    async fn clean_up(self) {}
}

contract!(QdrantStandIn);

#[tokio::test]
async fn a_copy_has_a_name_of_its_own() {
    let server = QdrantStandIn::start();
    let engine = server.open().await;
    let [one, other] = [engine.snapshot("".into()).await.unwrap(), engine.snapshot("".into()).await.unwrap()];
    assert_ne!(one, other);
}
