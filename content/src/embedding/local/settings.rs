//! What sentence-transformers keeps beside a network: its parts, how it pools, how much it reads, its prompts. A
//! folder without these files is one of `transformers`: mean pooling, and as much as there are positions.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use super::folder::optional_json;
use crate::embedding::Kind;
use crate::embedding::error::EmbeddingError;

/// Words that a model expects before a text.
#[derive(Clone, Debug, Default)]
pub(super) struct Prompts {
    pub document: String,
    pub query: String,
}

impl Prompts {
    /// The text as the model expects it.
    pub(super) fn before(&self, kind: Kind, text: &str) -> String {
        let prompt = match kind {
            Kind::Document => &self.document,
            Kind::Query => &self.query,
        };
        format!("{prompt}{text}")
    }
}

/// One of the parts that a text goes through.
#[derive(Deserialize)]
struct Module {
    path: PathBuf,
    r#type: String,
}

/// The folder of the network's own files, where all parts of the model run here.
pub(super) fn network_folder(folder: &Path) -> Result<PathBuf, EmbeddingError> {
    let path = folder.join("modules.json");
    let Some(modules) = optional_json::<Vec<Module>>(&path)? else {
        check_pooling(&folder.join("1_Pooling"))?;
        return Ok(folder.into());
    };
    let mut network = folder.to_path_buf();
    for module in modules {
        let inner = folder.join(&module.path);
        match module.r#type.rsplit('.').next() {
            Some("Transformer") => network = inner,
            Some("Pooling") => check_pooling(&inner)?,
            // Ours are normalised anyway.
            Some("Normalize") => {}
            _ => return Err(EmbeddingError::Unsupported { path, what: module.r#type }),
        }
    }
    Ok(network)
}

/// Whether the folder asks for the mean over all tokens, and nothing else.
fn check_pooling(folder: &Path) -> Result<(), EmbeddingError> {
    let path = folder.join("config.json");
    let settings: BTreeMap<String, Value> = optional_json(&path)?.unwrap_or_default();
    // Older files have a flag for each mode, newer ones a word.
    let is_other = |(key, value): &(&String, &Value)| match key.as_str() {
        "pooling_mode_mean_tokens" => **value == Value::Bool(false),
        "pooling_mode" => **value != "mean",
        "include_prompt" => **value == Value::Bool(false),
        flag => flag.starts_with("pooling_mode_") && **value == Value::Bool(true),
    };
    match settings.iter().find(is_other) {
        Some((key, value)) => Err(EmbeddingError::Unsupported { path, what: format!("{key} {value}") }),
        None => Ok(()),
    }
}

/// How many tokens of a text are read, where that is said.
pub(super) fn max_tokens(network: &Path) -> Result<Option<usize>, EmbeddingError> {
    #[derive(Deserialize)]
    struct Settings {
        max_seq_length: Option<usize>,
    }
    let settings: Option<Settings> = optional_json(&network.join("sentence_bert_config.json"))?;
    Ok(settings.and_then(|settings| settings.max_seq_length))
}

/// The prompts for documents and queries, where there are any.
pub(super) fn prompts(folder: &Path) -> Result<Prompts, EmbeddingError> {
    #[derive(Default, Deserialize)]
    struct Settings {
        #[serde(default)]
        prompts: BTreeMap<String, String>,
    }
    let path = folder.join("config_sentence_transformers.json");
    let mut prompts = optional_json::<Settings>(&path)?.unwrap_or_default().prompts;
    let mut prompt = |names: &[&str]| names.iter().find_map(|name| prompts.remove(*name)).unwrap_or_default();
    Ok(Prompts { document: prompt(&["document", "passage", "corpus"]), query: prompt(&["query"]) })
}
