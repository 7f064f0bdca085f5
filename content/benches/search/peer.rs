//! Other indexes on the same vectors, by Python.

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::messages::{Message, Messages};
use crate::reached::Reached;
use crate::{ROUNDS, TOP};

/// What each reaches with at least this recall, where there is a Python that has them.
pub fn measure(messages: &Messages, recall: f64) -> Result<Vec<Reached>> {
    let Some(python) = env::var_os("CHORALE_PYTHON") else {
        println!("no comparison: set CHORALE_PYTHON to a Python with numpy, faiss-cpu and usearch");
        return Ok(vec![]);
    };
    let folder = tempfile::tempdir()?;
    write(&folder.path().join("messages"), &messages.all)?;
    write(&folder.path().join("queries"), &messages.queries)?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/search/peer.py");
    let numbers =
        [TOP.to_string(), recall.to_string(), messages.queries.len().to_string(), ROUNDS.to_string()];
    let mut command = Command::new(python);
    command.arg(script).arg(folder.path()).args(numbers).stderr(Stdio::inherit());
    let output = command.output().context("CHORALE_PYTHON does not run")?;
    ensure!(
        output.status.success(),
        "peer.py failed: does CHORALE_PYTHON have numpy, faiss-cpu and usearch?"
    );
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn write(path: &Path, messages: &[Message]) -> Result<()> {
    let numbers = messages.iter().flat_map(|message| message.vector.iter());
    Ok(fs::write(path, numbers.flat_map(|number| number.to_le_bytes()).collect::<Vec<_>>())?)
}
