//! Everything that is not as it was written is found and named, and nothing else.

use super::lived::lived;
use super::rows::tamper;
use super::story::{ALICE, THREAD, apply_each, batch, on_each_engine, story, transaction, write_at};
use crate::verify::states::checksum_of;
use crate::{Finding, Store, StoreError};
use chorale_domain::event::Event;
use chorale_domain::state::EntityKey;
use sqlx::Row as _;

pub(super) async fn findings(store: &Store) -> Vec<Finding> {
    store.verify(&mut |_| ()).await.unwrap()
}

#[tokio::test]
async fn nothing_is_found_in_a_store_that_nobody_touched_at_any_step() {
    on_each_engine(async |location| {
        let writer = write_at(&location).await;
        assert_eq!(findings(writer.store()).await, []);
        for transaction in story() {
            apply_each(&writer, &[transaction]).await;
            assert_eq!(findings(writer.store()).await, []);
        }
        writer.promote(story()[5].signature).await.unwrap();
        assert_eq!(findings(writer.store()).await, []);
    })
    .await;
}

#[tokio::test]
async fn nothing_is_found_after_forks_and_with_a_stopped_thread() {
    on_each_engine(async |location| {
        let writer = lived(&location).await;
        assert_eq!(findings(writer.store()).await, []);
        writer.store().verify_chain().await.unwrap();
        let last = story()[6].signature;
        writer.retract(last).await.unwrap();
        assert_eq!(findings(writer.store()).await, []);
    })
    .await;
}

#[tokio::test]
async fn progress_ends_where_there_is_no_more() {
    on_each_engine(async |location| {
        let writer = lived(&location).await;
        let mut seen = vec![];
        writer.store().verify(&mut |progress| seen.push(progress)).await.unwrap();
        let last = |table| seen.iter().rfind(|progress| progress.table == table).unwrap();
        for table in ["event_store", "canonical_state"] {
            assert_eq!(last(table).done, last(table).total, "{table}");
            assert!(last(table).total > 0, "{table}");
        }
    })
    .await;
}

/// A state that is changed together with its checksum.
pub(super) async fn forge(store: &Store, table: &str, row: &str) -> String {
    forge_as(store, table, row, ["\"escrow\":\"7\"", "\"escrow\":\"8\""]).await
}

pub(super) async fn forge_as(store: &Store, table: &str, row: &str, [right, wrong]: [&str; 2]) -> String {
    let text = format!("SELECT state_data FROM {table} WHERE {row}");
    let found = sqlx::query(&text).fetch_one(store.database.reader()).await.unwrap();
    let data = found.try_get::<String, _>("state_data").unwrap().replace(right, wrong);
    let checksum = checksum_of(&data);
    format!("UPDATE {table} SET state_data = '{data}', checksum = '{checksum}' WHERE {row}")
}

#[tokio::test]
async fn a_state_that_was_changed_together_with_its_checksum_is_named_with_both_values() {
    on_each_engine(async |location| {
        let writer = write_at(&location).await;
        apply_each(&writer, &story()).await;
        let id = EntityKey::Thread(THREAD);
        for (table, row) in [
            ("state_history", format!("entity_id = '{id}' AND state_version = 3")),
            ("canonical_state", format!("entity_id = '{id}'")),
        ] {
            tamper(&writer, &forge(writer.store(), table, &row).await).await;
        }
        let found: Vec<_> = findings(writer.store()).await.iter().map(ToString::to_string).collect();
        let expected = [
            format!("state_history row {id} version 3: state_data.escrow is 8, but should be 7"),
            format!("canonical_state row {id}: state_data.escrow is 8, but should be 7"),
        ];
        assert!(expected.iter().all(|line| found.contains(line)), "{found:#?}");
        let rows = [format!("row {id} version 3:"), format!("row {id}:")];
        assert!(found.iter().all(|line| rows.iter().any(|row| line.contains(row))), "{found:#?}");
    })
    .await;
}

#[tokio::test]
async fn an_event_that_was_changed_together_with_its_hash_is_named_by_the_next() {
    on_each_engine(async |location| {
        let writer = write_at(&location).await;
        apply_each(&writer, &story()).await;
        let mut tx = writer.begin().await.unwrap();
        let row = crate::verify::page::event(&mut tx, 6).await.unwrap().unwrap();
        drop(tx);
        let forged = row.clone().with("slot", &999);
        let hash = crate::verify::derive::hash(&forged, forged.text("previous_hash")).unwrap();
        tamper(&writer, &format!("UPDATE event_store SET slot = 999, hash = '{hash}' WHERE sequence = 6"))
            .await;
        let found = findings(writer.store()).await;
        let named: Vec<_> = found.iter().filter(|found| found.table == "event_store").collect();
        assert!(named.iter().all(|found| found.row == "6"), "{found:#?}");
        assert!(named.iter().any(|found| found.field == "hash" && found.derived == row.text("hash")));
    })
    .await;
}

#[tokio::test]
async fn cursors_and_the_list_of_what_is_not_final_are_compared_too() {
    on_each_engine(async |location| {
        let writer = lived(&location).await;
        let signature = story()[6].signature;
        for (damage, repair, table, row) in [
            (
                "UPDATE positions SET value = value + 1 WHERE name = 'index'".to_owned(),
                "UPDATE positions SET value = value - 1 WHERE name = 'index'",
                "positions",
                "index".to_owned(),
            ),
            (
                "UPDATE positions SET value = value - 3 WHERE name = 'finalized'".to_owned(),
                "UPDATE positions SET value = value + 3 WHERE name = 'finalized'",
                "positions",
                "finalized".to_owned(),
            ),
            (
                format!("UPDATE unfinalized SET slot = slot + 1 WHERE signature = '{signature}'"),
                "UPDATE unfinalized SET slot = slot - 1 WHERE place = 1",
                "unfinalized",
                signature.to_string(),
            ),
            (
                format!("DELETE FROM unfinalized WHERE signature = '{signature}'"),
                "UPDATE unfinalized SET place = place WHERE place = 2",
                "unfinalized",
                signature.to_string(),
            ),
        ] {
            tamper(&writer, &damage).await;
            let found = findings(writer.store()).await;
            assert!(
                found.iter().any(|found| found.table == table && found.row == row),
                "{damage}: {found:#?}"
            );
            assert!(found.iter().all(|found| found.table == table), "{damage}: {found:#?}");
            tamper(&writer, repair).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_state_that_is_not_what_its_checksum_is_of_is_neither_handed_out_nor_built_upon() {
    on_each_engine(async |location| {
        let writer = write_at(&location).await;
        apply_each(&writer, &story()[..3]).await;
        writer.close().await;
        let writer = write_at(&location).await;
        tamper(
            &writer,
            "UPDATE canonical_state SET state_data = REPLACE(state_data, 'min_stake\":\"5', 'min_stake\":\"6') \
             WHERE entity_type = 'config'",
        )
        .await;
        let corrupt = |error: &StoreError| matches!(error, StoreError::Corrupt { row, .. } if row == "config");
        let error = writer.store().config().await.unwrap_err();
        assert!(corrupt(&error), "{error}");
        let paused = Event::PausedSet { authority: ALICE, paused: true, set_at: 111 };
        let error = writer.apply(batch(&[transaction(4, vec![paused])])).await.unwrap_err();
        assert!(corrupt(&error), "{error}");
    })
    .await;
}
