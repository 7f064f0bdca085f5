//! The scrubber goes round a little at a time, and what it does is written down.

use super::lived::{all_rows, lived};
use super::rows::tamper;
use super::story::{EVENTS, THREAD, apply_each, on_each_engine, story, write_at};
use crate::verify::{derive, page};
use crate::{Repair, Writer};
use chorale_domain::state::EntityKey;

/// Scrubs one round in small steps. Gives the rows that were named, and the steps.
async fn round(writer: &Writer, budget: usize) -> (Vec<String>, usize) {
    let (mut named, mut steps) = (vec![], 0);
    loop {
        let report = writer.scrub(budget).await.unwrap();
        writer.confirm_scrub(&report).await.unwrap();
        named.extend(report.corrupted.iter().map(|corrupt| format!("{} {}", corrupt.table, corrupt.row)));
        steps += 1;
        assert!(steps < 1_000, "a round does not end: {:?}", report.position);
        if report.finished {
            named.sort();
            return (named, steps);
        }
    }
}

#[tokio::test]
async fn a_round_in_small_steps_finds_what_one_in_a_single_step_does() {
    on_each_engine(async |location| {
        let writer = lived(&location).await;
        assert_eq!(round(&writer, 1).await.0, [""; 0]);
        let id = EntityKey::Thread(THREAD);
        let row = format!("WHERE entity_id = '{id}'");
        tamper(&writer, "UPDATE event_store SET slot = slot + 1 WHERE sequence = 7").await;
        tamper(&writer, &format!("UPDATE state_history SET live = 0 {row} AND state_version = 2")).await;
        tamper(&writer, &format!("UPDATE canonical_state SET ordinal = 7 {row}")).await;
        let (at_once, _) = round(&writer, 1_000_000).await;
        let (bit_by_bit, steps) = round(&writer, 1).await;
        assert!(steps > 30, "{steps} steps");
        let expected = [
            format!("canonical_state {id}"),
            "event_store 7".to_owned(),
            format!("state_history {id} version 2"),
        ];
        assert_eq!(at_once, expected);
        assert_eq!(bit_by_bit, expected);
    })
    .await;
}

#[tokio::test]
async fn a_state_forged_with_its_checksum_is_named_and_what_was_built_on_it_is_not() {
    on_each_engine(async |location| {
        let writer = lived(&location).await;
        let id = EntityKey::Thread(THREAD);
        let row = format!("entity_id = '{id}' AND state_version = 3");
        tamper(&writer, &super::verifying::forge(writer.store(), "state_history", &row).await).await;
        let (named, _) = round(&writer, 1).await;
        assert!(!named.is_empty());
        assert!(named.iter().all(|name| *name == format!("state_history {id} version 3")), "{named:?}");
    })
    .await;
}

#[tokio::test]
async fn the_scrubber_goes_on_where_it_was_after_a_restart() {
    on_each_engine(async |location| {
        let writer = lived(&location).await;
        let first = writer.scrub(5).await.unwrap();
        assert_eq!((first.position.table, first.position.done), ("event_store", 5));
        writer.confirm_scrub(&first).await.unwrap();
        writer.close().await;
        let writer = write_at(&location).await;
        let second = writer.scrub(5).await.unwrap();
        assert_eq!(
            (second.position.table, second.position.done, second.finished),
            ("event_store", 10, false)
        );
    })
    .await;
}

#[tokio::test]
async fn what_was_found_is_found_again_until_it_was_dealt_with() {
    on_each_engine(async |location| {
        let writer = lived(&location).await;
        tamper(&writer, "UPDATE event_store SET slot = slot + 1 WHERE sequence = 2").await;
        let found = writer.scrub(5).await.unwrap();
        assert_eq!(found.corrupted.len(), 1, "{found:?}");
        writer.close().await;
        let writer = write_at(&location).await;
        let again = writer.scrub(5).await.unwrap();
        assert_eq!(again, found);
        writer.confirm_scrub(&again).await.unwrap();
        // Of two that examined the same, the slower one takes nobody back.
        let next = writer.scrub(5).await.unwrap();
        writer.confirm_scrub(&next).await.unwrap();
        writer.confirm_scrub(&found).await.unwrap();
        assert_eq!(writer.scrub(5).await.unwrap().position.done, 15);
    })
    .await;
}

#[tokio::test]
async fn every_repair_and_every_failure_to_repair_is_an_incident_once() {
    on_each_engine(async |location| {
        let writer = lived(&location).await;
        let before = writer.store().incidents(0, 100).await.unwrap().len();
        tamper(&writer, "UPDATE canonical_state SET ordinal = 7 WHERE entity_id = 'config'").await;
        tamper(&writer, "UPDATE event_store SET block_time = 7 WHERE sequence = 1").await;
        for _ in 0..2 {
            for corrupt in writer.scrub(1_000_000).await.unwrap().corrupted {
                let repair = writer.repair(&corrupt).await.unwrap();
                let expected = if corrupt.table == "event_store" { None } else { Some("history") };
                assert_eq!(repair.source(), expected, "{corrupt}: {repair:?}");
            }
        }
        let incidents = writer.store().incidents(0, 100).await.unwrap().split_off(before);
        let told: Vec<_> =
            incidents.iter().map(|i| (i.incident.subject.as_str(), i.incident.repair.as_deref())).collect();
        assert_eq!(told, [("event_store row 1", None), ("canonical_state row config", Some("history"))]);
        assert!(incidents[1].incident.detail.contains("ordinal is 7, but should be 0"), "{incidents:?}");
        assert!(incidents[0].incident.detail.contains("is needed from the chain"), "{incidents:?}");
    })
    .await;
}

#[tokio::test]
async fn a_transaction_that_is_not_the_one_repairs_nothing() {
    on_each_engine(async |location| {
        let writer = lived(&location).await;
        tamper(&writer, "UPDATE event_store SET event_data = '{}' WHERE sequence = 2").await;
        let before = all_rows(writer.store()).await;
        let other = &story()[4];
        let repair = writer.repair_event(2, other).await.unwrap();
        assert!(matches!(repair, Repair::Impossible { .. }), "{repair:?}");
        assert_eq!(all_rows(writer.store()).await, before);
    })
    .await;
}

/// Rewrites the last event with another transaction's, whose hash is right.
async fn contradict(writer: &Writer, sequence: i64) {
    let mut tx = writer.begin().await.unwrap();
    let stored = page::event(&mut tx, sequence).await.unwrap().unwrap();
    drop(tx);
    let data = stored.text("event_data").replace("\"archived\":false", "\"archived\":true");
    assert_ne!(data, stored.text("event_data"));
    let forged = stored.clone().with("event_data", &data);
    let hash = derive::hash(&forged, forged.text("previous_hash")).unwrap();
    let text =
        format!("UPDATE event_store SET event_data = '{data}', hash = '{hash}' WHERE sequence = {sequence}");
    tamper(writer, &text).await;
}

#[tokio::test]
async fn an_event_that_contradicts_what_is_before_it_is_an_incident_once_and_left() {
    on_each_engine(async |location| {
        let writer = write_at(&location).await;
        apply_each(&writer, &story()).await;
        contradict(&writer, EVENTS).await;
        for _ in 0..2 {
            let found = writer.scrub(1_000_000).await.unwrap().corrupted;
            assert_eq!(found.len(), 1, "{found:?}");
            let repair = writer.repair(&found[0]).await.unwrap();
            assert!(matches!(repair, Repair::Left { .. }), "{repair:?}");
        }
        let incidents = writer.store().incidents(0, 100).await.unwrap();
        let told: Vec<_> = incidents.iter().map(|told| &told.incident).collect();
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!((told[0].subject.as_str(), &told[0].repair), ("event_store row 17", &None));
        assert!(told[0].detail.contains("an event that can follow"), "{told:?}");
    })
    .await;
}

#[tokio::test]
async fn a_version_that_is_gone_is_put_back_and_not_the_state_before_it() {
    on_each_engine(async |location| {
        let writer = lived(&location).await;
        let before = all_rows(writer.store()).await;
        let id = EntityKey::Thread(THREAD);
        let last = format!("(SELECT MAX(state_version) FROM state_history WHERE entity_id = '{id}')");
        tamper(
            &writer,
            &format!("DELETE FROM state_history WHERE entity_id = '{id}' AND state_version = {last}"),
        )
        .await;
        // All events are behind the scrubber.
        writer.set_position("scrub", i64::MAX).await.unwrap();
        let events = writer.scrub(1).await.unwrap();
        writer.confirm_scrub(&events).await.unwrap();
        let found = writer.scrub(1_000_000).await.unwrap();
        let named: Vec<_> = found.corrupted.iter().map(|corrupt| corrupt.table).collect();
        assert_eq!((named, found.finished), (vec!["state_history"], true));
        assert_eq!(writer.repair(&found.corrupted[0]).await.unwrap(), Repair::FromEvents);
        assert_eq!(all_rows(writer.store()).await, before);
    })
    .await;
}
