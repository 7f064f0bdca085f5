use super::running::{SOON, Site, told};
use super::scripted::Scripted;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// Damages a store, and waits until an indexer has put it right. What it was repaired from.
async fn repaired(statement: &str) -> Vec<Option<String>> {
    let (site, chain) = (Site::new().await, Scripted::with_messages(5));
    site.index(&chain, 7).await;
    let before = told(&site.store).await;
    site.damage(statement).await;
    let running = site.start(&chain, SOON);
    let sound = async {
        while !site.store.verify(&mut |_| {}).await.unwrap().is_empty() {
            sleep(SOON).await;
        }
    };
    timeout(Duration::from_secs(30), sound).await.expect("the row was not repaired");
    running.stop().await.unwrap();
    assert_eq!(told(&site.store).await, before, "it was repaired to something else");
    let rendered = site.metrics.render();
    assert!(rendered.contains("chorale_indexer_repairs_total 1"), "{rendered}");
    let incidents = site.store.incidents(0, 10).await.unwrap();
    incidents.into_iter().map(|recorded| recorded.incident.repair).collect()
}

#[tokio::test]
async fn a_damaged_state_is_repaired_from_its_history_and_kept_as_an_incident() {
    let damage = "UPDATE canonical_state SET state_data = '{}' WHERE entity_type = 'thread'";
    assert_eq!(repaired(damage).await, [Some("history".into())]);
}

#[tokio::test]
async fn a_damaged_event_is_repaired_from_the_chain_and_kept_as_an_incident() {
    let damage = "UPDATE event_store SET event_data = '{}' WHERE sequence = 4";
    assert_eq!(repaired(damage).await, [None, Some("chain".into())]);
}

#[tokio::test]
async fn a_row_that_nothing_can_vouch_for_stops_the_indexer_with_an_error_that_names_it() {
    let (site, chain) = (Site::new().await, Scripted::with_messages(5));
    site.index(&chain, 7).await;
    site.damage("UPDATE event_store SET block_time = 1, hash = previous_hash WHERE sequence = 7").await;
    let error = site.start(&chain, SOON).ends().await.unwrap_err().to_string();
    assert!(error.contains("event_store row 7") && error.contains("rebuil"), "{error}");
}

#[tokio::test]
async fn a_row_that_is_beyond_repair_does_not_keep_the_others_from_being_repaired() {
    let (site, chain) = (Site::new().await, Scripted::with_messages(5));
    site.index(&chain, 7).await;
    site.damage("UPDATE event_store SET block_time = 1, hash = previous_hash WHERE sequence = 7").await;
    let version = "event_sequence = 3 AND entity_id LIKE 'thread/%'";
    site.damage(&format!("UPDATE state_history SET change_reason = 'nothing' WHERE {version}")).await;
    site.start(&chain, SOON).ends().await.unwrap_err();
    let left = site.store.verify(&mut |_| {}).await.unwrap();
    assert!(left.iter().all(|found| found.table == "event_store" && found.row == "7"), "{left:#?}");
    assert!(!left.is_empty());
}
