use anyhow::{Context, Result};
use chorale_store::Finding;
use serde::Serialize;
use serde_json::{Value, json};
use std::io::{BufWriter, ErrorKind, StdoutLock, Write};
use std::ops::ControlFlow;

/// JSON lines on the standard output, for other tools.
pub(in crate::command) struct Lines {
    out: BufWriter<StdoutLock<'static>>,
}

impl Lines {
    /// The standard output is taken until this is dropped.
    pub(in crate::command) fn stdout() -> Self {
        Self { out: BufWriter::new(std::io::stdout().lock()) }
    }

    /// Writes a line. Breaks where nobody reads any more, as `head` does once it has enough.
    pub(in crate::command) fn write(&mut self, line: &impl Serialize) -> Result<ControlFlow<()>> {
        let mut text = serde_json::to_vec(line).context("cannot write a line as JSON")?;
        text.push(b'\n');
        read_on(self.out.write_all(&text))
    }

    /// Writes these, and no more.
    pub(in crate::command) fn all(mut self, lines: impl IntoIterator<Item: Serialize>) -> Result<()> {
        for line in lines {
            if self.write(&line)?.is_break() {
                return Ok(());
            }
        }
        self.flush().map(|_| ())
    }

    /// Brings everything so far to who reads.
    pub(in crate::command) fn flush(&mut self) -> Result<ControlFlow<()>> {
        read_on(self.out.flush())
    }
}

/// A difference inside a store, or between two.
pub(in crate::command) fn finding(finding: &Finding) -> Value {
    let Finding { table, row, field, stored, derived } = finding;
    json!({ "table": table, "row": row, "field": field, "stored": stored, "derived": derived })
}

fn read_on(written: std::io::Result<()>) -> Result<ControlFlow<()>> {
    match written {
        Ok(()) => Ok(ControlFlow::Continue(())),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(ControlFlow::Break(())),
        Err(error) => Err(error).context("cannot write to the standard output"),
    }
}
