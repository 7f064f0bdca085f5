//! A bare broadcast loop over npm's `ws`.

use crate::peer::{Peer, Publisher, Running, spawn};
use std::path::PathBuf;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

const SERVER: &str = include_str!("server.mjs");

/// Starts it on a free port.
pub async fn start(size: usize) -> Result<Running, String> {
    let modules = modules();
    if !modules.join("ws").is_dir() {
        return Err(format!("{} has no ws: run scripts/bench-fanout", modules.display()));
    }
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let script = folder.path().join("server.mjs");
    let linked = std::os::unix::fs::symlink(&modules, folder.path().join("node_modules"));
    linked.and_then(|()| std::fs::write(&script, SERVER)).map_err(|error| error.to_string())?;
    let mut command = Command::new("node");
    command.arg(script).arg(size.to_string()).stderr(Stdio::inherit());
    let mut server = spawn(command)?;
    let mut lines = BufReader::new(server.stdout.take().ok_or("no output")?).lines();
    let port = lines.next_line().await.ok().flatten().ok_or("node ended at its start")?;
    let publisher = Publisher::Line(server.stdin.take().ok_or("no input")?);
    let url = format!("ws://127.0.0.1:{port}");
    Ok(Running::new((Peer::Ws, url), Vec::new(), publisher, (server, folder)))
}

/// Where `scripts/bench-fanout` installs npm's packages.
fn modules() -> PathBuf {
    let cache = std::env::var_os("CHORALE_CACHE").map(PathBuf::from);
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache/chorale");
    cache.unwrap_or_else(home).join("npm/node_modules")
}
