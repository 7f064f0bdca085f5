//! The real model, where it is on this machine.

use std::env;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::OnceCell;

use crate::embedding::{Embedder, EmbeddingOptions, open};

/// The folder of all-MiniLM-L6-v2: `CHORALE_MODEL`, or where `need_model` of `scripts/setup.sh` puts it. Says so
/// where there is none, for `scripts/test` to repeat.
pub(super) fn folder() -> Option<PathBuf> {
    let cached = || Some(PathBuf::from(env::var_os("HOME")?).join(".cache/chorale/models/all-MiniLM-L6-v2"));
    let folder = env::var_os("CHORALE_MODEL").map(PathBuf::from).or_else(cached)?;
    if folder.join("model.safetensors").exists() {
        return Some(folder);
    }
    say_skipped();
    None
}

fn say_skipped() {
    let text = "\nskipped: the embedding model; scripts/test brings it, or set CHORALE_MODEL to its folder\n";
    // Not `eprintln!`, which the test harness keeps to itself for tests that pass.
    io::stderr().write_all(text.as_bytes()).expect("standard error takes a line");
}

/// The model, loaded once for all tests: it takes a second and 180 MB.
pub(super) async fn minilm() -> Option<Arc<dyn Embedder>> {
    static MODEL: OnceCell<Arc<dyn Embedder>> = OnceCell::const_new();
    let folder = folder()?;
    let load =
        || async { open(EmbeddingOptions::Local { folder }).await.expect("the model's folder is whole") };
    Some(Arc::clone(MODEL.get_or_init(load).await))
}
