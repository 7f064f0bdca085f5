//! Folders that are not in order, made from the real one.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::model::{folder, minilm};
use crate::embedding::{EmbeddingError, EmbeddingOptions, Kind, open};

/// The real folder's files, to be changed one by one.
struct Copy(TempDir);

impl Copy {
    fn new() -> Option<Self> {
        let real = folder()?;
        let copy = TempDir::new().unwrap();
        fs::create_dir(copy.path().join("1_Pooling")).unwrap();
        for file in FILES {
            symlink(real.join(file), copy.path().join(file)).unwrap();
        }
        Some(Self(copy))
    }

    fn path(&self, file: &str) -> std::path::PathBuf {
        self.0.path().join(file)
    }

    fn without(self, file: &str) -> Self {
        fs::remove_file(self.path(file)).unwrap();
        self
    }

    fn with(self, file: &str, content: impl AsRef<[u8]>) -> Self {
        let copy = self.without(file);
        fs::write(copy.path(file), content).unwrap();
        copy
    }

    fn with_field(self, file: &str, field: &str, value: Value) -> Self {
        let mut content: Value = serde_json::from_slice(&fs::read(self.path(file)).unwrap()).unwrap();
        content[field] = value;
        self.with(file, content.to_string())
    }

    async fn error(&self) -> EmbeddingError {
        match open(options(self.0.path())).await {
            Ok(embedder) => panic!("it opened as {:?}", embedder.model()),
            Err(error) => error,
        }
    }
}

const FILES: [&str; 7] = [
    "config.json",
    "tokenizer.json",
    "model.safetensors",
    "modules.json",
    "sentence_bert_config.json",
    "config_sentence_transformers.json",
    "1_Pooling/config.json",
];

fn options(folder: &Path) -> EmbeddingOptions {
    EmbeddingOptions::Local { folder: folder.into() }
}

#[tokio::test]
async fn a_missing_file_is_named_with_what_a_folder_needs() {
    for file in &FILES[..3] {
        let Some(copy) = Copy::new() else { return };
        let error = copy.without(file).error().await;
        let words = error.to_string();
        assert!(matches!(error, EmbeddingError::File { .. }), "{words}");
        assert!(words.contains(file) && words.contains("the folder needs config.json"), "{words}");
    }
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_named() {
    let folder = TempDir::new().unwrap().path().join("gone");
    let error = open(options(&folder)).await.err().expect("there is nothing to open").to_string();
    assert!(error.contains("gone/config.json"), "{error}");
}

#[tokio::test]
async fn a_damaged_file_is_named() {
    let cut = |file: &str| fs::read(folder().unwrap().join(file)).unwrap()[..100_000].to_vec();
    for file in ["config.json", "tokenizer.json", "model.safetensors", "modules.json"] {
        let Some(copy) = Copy::new() else { return };
        let content = if file.len() > 12 { cut(file) } else { b"{".to_vec() };
        let error = copy.with(file, content).error().await;
        assert!(matches!(error, EmbeddingError::Damaged { .. }), "{file}: {error}");
        assert!(error.to_string().contains(file), "{error}");
    }
}

#[tokio::test]
async fn weights_of_another_shape_are_refused() {
    let Some(copy) = Copy::new() else { return };
    let error = copy.with_field("config.json", "hidden_size", json!(768)).error().await.to_string();
    assert!(error.contains("model.safetensors is damaged") && error.contains("[30522, 384]"), "{error}");
}

#[tokio::test]
async fn a_vocabulary_larger_than_the_model_is_refused() {
    let Some(copy) = Copy::new() else { return };
    let error = copy.with_field("config.json", "vocab_size", json!(1_000)).error().await.to_string();
    assert!(error.contains("30522 tokens, the model only 1000"), "{error}");
}

#[tokio::test]
async fn whatever_does_not_run_here_is_refused_with_a_way_out() {
    for (file, field, value) in [
        ("config.json", "model_type", json!("mpnet")),
        ("config.json", "hidden_act", json!("gelu_new")),
        ("config.json", "position_embedding_type", json!("relative_key")),
        ("1_Pooling/config.json", "pooling_mode_cls_token", json!(true)),
        ("1_Pooling/config.json", "pooling_mode", json!("lasttoken")),
        ("1_Pooling/config.json", "include_prompt", json!(false)),
    ] {
        let Some(copy) = Copy::new() else { return };
        let error = copy.with_field(file, field, value).error().await;
        assert!(matches!(error, EmbeddingError::Unsupported { .. }), "{field}: {error}");
        assert!(error.to_string().contains("choose another model"), "{error}");
    }
}

#[tokio::test]
async fn a_part_that_does_not_run_here_is_named() {
    let Some(copy) = Copy::new() else { return };
    let modules = json!([{ "path": "", "type": "sentence_transformers.models.Transformer" },
        { "path": "2_Dense", "type": "sentence_transformers.models.Dense" }]);
    let error = copy.with("modules.json", modules.to_string()).error().await.to_string();
    assert!(error.contains("models.Dense"), "{error}");
}

#[tokio::test]
async fn weights_that_are_no_floats_are_refused() {
    let Some(copy) = Copy::new() else { return };
    let header = r#"{"embeddings.LayerNorm.bias":{"dtype":"I8","shape":[4],"data_offsets":[0,4]}}"#;
    let length = u64::try_from(header.len()).unwrap().to_le_bytes();
    let content = [&length[..], header.as_bytes(), &[1, 2, 3, 4]].concat();
    let error = copy.with("model.safetensors", content).error().await.to_string();
    assert!(error.contains("embeddings.LayerNorm.bias in I8"), "{error}");
}

#[tokio::test]
async fn a_name_follows_the_model_and_not_the_place() {
    let (Some(real), Some(copy), Some(other)) = (minilm().await, Copy::new(), Copy::new()) else { return };
    let name = &real.model().name;
    assert!(name.starts_with("nreimers/MiniLM-L6-H384-uncased@"), "{name}");
    assert_eq!(open(options(copy.0.path())).await.unwrap().model(), real.model());
    let other = other.with("sentence_bert_config.json", r#"{"max_seq_length": 128}"#);
    assert_ne!(&open(options(other.0.path())).await.unwrap().model().name, name);
}

#[tokio::test]
async fn the_prompts_of_a_model_stand_before_its_texts() {
    let (Some(real), Some(copy)) = (minilm().await, Copy::new()) else { return };
    let prompts = json!({ "query": "question: ", "passage": "answer: " });
    let copy = copy.with_field("config_sentence_transformers.json", "prompts", prompts);
    let prompted = open(options(copy.0.path())).await.unwrap();
    for (kind, whole) in [(Kind::Query, "question: stake"), (Kind::Document, "answer: stake")] {
        let expected = real.embed(&[whole.into()], kind).await.unwrap();
        assert_eq!(prompted.embed(&["stake".into()], kind).await.unwrap(), expected, "{kind:?}");
    }
}
