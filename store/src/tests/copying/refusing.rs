use super::{back_up, quietly, restore};
use crate::copy::{self, CopyError, Manifest};
use crate::tests::story::{batch, clock, finalized, on_each_engine, open, story, write_at};
use crate::{Backfill, IndexedTransaction, Listed, Location, Writer};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use tempfile::{TempDir, tempdir};

struct Given {
    folder: TempDir,
    backup: PathBuf,
    writer: Writer,
}

/// A store of 17 final events, backed up.
async fn given() -> Given {
    let folder = tempdir().unwrap();
    let (backup, writer) = (folder.path().join("backup"), open(folder.path()).await);
    writer.apply(batch(&finalized(&story()))).await.unwrap();
    back_up(writer.store(), &backup).await;
    Given { folder, backup, writer }
}

impl Given {
    fn place(&self) -> Location {
        self.folder.path().join("restored.db").into()
    }

    async fn is_in_the_way(&self, there: &Location) {
        let watch = &mut quietly();
        let refused = copy::restore(&self.backup, there, None, clock(2_000), watch).await.unwrap_err();
        assert!(matches!(refused, CopyError::Exists(_)), "{refused}");
    }

    async fn refused(&self, through: Option<i64>) -> CopyError {
        let (place, watch) = (self.place(), &mut quietly());
        let refused = copy::restore(&self.backup, &place, through, clock(2_000), watch).await.unwrap_err();
        let Location::Sqlite(path) = place else { panic!("it is a file") };
        assert!(!path.exists(), "nothing is written before the backup was looked at: {refused}");
        refused
    }
}

fn change(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{} has no {from}", path.display());
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

#[tokio::test]
async fn a_folder_without_a_backup_is_named() {
    let folder = tempdir().unwrap();
    for missing in [folder.path().join("nowhere"), folder.path().into()] {
        let place = folder.path().join("restored.db").into();
        let refused = copy::restore(&missing, &place, None, clock(2_000), &mut quietly()).await.unwrap_err();
        let expected = format!("no finished backup in {}", missing.display());
        assert!(refused.to_string().contains(&expected), "{refused}");
    }
}

#[tokio::test]
async fn a_store_that_is_there_is_not_written_over() {
    on_each_engine(async |location| {
        let given = given().await;
        let there = write_at(&location).await;
        there.apply(batch(&story()[..1])).await.unwrap();
        let watch = &mut quietly();
        let restored = copy::restore(&given.backup, &location, None, clock(2_000), watch);
        let refused = restored.await.unwrap_err().to_string();
        assert!(refused.contains("there is a store at") && !refused.contains("secret"), "{refused}");
        assert_eq!(there.store().last_event().await.unwrap().0, 1);
    })
    .await;
}

#[tokio::test]
async fn a_store_that_is_catching_up_is_not_written_over() {
    on_each_engine(async |location| {
        let (given, there) = (given().await, write_at(&location).await);
        let of =
            |one: &IndexedTransaction| Listed { signature: one.signature, slot: one.slot, failed: false };
        there.walk(&[of(&story()[11]), of(&story()[10])]).await.unwrap();
        assert!(matches!(there.store().backfill().await.unwrap(), Backfill::Walking { found: 2, .. }));
        given.is_in_the_way(&location).await;
        there.walked().await.unwrap();
        assert_eq!(there.store().backfill().await.unwrap(), Backfill::Draining { left: 2 });
        given.is_in_the_way(&location).await;
        there.forget_walk().await.unwrap();
        assert_eq!(restore(&given.backup, &location, None).await, 17);
    })
    .await;
}

#[tokio::test]
async fn a_backup_that_is_being_written_is_waited_for_and_several_can_restore_from_one() {
    let given = given().await;
    let held = File::open(&given.backup).unwrap();
    held.lock().unwrap();
    let refused = given.refused(None).await;
    assert!(matches!(refused, CopyError::Busy(_)), "{refused}");
    held.unlock().unwrap();
    held.lock_shared().unwrap();
    assert_eq!(restore(&given.backup, &given.place(), None).await, 17);
}

#[tokio::test]
async fn an_event_that_is_not_in_the_backup_is_refused() {
    let given = given().await;
    for through in [18, -1] {
        let refused = given.refused(Some(through)).await.to_string();
        assert!(refused.contains("holds events 1 to 17"), "{refused}");
    }
}

#[tokio::test]
async fn a_damaged_segment_is_named_and_what_is_before_it_can_be_restored() {
    let given = given().await;
    let segment = given.backup.join("events-00000002.jsonl");
    change(&segment, "\"slot\":105", "\"slot\":104");
    let refused = given.refused(None).await.to_string();
    assert!(refused.contains("events-00000002.jsonl is damaged: its SHA-256"), "{refused}");
    assert!(refused.contains("--through 5"), "{refused}");
    fs::remove_file(&segment).unwrap();
    let refused = given.refused(None).await.to_string();
    assert!(refused.contains("events-00000002.jsonl is damaged: it is missing"), "{refused}");
    assert_eq!(restore(&given.backup, &given.place(), Some(5)).await, 5);
}

#[tokio::test]
async fn a_damaged_manifest_is_named() {
    let given = given().await;
    let manifest = given.backup.join("manifest.json");
    for (from, to) in [("\"last_sequence\": 17", "\"last_sequence\": 16"), ("{", "")] {
        change(&manifest, from, to);
        let refused = given.refused(None).await.to_string();
        assert!(refused.contains("manifest.json is damaged"), "{refused}");
        let backup = copy::backup(given.writer.store(), &given.backup, &mut quietly()).await;
        let refused = backup.unwrap_err().to_string();
        assert!(refused.contains("back up to a new folder"), "{refused}");
    }
}

#[tokio::test]
async fn a_backup_of_a_later_version_asks_for_an_upgrade() {
    let given = given().await;
    change(&given.backup.join("manifest.json"), "\"format\": 1", "\"format\": 2");
    let refused = given.refused(None).await.to_string();
    assert!(refused.contains("has format 2") && refused.contains("upgrade Chorale"), "{refused}");
}

#[tokio::test]
async fn another_stores_backup_is_not_mixed_with_this_one() {
    let given = given().await;
    let other = write_at(&given.folder.path().join("other.db").into()).await;
    let mut events = story();
    events[1].slot += 50;
    other.apply(batch(&finalized(&events[..1]))).await.unwrap();
    let refused = copy::backup(other.store(), &given.backup, &mut quietly()).await.unwrap_err();
    assert!(matches!(refused, CopyError::OtherStore { last: 17, .. }), "{refused}");
}

#[tokio::test]
async fn two_backups_do_not_write_to_one_folder_at_once() {
    let given = given().await;
    let held = File::open(&given.backup).unwrap();
    held.lock().unwrap();
    let refused = copy::backup(given.writer.store(), &given.backup, &mut quietly()).await.unwrap_err();
    assert!(matches!(refused, CopyError::Busy(_)), "{refused}");
    held.unlock().unwrap();
    let _: Manifest = back_up(given.writer.store(), &given.backup).await;
}

#[tokio::test]
async fn a_corrupt_store_is_not_backed_up() {
    let given = given().await;
    let sql = "UPDATE event_store SET slot = 1 WHERE sequence = 9";
    crate::tests::rows::tamper(&given.writer, sql).await;
    let fresh = given.folder.path().join("second");
    let refused = copy::backup(given.writer.store(), &fresh, &mut quietly()).await.unwrap_err().to_string();
    assert!(refused.contains("event_store row 9"), "{refused}");
}

#[tokio::test]
async fn a_backup_is_not_added_to_one_that_lost_a_file() {
    let given = given().await;
    let segment = given.backup.join("events-00000002.jsonl");
    let whole = fs::read(&segment).unwrap();
    let damages: [(&str, &dyn Fn()); 2] = [
        ("its length", &|| fs::write(&segment, &whole[1..]).unwrap()),
        ("it is missing", &|| fs::remove_file(&segment).unwrap()),
    ];
    for (reason, damage) in damages {
        damage();
        let backup = copy::backup(given.writer.store(), &given.backup, &mut quietly()).await;
        let refused = backup.unwrap_err().to_string();
        assert!(refused.contains(&format!("events-00000002.jsonl is damaged: {reason}")), "{refused}");
        assert!(refused.contains("back up to a new folder"), "{refused}");
    }
}

#[tokio::test]
async fn the_check_of_a_backup_names_the_segment_that_is_damaged() {
    let given = given().await;
    let check = || copy::check_backup(&given.backup, &mut quietly());
    assert_eq!(check().unwrap().last_sequence, 17);
    change(&given.backup.join("events-00000003.jsonl"), "\"slot\":1", "\"slot\":2");
    let refused = check().unwrap_err().to_string();
    assert!(refused.contains("events-00000003.jsonl is damaged: its SHA-256"), "{refused}");
    fs::remove_file(given.backup.join("manifest.json")).unwrap();
    assert!(matches!(check().unwrap_err(), CopyError::NoBackup(_)));
}
