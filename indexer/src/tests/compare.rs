//! A store against a chain that stands still, but for what a test changes on one side.

mod laid_out;
mod reconcile;
mod still;

use super::encoded::{PROGRAM, published};
use crate::compare::{CompareError, Compared, Comparison, Difference, compare_with_chain};
use crate::source::SourceError;
use chorale_domain::id::{Amount, Hash32};
use chorale_domain::state::{Entity, EntityKey, Message, Treasury};
use chorale_store::Stopped;
use still::{Patient, Site, THREAD};

impl Site {
    async fn compared(&self) -> Result<Vec<Difference>, CompareError> {
        self.compared_from(0).await
    }

    async fn compared_from(&self, from_slot: u64) -> Result<Vec<Difference>, CompareError> {
        let (source, store, time) = (&self.chain, self.writer.store(), &Patient::new(&self.chain));
        let comparison = Comparison { source, program: PROGRAM, store, time, from_slot };
        compare_with_chain(&comparison, &mut |_| ()).await
    }

    async fn lines(&self) -> Vec<String> {
        self.compared().await.unwrap().iter().map(ToString::to_string).collect()
    }
}

#[tokio::test]
async fn a_store_that_has_everything_has_no_differences() {
    let site = Site::with_messages(5).await;
    let time = Patient::new(&site.chain);
    let (source, store) = (&site.chain, site.writer.store());
    let comparison = Comparison { source, program: PROGRAM, store, time: &time, from_slot: 0 };
    let mut last = vec![];
    let found = compare_with_chain(&comparison, &mut |compared| last.push(compared)).await.unwrap();
    assert_eq!(found, vec![]);
    let slot = site.chain.newest();
    assert!(last.contains(&Compared::Events { slot, done: 7, of: 7 }), "{last:?}");
}

#[tokio::test]
async fn an_event_that_the_store_lacks_is_named() {
    let site = Site::with_messages(3).await;
    let signature = site.chain.insert_second(&published([77; 32], 9));
    let expected = format!("event {signature}/0/0: nothing in the store, message_published on chain");
    assert_eq!(site.lines().await, [expected]);
}

#[tokio::test]
async fn an_event_that_the_chain_does_not_have_is_named() {
    let site = Site::with_messages(3).await;
    let signature = site.chain.remove(3);
    let expected = format!("event {signature}/0/0: message_published in the store, nothing on chain");
    assert_eq!(site.lines().await, [expected]);
}

#[tokio::test]
async fn an_event_that_says_something_else_is_named_with_the_field_and_both_values() {
    let site = Site::with_messages(3).await;
    let signature = site.chain.replace(2, &published([1; 32], 40));
    let expected = format!("event {signature}/0/0 sequence: 0 in the store, 40 on chain");
    assert_eq!(site.lines().await, [expected]);
}

#[tokio::test]
async fn what_comes_before_the_slot_to_begin_with_is_not_compared() {
    let site = Site::with_messages(3).await;
    site.chain.replace(2, &published([1; 32], 40));
    let slot = site.chain.slot_of(2);
    assert_eq!(site.compared_from(slot).await.unwrap().len(), 1);
    assert_eq!(site.compared_from(slot + 1).await.unwrap(), vec![]);
}

#[tokio::test]
async fn a_state_that_is_not_the_accounts_is_named_with_the_field_and_both_values() {
    let site = Site::with_messages(1).await;
    site.chain.set(&Entity::Treasury(Treasury { balance: Amount(5) }));
    assert_eq!(site.lines().await, ["treasury balance: 0 in the store, 5 on chain"]);
}

#[tokio::test]
async fn what_only_one_side_has_is_named_whole() {
    let site = Site::with_messages(2).await;
    let [missing, other] = [site.message(0).await, site.message(1).await];
    let extra = Message { hash: Hash32([99; 32]), ..other };
    site.chain.unset(EntityKey::Message(THREAD, missing.hash));
    site.chain.set(&Entity::Message(extra.clone()));
    let lines = site.lines().await;
    assert_eq!(lines.len(), 2, "{lines:?}");
    let (missing, extra) = (EntityKey::Message(THREAD, missing.hash), EntityKey::Message(THREAD, extra.hash));
    assert!(lines[0].starts_with(&format!("{missing}: {{")), "{lines:?}");
    assert!(lines[0].ends_with("in the store, nothing on chain"), "{lines:?}");
    assert!(lines[1].starts_with(&format!("{extra}: nothing in the store")), "{lines:?}");
}

#[tokio::test]
async fn what_only_one_look_shows_does_not_count() {
    let site = Site::with_messages(1).await;
    site.chain.set_once(&Entity::Treasury(Treasury { balance: Amount(5) }));
    assert_eq!(site.lines().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_difference_whose_values_change_between_two_looks_is_one_all_the_same() {
    let site = Site::with_messages(1).await;
    site.chain.set_once(&Entity::Treasury(Treasury { balance: Amount(5) }));
    site.chain.set(&Entity::Treasury(Treasury { balance: Amount(7) }));
    assert_eq!(site.lines().await, ["treasury balance: 0 in the store, 7 on chain"]);
}

#[tokio::test]
async fn a_node_that_fails_now_and_then_is_asked_again() {
    let site = Site::with_messages(6).await;
    site.chain.fail_often();
    assert_eq!(site.lines().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_store_that_is_behind_is_no_store_with_differences() {
    let site = Site::with_messages(2).await;
    site.chain.add(&published([50; 32], 2));
    let error = site.compared().await.unwrap_err();
    assert!(matches!(error, CompareError::Behind { slot } if slot == site.chain.newest()), "{error}");
}

#[tokio::test]
async fn a_node_that_forgot_old_history_is_no_chain_to_compare_with() {
    let site = Site::with_messages(4).await;
    site.chain.forget(2);
    let error = site.compared().await.unwrap_err();
    assert!(matches!(error, CompareError::Source(SourceError::Forgotten { .. })), "{error}");
}

#[tokio::test]
async fn a_program_of_which_nothing_is_final_yet_has_no_differences() {
    let site = Site::with_messages(4).await;
    site.chain.unsettle();
    assert_eq!(site.lines().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_stopped_thread_is_different() {
    let site = Site::with_messages(1).await;
    let entity = EntityKey::Thread(THREAD);
    let reason = "a test stops it".to_owned();
    let stopped = Stopped { thread: THREAD, entity, reason, derived: None, on_chain: None };
    site.writer.stop_thread(stopped).await.unwrap();
    site.publish(1).await;
    let lines = site.lines().await;
    assert!(
        lines.iter().any(|line| line.contains("content_log.count: 1 in the store, 2 on chain")),
        "{lines:?}"
    );
}
