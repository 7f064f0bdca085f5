use super::rows::{lines, states, tamper};
use super::story::{
    EVENTS, THREAD, apply_each, batch, created, finalized, on_each_engine, open, story, transaction, write_at,
};
use crate::{IndexCursor, Record, StoreError, Writer};
use chorale_domain::id::ThreadId;
use chorale_domain::state::EntityKey;
use chorale_wire::socket::Commitment;
use tempfile::tempdir;

#[tokio::test]
async fn whatever_is_taken_back_the_state_is_as_before_byte_for_byte() {
    on_each_engine(async |location| {
        let (writer, story) = (write_at(&location).await, story());
        let mut before = vec![];
        for transaction in &story {
            before.push(states(writer.store()).await);
            apply_each(&writer, std::slice::from_ref(transaction)).await;
        }
        let last = states(writer.store()).await;
        for (from, expected) in before.iter().enumerate().rev() {
            writer.retract(story[from].signature).await.unwrap();
            assert_eq!(&states(writer.store()).await, expected, "without transaction {from} and later");
            writer.apply(batch(&story[from..])).await.unwrap();
            assert_eq!(states(writer.store()).await, last, "with transaction {from} and later again");
        }
        writer.store().verify_chain().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn all_of_it_can_be_taken_back_one_by_one_and_come_again() {
    on_each_engine(async |location| {
        let (writer, story) = (write_at(&location).await, story());
        let mut before = vec![];
        for transaction in &story {
            before.push(states(writer.store()).await);
            apply_each(&writer, std::slice::from_ref(transaction)).await;
        }
        let last = states(writer.store()).await;
        for (transaction, expected) in story.iter().zip(before).rev() {
            let events = writer.retract(transaction.signature).await.unwrap();
            assert_eq!(events, transaction.events.len());
            assert_eq!(states(writer.store()).await, expected);
        }
        assert_eq!(writer.store().index_cursor().await.unwrap(), None);
        writer.apply(batch(&finalized(&story))).await.unwrap();
        assert_eq!(states(writer.store()).await, last);
        assert_eq!(writer.store().last_event().await.unwrap().0, 3 * EVENTS);
        writer.store().verify_chain().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn versions_only_grow_also_of_what_is_created_again() {
    on_each_engine(async |location| {
        let (writer, story) = (write_at(&location).await, story());
        writer.apply(batch(&story[..3])).await.unwrap();
        let thread = EntityKey::Thread(THREAD);
        assert_eq!(writer.store().entity(&thread).await.unwrap().unwrap().version, 2);
        writer.retract(story[1].signature).await.unwrap();
        assert_eq!(writer.store().entity(&thread).await.unwrap(), None);
        writer.apply(batch(&story[1..3])).await.unwrap();
        assert_eq!(writer.store().entity(&thread).await.unwrap().unwrap().version, 6);
        assert_eq!(history(&writer, &thread).await, EXPECTED);
        writer.store().verify_chain().await.unwrap();
    })
    .await;
}

const EXPECTED: [&str; 6] = [
    "1 create thread_created 0 data",
    "2 update message_published 0 data",
    "3 retract message_published 0 data",
    "4 retract thread_created 0 none",
    "5 create thread_created 1 data",
    "6 update message_published 1 data",
];

async fn history(writer: &Writer, key: &EntityKey) -> Vec<String> {
    let query = format!(
        "SELECT CAST(state_version AS TEXT) || ' ' || change_type || ' ' || change_reason || ' ' \
         || CAST(live AS TEXT) || CASE WHEN state_data IS NULL THEN ' none' ELSE ' data' END AS line \
         FROM state_history WHERE entity_id = '{key}' ORDER BY state_version"
    );
    lines(writer.store(), &query).await
}

#[tokio::test]
async fn a_retraction_is_a_row_that_repeats_the_event_it_takes_back() {
    on_each_engine(async |location| {
        let (writer, story) = (write_at(&location).await, story());
        writer.apply(batch(&story[..5])).await.unwrap();
        assert_eq!(writer.retract(story[4].signature).await.unwrap(), 2);
        let events = writer.store().events_after(5, 100).await.unwrap();
        assert!(events.iter().all(|event| event.commitment == Commitment::Retracted), "{events:?}");
        let told: Vec<_> = events.iter().map(|event| event.record.clone()).collect();
        let [cast, approved] = story[4].events.as_slice() else { panic!("{:?}", story[4]) };
        let taken_back = |sequence, event| Record::Retracted { sequence, event };
        assert_eq!(
            told,
            [
                Record::Happened(cast.clone()),
                Record::Happened(approved.clone()),
                taken_back(7, approved.clone()),
                taken_back(6, cast.clone())
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn what_was_taken_back_leaves_cursors_and_dead_letters_too() {
    on_each_engine(async |location| {
        let (writer, story) = (write_at(&location).await, story());
        let transactions = [finalized(&story[..2]), story[2..].to_vec()].concat();
        writer.apply(batch(&transactions)).await.unwrap();
        let store = writer.store();
        let mut watch = store.watch();
        watch.mark_unchanged();
        writer.retract(story[4].signature).await.unwrap();
        assert_eq!(*watch.borrow_and_update(), EVENTS + 12, "those who watch hear of it");
        let left = IndexCursor { signature: story[3].signature, slot: story[3].slot };
        assert_eq!(store.index_cursor().await.unwrap(), Some(left));
        assert_eq!(store.counts().await.unwrap().dead_letters, 0);
        writer.retract(story[2].signature).await.unwrap();
        assert_eq!(store.index_cursor().await.unwrap(), store.finalized_cursor().await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn another_fork_may_have_other_transactions_in_other_slots() {
    on_each_engine(async |location| {
        let (writer, story) = (write_at(&location).await, story());
        writer.apply(batch(&story[..6])).await.unwrap();
        writer.retract(story[2].signature).await.unwrap();
        // The same transaction, and the same events, in another slot.
        let mut again = story[2].clone();
        again.slot += 1;
        again.events.iter_mut().for_each(|event| event.slot += 1);
        let other = transaction(60, vec![created(ThreadId([60; 32]))]);
        let applied = writer.apply(batch(&[again, other])).await.unwrap();
        assert_eq!((applied.events, applied.replayed), (2, 0));
        writer.store().verify_chain().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_is_final_cannot_be_taken_back() {
    let folder = tempdir().unwrap();
    let (writer, story) = (open(folder.path()).await, story());
    writer.apply(batch(&[finalized(&story[..2]), story[2..4].to_vec()].concat())).await.unwrap();
    for signature in [story[1].signature, story[9].signature] {
        let error = writer.retract(signature).await.unwrap_err();
        assert!(matches!(error, StoreError::Order { .. }), "{error}");
    }
    assert_eq!(writer.store().last_event().await.unwrap().0, 5);
}

#[tokio::test]
async fn a_state_that_is_not_what_the_event_left_is_not_rolled_back() {
    let folder = tempdir().unwrap();
    let (writer, story) = (open(folder.path()).await, story());
    writer.apply(batch(&story[..3])).await.unwrap();
    let config = "UPDATE canonical_state SET state_data = replace(state_data, '\"count\":1', '\"count\":2') \
         WHERE entity_type = 'thread' AND state_data LIKE '%\"count\":1%'";
    tamper(&writer, config).await;
    let before = states(writer.store()).await;
    let error = writer.retract(story[2].signature).await.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { table: "canonical_state", .. }), "{error}");
    assert!(error.to_string().contains(&EntityKey::Thread(THREAD).to_string()), "{error}");
    assert_eq!(states(writer.store()).await, before);
}
