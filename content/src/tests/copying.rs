use tempfile::TempDir;

use super::*;
use crate::{ContentError, ContentOptions, ContentStore, Snapshot};

#[tokio::test]
async fn a_copy_has_what_was_there_and_is_opened_like_the_original() {
    let fixture = Fixture::with((0..50).map(|number| new(&format!("text {number}")))).await;
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("copy");
    assert_eq!(fixture.store.snapshot(path.clone()).await.unwrap(), Snapshot::Folder(path.clone()));
    fixture.store.put(new("written after the copy")).await.unwrap();
    let copy = ContentStore::open(ContentOptions::Edge { path }).await.unwrap();
    assert_eq!(copy.duties().count(ALL).await.unwrap(), 50);
    assert_eq!(copy.search(&ann(), search("text", ALL, 100)).await.unwrap().hits.len(), 50);
    assert_eq!(fixture.store.duties().count(ALL).await.unwrap(), 51);
}

#[tokio::test]
async fn a_copy_overwrites_nothing() {
    let fixture = Fixture::with([new("text")]).await;
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("precious"), "something").unwrap();
    let refused = fixture.store.snapshot(folder.path().into()).await.unwrap_err();
    assert!(matches!(refused, ContentError::Snapshot { .. }), "{refused:?}");
    assert!(folder.path().join("precious").exists());
}

#[tokio::test]
async fn copies_are_whole_while_others_write() {
    let fixture = Fixture::with([new("the first")]).await;
    let folder = TempDir::new().unwrap();
    let store = fixture.store.clone();
    let writer = tokio::spawn(async move {
        for number in 0..100 {
            store.put(new(&format!("number {number}"))).await.unwrap();
        }
    });
    for number in 0..3 {
        fixture.store.snapshot(folder.path().join(number.to_string())).await.unwrap();
    }
    writer.await.unwrap();
    assert_eq!(fixture.store.duties().count(ALL).await.unwrap(), 101);
}
