//! The texts, and a model that has their vectors ready.

use std::sync::Arc;

use async_trait::async_trait;
use chorale_content::embedding::{Embedder, EmbeddingError, Kind, Model};

use crate::messages::{DIMENSIONS, Messages};

/// What a body is filled up with, to be as long as messages are.
const WORDS: [&str; 12] = [
    "owner", "thread", "stake", "proof", "review", "draft", "vote", "release", "index", "ledger", "chapter",
    "source",
];

/// Words of a body.
const LENGTH: usize = 60;

/// A message's body: its number, then words.
pub fn body(place: usize) -> String {
    let words =
        (0..LENGTH).map(|word| WORDS[(place * 7 + word * word * 5 + place / 13 * word) % WORDS.len()]);
    format!("{place} {}", words.collect::<Vec<_>>().join(" "))
}

/// The text of a query is its number.
pub fn question(place: usize) -> String {
    place.to_string()
}

/// Knows the vectors of all bodies and queries.
pub struct Prepared {
    model: Model,
    messages: Arc<Messages>,
}

impl Prepared {
    pub fn new(messages: &Arc<Messages>) -> Arc<Self> {
        let model = Model { name: "prepared".into(), dimensions: DIMENSIONS };
        Arc::new(Self { model, messages: Arc::clone(messages) })
    }

    fn vector(&self, text: &str, kind: Kind) -> Option<Vec<f32>> {
        let list = match kind {
            Kind::Document => &self.messages.all,
            Kind::Query => &self.messages.queries,
        };
        let place: usize = text.split(' ').next()?.parse().ok()?;
        Some(list.get(place)?.vector.to_vec())
    }
}

#[async_trait]
impl Embedder for Prepared {
    async fn embed(&self, texts: &[String], kind: Kind) -> Result<Vec<Vec<f32>>, EmbeddingError> {
        let vectors = texts.iter().map(|text| self.vector(text, kind));
        vectors.collect::<Option<_>>().ok_or_else(|| EmbeddingError::Answer("no text of ours".into()))
    }

    fn model(&self) -> &Model {
        &self.model
    }
}
