//! What the commands say and print: to people on standard error, to programs on standard output.

use crate::chain::Chain;
use crate::follower::Follower;
use crate::load::Load;
use crate::outcome::no_differences;
use crate::process::{lines, run, said, until};
use chorale_testing::engines;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

const LOAD: Load = Load { transactions: 120, per_second: 200 };

/// A store on which a little has happened, and its chain.
struct Scene {
    chain: Chain,
    folder: TempDir,
}

impl Scene {
    async fn new() -> Self {
        let scene = Self { chain: Chain::start(&[]), folder: tempfile::tempdir().unwrap() };
        LOAD.send(&scene.chain).await;
        scene.follower("store.sqlite").catch_up().await;
        scene
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn follower(&self, name: &str) -> Follower<'_> {
        Follower::new(&self.chain, name, self.path(name), self.folder.path())
    }
}

fn refused(output: &Output, words: &[&str]) {
    let said = said(output);
    assert!(!output.status.success(), "it should fail: {said}");
    for word in words {
        assert!(said.contains(word), "it should say {word:?}: {said}");
    }
}

/// Without the times at which a store wrote its rows.
fn events(store: &str) -> Vec<Value> {
    lines(&["events", "--store", store])
}

#[test]
fn a_store_that_is_not_there_is_named_with_what_makes_one() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("nothing.sqlite").display().to_string();
    for command in ["verify", "state", "events", "incidents", "export"] {
        refused(&run(&[command, "--store", &store]), &[&store, "indexer"]);
    }
    assert!(!Path::new(&store).exists(), "reading must not make a store");
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let endpoint = ["--rpc-url", "http://127.0.0.1:9", "--ws-url", "ws://127.0.0.1:9"];
    let arguments = ["index", "--store", "/nowhere/at/all/store.sqlite"];
    refused(&run(&[&arguments[..], &endpoint].concat()), &["/nowhere/at/all/store.sqlite", "folder"]);
}

#[test]
fn a_postgresql_that_does_not_answer_is_named_without_the_password() {
    let store = "postgres://me:secret@127.0.0.1:9/chorale";
    for command in ["verify", "events"] {
        let output = run(&[command, "--store", store]);
        refused(&output, &["me@127.0.0.1:9/chorale"]);
        assert!(!said(&output).contains("secret"), "{}", said(&output));
    }
    let location = "postgres://me:secret@127.0.0.1:9/chorale?schema=NOT-PLAIN";
    let output = run(&["verify", "--store", location]);
    refused(&output, &["schema"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_can_be_read_as_json_lines() {
    let scene = Scene::new().await;
    let store = scene.path("store.sqlite");
    let all = events(&store);
    let sequences: Vec<_> = all.iter().map(|event| event["sequence"].as_i64().unwrap()).collect();
    let numbered = (1..).take(sequences.len());
    assert!(sequences.len() > LOAD.transactions && sequences.iter().copied().eq(numbered), "{sequences:?}");
    assert_eq!(lines(&["events", "--store", &store, "--after", "100"]), all[100..]);

    let thread = all[1]["event"]["thread"].as_str().unwrap();
    let published = lines(&["events", "--store", &store, "--thread", thread, "--type", "message_published"]);
    assert!(!published.is_empty() && published.iter().all(|event| event["event"]["thread"] == thread));

    let key = format!("thread/{thread}");
    let now = lines(&["state", "--store", &store, &key]);
    let versions = lines(&["history", "--store", &store, &key]);
    assert_eq!(versions.last().unwrap()["entity"], now[0]["entity"]);
    let first = versions[0]["slot"].to_string();
    let then = lines(&["state", "--store", &store, &key, "--at-slot", &first]);
    assert_eq!(then.len(), 1);
    let whole = lines(&["state", "--store", &store, "--at-slot", &first]);
    assert!(whole.contains(&then[0]), "the whole state of the slot has the thread in it");
    assert_eq!(lines(&["state", "--store", &store, "config"])[0]["key"], "config");
    assert_eq!(lines(&["incidents", "--store", &store]), Vec::<Value>::new());
    refused(&run(&["history", "--store", &store, &format!("member/{thread}/99")]), &["never"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_the_store_again_up_to_any_event() {
    let scene = Scene::new().await;
    let (store, backup) = (scene.path("store.sqlite"), scene.path("backup"));
    for _ in 0..2 {
        assert!(run(&["backup", &backup, "--store", &store]).status.success());
    }
    let (whole, part) = (scene.path("whole.sqlite"), scene.path("part.sqlite"));
    assert!(run(&["restore", &backup, "--store", &whole]).status.success());
    assert_eq!(events(&whole), events(&store));
    assert!(run(&["restore", &backup, "--store", &part, "--through", "50"]).status.success());
    assert_eq!(events(&part).len(), 50);
    refused(&run(&["restore", &backup, "--store", &store]), &[&store]);

    let follower = scene.follower("part.sqlite");
    follower.catch_up().await;
    assert_eq!(events(&part).len(), events(&store).len());
    no_differences(&follower);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_carries_its_own_checksums() {
    let scene = Scene::new().await;
    let (store, file) = (scene.path("store.sqlite"), scene.path("export.jsonl"));
    assert!(run(&["export", &file, "--store", &store]).status.success());
    assert!(run(&["export", "--check", &file]).status.success());
    let printed = run(&["export", "--store", &store]).stdout;
    assert_eq!(printed, std::fs::read(&file).unwrap(), "to a file or not, it is the same");

    let changed = String::from_utf8(printed).unwrap().replacen("message_published", "message_pubIished", 1);
    std::fs::write(&file, changed).unwrap();
    refused(&run(&["export", "--check", &file]), &["export.jsonl"]);
}

fn rebuild(follower: &Follower) -> Output {
    run(&[&["rebuild", "--store", follower.store.as_str()][..], &follower.chain.endpoint()].concat())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuilt_store_takes_the_old_ones_place_and_the_old_one_is_kept() {
    let scene = Scene::new().await;
    let ids = |store: &str| events(store).iter().map(|event| event["signature"].clone()).collect::<Vec<_>>();
    for (engine, store) in engines(scene.folder.path(), "rebuilt.sqlite") {
        let follower = Follower::new(&scene.chain, engine, store, scene.folder.path());
        follower.catch_up().await;
        let (before, rebuilt) = (ids(&follower.store), rebuild(&follower));
        let words = said(&rebuilt);
        assert!(rebuilt.status.success() && rebuilt.stdout.is_empty(), "{engine}: {words}");
        assert_eq!(ids(&follower.store), before, "{engine}");
        no_differences(&follower);
        let (_, kept) =
            words.split_once("kept at ").unwrap_or_else(|| panic!("where is the old one? {words}"));
        assert_eq!(ids(kept.lines().next().unwrap()), before, "{engine}: what is kept is the old one");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_from_another_chain_replaces_nothing() {
    let (scene, other) = (Scene::new().await, Chain::start(&[]));
    let follower = scene.follower("mine.sqlite");
    follower.catch_up().await;
    let before = events(&follower.store);
    let elsewhere = ["--rpc-url", &other.facts.rpc_url, "--ws-url", &other.facts.ws_url];
    let arguments = ["rebuild", "--store", &follower.store];
    let refusal = run(&[&arguments[..], &elsewhere].concat());
    refused(&refusal, &["it is another one", "nothing was replaced", "mine.sqlite.rebuild"]);
    assert_eq!(events(&follower.store), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_beside_a_running_indexer_is_refused() {
    let (folder, chain) = (tempfile::tempdir().unwrap(), Chain::start(&[]));
    let store = folder.path().join("store.sqlite").display().to_string();
    let follower = Follower::new(&chain, "store", store, folder.path());
    let _indexer = follower.started().await;
    refused(&rebuild(&follower), &["stop it first"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_row_is_named_and_gone_after_a_rebuild() {
    const CHANGE: &str = "import sqlite3, sys\n\
        db = sqlite3.connect(sys.argv[1])\n\
        db.execute(\"UPDATE canonical_state SET state_data = replace(state_data, '604800', '604801') \\\n\
        WHERE entity_id = 'config'\")\n\
        db.commit()";
    let scene = Scene::new().await;
    let follower = scene.follower("store.sqlite");
    let changed = Command::new("python3").args(["-c", CHANGE, &follower.store]).status();
    assert!(changed.expect("there is Python").success());

    let verified = run(&["verify", "--store", &follower.store]);
    assert_eq!(verified.status.code(), Some(1), "{}", said(&verified));
    let found = String::from_utf8_lossy(&verified.stdout);
    for word in ["\"config\"", "proposal_ttl", "604801", "604800"] {
        assert!(found.contains(word), "it should name {word}: {found}");
    }
    let rebuilt = rebuild(&follower);
    let found = String::from_utf8_lossy(&rebuilt.stdout);
    assert_eq!(rebuilt.status.code(), Some(1), "{}", said(&rebuilt));
    assert!(found.contains("604801") && found.contains("604800"), "{found}{}", said(&rebuilt));
    no_differences(&follower);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_indexer_tells_how_it_is() {
    let (folder, chain) = (tempfile::tempdir().unwrap(), Chain::start(&[]));
    let store = folder.path().join("store.sqlite").display().to_string();
    let follower = Follower::new(&chain, "store", store, folder.path());
    let mut command = follower.command(&[]);
    let _indexer = crate::process::Running::start(command.args(["--listen", "127.0.0.1:0"]));
    let health = until("it says where it listens", async || {
        let said = follower.said();
        let url = said.split_whitespace().find(|word| word.ends_with("/health"))?;
        Some(url.to_owned())
    })
    .await;
    until("it is healthy", async || {
        let answer = reqwest::get(&health).await.ok()?;
        (answer.status() == 200).then_some(())
    })
    .await;
    let metrics = reqwest::get(health.replace("/health", "/metrics")).await.unwrap().text().await.unwrap();
    assert!(metrics.contains("# EOF") && metrics.contains("slots_behind"), "{metrics}");
}
