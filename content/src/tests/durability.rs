use std::env;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, abort};
use std::time::Duration;

use tempfile::TempDir;
use tokio::task::JoinSet;

use super::*;
use crate::{ContentError, ContentFilter, ContentOptions, ContentStatus, ContentStore, Stage};

/// Tells the process that is to crash where to write.
const CRASH_FOLDER: &str = "CHORALE_TEST_CRASH_FOLDER";

/// The signal that `abort` ends a process with.
const SIGABRT: i32 = 6;

#[tokio::test]
async fn everything_is_there_after_opening_again() {
    let Fixture { store, folder } = Fixture::with([new("first words"), new("last words")]).await;
    store.duties().set_stage(POLICY, new("last words").hash, Stage::Approved).await.unwrap();
    store.close().await.unwrap();
    let fixture = Fixture { store: open(&folder).await.unwrap(), folder };
    assert_eq!(fixture.get("first words").await, Some(record(new("first words"))));
    let approved = ContentFilter { status: Some(ContentStatus::Approved), ..ALL };
    assert_eq!(fixture.find("words", approved).await, ["last words"]);
    assert_eq!(fixture.find("", ALL).await.len(), 2);
}

#[tokio::test]
async fn a_second_open_is_refused_and_disturbs_nothing() {
    let fixture = Fixture::with([new("text")]).await;
    let refused = open(&fixture.folder).await.err().expect("opened twice");
    assert!(matches!(refused, ContentError::InUse { .. }), "{refused:?}");
    let folder = fixture.folder.path().display().to_string();
    assert!(refused.to_string().contains(&folder), "{refused}");
    fixture.store.put(new("more text")).await.unwrap();
    assert_eq!(fixture.find("text", ALL).await.len(), 2);
}

#[tokio::test]
async fn a_closed_store_says_so_on_every_handle() {
    let fixture = Fixture::with([new("text")]).await;
    let other = fixture.store.clone();
    fixture.store.close().await.unwrap();
    let refused = other.get(&ann(), POLICY, new("text").hash).await.unwrap_err();
    assert!(matches!(refused, ContentError::Closed), "{refused:?}");
    let refused = other.put(new("more")).await.unwrap_err();
    assert!(matches!(refused, ContentError::Closed), "{refused:?}");
    other.close().await.expect("closing again does nothing");
}

#[tokio::test]
async fn a_folder_that_cannot_be_one_is_named() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("file").join("content");
    std::fs::write(folder.path().join("file"), "in the way").unwrap();
    let refused =
        ContentStore::open(ContentOptions::Edge { path: path.clone() }).await.err().expect("opened a file");
    assert!(matches!(&refused, ContentError::Folder { path: named, .. } if *named == path), "{refused:?}");
}

#[tokio::test]
async fn readers_see_whole_bodies_while_others_write() {
    let fixture = Fixture::with([new("the first")]).await;
    let mut writers = JoinSet::new();
    for writer in 0..4 {
        writers.spawn(write_many(fixture.store.clone(), writer));
    }
    in_time(read_until(&fixture, 101)).await;
    in_time(writers.join_all()).await;
    assert_eq!(fixture.find("number", ALL).await.len(), 100);
}

async fn write_many(store: ContentStore, writer: usize) {
    for number in 0..25 {
        let body = format!("number {number} of writer {writer}");
        store.put(new(&body)).await.unwrap();
    }
}

/// Reads until so many bodies are there, which never become fewer.
async fn read_until(fixture: &Fixture, all: usize) {
    let mut seen = 0;
    while seen < all {
        let found = fixture.store.duties().count(ALL).await.unwrap();
        assert!(found >= seen, "{found} bodies after {seen}");
        seen = found;
        assert_eq!(fixture.find("first", ALL).await, ["the first"]);
    }
}

/// The test runs itself once more as a process of its own, which crashes with its last writes not flushed.
#[tokio::test]
async fn a_process_that_crashes_loses_nothing_it_acknowledged() {
    if let Some(folder) = env::var_os(CRASH_FOLDER) {
        write_and_crash(folder.into()).await;
    }
    let folder = TempDir::new().unwrap();
    let output = run_and_crash(folder.path());
    assert_eq!(output.status.signal(), Some(SIGABRT), "the child did not crash as it should: {output:?}");
    let fixture = Fixture { store: open(&folder).await.unwrap(), folder };
    assert_eq!(fixture.find("acknowledged", ALL).await.len(), 50, "{output:?}");
    let approved = ContentFilter { status: Some(ContentStatus::Approved), ..ALL };
    assert_eq!(fixture.find("", approved).await, ["acknowledged 49"]);
}

fn run_and_crash(folder: &Path) -> Output {
    let this = "tests::durability::a_process_that_crashes_loses_nothing_it_acknowledged";
    let mut command = Command::new(env::current_exe().unwrap());
    command.args([this, "--exact"]).env(CRASH_FOLDER, folder);
    command.output().unwrap()
}

async fn write_and_crash(path: PathBuf) {
    let store = ContentStore::open(ContentOptions::Edge { path }).await.unwrap();
    for number in 0..50 {
        let body = format!("acknowledged {number}");
        store.put(new(&body)).await.unwrap();
    }
    let last = new("acknowledged 49").hash;
    store.duties().set_stage(POLICY, last, Stage::Approved).await.unwrap();
    abort();
}

/// What is in the segments is on disk for good: a copy of the folder without the log has it.
#[tokio::test]
async fn a_write_is_flushed_soon_without_closing() {
    let fixture = Fixture::with([new("text")]).await;
    in_time(async {
        while count_without_log(fixture.folder.path()).await != 1 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
}

/// 0 also where the copy was taken in the middle of a flush, with files half written or gone.
async fn count_without_log(folder: &Path) -> usize {
    let copy = TempDir::new().unwrap();
    let mut cp = Command::new("cp");
    cp.arg("-r").arg(folder.join("edge")).arg(copy.path());
    if !cp.output().unwrap().status.success() {
        return 0;
    }
    std::fs::remove_dir_all(copy.path().join("edge/wal")).unwrap();
    match open(&copy).await {
        Ok(store) => store.duties().count(ALL).await.unwrap(),
        Err(_) => 0,
    }
}
