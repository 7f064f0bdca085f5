//! Where bodies are kept, and what tells their meaning.

use std::path::PathBuf;
use std::sync::Arc;

use crate::embedding::Embedder;
use crate::engine::ServerOptions;

/// Where bodies are kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ContentOptions {
    /// In this process, in a folder. One process at a time can have it open.
    Edge {
        /// Created if missing.
        path: PathBuf,
    },
    /// On a Qdrant server or cluster, which any number of processes may use.
    Server(ServerOptions),
}

/// The models that tell what texts mean. Without any, search is by words.
#[derive(Clone, Default)]
pub struct Models {
    /// The one that every body is to be embedded by.
    pub model: Option<Arc<dyn Embedder>>,
    /// The one before it, which answers until every body is embedded by `model`. Without it, bodies are found by meaning
    /// as soon as the new model has embedded them, and by their words all the while.
    pub until_then: Option<Arc<dyn Embedder>>,
}
