//! What a restore that was interrupted leaves: no store yet.

use super::interrupting::interrupted;
use super::{back_up, restore};
use crate::copy::{self, CopyError};
use crate::tests::lived::{lived, told};
use crate::tests::migrating::version_1;
use crate::tests::rows::everything;
use crate::tests::story::{batch, clock, finalized, on_each_engine, story, write_at};
use crate::{Location, Store, StoreError, Writer};
use sqlx::Executor as _;
use std::path::{Path, PathBuf};
use tempfile::{TempDir, tempdir};

/// A store that has seen everything, and its backup.
async fn backed_up() -> (TempDir, PathBuf, Writer) {
    let folder = tempdir().unwrap();
    let (backup, writer) =
        (folder.path().join("backup"), lived(&folder.path().join("store.db").into()).await);
    back_up(writer.store(), &backup).await;
    (folder, backup, writer)
}

async fn begin(backup: &Path, location: &Location, through: Option<i64>) {
    let attempt = interrupted(async |on_progress| {
        copy::restore(backup, location, through, clock(2_000), on_progress).await
    });
    attempt.await.unwrap_err();
}

async fn again(backup: &Path, location: &Location, through: Option<i64>) -> Result<i64, CopyError> {
    copy::restore(backup, location, through, clock(2_000), &mut |_| {}).await
}

#[tokio::test]
async fn an_unfinished_restore_is_not_taken_for_a_store() {
    let (_folder, backup, writer) = backed_up().await;
    on_each_engine(async |location| {
        begin(&backup, &location, None).await;
        let reader = Store::open(&location, clock(0)).await.err().expect("it was read");
        let indexer = Writer::open(&location, clock(0)).await.err().expect("it was written to");
        for refused in [reader, indexer] {
            assert!(matches!(refused, StoreError::Unfinished { .. }), "{refused}");
            assert!(refused.to_string().contains("run `chorale restore` again"), "{refused}");
        }
        restore(&backup, &location, None).await;
        assert_eq!(everything(write_at(&location).await.store()).await, everything(writer.store()).await);
    })
    .await;
}

#[tokio::test]
async fn a_restore_that_was_killed_while_it_made_the_tables_is_taken_up() {
    let (_folder, backup, writer) = backed_up().await;
    on_each_engine(async |location| {
        drop(version_1(&location).await);
        restore(&backup, &location, None).await;
        assert_eq!(everything(write_at(&location).await.store()).await, everything(writer.store()).await);
    })
    .await;
}

#[tokio::test]
async fn a_store_of_the_version_before_is_not_written_over() {
    const CURSOR: &str =
        "INSERT INTO positions (name, value, signature, updated_at) VALUES ('index', 1, NULL, 1)";
    let (_folder, backup, _writer) = backed_up().await;
    on_each_engine(async |location| {
        version_1(&location).await.execute(CURSOR).await.unwrap();
        let refused = again(&backup, &location, None).await.unwrap_err();
        assert!(matches!(refused, CopyError::Exists(_)), "{refused}");
    })
    .await;
}

#[tokio::test]
async fn a_restore_does_not_go_on_over_what_another_wrote() {
    let (_folder, backup, _writer) = backed_up().await;
    on_each_engine(async |location| {
        begin(&backup, &location, Some(3)).await;
        let other = Writer::open_unfinished(&location, clock(1)).await.unwrap();
        other.apply(batch(&finalized(&told()[..6]))).await.unwrap();
        other.close().await;
        let refused = again(&backup, &location, Some(3)).await.unwrap_err();
        assert!(matches!(refused, CopyError::OtherRestore(_)), "{refused}");
    })
    .await;
}

#[tokio::test]
async fn an_older_copy_of_the_backup_does_not_finish_a_restore() {
    let (folder, backup, writer) = backed_up().await;
    let waiting = writer.store().unfinalized().await.unwrap();
    writer.retract(waiting[0].signature).await.unwrap();
    let newer = folder.path().join("newer");
    back_up(writer.store(), &newer).await;
    let place: Location = folder.path().join("restored.db").into();
    restore(&newer, &place, None).await;
    write_at(&place).await.set_position("restore", i64::MAX).await.unwrap();
    let refused = again(&backup, &place, None).await.unwrap_err();
    assert!(matches!(refused, CopyError::OtherRestore(_)), "{refused}");
}

#[tokio::test]
async fn a_restore_that_was_killed_after_it_took_a_part_back_is_finished() {
    let folder = tempdir().unwrap();
    let (backup, writer) =
        (folder.path().join("backup"), write_at(&folder.path().join("store.db").into()).await);
    writer.apply(batch(&finalized(&story()[..5]))).await.unwrap();
    writer.apply(batch(&story()[5..])).await.unwrap();
    back_up(writer.store(), &backup).await;
    let place: Location = folder.path().join("restored.db").into();
    // Event 9 is the first of three of a transaction that may still go: event 10 takes it back.
    assert_eq!(restore(&backup, &place, Some(9)).await, 10);
    let killed = write_at(&place).await;
    let before = everything(killed.store()).await;
    killed.set_position("restore", 10).await.unwrap();
    killed.close().await;
    assert_eq!(again(&backup, &place, Some(9)).await.unwrap(), 10);
    assert_eq!(everything(write_at(&place).await.store()).await, before);
}
