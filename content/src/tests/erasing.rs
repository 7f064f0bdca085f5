use std::fs;
use std::path::Path;
use std::time::Duration;

use super::*;
use crate::{ContentError, ContentStatus, Erasure};

const SECRET: &str = "an unmistakable sentence about nightingales";

async fn erase(fixture: &Fixture, body: &str) -> Erasure {
    fixture.store.erase(ANN, POLICY, new(body).hash).await.unwrap()
}

#[tokio::test]
async fn what_stays_of_an_erased_body_is_that_it_was_there() {
    let fixture = Fixture::with([new("regret"), new("another regret")]).await;
    for _ in 0..2 {
        let Erasure::Erased(record) = erase(&fixture, "regret").await else { panic!("not erased") };
        assert_eq!((record.body.clone(), record.salt), (None, None));
        assert_eq!((record.status, record.author), (ContentStatus::Erased, ANN));
        assert_eq!(fixture.get("regret").await, Some(record));
    }
    assert_eq!(fixture.find("regret", ALL).await, ["another regret"]);
    assert_eq!(fixture.find("", ALL).await, ["another regret"]);
}

#[tokio::test]
async fn an_erased_body_cannot_be_uploaded_again() {
    let fixture = Fixture::with([new("regret")]).await;
    erase(&fixture, "regret").await;
    for author in [ANN, BOB] {
        let again = crate::NewContent { author, ..new("regret") };
        let refused = fixture.store.put(again).await.unwrap_err();
        assert!(matches!(refused, ContentError::Erased), "{refused:?}");
    }
}

#[tokio::test]
async fn only_the_author_erases() {
    let fixture = Fixture::with([new("text")]).await;
    let refused = fixture.store.erase(BOB, POLICY, new("text").hash).await.unwrap();
    assert_eq!(refused, Erasure::NotYours);
    assert_eq!(erase(&fixture, "absent").await, Erasure::NotYours);
    assert!(fixture.get("text").await.unwrap().body.is_some());
}

/// Every file of the folder, mapped ones and logs included, is searched for the text.
#[tokio::test]
async fn soon_after_no_file_has_the_text_any_more() {
    let others = (0..300).map(|number| new(&format!("harmless text {number}")));
    let fixture = Fixture::with(others.chain([new(SECRET)])).await;
    for part in ["edge/wal", "edge/segments"] {
        assert!(files_have(&fixture.folder.path().join(part), SECRET), "it was never in {part}");
    }
    erase(&fixture, SECRET).await;
    in_time(gone(&fixture)).await;
    assert_eq!(fixture.find("harmless", ALL).await.len(), 100, "others went with it");
    assert_eq!(fixture.store.duties().count(ALL).await.unwrap(), 301);
}

#[tokio::test]
async fn an_erasure_is_finished_by_the_next_start() {
    let Fixture { store, folder } = Fixture::with([new("other"), new(SECRET)]).await;
    let copy = tempfile::TempDir::new().unwrap();
    let copied = copy.path().join("copy");
    store.snapshot(copied.clone()).await.unwrap();
    store.close().await.unwrap();
    // As if the process had ended before anything but the mark was written.
    fs::write(copied.join("edge/erasing"), "").unwrap();
    let store =
        crate::ContentStore::open(crate::ContentOptions::Edge { path: copied.clone() }).await.unwrap();
    let fixture = Fixture { store, folder };
    in_time(async {
        while copied.join("edge/erasing").exists() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
    assert!(fixture.get(SECRET).await.unwrap().body.is_some(), "nobody erased it");
}

async fn gone(fixture: &Fixture) {
    while files_have(fixture.folder.path(), SECRET) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn files_have(folder: &Path, text: &str) -> bool {
    fs::read_dir(folder).into_iter().flatten().flatten().any(|entry| {
        let path = entry.path();
        if path.is_dir() { files_have(&path, text) } else { file_has(&path, text) }
    })
}

fn file_has(path: &Path, text: &str) -> bool {
    let bytes = fs::read(path).unwrap_or_default();
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}
