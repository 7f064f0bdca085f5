//! How many texts of about 100 words are embedded in a second, one alone and 32 together:
//!
//!     cargo bench --profile dev -p chorale-content --bench embedding
//!
//! The dev profile, since `chorale dev` runs in it; without `--profile dev` everything is built anew. The model is in
//! `CHORALE_MODEL`, else where `scripts/test` puts it. With `CHORALE_PYTHON`, a Python that has sentence-transformers,
//! that embeds the same texts in the same run, and the ratio is printed.

use std::env;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use chorale_content::embedding::{Embedder, EmbeddingOptions, Kind, open};

/// Runs of which the median counts.
const RUNS: usize = 9;

#[tokio::main]
async fn main() -> Result<()> {
    let folder = folder()?;
    let began = Instant::now();
    let model = open(EmbeddingOptions::Local { folder: folder.clone() }).await?;
    println!("{} loaded in {:.2?}", model.model().name, began.elapsed());
    let lists = [texts(1), texts(32)];
    let peer = peer(&folder, &lists)?;
    for (place, list) in lists.iter().enumerate() {
        let took = median(model.as_ref(), list).await?;
        report(list.len(), took, peer.as_ref().map(|seconds| seconds[place]));
    }
    Ok(())
}

fn folder() -> Result<PathBuf> {
    let cached = || Some(PathBuf::from(env::var_os("HOME")?).join(".cache/chorale/models/all-MiniLM-L6-v2"));
    let given = env::var_os("CHORALE_MODEL").map(PathBuf::from);
    given.or_else(cached).context("set CHORALE_MODEL to the folder of a model")
}

/// Texts of 97 words, no two the same.
fn texts(count: usize) -> Vec<String> {
    let sentence = "several people own a body of writing together and whoever wants to add to it stakes a deposit \
                    while the co-authors vote on it ";
    (0..count).map(|number| format!("{number} {}", sentence.repeat(4))).collect()
}

async fn median(model: &dyn Embedder, texts: &[String]) -> Result<Duration> {
    let mut took = vec![];
    for _ in 0..=RUNS {
        let began = Instant::now();
        model.embed(texts, Kind::Document).await?;
        took.push(began.elapsed());
    }
    // The first warms up.
    took.remove(0);
    took.sort();
    Ok(took[RUNS / 2])
}

/// The peer's seconds for each list, where there is one.
fn peer(folder: &Path, lists: &[Vec<String>]) -> Result<Option<Vec<f64>>> {
    let Some(python) = env::var_os("CHORALE_PYTHON") else {
        println!("no comparison: set CHORALE_PYTHON to a Python with sentence-transformers");
        return Ok(None);
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/embedding/peer.py");
    let mut command = Command::new(python);
    command.arg(script).arg(folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut process = command.spawn().context("CHORALE_PYTHON does not run")?;
    process.stdin.take().context("there is an input")?.write_all(&serde_json::to_vec(lists)?)?;
    let output = process.wait_with_output()?;
    ensure!(output.status.success(), "peer.py failed: does CHORALE_PYTHON have sentence-transformers?");
    Ok(Some(serde_json::from_slice(&output.stdout)?))
}

fn report(texts: usize, took: Duration, peer: Option<f64>) {
    let speed = |seconds: f64| f64::from(u32::try_from(texts).unwrap_or(u32::MAX)) / seconds;
    let ours = speed(took.as_secs_f64());
    print!("{texts:>3} texts: {took:>8.1?}, {ours:>7.1} texts/s");
    if let Some(peer) = peer.map(speed) {
        print!("; sentence-transformers {peer:>7.1} texts/s; ratio {:.2}", ours / peer);
    }
    println!();
}
