use super::quietly;
use crate::copy;
use crate::tests::rows::tamper;
use crate::tests::story::{batch, finalized, story, write_at};
use crate::{Location, Store, Writer};
use chorale_testing::engines;
use sqlx::Executor as _;
use tempfile::{TempDir, tempdir};

async fn compare(old: &Store, new: &Store) -> Vec<String> {
    let findings = copy::compare(old, new, &mut quietly()).await.unwrap();
    findings.iter().map(ToString::to_string).collect()
}

async fn run(writer: &Writer, statement: &str) {
    let mut tx = writer.begin().await.unwrap();
    tx.execute(statement).await.unwrap();
    tx.commit().await.unwrap();
}

/// A store that saw forks, on SQLite, and one that saw none, on PostgreSQL.
async fn two(folder: &TempDir) -> (Writer, Writer) {
    let [old, new] = engines(folder.path(), "store.db").map(|(_, place)| place.parse::<Location>().unwrap());
    let (old, new) = (write_at(&old).await, write_at(&new).await);
    old.apply(batch(&story())).await.unwrap();
    old.retract(story()[4].signature).await.unwrap();
    old.apply(batch(&story()[4..])).await.unwrap();
    new.apply(batch(&finalized(&story()))).await.unwrap();
    (old, new)
}

#[tokio::test]
async fn two_ways_to_the_same_chain_make_no_difference() {
    let folder = tempdir().unwrap();
    let (old, new) = two(&folder).await;
    assert_eq!(compare(old.store(), new.store()).await, [""; 0]);
    assert_eq!(compare(new.store(), old.store()).await, [""; 0]);
}

#[tokio::test]
async fn every_difference_is_named_with_both_values() {
    let folder = tempdir().unwrap();
    let (old, new) = two(&folder).await;
    tamper(&old, "UPDATE event_store SET slot = 77 WHERE sequence = 1").await;
    tamper(
        &old,
        "UPDATE canonical_state SET state_data = '{\"balance\":\"11\",\"entity_type\":\"treasury\"}' \
         WHERE entity_type = 'treasury'",
    )
    .await;
    tamper(&old, "UPDATE dead_letters SET reason = 'none'").await;
    tamper(&old, "DELETE FROM canonical_state WHERE entity_type = 'roots'").await;
    let found = compare(old.store(), new.store()).await;
    let event = format!("event_store row {}/0/0: slot is 77, but should be 101", story()[0].signature);
    let letter =
        format!("dead_letters row {}: reason is none, but should be unknown event", story()[7].signature);
    let expected = [
        event,
        "canonical_state row roots: row is nothing, but should be a row".into(),
        "canonical_state row treasury: balance is 11, but should be 10".into(),
        letter,
    ];
    assert_eq!(found, expected);
}

#[tokio::test]
async fn events_that_only_one_store_has_are_named() {
    let folder = tempdir().unwrap();
    let (old, new) = two(&folder).await;
    old.retract(story()[11].signature).await.unwrap();
    let missing =
        format!("event_store row {}/0/0: row is nothing, but should be a row", story()[11].signature);
    assert!(compare(old.store(), new.store()).await.contains(&missing));
    let extra = format!("event_store row {}/0/0: row is a row, but should be nothing", story()[11].signature);
    assert!(compare(new.store(), old.store()).await.contains(&extra));
}

#[tokio::test]
async fn what_cannot_be_read_of_the_old_store_is_a_difference() {
    let folder = tempdir().unwrap();
    let (old, new) = two(&folder).await;
    tamper(&old, "UPDATE canonical_state SET state_data = 'not JSON' WHERE entity_id = 'treasury'").await;
    tamper(&old, "UPDATE canonical_state SET state_data = x'ff' WHERE entity_id = 'roots'").await;
    tamper(&old, "UPDATE event_store SET slot = 'tomorrow' WHERE sequence = 1").await;
    tamper(&old, "UPDATE dead_letters SET signature = x'ff'").await;
    let found = compare(old.store(), new.store()).await;
    let event = format!("event_store row {}/0/0: row is", story()[0].signature);
    let rows = [
        (&*event, "slot"),
        ("canonical_state row roots: row is", "state_data"),
        ("canonical_state row treasury: row is", "expected ident"),
        ("dead_letters row after \"\": row is", "signature"),
    ];
    assert_eq!(found.len(), rows.len(), "{found:#?}");
    for (found, (row, reason)) in found.iter().zip(rows) {
        assert!(found.starts_with(row) && found.contains(reason), "{found} is not {row} … {reason}");
    }
}

#[tokio::test]
async fn a_table_that_is_gone_is_a_difference_on_either_engine() {
    let folder = tempdir().unwrap();
    let (one, other) = two(&folder).await;
    for (old, new) in [(&one, &other), (&other, &one)] {
        run(old, "ALTER TABLE event_store RENAME TO elsewhere").await;
        let found = compare(old.store(), new.store()).await;
        assert!(found.len() == 1 && found[0].contains("event_store"), "{found:?}");
        run(old, "ALTER TABLE elsewhere RENAME TO event_store").await;
    }
}

#[tokio::test]
async fn a_new_store_that_cannot_be_read_is_an_error() {
    let folder = tempdir().unwrap();
    let (old, new) = two(&folder).await;
    tamper(&new, "UPDATE canonical_state SET state_data = 'not JSON' WHERE entity_id = 'treasury'").await;
    let refused = copy::compare(old.store(), new.store(), &mut quietly()).await.unwrap_err();
    assert!(refused.is_corruption() && refused.to_string().contains("treasury"), "{refused}");
}
