use super::{back_up, restore};
use crate::copy::{self, CopyError};
use crate::tests::lived::lived;
use crate::tests::rows::everything;
use crate::tests::story::{clock, on_each_engine, write_at};
use crate::verify::Progress;
use std::future::poll_fn;
use std::panic::{self, AssertUnwindSafe};
use std::pin::pin;
use std::task::Poll;
use tempfile::tempdir;

fn interrupt(progress: Progress) {
    panic::resume_unwind(Box::new(progress.done));
}

/// Drops what it is given at its first word of progress; says how far it was, or what came of it if it was done
/// before.
pub(super) async fn interrupted<T>(
    copying: impl AsyncFnOnce(&mut (dyn FnMut(Progress) + Send)) -> Result<T, CopyError>,
) -> Result<T, i64> {
    let mut on_progress = interrupt;
    let mut copying = pin!(copying(&mut on_progress));
    let polled = poll_fn(|context| {
        let polled = panic::catch_unwind(AssertUnwindSafe(|| copying.as_mut().poll(context)));
        match polled {
            Ok(polled) => polled.map(Ok),
            Err(far) => Poll::Ready(Err(*far.downcast::<i64>().expect("it only panics here"))),
        }
    });
    polled.await.map(Result::unwrap)
}

#[tokio::test]
async fn a_restore_goes_on_where_it_was_interrupted() {
    let folder = tempdir().unwrap();
    let writer = lived(&folder.path().join("store.db").into()).await;
    let (backup, expected) = (folder.path().join("backup"), everything(writer.store()).await);
    let last = back_up(writer.store(), &backup).await.last_sequence;
    on_each_engine(async |location| {
        let mut done = vec![];
        let end = loop {
            let attempt = interrupted(async |on_progress| {
                copy::restore(&backup, &location, None, clock(2_000), on_progress).await
            });
            match attempt.await {
                Ok(end) => break end,
                Err(far) => done.push(far),
            }
            assert!(done.len() < 20, "it gets nowhere: {done:?}");
        };
        assert_eq!(end, last);
        assert!(done.len() > 2 && done.is_sorted_by(|a, b| a < b), "{done:?}");
        let restored = write_at(&location).await;
        assert_eq!(everything(restored.store()).await, expected);
    })
    .await;
}

#[tokio::test]
async fn an_interrupted_restore_is_taken_up_with_the_backup_as_it_has_become() {
    let folder = tempdir().unwrap();
    let writer = lived(&folder.path().join("store.db").into()).await;
    let backup = folder.path().join("backup");
    back_up(writer.store(), &backup).await;
    let place = folder.path().join("restored.db").into();
    let mut attempts = 0;
    while attempts < 4 {
        interrupted(async |on_progress| {
            copy::restore(&backup, &place, None, clock(2_000), on_progress).await
        })
        .await
        .unwrap_err();
        attempts += 1;
    }
    let waiting = writer.store().unfinalized().await.unwrap();
    writer.promote(waiting[waiting.len() - 2].signature).await.unwrap();
    back_up(writer.store(), &backup).await;
    restore(&backup, &place, None).await;
    let restored = write_at(&place).await;
    assert_eq!(everything(restored.store()).await, everything(writer.store()).await);
}

#[tokio::test]
async fn an_interrupted_restore_is_not_mixed_with_another_one() {
    let folder = tempdir().unwrap();
    let writer = lived(&folder.path().join("store.db").into()).await;
    let backup = folder.path().join("backup");
    back_up(writer.store(), &backup).await;
    let place = folder.path().join("restored.db").into();
    let mut far = 0;
    while far < 10 {
        far = interrupted(async |on_progress| {
            copy::restore(&backup, &place, None, clock(2_000), on_progress).await
        })
        .await
        .unwrap_err();
    }
    let refused = copy::restore(&backup, &place, Some(3), clock(2_000), &mut |_| {}).await.unwrap_err();
    assert!(matches!(refused, CopyError::OtherRestore(_)), "{refused}");
}

#[tokio::test]
async fn a_backup_goes_on_where_it_was_interrupted() {
    on_each_engine(async |location| {
        let folder = tempdir().unwrap();
        let (backup, writer) = (folder.path().join("backup"), lived(&location).await);
        let attempt = async || {
            interrupted(async |on_progress| copy::backup_by(writer.store(), &backup, 5, on_progress).await)
                .await
        };
        assert_eq!(attempt().await.unwrap_err(), 5);
        let refused = copy::restore(&backup, &location, None, clock(2_000), &mut |_| {}).await.unwrap_err();
        assert!(matches!(refused, CopyError::NoBackup(_)), "a part of a backup is none: {refused}");
        assert_eq!(attempt().await.unwrap_err(), 10, "what was written before is not written again");
        let first = back_up(writer.store(), &backup).await;

        let place = folder.path().join("restored.db").into();
        assert_eq!(restore(&backup, &place, None).await, first.last_sequence);
    })
    .await;
}

#[tokio::test]
async fn an_interrupted_backup_leaves_the_one_before_as_it_was() {
    let folder = tempdir().unwrap();
    let writer = lived(&folder.path().join("store.db").into()).await;
    let backup = folder.path().join("backup");
    let first = back_up(writer.store(), &backup).await;
    let waiting = writer.store().unfinalized().await.unwrap();
    writer.retract(waiting[0].signature).await.unwrap();
    interrupted(async |on_progress| copy::backup_by(writer.store(), &backup, 5, on_progress).await)
        .await
        .unwrap_err();
    let place = folder.path().join("restored.db").into();
    assert_eq!(restore(&backup, &place, None).await, first.last_sequence);
    let second = back_up(writer.store(), &backup).await;
    assert!(second.last_sequence > first.last_sequence);
}
