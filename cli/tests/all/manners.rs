//! What the commands refuse before they do harm, what they say then, and with which exit code.

use crate::chain::Chain;
use crate::follower::Follower;
use crate::load::Load;
use crate::process::{Running, chorale, lines, run, said, until};
use chorale_domain::event::{ChainEvent, Event, EventId};
use chorale_domain::id::{Amount, Signature, ThreadId, Wallet};
use chorale_store::{Batch, IndexedTransaction, Location, Writer};
use chorale_wire::socket::Commitment;
use solana_client::nonblocking::rpc_client::RpcClient;
use solana_commitment_config::CommitmentConfig;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// Differences or damage were found.
const FOUND: i32 = 1;
/// The command line is wrong.
const USAGE: i32 = 2;
/// It could not be done or told.
const FAILED: i32 = 3;

/// Changes a store behind Chorale's back.
const TAMPER: &str = "import sqlite3, sys\n\
    db = sqlite3.connect(sys.argv[1])\n\
    assert db.execute(sys.argv[2]).rowcount == 1\n\
    db.commit()";

/// A folder with a store of three events in it.
struct Scene {
    folder: TempDir,
}

impl Scene {
    async fn new() -> Self {
        let scene = Self { folder: tempfile::tempdir().unwrap() };
        let location = Location::from(scene.folder.path().join("store.sqlite"));
        let writer = Writer::open(&location, Arc::new(|| 1_000)).await.unwrap();
        writer.apply(Batch { transactions: vec![transaction()] }).await.unwrap();
        writer.close().await;
        scene
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn name(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// Runs a command on the store.
    fn run(&self, arguments: &[&str]) -> Output {
        run(&[arguments, &["--store", &self.name("store.sqlite")]].concat())
    }

    fn tamper(&self, sql: &str) {
        let mut command = Command::new("python3");
        command.args(["-c", TAMPER]).arg(self.path("store.sqlite")).arg(sql);
        assert!(command.status().expect("there is Python").success(), "{sql}");
    }
}

fn transaction() -> IndexedTransaction {
    let (signature, slot) = (Signature([1; 64]), 7);
    let created = |n| Event::ThreadCreated {
        thread: ThreadId([n; 32]),
        creator: Wallet([n; 32]),
        approval_bps: 5_000,
        created_at: 100,
    };
    let events = (0..).zip([initialized(), created(1), created(2)]);
    let id = |inner| EventId { signature, instruction: 0, inner };
    let events = events.map(|(inner, event)| ChainEvent { id: id(inner), slot, schema: 1, event });
    IndexedTransaction {
        signature,
        slot,
        block_time: Some(100),
        failed: false,
        commitment: Commitment::Finalized,
        events: events.collect(),
        dead_letter: None,
    }
}

fn initialized() -> Event {
    Event::ConfigInitialized {
        authority: Wallet([1; 32]),
        anchor_authority: Wallet([1; 32]),
        mint: Wallet([2; 32]),
        token_program: Wallet([3; 32]),
        decimals: 6,
        min_stake: Amount(10),
        proposal_ttl: 100,
        divest_cooldown: 100,
        min_thread_balance: Amount(0),
    }
}

/// It must end with this code and say all of this.
fn ends(output: &Output, code: i32, words: &[&str]) {
    let said = said(output);
    assert_eq!(output.status.code(), Some(code), "{said}");
    for word in words {
        assert!(said.contains(word), "it should say {word:?}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_takes_nobodys_place() {
    let scene = Scene::new().await;
    let before = fs::read(scene.path("store.sqlite")).unwrap();
    fs::write(scene.path("mine.txt"), "mine").unwrap();
    for name in ["store.sqlite", "mine.txt"] {
        ends(&scene.run(&["export", &scene.name(name)]), FAILED, &[name, "is there already", "another name"]);
    }
    for tail in ["-wal", "-shm"] {
        let beside = scene.name(&format!("store.sqlite{tail}"));
        // It may be there just now, or not.
        ends(&scene.run(&["export", &beside]), FAILED, &[&beside, "choose another name"]);
    }
    assert_eq!(fs::read(scene.path("store.sqlite")).unwrap(), before, "the store is as it was");
    assert_eq!(fs::read(scene.path("mine.txt")).unwrap(), b"mine");
    let unwritable = scene.run(&["export", "/nowhere/at/all/export.jsonl"]);
    ends(&unwritable, FAILED, &["/nowhere/at/all/export.jsonl", "folder exist"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_store_is_neither_exported_nor_backed_up() {
    let scene = Scene::new().await;
    scene.tamper("UPDATE event_store SET slot = 8 WHERE sequence = 2");
    for command in ["export", "backup"] {
        let output = scene.run(&[command, &scene.name(command)]);
        ends(&output, FOUND, &["event_store row 2", "`chorale verify`"]);
    }
    assert!(!scene.path("export").exists(), "nobody takes it for whole");
    assert_eq!(scene.run(&["verify"]).status.code(), Some(FOUND));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_was_changed_is_told_from_one_that_is_not_there() {
    let scene = Scene::new().await;
    let name = scene.name("export.jsonl");
    ends(&scene.run(&["export", &name]), 0, &["is whole"]);
    assert_eq!(run(&["export", "--check", &name]).status.code(), Some(0));
    let changed = fs::read_to_string(&name).unwrap().replacen("\"slot\":7", "\"slot\":8", 1);
    fs::write(&name, changed).unwrap();
    ends(&run(&["export", "--check", &name]), FOUND, &[&name, "line 2", "`chorale verify`"]);
    let missing = run(&["export", "--check", &scene.name("nothing.jsonl")]);
    ends(&missing, FAILED, &["nothing.jsonl", "is it there"]);
    let folder = scene.folder.path().display().to_string();
    ends(&run(&["export", "--check", &folder]), FAILED, &["cannot read", &folder]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_lost_or_changed_a_file_is_told() {
    let scene = Scene::new().await;
    let backup = scene.name("backup");
    ends(&run(&["backup", &backup, "--check"]), FAILED, &[&backup, "no finished backup"]);
    ends(&scene.run(&["backup", &backup]), 0, &["events 1 to 3"]);
    assert_eq!(lines(&["backup", "--check", &backup])[0]["events"], 3);
    let segment = scene.path("backup").join("events-00000001-to-00000003.jsonl");
    let changed = fs::read_to_string(&segment).unwrap().replacen("\"slot\":7", "\"slot\":8", 1);
    fs::write(&segment, changed).unwrap();
    let damaged = [segment.to_str().unwrap(), "is damaged"];
    ends(&run(&["backup", &backup, "--check"]), FOUND, &damaged);
    fs::remove_file(&segment).unwrap();
    ends(&run(&["backup", &backup, "--check"]), FOUND, &damaged);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_not_mixed_with_other_things() {
    let scene = Scene::new().await;
    fs::create_dir(scene.path("data")).unwrap();
    fs::write(scene.path("data").join("thesis.odt"), "").unwrap();
    ends(&scene.run(&["backup", &scene.name("data")]), FAILED, &["data", "thesis.odt", "empty"]);
    assert_eq!(scene.path("data").read_dir().unwrap().count(), 1, "nothing was written there");
    let file = scene.name("data/thesis.odt");
    ends(&scene.run(&["backup", &file]), FAILED, &[&file, "is a file, not a folder"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_store_is_asked_about() {
    let scene = Scene::new().await;
    fs::write(scene.path("export.jsonl"), "{\"line\":\"header\"}\n").unwrap();
    let name = scene.name("export.jsonl");
    for command in ["events", "verify", "incidents"] {
        let output = run(&[command, "--store", &name]);
        ends(&output, FAILED, &[&name, "is no database", "is this the right file?"]);
    }
    let folder = scene.folder.path().display().to_string();
    ends(&run(&["events", "--store", &folder]), FAILED, &["is a folder, not a store"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_type_of_event_that_there_is_not_is_refused_with_those_there_are() {
    let scene = Scene::new().await;
    let refused = scene.run(&["events", "--type", "nonsense"]);
    ends(&refused, USAGE, &["nonsense", "--type", "message_published", "treasury_withdrawn"]);
    let created = scene.run(&["events", "--type", "thread_created"]);
    assert_eq!(String::from_utf8_lossy(&created.stdout).lines().count(), 2);
}

#[test]
fn what_is_no_url_is_refused_wherever_one_is_given() {
    const GOOD: [(&str, &str); 2] = [("--rpc-url", "http://127.0.0.1:9"), ("--ws-url", "ws://127.0.0.1:9")];
    const COMMANDS: [&[&str]; 4] = [
        &["index", "--store", "s"],
        &["rebuild", "--store", "s"],
        &["dev"],
        &["verify", "--chain", "--store", "s"],
    ];
    for command in COMMANDS {
        let flags = if command[0] == "verify" { &GOOD[..1] } else { &GOOD };
        for (wrong, _) in flags {
            let value = |(flag, good)| [flag, if flag == *wrong { "nonsense" } else { good }];
            let urls = flags.iter().copied().flat_map(value);
            let arguments: Vec<_> = command.iter().copied().chain(urls).collect();
            ends(&run(&arguments), USAGE, &[wrong, "nonsense", "expected a URL"]);
        }
    }
    ends(&run(&["demo", "--url", "127.0.0.1:8787"]), USAGE, &["--url", "http://"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_told_is_no_difference() {
    let scene = Scene::new().await;
    ends(&scene.run(&["verify"]), 0, &["no differences"]);
    let missing = scene.name("nothing.sqlite");
    for command in [&["verify"][..], &["export"], &["backup", &scene.name("backup")]] {
        let output = run(&[command, &["--store", &missing]].concat());
        ends(&output, FAILED, &["nothing.sqlite"]);
    }
    for command in ["verify", "export", "backup", "rebuild"] {
        let help = run(&[command, "--help"]);
        let help = String::from_utf8_lossy(&help.stdout);
        assert!(
            help.contains("1  differences or damage") && help.contains("3  it failed"),
            "{command}: {help}"
        );
    }
}

/// Runs it for a while after it has said `word`, and gives all that it said into a file until then.
async fn said_so_far(arguments: &[&str], log: &Path, word: &str) -> String {
    let mut command = chorale(arguments);
    let _running = Running::start(command.stderr(File::create(log).unwrap()));
    let said = || fs::read_to_string(log).unwrap();
    until("it says what it waits for", async || said().contains(word).then_some(())).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    said()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_in_a_file_has_no_colours() {
    let scene = Scene::new().await;
    let store = scene.name("store.sqlite");
    let arguments = ["verify", "--store", &store, "--chain", "--rpc-url", "http://127.0.0.1:9"];
    let said = said_so_far(&arguments, &scene.path("log"), "trying again").await;
    assert!(!said.contains('\u{1b}'), "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comparison_says_once_that_it_waits_for_an_indexer() {
    let (chain, folder) = (Chain::start(&[]), tempfile::tempdir().unwrap());
    let store = folder.path().join("store.sqlite").display().to_string();
    let follower = Follower::new(&chain, "store", store.as_str(), folder.path());
    follower.catch_up().await;
    Load { transactions: 8, per_second: 100 }.send(&chain).await;
    let (rpc, slot) = (RpcClient::new(chain.facts.rpc_url.clone()), chain.confirmed_slot().await);
    until("all of it is final", async || {
        let tip = rpc.get_slot_with_commitment(CommitmentConfig::finalized()).await.ok()?;
        (tip >= slot).then_some(())
    })
    .await;
    let arguments = ["verify", "--store", &store, "--chain", "--rpc-url", &chain.facts.rpc_url];
    let said = said_so_far(&arguments, &folder.path().join("log"), "waiting").await;
    assert!(said.contains("waiting for the indexer, which must be running and catch up"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}
