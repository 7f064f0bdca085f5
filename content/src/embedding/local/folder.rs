//! A model's folder: its files, whether they fit what runs here, and the name that they give the model.

use std::fs;
use std::path::{Path, PathBuf};

use candle_core::safetensors::SliceSafetensors;
use candle_core::{DType, Error};
use candle_transformers::models::bert::Config;
use chorale_domain::id::sha256;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::settings::{self, Prompts};
use crate::embedding::error::EmbeddingError;

/// The file with all the numbers that were learned.
pub(super) const WEIGHTS: &str = "model.safetensors";

const DOMAIN: &[u8] = b"chorale:embedding:v1";

/// What the files of a folder say.
pub(super) struct Folder {
    /// Where the files of the network are: the folder itself, or one within.
    path: PathBuf,
    /// What its maker called it.
    title: String,
    /// The shape of the network.
    pub network: Config,
    /// `tokenizer.json`.
    pub tokenizer: Vec<u8>,
    /// [`WEIGHTS`].
    pub weights: Vec<u8>,
    /// The model reads so many tokens of a text.
    pub max_tokens: usize,
    /// What stands before texts.
    pub prompts: Prompts,
}

impl Folder {
    /// Reads and checks everything but the numbers themselves.
    pub(super) fn read(folder: &Path) -> Result<Self, EmbeddingError> {
        let path = settings::network_folder(folder)?;
        let config_path = path.join("config.json");
        let config: Value = json(&config_path)?;
        let network = network(&config_path, &config)?;
        let positions = network.max_position_embeddings;
        let folder = Self {
            title: title(folder, &config),
            max_tokens: settings::max_tokens(&path)?.map_or(positions, |most| most.min(positions)),
            prompts: settings::prompts(folder)?,
            tokenizer: bytes(&path.join("tokenizer.json"))?,
            weights: bytes(&path.join(WEIGHTS))?,
            network,
            path,
        };
        folder.check_weights()?;
        Ok(folder)
    }

    /// Names the model by its maker's title and by everything that decides its vectors, so that none of that
    /// changes unseen. Where the folder lies changes nothing.
    pub(super) fn name(&self) -> String {
        let [reads, dimensions] =
            [self.max_tokens, self.network.hidden_size].map(|number| number.to_string());
        let digest = sha256(&[
            DOMAIN,
            reads.as_bytes(),
            dimensions.as_bytes(),
            &sha256(&[self.prompts.document.as_bytes()]),
            &sha256(&[self.prompts.query.as_bytes()]),
            &sha256(&[&self.tokenizer]),
            &sha256(&[&self.weights]),
        ]);
        format!("{}@{}", self.title, hex::encode(&digest[..4]))
    }

    /// An error about one of the files.
    pub(super) fn damaged(&self, file: &str, reason: String) -> EmbeddingError {
        EmbeddingError::Damaged { path: self.path.join(file), reason }
    }

    /// Whether the numbers are floats: others would be converted in silence to nonsense.
    fn check_weights(&self) -> Result<(), EmbeddingError> {
        let misfit = |error: Error| self.damaged(WEIGHTS, error.to_string());
        for (name, tensor) in SliceSafetensors::new(&self.weights).map_err(misfit)?.tensors() {
            // The others are no weights, as `position_ids`.
            let is_weight = name.ends_with(".weight") || name.ends_with(".bias");
            let is_float =
                matches!(DType::try_from(tensor.dtype()), Ok(DType::F32 | DType::F16 | DType::BF16));
            if is_weight && !is_float {
                let what = format!("{name} in {:?}", tensor.dtype());
                return Err(EmbeddingError::Unsupported { path: self.path.join(WEIGHTS), what });
            }
        }
        Ok(())
    }
}

fn network(path: &Path, config: &Value) -> Result<Config, EmbeddingError> {
    let unsupported = |what| EmbeddingError::Unsupported { path: path.into(), what };
    match config["model_type"].as_str() {
        Some("bert") => {}
        Some(other) => return Err(unsupported(format!("a model of type `{other}`"))),
        None => return Err(unsupported("a model of no type (`model_type`)".into())),
    }
    // What fails now is a BERT with something that ours has not, as another activation or relative positions.
    Config::deserialize(config).map_err(|error| unsupported(error.to_string()))
}

fn title(folder: &Path, config: &Value) -> String {
    let given = config["_name_or_path"].as_str().filter(|name| !name.is_empty());
    let of_folder = || folder.file_name().map(|name| name.to_string_lossy().into_owned());
    given.map(str::to_owned).or_else(of_folder).unwrap_or_else(|| "model".into())
}

/// A file that must be there.
pub(super) fn bytes(path: &Path) -> Result<Vec<u8>, EmbeddingError> {
    fs::read(path).map_err(|source| EmbeddingError::File { path: path.into(), source })
}

/// A JSON file that must be there.
pub(super) fn json<T: DeserializeOwned>(path: &Path) -> Result<T, EmbeddingError> {
    serde_json::from_slice(&bytes(path)?)
        .map_err(|error| EmbeddingError::Damaged { path: path.into(), reason: error.to_string() })
}

/// A JSON file that not every model has.
pub(super) fn optional_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, EmbeddingError> {
    if path.exists() { json(path).map(Some) } else { Ok(None) }
}
