//! A model from a folder, run by candle on the CPU.
//!
//! Computing takes all cores and up to seconds, so it runs on tokio's threads for blocking work, one batch at a
//! time whoever asks, and in batches so small that a query waits little behind a long list of documents.

mod batch;
mod folder;
mod network;
mod settings;
mod tokens;

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::Semaphore;

use super::error::EmbeddingError;
use super::vector::normalised;
use super::{Embedder, Kind, Model};
use batch::batches;
use folder::Folder;
use network::Network;
use settings::Prompts;
use tokens::{Text, Tokens};

/// Runs blocking work on a thread that may block. It runs to its end even if the caller stops waiting.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, EmbeddingError> + Send + 'static,
) -> Result<T, EmbeddingError> {
    tokio::task::spawn_blocking(work).await.map_err(EmbeddingError::failed)?
}

/// A loaded model.
pub(super) struct Local {
    model: Model,
    prompts: Prompts,
    tokens: Arc<Tokens>,
    network: Arc<Network>,
    /// Held by the batch that computes.
    turn: Arc<Semaphore>,
}

impl Local {
    /// Reads the whole folder, which takes about a second for each 100 MB.
    pub(super) async fn open(folder: PathBuf) -> Result<Self, EmbeddingError> {
        blocking(move || Self::load(Folder::read(&folder)?)).await
    }

    fn load(folder: Folder) -> Result<Self, EmbeddingError> {
        let tokens = Tokens::load(&folder)?;
        let network = Network::load(&folder)?;
        Ok(Self {
            model: Model { name: folder.name(), dimensions: network.dimensions() },
            prompts: folder.prompts,
            tokens: Arc::new(tokens),
            network: Arc::new(network),
            turn: Arc::new(Semaphore::new(1)),
        })
    }

    async fn tokenized(&self, texts: &[String], kind: Kind) -> Result<Vec<Text>, EmbeddingError> {
        let texts: Vec<_> = texts.iter().map(|text| self.prompts.before(kind, text)).collect();
        let tokens = Arc::clone(&self.tokens);
        blocking(move || tokens.of(texts)).await
    }

    async fn run(&self, batch: Vec<Text>) -> Result<Vec<(usize, Vec<f32>)>, EmbeddingError> {
        let turn = Arc::clone(&self.turn).acquire_owned().await.map_err(EmbeddingError::failed)?;
        let network = Arc::clone(&self.network);
        blocking(move || {
            let vectors = network.vectors(&batch);
            drop(turn);
            Ok(batch.iter().map(|text| text.place).zip(vectors?).collect())
        })
        .await
    }
}

#[async_trait]
impl Embedder for Local {
    async fn embed(&self, texts: &[String], kind: Kind) -> Result<Vec<Vec<f32>>, EmbeddingError> {
        let mut vectors = vec![Vec::new(); texts.len()];
        for batch in batches(self.tokenized(texts, kind).await?) {
            for (place, vector) in self.run(batch).await? {
                vectors[place] = normalised(vector, self.model.dimensions)?;
            }
        }
        Ok(vectors)
    }

    fn model(&self) -> &Model {
        &self.model
    }
}
