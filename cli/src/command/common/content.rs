use crate::command::Command;
use anyhow::Result;
use chorale_content::embedding::{self, ApiKey, Embedder, EmbeddingOptions};
use chorale_content::{ContentOptions, ContentStore, Models, ServerOptions};
use clap::error::ErrorKind;
use clap::{Args, CommandFactory};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// Where the bodies are, and what tells their meaning.
#[derive(Args, Clone, Debug)]
pub(in crate::command) struct ContentArgs {
    /// Folder of the bodies, which only one process can have open
    #[arg(long, value_name = "DIR", env = "CHORALE_CONTENT", conflicts_with = "qdrant_url")]
    content: Option<PathBuf>,
    #[command(flatten)]
    server: ServerArgs,
    #[command(flatten)]
    models: ModelArgs,
}

/// A Qdrant server that has the bodies.
#[derive(Args, Clone, Debug)]
pub(in crate::command) struct ServerArgs {
    /// gRPC endpoint of a Qdrant server (1.18 or newer) that has the bodies instead: http://HOST:6334, or https
    #[arg(long, value_name = "URL", env = "CHORALE_QDRANT_URL")]
    qdrant_url: Option<String>,
    /// API key of that server; better given by the environment, since others see the command line
    #[arg(long, value_name = "KEY", env = "CHORALE_QDRANT_API_KEY", hide_env_values = true, value_parser = key)]
    qdrant_api_key: Option<ApiKey>,
    /// Collection on that server, made if missing
    #[arg(long, value_name = "NAME", env = "CHORALE_QDRANT_COLLECTION", default_value = "chorale")]
    qdrant_collection: String,
    /// Seconds that server may take to answer
    #[arg(long, value_name = "SECONDS", env = "CHORALE_QDRANT_TIMEOUT", default_value_t = 10)]
    qdrant_timeout: u64,
}

/// What tells what texts mean.
#[derive(Args, Clone, Debug)]
pub(in crate::command) struct ModelArgs {
    /// Model that tells what texts mean: a folder with config.json, tokenizer.json and model.safetensors, or
    /// URL#MODEL at an OpenAI-compatible endpoint. Without one, search is by words
    #[arg(long, value_name = "MODEL", env = "CHORALE_EMBEDDINGS")]
    embeddings: Option<ModelPlace>,
    /// Numbers in each vector of that model, where it is at an endpoint: with them nothing is asked of it at the start,
    /// which may then be away. A folder says it itself
    #[arg(long, value_name = "N", env = "CHORALE_EMBEDDINGS_DIMENSIONS", requires = "embeddings")]
    embeddings_dimensions: Option<NonZeroUsize>,
    /// The model before that one, which answers until every body is embedded by it
    #[arg(long, value_name = "MODEL", env = "CHORALE_EMBEDDINGS_UNTIL_THEN", requires = "embeddings")]
    embeddings_until_then: Option<ModelPlace>,
    /// API key of the endpoint; better given by the environment, since others see the command line
    #[arg(long, value_name = "KEY", env = "CHORALE_EMBEDDINGS_API_KEY", hide_env_values = true, value_parser = key)]
    embeddings_api_key: Option<ApiKey>,
}

impl ContentArgs {
    /// Opens them.
    pub(in crate::command) async fn open(&self) -> Result<ContentStore> {
        let Some(options) = self.options() else { refuse_without_place() };
        self.open_at(options).await
    }

    /// Opens them; what is uploaded while a server is away waits in that folder.
    pub(in crate::command) async fn open_with_queue(&self, queue: PathBuf) -> Result<ContentStore> {
        match self.options() {
            Some(ContentOptions::Server(options)) => {
                self.open_at(ContentOptions::Server(ServerOptions { queue: Some(queue), ..options })).await
            }
            _ => self.open().await,
        }
    }

    /// Opens them, if it was said where they are.
    pub(in crate::command) async fn open_if_named(&self) -> Result<Option<ContentStore>> {
        match self.options() {
            Some(options) => Ok(Some(self.open_at(options).await?)),
            None => Ok(None),
        }
    }

    async fn open_at(&self, options: ContentOptions) -> Result<ContentStore> {
        Ok(ContentStore::open_with(options, self.models.models().await?).await?)
    }

    /// Where they are.
    fn options(&self) -> Option<ContentOptions> {
        let edge = self.content.clone().map(|path| ContentOptions::Edge { path });
        edge.or_else(|| self.server.options().map(ContentOptions::Server))
    }

    pub(in crate::command) fn names_a_model(&self) -> bool {
        self.models.embeddings.is_some()
    }
}

impl ServerArgs {
    /// The server, if one was named.
    pub(in crate::command) fn options(&self) -> Option<ServerOptions> {
        let url = self.qdrant_url.clone().filter(|url| !url.is_empty())?;
        Some(ServerOptions {
            api_key: self.qdrant_api_key.clone(),
            collection: self.qdrant_collection.clone(),
            timeout: Duration::from_secs(self.qdrant_timeout),
            ..ServerOptions::at(url)
        })
    }
}

impl ModelArgs {
    /// Opens the models.
    pub(in crate::command) async fn models(&self) -> Result<Models> {
        let model = self.model(self.embeddings.as_ref(), self.embeddings_dimensions).await?;
        Ok(Models { model, until_then: self.model(self.embeddings_until_then.as_ref(), None).await? })
    }

    async fn model(
        &self,
        place: Option<&ModelPlace>,
        dimensions: Option<NonZeroUsize>,
    ) -> Result<Option<Arc<dyn Embedder>>> {
        let Some(place) = place else { return Ok(None) };
        Ok(Some(embedding::open(self.options(place.clone(), dimensions)).await?))
    }

    fn options(&self, place: ModelPlace, dimensions: Option<NonZeroUsize>) -> EmbeddingOptions {
        match place {
            ModelPlace::Folder(folder) => EmbeddingOptions::Local { folder },
            ModelPlace::Endpoint { url, model } => EmbeddingOptions::Endpoint {
                url,
                model,
                api_key: self.embeddings_api_key.clone(),
                dimensions: dimensions.map(NonZeroUsize::get),
            },
        }
    }
}

/// As if the option were required where the bodies are needed.
fn refuse_without_place() -> ! {
    let words = "say where the bodies are: --content DIR or --qdrant-url URL";
    Command::command().error(ErrorKind::MissingRequiredArgument, words).exit()
}

/// Where a model is.
#[derive(Clone, PartialEq, Eq, Debug)]
enum ModelPlace {
    Folder(PathBuf),
    Endpoint { url: String, model: String },
}

impl FromStr for ModelPlace {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if !text.starts_with("http://") && !text.starts_with("https://") {
            return Ok(Self::Folder(text.into()));
        }
        match text.split_once('#') {
            Some((url, model)) if !model.is_empty() => {
                Ok(Self::Endpoint { url: url.into(), model: model.into() })
            }
            _ => {
                Err("which model? Write URL#MODEL, such as https://api.openai.com/v1#text-embedding-3-small")
            }
        }
    }
}

fn key(text: &str) -> Result<ApiKey, &'static str> {
    if text.is_empty() { Err("the key is empty") } else { Ok(ApiKey::from(text.to_owned())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_a_folder_or_a_url_with_a_name() {
        assert_eq!("models/mini".parse(), Ok(ModelPlace::Folder("models/mini".into())));
        let (url, model) = ("https://api.openai.com/v1".into(), "text-embedding-3-small".into());
        let endpoint = Ok(ModelPlace::Endpoint { url, model });
        assert_eq!("https://api.openai.com/v1#text-embedding-3-small".parse(), endpoint);
        for unclear in ["https://api.openai.com/v1", "http://localhost:8080/v1#"] {
            let refused = unclear.parse::<ModelPlace>().unwrap_err();
            assert!(refused.contains("URL#MODEL"), "{unclear}: {refused}");
        }
    }
}
