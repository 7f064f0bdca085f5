use super::{back_up, findings, quietly, restore};
use crate::copy;
use crate::tests::lived::lived;
use crate::tests::rows::everything;
use crate::tests::story::{batch, created, finalized, on_each_engine, story, transaction, write_at};
use chorale_domain::id::ThreadId;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use tempfile::tempdir;

/// Each file's number on the disk: one that is written again gets another.
fn files(folder: &Path) -> BTreeMap<String, u64> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries.map(|entry| (entry.file_name().into_string().unwrap(), entry.metadata().unwrap().ino())).collect()
}

#[tokio::test]
async fn a_full_segment_is_never_written_again() {
    let folder = tempdir().unwrap();
    let (backup, writer) =
        (folder.path().join("backup"), write_at(&folder.path().join("store.db").into()).await);
    writer.apply(batch(&story()[..5])).await.unwrap();
    back_up(writer.store(), &backup).await;
    let before = files(&backup);
    assert_eq!(
        before.keys().collect::<Vec<_>>(),
        ["events-00000001.jsonl", "events-00000002-to-00000007.jsonl", "manifest.json"]
    );
    writer.apply(batch(&story()[5..])).await.unwrap();
    writer.promote(story()[9].signature).await.unwrap();
    back_up(writer.store(), &backup).await;
    let after = files(&backup);
    assert_eq!(after["events-00000001.jsonl"], before["events-00000001.jsonl"]);
    assert_eq!(
        after.keys().collect::<Vec<_>>(),
        [
            "events-00000001.jsonl",
            "events-00000002.jsonl",
            "events-00000003.jsonl",
            "events-00000004-to-00000017.jsonl",
            "manifest.json"
        ]
    );
}

#[tokio::test]
async fn a_backup_with_nothing_new_holds_what_is_new_beside_the_events() {
    let folder = tempdir().unwrap();
    let (backup, writer) =
        (folder.path().join("backup"), write_at(&folder.path().join("store.db").into()).await);
    writer.apply(batch(&story())).await.unwrap();
    back_up(writer.store(), &backup).await;
    writer.promote(story()[11].signature).await.unwrap();
    back_up(writer.store(), &backup).await;
    let place = folder.path().join("restored.db").into();
    restore(&backup, &place, None).await;
    let restored = write_at(&place).await;
    assert_eq!(everything(restored.store()).await, everything(writer.store()).await);
    assert_eq!(restored.store().unfinalized().await.unwrap(), []);
}

#[tokio::test]
async fn an_empty_store_can_be_backed_up_and_restored() {
    on_each_engine(async |location| {
        let folder = tempdir().unwrap();
        let writer = write_at(&location).await;
        assert_eq!(back_up(writer.store(), &folder.path().join("backup")).await.last_sequence, 0);
        let place = folder.path().join("restored.db").into();
        assert_eq!(restore(&folder.path().join("backup"), &place, None).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_store_is_backed_up_while_it_is_written() {
    on_each_engine(async |location| {
        let folder = tempdir().unwrap();
        let (backup, writer) = (folder.path().join("backup"), lived(&location).await);
        let writing = tokio::spawn({
            let writer = writer.clone();
            async move {
                for n in 30..60 {
                    let event = created(ThreadId([n; 32]));
                    writer.apply(batch(&[transaction(n, vec![event])])).await.unwrap();
                }
            }
        });
        while !writing.is_finished() {
            back_up(writer.store(), &backup).await;
            tokio::task::yield_now().await;
        }
        writing.await.unwrap();
        let last = back_up(writer.store(), &backup).await.last_sequence;
        let place = folder.path().join("restored.db").into();
        assert_eq!(restore(&backup, &place, None).await, last);
        let restored = write_at(&place).await;
        assert_eq!(everything(restored.store()).await, everything(writer.store()).await);
        assert_eq!(findings(restored.store()).await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn a_restored_store_is_backed_up_to_a_folder_of_its_own() {
    let folder = tempdir().unwrap();
    let (backup, writer) =
        (folder.path().join("backup"), write_at(&folder.path().join("store.db").into()).await);
    writer.apply(batch(&finalized(&story()))).await.unwrap();
    back_up(writer.store(), &backup).await;
    let place = folder.path().join("restored.db").into();
    restore(&backup, &place, Some(8)).await;
    let restored = write_at(&place).await;
    let refused = copy::backup(restored.store(), &backup, &mut quietly()).await.unwrap_err().to_string();
    assert!(refused.contains("through event 17") && refused.contains("a folder of its own"), "{refused}");
    // What it was restored from goes on as before.
    assert_eq!(back_up(writer.store(), &backup).await.last_sequence, 17);
}
