mod reading_states;

use super::rows::{everything, lines};
use super::story::{
    ALICE, EVENTS, REJECTED, THREAD, apply_each, batch, clock, created, finalized, on_each_engine, open,
    proposed, story, transaction, write_at,
};
use crate::version::{NewState, NewVersion};
use crate::{Applied, IndexCursor, Location, Store, StoreError, write};
use chorale_domain::id::ThreadId;
use chorale_domain::state::{Entity, EntityKey, Treasury};
use chorale_wire::socket::Commitment;
use std::path::Path;
use std::time::Duration;
use tempfile::tempdir;
use tokio::task::JoinSet;
use tokio::time::sleep;

#[tokio::test]
async fn a_batch_with_one_impossible_event_changes_nothing() {
    on_each_engine(async |location| {
        let writer = write_at(&location).await;
        apply_each(&writer, &story()[..3]).await;
        let before = everything(writer.store()).await;

        let mut transactions = story()[3..6].to_vec();
        transactions.push(transaction(99, vec![story()[0].events[0].event.clone()]));
        let error = writer.apply(batch(&transactions)).await.unwrap_err();
        assert!(matches!(&error, StoreError::Unsettled { .. }), "{error}");
        assert!(!error.is_corruption(), "a fork can still drop it: the next look tells");
        assert_eq!(everything(writer.store()).await, before);

        writer.promote(story()[2].signature).await.unwrap();
        let (transactions, before) = (finalized(&transactions), everything(writer.store()).await);
        let error = writer.apply(batch(&transactions)).await.unwrap_err();

        assert!(matches!(&error, StoreError::Transition { .. }), "{error}");
        assert!(error.is_corruption() && !error.is_passing());
        assert_eq!(everything(writer.store()).await, before);
        let store = writer.store();
        assert_eq!((store.last_event().await.unwrap().0, *store.watch().borrow()), (4, 4));
    })
    .await;
}

#[tokio::test]
async fn applying_a_batch_again_changes_nothing() {
    on_each_engine(async |location| {
        let writer = write_at(&location).await;
        apply_each(&writer, &story()).await;
        let before = everything(writer.store()).await;

        let applied = writer.apply(batch(&story()[..5])).await.unwrap();
        assert_eq!(applied, Applied { replayed: 7, last_sequence: EVENTS, ..Applied::default() });
        assert_eq!(writer.apply(batch(&story())).await.unwrap().events, 0);
        assert_eq!(everything(writer.store()).await, before);
    })
    .await;
}

#[tokio::test]
async fn a_batch_that_overlaps_what_is_in_adds_the_rest() {
    on_each_engine(async |location| {
        let writer = write_at(&location).await;
        apply_each(&writer, &story()[..5]).await;
        let applied = writer.apply(batch(&story()[3..])).await.unwrap();
        let expected =
            Applied { events: 10, replayed: 3, dead_letters: 1, last_sequence: EVENTS, ..Applied::default() };
        assert_eq!(applied, expected);
        writer.store().verify_chain().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn engines_batch_boundaries_restarts_and_clocks_leave_no_trace() {
    let folder = tempdir().unwrap();
    let whole = open(folder.path()).await;
    whole.apply(batch(&story())).await.unwrap();
    let expected = everything(whole.store()).await;
    assert!(expected.len() > 40, "{expected:#?}");

    on_each_engine(async |location| {
        for transaction in story() {
            let writer = crate::Writer::open(&location, clock(5)).await.unwrap();
            apply_each(&writer, &[transaction]).await;
            writer.close().await;
        }
        let store = Store::open(&location, clock(6)).await.unwrap();
        assert_eq!(everything(&store).await, expected);
    })
    .await;
}

#[tokio::test]
async fn a_reopened_store_goes_on_where_it_stopped() {
    on_each_engine(async |location| {
        let writer = write_at(&location).await;
        assert_eq!(writer.store().index_cursor().await.unwrap(), None);
        apply_each(&writer, &story()[..4]).await;
        writer.close().await;

        let writer = write_at(&location).await;
        let last = &story()[3];
        let cursor = IndexCursor { signature: last.signature, slot: last.slot };
        assert_eq!(writer.store().index_cursor().await.unwrap(), Some(cursor));
        assert_eq!(*writer.store().watch().borrow(), 5);
        apply_each(&writer, &story()[4..]).await;
        assert_eq!(writer.store().last_event().await.unwrap(), (EVENTS, 112));
        writer.store().verify_chain().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn everyone_who_watches_hears_of_a_commit() {
    let folder = tempdir().unwrap();
    let writer = open(folder.path()).await;
    let mut watch = writer.store().clone().watch();
    apply_each(&writer, &story()[..2]).await;
    assert!(watch.has_changed().unwrap());
    assert_eq!(*watch.borrow_and_update(), 3);
    apply_each(&writer, &story()[..2]).await;
    assert!(!watch.has_changed().unwrap(), "a replay is no news");
}

#[tokio::test]
async fn a_state_that_another_writer_changed_is_not_overwritten() {
    on_each_engine(async |location| {
        let writer = write_at(&location).await;
        apply_each(&writer, &story()[..1]).await;
        let version = NewVersion {
            key: EntityKey::Treasury,
            id: "treasury".into(),
            version: 8,
            state: Some(NewState::of(&Entity::Treasury(Treasury::default()))),
            change_type: "update",
            reason: "claimed".into(),
            actor: ALICE.to_string().into(),
            live: true,
            sequence: 1,
            slot: 1,
        };
        for stored in [0, 7] {
            let mut tx = writer.begin().await.unwrap();
            let error = write::states(&mut tx, vec![(stored, &version)], 1).await.unwrap_err();
            assert!(
                matches!(error, StoreError::Conflict { .. }) && error.is_corruption(),
                "{stored}: {error}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn an_event_that_another_writer_added_is_a_conflict() {
    on_each_engine(async |location| {
        let writer = write_at(&location).await;
        apply_each(&writer, &story()[..1]).await;
        let mut tx = writer.begin().await.unwrap();
        let again = "INSERT INTO event_store SELECT * FROM event_store";
        let error = StoreError::from(sqlx::query(again).execute(&mut *tx).await.unwrap_err());
        assert!(matches!(error, StoreError::Conflict { .. }), "{error}");
        assert!(error.to_string().contains("run one indexer only"), "{error}");
    })
    .await;
}

#[tokio::test]
async fn two_writers_take_turns_and_write_everything_once() {
    on_each_engine(async |location| {
        let (one, two) = (write_at(&location).await, write_at(&location).await);
        for transaction in story() {
            let (left, right) = tokio::join!(
                one.apply(batch(std::slice::from_ref(&transaction))),
                two.apply(batch(std::slice::from_ref(&transaction)))
            );
            assert_eq!(left.unwrap().events + right.unwrap().events, transaction.events.len());
        }
        one.store().verify_chain().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_dead_letter_is_kept_once_with_its_reason() {
    on_each_engine(async |location| {
        let writer = write_at(&location).await;
        apply_each(&writer, &story()).await;
        apply_each(&writer, &story()).await;
        let letters = lines(writer.store(), "SELECT reason AS line FROM dead_letters").await;
        assert_eq!(letters, ["unknown event"]);
    })
    .await;
}

#[tokio::test]
async fn rows_name_their_transaction_and_the_event_before() {
    let folder = tempdir().unwrap();
    let writer = open(folder.path()).await;
    apply_each(&writer, &story()[..5]).await;
    let signature = story()[4].signature.to_string();
    let query = format!(
        "SELECT COALESCE(causation_id, '-') || ' ' || correlation_id || ' ' || handshake AS line \
         FROM event_store WHERE signature = '{signature}' ORDER BY sequence"
    );
    let expected = [format!("- {signature} 55-45-17"), format!("{signature}/0/0 {signature} 55-45-17")];
    assert_eq!(lines(writer.store(), &query).await, expected);
}

#[tokio::test]
async fn followers_keep_positions_of_their_own() {
    on_each_engine(async |location| {
        let writer = write_at(&location).await;
        let store = writer.store();
        assert_eq!(store.position("content_status").await.unwrap(), 0);
        writer.set_position("content_status", 5).await.unwrap();
        writer.set_position("content_status", 6).await.unwrap();
        writer.set_position("other", 1).await.unwrap();
        assert_eq!(store.position("content_status").await.unwrap(), 6);
        assert_eq!((store.index_cursor().await.unwrap(), store.seen().await.unwrap()), (None, None));
        writer.set_seen(0).await.unwrap();
        assert_eq!(store.seen().await.unwrap(), Some(0), "nothing known is not slot 0");
    })
    .await;
}

#[tokio::test]
async fn a_replayed_proposal_does_not_vote_twice() {
    let folder = tempdir().unwrap();
    let writer = open(folder.path()).await;
    let mut transactions = story();
    transactions.extend(story());
    let applied = writer.apply(batch(&transactions)).await.unwrap();
    assert_eq!(applied.replayed, usize::try_from(EVENTS).unwrap());
    let key = EntityKey::Proposal(THREAD, REJECTED);
    let proposal = writer.store().entity(&key).await.unwrap().unwrap();
    assert!(matches!(&proposal.entity, Entity::Proposal(proposal) if proposal.votes.len() == 2));
    assert_eq!(proposal.version, 4);
}

#[tokio::test]
async fn a_store_does_not_begin_in_the_middle() {
    let folder = tempdir().unwrap();
    let writer = open(folder.path()).await;
    let error = writer.apply(batch(&story()[1..3])).await.unwrap_err();
    assert!(matches!(error, StoreError::NotTheBeginning { kind: "thread_created", .. }), "{error}");
    assert!(!error.is_corruption(), "it is the node that lacks something");
    assert_eq!(writer.store().last_event().await.unwrap(), (0, 0));
}

#[tokio::test]
async fn a_batch_larger_than_any_statement_goes_in_whole() {
    on_each_engine(async |location| {
        let writer = write_at(&location).await;
        let id = |n: u16| {
            let mut id = [7; 32];
            id[..2].copy_from_slice(&n.to_be_bytes());
            ThreadId(id)
        };
        let threads = (0..300).map(|n| created(id(n))).collect();
        let transactions =
            [story()[0].clone(), transaction(2, threads), transaction(3, vec![created(THREAD)])];
        let transactions = [&transactions[..], &[transaction(4, vec![proposed(REJECTED, 121)])]].concat();
        let applied = writer.apply(batch(&transactions)).await.unwrap();
        assert_eq!((applied.events, applied.stopped), (303, vec![]));
        assert_eq!(writer.store().threads(None, 1_000).await.unwrap().len(), 301);
        writer.store().verify_chain().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn commitments_are_kept_with_the_rows() {
    let folder = tempdir().unwrap();
    let writer = open(folder.path()).await;
    let transactions = [finalized(&story()[..3]), story()[3..6].to_vec()].concat();
    writer.apply(batch(&transactions)).await.unwrap();
    let commitments: Vec<_> =
        writer.store().events_after(0, 100).await.unwrap().iter().map(|event| event.commitment).collect();
    let (done, open) = commitments.split_at(4);
    assert!(done.iter().all(|commitment| *commitment == Commitment::Finalized), "{done:?}");
    assert!(open.iter().all(|commitment| *commitment == Commitment::Confirmed), "{open:?}");
}

#[tokio::test]
async fn a_file_that_a_writer_closed_is_whole_by_itself_whoever_still_reads_it() {
    let folder = tempdir().unwrap();
    let writer = open(folder.path()).await;
    writer.apply(batch(&story())).await.unwrap();
    let location = Location::from(folder.path().join("store.db"));
    let reader = Store::open(&location, clock(0)).await.unwrap();
    let expected = everything(&reader).await;
    writer.close().await;
    let copy = folder.path().join("copy.db");
    std::fs::copy(folder.path().join("store.db"), &copy).unwrap();
    let copy = Store::open(&Location::from(copy), clock(0)).await.unwrap();
    assert_eq!(everything(&copy).await, expected, "something was only in the file beside it");
}

/// Whether nobody has the store open: then whoever opens and closes it removes what is beside the file.
async fn is_let_go(folder: &Path) -> bool {
    for _ in 0..40 {
        open(folder).await.close().await;
        if !folder.join("store.db-wal").exists() {
            return true;
        }
        // Who was turned away a moment ago closes what they had in a task of its own.
        sleep(Duration::from_millis(25)).await;
    }
    false
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_stays_open_where_a_store_is_closed_under_those_who_read_it() {
    for _ in 0..20 {
        let folder = tempdir().unwrap();
        let writer = open(folder.path()).await;
        let mut reads = JoinSet::new();
        for _ in 0..16 {
            let store = writer.store().clone();
            reads.spawn(async move { while store.last_event().await.is_ok() {} });
        }
        writer.apply(batch(&story())).await.unwrap();
        writer.close().await;
        reads.join_all().await;
        assert!(is_let_go(folder.path()).await, "a connection is open still");
    }
}
