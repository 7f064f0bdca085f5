//! What is written builds on what is read: on nothing else than the end of an entity's history.

use super::super::rows::{everything, tamper};
use super::super::story::{ALICE, THREAD, apply_each, batch, on_each_engine, story, transaction, write_at};
use super::super::verifying::{findings, forge_as};
use crate::{Repair, StoreError};
use chorale_domain::event::Event;
use chorale_domain::state::EntityKey;

#[tokio::test]
async fn a_state_with_another_version_than_its_history_is_not_built_upon() {
    on_each_engine(async |location| {
        for damage in ["state_version = 1005", "state_version = 1"] {
            let writer = write_at(&location).await;
            apply_each(&writer, &story()[..3]).await;
            writer.close().await;
            let writer = write_at(&location).await;
            let id = EntityKey::Thread(THREAD);
            tamper(&writer, &format!("UPDATE canonical_state SET {damage} WHERE entity_id = '{id}'")).await;
            let before = everything(writer.store()).await;
            let error = writer.apply(batch(&story()[3..4])).await.unwrap_err();
            let named = matches!(&error, StoreError::Corrupt { table: "canonical_state", row, .. } if *row == id.to_string());
            assert!(named, "{damage}: {error}");
            assert_eq!(everything(writer.store()).await, before);
            tamper(&writer, &format!("UPDATE canonical_state SET state_version = 2 WHERE entity_id = '{id}'"))
                .await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_state_that_is_gone_is_not_made_anew() {
    on_each_engine(async |location| {
        let writer = write_at(&location).await;
        apply_each(&writer, &story()[..3]).await;
        writer.close().await;
        let writer = write_at(&location).await;
        tamper(&writer, "DELETE FROM canonical_state WHERE entity_id = 'roots'").await;
        let error = writer.apply(batch(&[story()[10].clone()])).await.unwrap_err();
        let named =
            matches!(&error, StoreError::Corrupt { table: "canonical_state", row, .. } if row == "roots");
        assert!(named, "{error}");
    })
    .await;
}

#[tokio::test]
async fn what_was_read_before_a_repair_is_read_anew() {
    on_each_engine(async |location| {
        let writer = write_at(&location).await;
        apply_each(&writer, &story()[..2]).await;
        writer.close().await;
        let writer = write_at(&location).await;
        let stakes = ["\"min_stake\":\"5\"", "\"min_stake\":\"6\""];
        let damage = forge_as(writer.store(), "canonical_state", "entity_id = 'config'", stakes).await;
        tamper(&writer, &damage).await;
        // It reads the configuration, and leaves it as it is.
        apply_each(&writer, &story()[2..3]).await;
        for corrupt in writer.scrub(1_000_000).await.unwrap().corrupted {
            assert_eq!(writer.repair(&corrupt).await.unwrap(), Repair::FromHistory, "{corrupt}");
        }
        let paused = Event::PausedSet { authority: ALICE, paused: true, set_at: 111 };
        apply_each(&writer, &[transaction(4, vec![paused])]).await;
        assert_eq!(findings(writer.store()).await, []);
    })
    .await;
}
