//! Runs where `CHORALE_QDRANT_URL` names a server's gRPC endpoint, with `CHORALE_QDRANT_API_KEY` if it wants a key.

use std::env;
use std::sync::Arc;

use uuid::Uuid;

use super::damage;
use crate::embedding::ApiKey;
use crate::engine::contract::{Subject, contract};
use crate::engine::server::connection;
use crate::engine::{Engine, ServerEngine, ServerOptions};
use crate::point::PointId;

/// A collection of its own.
struct Collection(ServerOptions);

impl Subject for Collection {
    fn new() -> Option<Self> {
        let Ok(url) = env::var("CHORALE_QDRANT_URL") else {
            eprintln!("skipped: set CHORALE_QDRANT_URL to a Qdrant server's gRPC endpoint");
            return None;
        };
        let api_key = env::var("CHORALE_QDRANT_API_KEY").ok().map(ApiKey::from);
        let collection = format!("chorale-test-{}", name());
        Some(Self(ServerOptions { api_key, collection, ..ServerOptions::at(url) }))
    }

    async fn open(&self) -> Arc<dyn Engine> {
        Arc::new(ServerEngine::open(self.0.clone(), vec![]).await.unwrap())
    }

    async fn damage(&self, id: PointId, field: &str, word: &str) {
        damage(&self.0, id, field, word).await;
    }

    async fn clean_up(self) {
        let client = connection::client(&self.0).unwrap();
        client.delete_collection(&self.0.collection).await.unwrap();
    }
}

/// Another one for every test of every run: the folder that is made for it is nobody else's.
fn name() -> Uuid {
    let folder = tempfile::TempDir::new().unwrap();
    let digest = chorale_domain::id::sha256(&[folder.path().as_os_str().as_encoded_bytes()]);
    Uuid::from_slice(&digest[..16]).unwrap()
}

contract!(Collection);
