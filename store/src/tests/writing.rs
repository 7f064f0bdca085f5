use super::story::{
    ALICE, EVENTS, REJECTED, THREAD, apply_each, batch, clock, created, open, story, transaction,
};
use crate::draft::NewVersion;
use crate::{Applied, Store, StoreError, write};
use chorale_domain::state::{Entity, EntityKey, Treasury};
use chorale_domain::transition::TransitionError;
use tempfile::tempdir;

/// Runs SQL that no writer of ours would.
async fn tamper(store: &Store, sql: &str) {
    let mut tx = store.database.write().await.unwrap();
    assert_eq!(sqlx::query(sql).execute(&mut *tx).await.unwrap().rows_affected(), 1, "{sql}");
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_batch_with_one_impossible_event_changes_nothing() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).await;
    apply_each(&store, &story()[..3]).await;
    let before = store.rows_without_times().await.unwrap();

    let mut transactions = story()[3..6].to_vec();
    transactions.push(transaction(99, vec![created(THREAD)]));
    let error = store.apply(batch(&transactions)).await.unwrap_err();

    let exists = TransitionError::Exists(EntityKey::Thread(THREAD));
    assert!(matches!(&error, StoreError::Transition { source, .. } if **source == exists), "{error}");
    assert!(error.is_corruption());
    assert_eq!(store.rows_without_times().await.unwrap(), before);
    assert_eq!((store.last_event().await.unwrap().0, *store.watch().borrow()), (4, 4));
}

#[tokio::test]
async fn applying_a_batch_again_changes_nothing() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).await;
    apply_each(&store, &story()).await;
    let before = store.rows_without_times().await.unwrap();

    let applied = store.apply(batch(&story()[..5])).await.unwrap();
    let all_known = Applied { events: 0, replayed: 7, dead_letters: 0, last_sequence: EVENTS };
    assert_eq!(applied, all_known);
    assert_eq!(store.apply(batch(&story())).await.unwrap().events, 0);
    assert_eq!(store.rows_without_times().await.unwrap(), before);
}

#[tokio::test]
async fn a_batch_that_overlaps_what_is_in_adds_the_rest() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).await;
    apply_each(&store, &story()[..5]).await;
    let applied = store.apply(batch(&story()[3..])).await.unwrap();
    let expected = Applied { events: 10, replayed: 3, dead_letters: 1, last_sequence: EVENTS };
    assert_eq!(applied, expected);
    store.verify_chain().await.unwrap();
}

#[tokio::test]
async fn batch_boundaries_restarts_and_clocks_leave_no_trace() {
    let (one, many) = (tempdir().unwrap(), tempdir().unwrap());
    let whole = Store::open(&one.path().join("store.db"), clock(5)).await.unwrap();
    whole.apply(batch(&story())).await.unwrap();
    for transaction in story() {
        let store = open(many.path()).await;
        apply_each(&store, &[transaction]).await;
        store.close().await;
    }
    let store = open(many.path()).await;
    let (left, right) =
        (whole.rows_without_times().await.unwrap(), store.rows_without_times().await.unwrap());
    assert_eq!(left, right);
    assert!(left.len() > 40, "{left:#?}");
}

#[tokio::test]
async fn a_reopened_store_goes_on_where_it_stopped() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).await;
    assert_eq!(store.index_cursor().await.unwrap(), None);
    apply_each(&store, &story()[..4]).await;
    store.close().await;

    let store = open(folder.path()).await;
    assert_eq!(store.index_cursor().await.unwrap(), Some(batch(&story()[..4]).cursor));
    assert_eq!(*store.watch().borrow(), 5);
    apply_each(&store, &story()[4..]).await;
    assert_eq!(store.last_event().await.unwrap(), (EVENTS, 112));
    store.verify_chain().await.unwrap();
}

#[tokio::test]
async fn everyone_who_watches_hears_of_a_commit() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).await;
    let mut watch = store.clone().watch();
    apply_each(&store, &story()[..2]).await;
    assert!(watch.has_changed().unwrap());
    assert_eq!(*watch.borrow_and_update(), 3);
    apply_each(&store, &story()[..2]).await;
    assert!(!watch.has_changed().unwrap(), "a replay is no news");
}

#[tokio::test]
async fn the_chain_of_hashes_shows_a_changed_event() {
    let changes = [
        "UPDATE event_store SET event_data = replace(event_data, '7', '8') WHERE sequence = 5",
        "UPDATE event_store SET slot = slot + 1 WHERE sequence = 5",
        "UPDATE event_store SET block_time = NULL WHERE sequence = 5",
        "UPDATE event_store SET causation_id = 'x' WHERE sequence = 5",
        "UPDATE event_store SET hash = previous_hash WHERE sequence = 5",
        "UPDATE event_store SET previous_hash = hash WHERE sequence = 5",
    ];
    for change in changes {
        let folder = tempdir().unwrap();
        let store = open(folder.path()).await;
        apply_each(&store, &story()).await;
        store.verify_chain().await.unwrap();
        tamper(&store, change).await;
        let error = store.verify_chain().await.unwrap_err().to_string();
        assert!(error.contains("event_store row 5 "), "{change}: {error}");
    }
}

#[tokio::test]
async fn checksums_and_history_show_a_changed_state() {
    let thread = EntityKey::Thread(THREAD);
    let latest = format!(
        "WHERE entity_id = '{thread}' AND state_version = (SELECT state_version \
         FROM canonical_state WHERE entity_id = '{thread}')"
    );
    let changes = [
        (
            format!("UPDATE canonical_state SET state_data = '{{}}' WHERE entity_id = '{thread}'"),
            "canonical_state",
        ),
        (
            format!("UPDATE canonical_state SET state_version = 1 WHERE entity_id = '{thread}'"),
            "canonical_state",
        ),
        (format!("DELETE FROM canonical_state WHERE entity_id = '{thread}'"), "canonical_state"),
        (format!("DELETE FROM state_history {latest}"), "canonical_state"),
        (format!("UPDATE state_history SET state_data = '{{}}' {latest}"), "state_history"),
        (
            format!("DELETE FROM state_history WHERE entity_id = '{thread}' AND state_version = 2"),
            "state_history",
        ),
    ];
    for (change, table) in changes {
        let folder = tempdir().unwrap();
        let store = open(folder.path()).await;
        apply_each(&store, &story()).await;
        tamper(&store, &change).await;
        let error = store.verify_chain().await.unwrap_err().to_string();
        assert!(error.contains(table) && error.contains(&thread.to_string()), "{change}: {error}");
    }
}

#[tokio::test]
async fn a_state_that_another_writer_changed_is_not_overwritten() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).await;
    apply_each(&store, &story()[..1]).await;
    let version = NewVersion {
        key: EntityKey::Treasury,
        version: 8,
        entity: Entity::Treasury(Treasury::default()),
        reason: "claimed",
        actor: ALICE,
        sequence: 1,
        slot: 1,
    };
    for stored in [0, 7] {
        let mut tx = store.database.write().await.unwrap();
        let error = write::states(&mut tx, [(stored, &version)].into_iter(), 1).await.unwrap_err();
        assert!(matches!(error, StoreError::Conflict { version, .. } if version == stored), "{error}");
    }
}

#[tokio::test]
async fn a_store_of_a_newer_version_is_refused() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).await;
    tamper(
        &store,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9999, 'from the future', TRUE, x'00', 0)",
    )
    .await;
    store.close().await;
    let Err(error) = Store::open(&folder.path().join("store.db"), clock(0)).await else {
        panic!("a store with migration 9999 was opened");
    };
    assert!(matches!(error, StoreError::NewerSchema { found: 9999, .. }), "{error}");
    assert!(error.to_string().contains("upgrade Chorale"), "{error}");
}

#[tokio::test]
async fn a_store_in_a_folder_that_is_not_there_is_an_error_that_names_it() {
    let path = tempdir().unwrap().path().join("missing/store.db");
    let Err(error) = Store::open(&path, clock(0)).await else {
        panic!("a store was opened in a folder that does not exist");
    };
    assert!(error.to_string().contains("missing/store.db"), "{error}");
}

#[tokio::test]
async fn a_dead_letter_is_kept_once_with_its_reason() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).await;
    apply_each(&store, &story()).await;
    apply_each(&store, &story()).await;
    let rows = store.rows_without_times().await.unwrap();
    let letters: Vec<_> = rows.iter().filter(|row| row.starts_with("dead_letters")).collect();
    assert!(matches!(letters.as_slice(), [row] if row.ends_with("108 unknown event")), "{letters:?}");
}

#[tokio::test]
async fn rows_name_their_transaction_and_the_event_before() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).await;
    apply_each(&store, &story()[..5]).await;
    let signature = story()[4].signature.to_string();
    let rows = sqlx::query_as::<_, (Option<String>, String, String)>(
        "SELECT causation_id, correlation_id, handshake FROM event_store WHERE signature = $1 ORDER BY sequence",
    );
    let rows = rows.bind(&signature).fetch_all(store.database.reader()).await.unwrap();
    let expected = [None, Some(format!("{signature}/0/0"))];
    assert_eq!(rows, expected.map(|cause| (cause, signature.clone(), "55-45-17".to_owned())));
}

#[tokio::test]
async fn followers_keep_positions_of_their_own() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).await;
    assert_eq!(store.position("content_status").await.unwrap(), 0);
    store.set_position("content_status", 5).await.unwrap();
    store.set_position("content_status", 6).await.unwrap();
    store.set_position("other", 1).await.unwrap();
    assert_eq!(store.position("content_status").await.unwrap(), 6);
    assert_eq!(store.index_cursor().await.unwrap(), None);
}

#[tokio::test]
async fn a_replayed_proposal_does_not_vote_twice() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).await;
    let mut transactions = story();
    transactions.extend(story());
    assert_eq!(store.apply(batch(&transactions)).await.unwrap().replayed, usize::try_from(EVENTS).unwrap());
    let proposal = store.entity(&EntityKey::Proposal(THREAD, REJECTED)).await.unwrap().unwrap();
    assert!(matches!(&proposal.entity, Entity::Proposal(proposal) if proposal.votes.len() == 2));
    assert_eq!(proposal.version, 4);
}
