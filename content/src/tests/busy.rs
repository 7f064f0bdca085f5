//! A model that is busy and says for how long.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use tempfile::TempDir;

use super::*;
use crate::Models;
use crate::embedding::{Embedder, EmbeddingError, Kind, Model};

/// Longer than the worker would wait by itself.
const BUSY: Duration = Duration::from_millis(2_500);

/// Refuses the first time.
struct Busy {
    model: Model,
    asked: Mutex<Vec<Instant>>,
}

#[async_trait]
impl Embedder for Busy {
    async fn embed(&self, texts: &[String], _: Kind) -> Result<Vec<Vec<f32>>, EmbeddingError> {
        let mut asked = self.asked.lock().unwrap();
        asked.push(Instant::now());
        match asked.len() {
            1 => Err(EmbeddingError::Unavailable { reason: "busy".into(), retry_after: Some(BUSY) }),
            _ => Ok(vec![vec![0.6, 0.8]; texts.len()]),
        }
    }

    fn model(&self) -> &Model {
        &self.model
    }
}

#[tokio::test]
async fn a_model_that_is_busy_is_left_alone_as_long_as_it_asks() {
    let model =
        Arc::new(Busy { model: Model { name: "busy".into(), dimensions: 2 }, asked: Mutex::default() });
    let folder = TempDir::new().unwrap();
    let models = Models { model: Some(model.clone()), until_then: None };
    let store = open_with(&folder, models).await.unwrap();
    store.put(new("text")).await.unwrap();
    in_time(async {
        while store.duties().waiting().await.unwrap() > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    let asked = model.asked.lock().unwrap();
    assert!(asked[1] - asked[0] >= BUSY, "asked again after {:?}", asked[1] - asked[0]);
}
