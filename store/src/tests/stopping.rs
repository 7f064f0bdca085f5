//! Threads whose state is not what the chain says.

use super::rows::{lines, states};
use super::story::{
    ALICE, APPROVED, OTHER_THREAD, THREAD, apply_each, batch, created, finalized, on_each_engine, open,
    published, story, transaction, write_at,
};
use crate::{Stopped, StoreError};
use chorale_domain::event::Event;
use chorale_domain::id::{Amount, Hash32};
use chorale_domain::state::{Entity, EntityKey, Treasury};
use tempfile::tempdir;

fn stopped() -> Stopped {
    let treasury = Entity::Treasury(Treasury { balance: Amount(1) });
    Stopped {
        thread: THREAD,
        entity: EntityKey::Thread(THREAD),
        reason: "escrow: 7 against 8".into(),
        derived: None,
        on_chain: Some(treasury),
    }
}

#[tokio::test]
async fn events_of_a_stopped_thread_are_kept_but_only_move_the_treasury() {
    on_each_engine(async |location| {
        let (writer, story) = (write_at(&location).await, story());
        writer.apply(batch(&story[..3])).await.unwrap();
        let of_thread = |states: Vec<String>| {
            states.into_iter().filter(|line| line.contains(&THREAD.to_string())).collect::<Vec<_>>()
        };
        let before = of_thread(states(writer.store()).await);
        writer.stop_thread(stopped()).await.unwrap();
        let applied = writer.apply(batch(&story[3..])).await.unwrap();
        assert_eq!((applied.events, applied.stopped), (13, vec![]));
        assert_eq!(of_thread(states(writer.store()).await), before);
        assert_eq!(writer.store().treasury().await.unwrap().balance, Amount(10));

        apply_each(&writer, &[transaction(20, vec![published(OTHER_THREAD, 0)])]).await;
        assert_eq!(writer.store().messages(OTHER_THREAD, None, 5).await.unwrap().len(), 1);
        writer.store().verify_chain().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_thread_is_stopped_once_with_an_incident_that_names_both_values() {
    on_each_engine(async |location| {
        let writer = write_at(&location).await;
        apply_each(&writer, &story()[..3]).await;
        writer.stop_thread(stopped()).await.unwrap();
        writer.stop_thread(Stopped { reason: "something else".into(), ..stopped() }).await.unwrap();
        let rows = "SELECT reason || ' ' || CAST(event_sequence AS TEXT) AS line FROM stopped_threads";
        assert_eq!(lines(writer.store(), rows).await, ["escrow: 7 against 8 4"]);
        let incidents = lines(writer.store(), "SELECT subject || ' ' || detail AS line FROM incidents").await;
        let [incident] = incidents.as_slice() else { panic!("{incidents:?}") };
        let expected = [THREAD.to_string(), "derived: nothing".into(), "on chain: {\"balance\":\"1\"".into()];
        assert!(expected.iter().all(|text| incident.contains(text)), "{incident}");
    })
    .await;
}

#[tokio::test]
async fn a_final_event_that_contradicts_its_thread_stops_it_and_nothing_else() {
    on_each_engine(async |location| {
        let (writer, story) = (write_at(&location).await, story());
        writer.apply(batch(&finalized(&story[..3]))).await.unwrap();
        let before = states(writer.store()).await;
        let transactions = [
            transaction(20, vec![created(THREAD), published(THREAD, 1)]),
            transaction(21, vec![published(OTHER_THREAD, 0)]),
        ];
        let error = writer.apply(batch(&transactions)).await.unwrap_err();
        assert!(
            matches!(error, StoreError::Unsettled { signature, .. } if signature == transactions[0].signature)
        );
        assert_eq!(states(writer.store()).await, before, "a fork can still drop it");

        let applied = writer.apply(batch(&finalized(&transactions))).await.unwrap();
        let [stopped] = applied.stopped.as_slice() else { panic!("{:?}", applied.stopped) };
        assert_eq!((stopped.thread, stopped.entity), (THREAD, EntityKey::Thread(THREAD)));
        assert!(stopped.reason.contains("(thread_created)") && stopped.derived.is_some(), "{stopped:?}");
        assert_eq!(applied.events, 3);
        let rows = "SELECT CAST(event_sequence AS TEXT) AS line FROM stopped_threads";
        assert_eq!(lines(writer.store(), rows).await, ["4"], "the last event before the contradiction");

        let after = states(writer.store()).await;
        let changed: Vec<_> = after.iter().filter(|line| !before.contains(line)).collect();
        assert_eq!(changed.len(), 2, "{changed:#?}");
        assert!(changed.iter().all(|line| line.contains(&OTHER_THREAD.to_string())), "{changed:#?}");
        assert_eq!(lines(writer.store(), "SELECT kind AS line FROM incidents").await, ["difference"]);
    })
    .await;
}

#[tokio::test]
async fn events_of_a_stopped_thread_are_taken_back_like_others() {
    on_each_engine(async |location| {
        let (writer, story) = (write_at(&location).await, story());
        writer.apply(batch(&story[..6])).await.unwrap();
        writer.stop_thread(stopped()).await.unwrap();
        let before = states(writer.store()).await;
        writer.apply(batch(&story[6..])).await.unwrap();
        writer.retract(story[6].signature).await.unwrap();
        assert_eq!(states(writer.store()).await, before);
        writer.retract(story[2].signature).await.unwrap();
        assert_eq!(writer.store().messages(THREAD, None, 5).await.unwrap(), vec![]);
        writer.store().verify_chain().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_treasury_that_does_not_add_up_stops_everything() {
    let folder = tempdir().unwrap();
    let (writer, story) = (open(folder.path()).await, story());
    writer.apply(batch(&finalized(&story[..3]))).await.unwrap();
    writer.stop_thread(stopped()).await.unwrap();
    let expired = Event::ProposalExpired {
        thread: THREAD,
        hash: APPROVED,
        author: ALICE,
        settled_by: ALICE,
        to_treasury: Amount(1),
        expired_at: 190,
        escrow: Amount(0),
        treasury: Amount(5),
    };
    let error = writer.apply(batch(&finalized(&[transaction(20, vec![expired])]))).await.unwrap_err();
    assert!(matches!(error, StoreError::Transition { .. }) && error.is_corruption(), "{error}");
    let withdrawn =
        Event::RootAnchored { authority: THREAD.0.into(), slot: 1, root: Hash32([1; 32]), anchored_at: 1 };
    let error = writer.apply(batch(&finalized(&[transaction(21, vec![withdrawn])]))).await.unwrap_err();
    assert!(matches!(error, StoreError::Transition { .. }), "{error}");
}
