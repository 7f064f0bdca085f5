use super::quietly;
use crate::copy::{self, CopyError, Exported};
use crate::tests::lived::lived;
use crate::tests::rows::tamper;
use crate::tests::story::on_each_engine;
use crate::{Location, Writer};
use tempfile::tempdir;

async fn export(writer: &Writer) -> String {
    let mut bytes = vec![];
    copy::export(writer.store(), &mut bytes, &mut quietly()).await.unwrap();
    String::from_utf8(bytes).unwrap()
}

fn check(export: &str) -> Result<Exported, CopyError> {
    copy::check_export(export.as_bytes(), &mut quietly())
}

#[tokio::test]
async fn both_engines_export_the_same_lines() {
    let mut exports = vec![];
    for place in places(&tempdir().unwrap()) {
        let writer = lived(&place).await;
        let export = export(&writer).await;
        let counts = writer.store().counts().await.unwrap();
        let checked = check(&export).unwrap();
        assert_eq!((checked.events, checked.entities), (counts.events, counts.entities));
        assert_eq!(i64::try_from(export.lines().count()).unwrap(), counts.events + counts.entities + 2);
        exports.push(export);
    }
    assert_eq!(exports[0], exports[1]);
}

fn places(folder: &tempfile::TempDir) -> Vec<Location> {
    let engines = chorale_testing::engines(folder.path(), "store.db");
    engines.into_iter().map(|(_, place)| place.parse().unwrap()).collect()
}

#[tokio::test]
async fn an_empty_store_has_an_export_too() {
    on_each_engine(async |location| {
        let writer = crate::tests::story::write_at(&location).await;
        let checked = check(&export(&writer).await).unwrap();
        assert_eq!((checked.events, checked.entities), (0, 0));
    })
    .await;
}

#[tokio::test]
async fn whatever_is_changed_left_out_or_moved_the_check_names_a_line() {
    let folder = tempdir().unwrap();
    let export = export(&lived(&folder.path().join("store.db").into()).await).await;
    let lines: Vec<_> = export.split_inclusive('\n').collect();
    let refused = |lines: Vec<&str>, what: String| {
        let refused = check(&lines.concat()).expect_err(&what);
        assert!(matches!(refused, CopyError::DamagedExport { .. }), "{what}: {refused}");
    };
    for line in 0..lines.len() {
        let mut changed = lines[line].to_owned();
        let digit = changed.rfind(|c: char| c.is_ascii_digit()).unwrap();
        let other = if &changed[digit..=digit] == "1" { "2" } else { "1" };
        changed.replace_range(digit..=digit, other);
        let mut tampered = lines.clone();
        tampered[line] = &changed;
        refused(tampered, format!("line {line} changed"));
        let mut shortened = lines.clone();
        shortened.remove(line);
        refused(shortened, format!("line {line} left out"));
        let mut moved = lines.clone();
        moved.swap(line, (line + 1) % lines.len());
        refused(moved, format!("line {line} moved"));
        refused(lines[..line].to_vec(), format!("only {line} lines"));
    }
}

#[tokio::test]
async fn an_export_of_a_later_version_asks_for_an_upgrade() {
    let folder = tempdir().unwrap();
    let export = export(&lived(&folder.path().join("store.db").into()).await).await;
    let refused = check(&export.replacen("\"format\":1", "\"format\":2", 1)).unwrap_err().to_string();
    assert!(refused.contains("the export has format 2") && refused.contains("upgrade"), "{refused}");
}

#[tokio::test]
async fn a_corrupt_store_is_not_exported() {
    const DAMAGES: [(&str, &str); 3] = [
        (
            "UPDATE canonical_state SET state_data = '{}' WHERE entity_type = 'treasury'",
            "canonical_state row treasury",
        ),
        ("UPDATE event_store SET slot = 1 WHERE sequence = 9", "event_store row 9"),
        ("DELETE FROM event_store WHERE sequence = 7", "event_store row 8"),
    ];
    on_each_engine(async |location| {
        let writer = lived(&location).await;
        for (damage, row) in DAMAGES {
            tamper(&writer, damage).await;
            let refused = copy::export(writer.store(), vec![], &mut quietly()).await.unwrap_err().to_string();
            assert!(refused.contains(row), "{damage}: {refused}");
        }
    })
    .await;
}
