//! A disk that is full, one that must not be written, a database that someone else holds: the indexer waits or stops
//! saying what it needs, and nothing is lost.

use crate::chain::Chain;
use crate::follower::Follower;
use crate::kills::blocking;
use crate::load::{Load, Sent};
use crate::outcome;
use crate::process::{Running, until};
use chorale_testing::Postgres;
use std::fs::{Permissions, set_permissions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// Little, but more than a small disk takes.
const LOAD: Load = Load { transactions: 120, per_second: 200 };
/// How long PostgreSQL stays away: longer than anything waits for a connection or an answer. Other tests run meanwhile.
const AWAY: Duration = Duration::from_secs(65);
/// Seconds in place of those, for who works on this.
const SHORTER: &str = "CHORALE_TEST_AWAY";
/// Takes the schema and a few transactions.
const SMALL: &str = "size=600k";
const LARGE: &str = "size=64m";
/// Holds the only right to write in SQLite until its standard input closes.
const LOCK: &str = "import sqlite3, sys\n\
    db = sqlite3.connect(sys.argv[1], isolation_level=None)\n\
    db.execute('BEGIN IMMEDIATE')\n\
    print('locked', flush=True)\n\
    sys.stdin.read()";

/// A chain on which a little has happened.
async fn chain_with_load() -> (Chain, Vec<Sent>) {
    let chain = Chain::start(&[]);
    let sent = LOAD.send(&chain).await;
    (chain, sent)
}

/// A file system in memory, unmounted when dropped; only root may have one.
struct Disk<'a>(&'a Path);

impl<'a> Disk<'a> {
    fn mount(folder: &'a Path, size: &str) -> Option<Self> {
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", size, "chorale-test"]).arg(folder).stderr(Stdio::null());
        let mounted = command.status().is_ok_and(|status| status.success());
        mounted.then_some(Self(folder))
    }

    fn grow(&self, size: &str) {
        let mut command = Command::new("mount");
        command.args(["-o", &format!("remount,{size}")]).arg(self.0);
        assert!(command.status().expect("there is mount").success(), "the disk does not grow");
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        // Lazily: what still has a file open there must not keep it.
        let _ = Command::new("umount").arg("--lazy").arg(self.0).status();
    }
}

/// Said past the test harness, which swallows what a passing test prints.
fn say_skipped(what: &str) {
    let text = format!("\nskipped: {what}\n");
    std::io::stderr().write_all(text.as_bytes()).expect("there is an error output");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_named_and_waited_for() {
    let (mount, logs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let Some(disk) = Disk::mount(mount.path(), SMALL) else {
        return say_skipped("an indexer on a full disk: only root may mount a small one");
    };
    let (chain, sent) = chain_with_load().await;
    let store = mount.path().join("store.sqlite").display().to_string();
    let follower = Follower::new(&chain, "store", store, logs.path());
    let mut indexer = follower.start();
    until("it says that the disk is full", async || follower.said().contains("full").then_some(())).await;
    assert!(indexer.ended().is_none(), "it does not wait: {}", follower.said());

    disk.grow(LARGE);
    follower.caught_up(chain.confirmed_slot().await).await;
    assert!(indexer.stop().await.success(), "{}", follower.said());
    outcome::check(&follower, &sent);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_may_not_be_written_is_named() {
    let (folder, logs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (chain, mut sent) = chain_with_load().await;
    let store = folder.path().join("store.sqlite").display().to_string();
    let follower = Follower::new(&chain, "store", store, logs.path());
    follower.catch_up().await;
    sent.extend(LOAD.send(&chain).await);

    forbid_writing(folder.path());
    let status = until_refused(&follower).await;
    assert!(!status.success(), "an indexer that cannot write ends with {status}");
    let said = follower.said();
    assert!(said.contains("store.sqlite") && said.contains("write"), "it should say what it needs: {said}");

    allow_writing(folder.path());
    follower.catch_up().await;
    outcome::check(&follower, &sent);
}

/// How it ends where it may not write.
async fn until_refused(follower: &Follower<'_>) -> ExitStatus {
    // Root may write anywhere, but for this.
    let bound = ["--bounding-set", "-dac_override,-dac_read_search"];
    let bound = if is_root() { &bound[..] } else { &[] };
    let mut indexer = Running::start(&mut follower.command(bound));
    until("it gives up where it may not write", async || indexer.ended()).await
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().expect("there is id");
    id.stdout == b"0\n"
}

fn forbid_writing(folder: &Path) {
    for entry in folder.read_dir().expect("the folder") {
        set_permissions(entry.expect("a file").path(), Permissions::from_mode(0o444)).expect("it is ours");
    }
    set_permissions(folder, Permissions::from_mode(0o555)).expect("it is ours");
}

fn allow_writing(folder: &Path) {
    set_permissions(folder, Permissions::from_mode(0o755)).expect("it is ours");
    for entry in folder.read_dir().expect("the folder") {
        set_permissions(entry.expect("a file").path(), Permissions::from_mode(0o644)).expect("it is ours");
    }
}

/// Another program that writes to the store and does not finish.
struct Intruder(Child);

impl Intruder {
    fn lock(store: &str) -> Self {
        let mut command = Command::new("python3");
        command.args(["-c", LOCK, store]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("there is Python");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("it is piped")).read_line(&mut line).expect("UTF-8");
        assert_eq!(line, "locked\n");
        Self(child)
    }
}

impl Drop for Intruder {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        // Fails only if it has ended already.
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_another_program_holds_is_waited_for() {
    let (folder, chain) = (tempfile::tempdir().unwrap(), Chain::start(&[]));
    let store = folder.path().join("store.sqlite").display().to_string();
    let follower = Follower::new(&chain, "store", store, folder.path());
    follower.catch_up().await;
    let mut indexer = follower.started().await;
    let intruder = Intruder::lock(&follower.store);
    let sent = LOAD.send(&chain).await;
    until("it says that the store is locked", async || follower.said().contains("locked").then_some(()))
        .await;
    assert!(indexer.ended().is_none(), "it does not wait: {}", follower.said());

    drop(intruder);
    follower.caught_up(chain.confirmed_slot().await).await;
    assert!(indexer.stop().await.success(), "{}", follower.said());
    outcome::check(&follower, &sent);
}

fn away() -> Duration {
    let seconds = std::env::var(SHORTER).ok().and_then(|seconds| seconds.parse().ok());
    seconds.map_or(AWAY, Duration::from_secs)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_that_is_gone_for_a_minute_is_waited_for() {
    let (folder, chain, server) =
        (tempfile::tempdir().unwrap(), Chain::start(&[]), Arc::new(Postgres::start()));
    let follower = Follower::new(&chain, "store", server.fresh(), folder.path());
    follower.catch_up().await;
    let mut indexer = follower.started().await;
    blocking(&server, Postgres::stop).await;
    let sent = LOAD.send(&chain).await;
    until("it says what it needs", async || follower.said().contains("database").then_some(())).await;
    tokio::time::sleep(away()).await;
    assert!(indexer.ended().is_none(), "it does not wait: {}", follower.said());

    blocking(&server, Postgres::start_again).await;
    follower.caught_up(chain.confirmed_slot().await).await;
    assert!(indexer.stop().await.success(), "{}", follower.said());
    outcome::check(&follower, &sent);
}
