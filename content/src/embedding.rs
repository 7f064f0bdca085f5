//! Texts to dense vectors, so that a search finds what means the same in other words.
//!
//! [`open`] gives an [`Embedder`]: `local` runs a model from a folder in this process, `endpoint` asks any service
//! that speaks OpenAI's embeddings API. Every vector that leaves here has the model's dimensions, is finite and has
//! length 1 (`vector`), so that the dot product of two is their cosine.
//!
//! A text longer than what the model reads is represented by its beginning, as sentence-transformers does: a mean
//! over all of a long text resembles everything a little and nothing much. Words further on are found by BM25.

mod endpoint;
mod error;
mod key;
mod local;
#[cfg(test)]
mod tests;
mod vector;

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;

pub use error::EmbeddingError;
pub use key::ApiKey;

/// What a text is for: some models put other words before a question than before what may answer it, and whoever
/// searches waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// It will be found.
    Document,
    /// It looks for others.
    Query,
}

/// What made a vector. Vectors of two models have nothing to do with one another.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Model {
    /// Names the model; another name means that every text has to be embedded again.
    pub name: String,
    /// Numbers in each vector.
    pub dimensions: usize,
}

/// Turns texts into vectors.
#[async_trait]
pub trait Embedder: Send + Sync + 'static {
    /// One vector for each text, in their order, of length 1.
    ///
    /// # Errors
    /// All or nothing. [`EmbeddingError::is_temporary`] says whether the same call may work later; where it may not,
    /// one of the texts may be to blame: asking for each alone tells which.
    async fn embed(&self, texts: &[String], kind: Kind) -> Result<Vec<Vec<f32>>, EmbeddingError>;

    /// Makes the vectors; the same for the life of the embedder.
    fn model(&self) -> &Model;
}

/// Where vectors come from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum EmbeddingOptions {
    /// A model on the CPU of this machine.
    Local {
        /// Holds `config.json`, `tokenizer.json` and `model.safetensors`, as sentence-transformers saves them.
        folder: PathBuf,
    },
    /// A service with OpenAI's embeddings API.
    Endpoint {
        /// Its base, as in `https://api.openai.com/v1`; requests go to `{url}/embeddings`.
        url: String,
        /// The model asked for, which is the [`Model`]'s name too.
        model: String,
        /// Sent as a bearer token.
        api_key: Option<ApiKey>,
        /// Numbers in each vector of that model. Where they are given, opening needs no answer from the service;
        /// else a first request learns them. Whoever has stored vectors of the model knows them.
        dimensions: Option<usize>,
    },
}

/// Opens what the options name.
///
/// # Errors
/// For a folder: what it lacks or why it does not run here. For an endpoint: an unusable address or key, and, where
/// its dimensions are not given, whatever the first request meets, [`EmbeddingError::Unavailable`] for one.
pub async fn open(options: EmbeddingOptions) -> Result<Arc<dyn Embedder>, EmbeddingError> {
    match options {
        EmbeddingOptions::Local { folder } => Ok(Arc::new(local::Local::open(folder).await?)),
        EmbeddingOptions::Endpoint { url, model, api_key, dimensions } => {
            let caller = endpoint::Caller::new(&url, model, api_key.as_ref(), endpoint::PATIENCE)?;
            Ok(Arc::new(endpoint::Endpoint::open(caller, dimensions).await?))
        }
    }
}
