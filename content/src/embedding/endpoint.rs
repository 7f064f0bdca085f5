//! Any service with OpenAI's embeddings API.
//!
//! `caller` asks and sorts the outcomes: away or busy may work later, refused will not. `batch` keeps requests
//! small, `answer` reads what comes back.

mod answer;
mod batch;
mod caller;

use async_trait::async_trait;

use super::error::EmbeddingError;
use super::vector::normalised;
use super::{Embedder, Kind, Model};
use batch::batches;
#[cfg(test)]
pub(super) use caller::Patience;
pub(super) use caller::{Caller, PATIENCE};

/// Asked once where nobody says how long the vectors are.
const PROBE: &str = "dimensions";

/// A service and the length of its vectors.
pub(super) struct Endpoint {
    caller: Caller,
    model: Model,
}

impl Endpoint {
    /// Takes the dimensions on trust, every answer is measured; learns them by a request where they are not given.
    pub(super) async fn open(caller: Caller, dimensions: Option<usize>) -> Result<Self, EmbeddingError> {
        let dimensions = match dimensions {
            Some(dimensions) => dimensions,
            None => caller.ask(&[PROBE], Kind::Query).await?.first().map_or(0, Vec::len),
        };
        let model = Model { name: caller.model().into(), dimensions };
        Ok(Self { caller, model })
    }
}

#[async_trait]
impl Embedder for Endpoint {
    async fn embed(&self, texts: &[String], kind: Kind) -> Result<Vec<Vec<f32>>, EmbeddingError> {
        let mut vectors = Vec::with_capacity(texts.len());
        for batch in batches(texts) {
            for vector in self.caller.ask(&batch, kind).await? {
                vectors.push(normalised(vector, self.model.dimensions)?);
            }
        }
        Ok(vectors)
    }

    fn model(&self) -> &Model {
        &self.model
    }
}
