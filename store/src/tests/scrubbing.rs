//! The scrubber goes round a little at a time, and what it does is written down.

use super::lived::lived;
use super::rows::tamper;
use super::story::{THREAD, on_each_engine, write_at};
use crate::{Repair, Writer};
use chorale_domain::state::EntityKey;

/// Scrubs one round in small steps. Gives the rows that were named, and the steps.
async fn round(writer: &Writer, budget: usize) -> (Vec<String>, usize) {
    let (mut named, mut steps) = (vec![], 0);
    loop {
        let report = writer.scrub(budget).await.unwrap();
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
        let before = super::lived::all_rows(writer.store()).await;
        let other = &super::story::story()[4];
        let repair = writer.repair_event(2, other).await.unwrap();
        assert!(matches!(repair, Repair::Impossible { .. }), "{repair:?}");
        assert_eq!(super::lived::all_rows(writer.store()).await, before);
    })
    .await;
}
