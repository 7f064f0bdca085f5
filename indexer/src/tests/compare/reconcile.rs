//! Threads against their accounts.

use super::still::{Site, THREAD};
use crate::chain::Chain;
use crate::reconcile::{LATER, Reconciler};
use crate::tests::encoded::published;
use chorale_domain::id::{Amount, ThreadId};
use chorale_domain::state::{Entity, EntityKey};
use chorale_store::Stopped;
use tokio_util::sync::CancellationToken;

impl Site {
    async fn check(&self, reconciler: &mut Reconciler) -> Vec<Stopped> {
        let chain = Chain { source: &self.chain, shutdown: &CancellationToken::new() };
        reconciler.check(chain, &self.writer).await.unwrap()
    }

    /// The thread's account has a balance that no event gave it.
    async fn give(&self, balance: u64) {
        let Some(Entity::Thread(mut thread)) = self.entity(EntityKey::Thread(THREAD)).await else {
            panic!("no thread")
        };
        thread.token_balance = Amount(balance);
        self.chain.set(&Entity::Thread(thread));
    }
}

fn touched() -> Reconciler {
    let mut reconciler = Reconciler::default();
    reconciler.touched([THREAD, THREAD]);
    reconciler
}

#[tokio::test]
async fn a_thread_that_is_what_its_account_says_leaves_the_queue() {
    let (site, mut reconciler) = (Site::with_messages(2).await, touched());
    assert_eq!(site.check(&mut reconciler).await, vec![]);
    assert!(reconciler.is_empty());
}

#[tokio::test]
async fn a_thread_that_neither_side_has_leaves_the_queue() {
    let (site, mut reconciler) = (Site::with_messages(0).await, Reconciler::default());
    reconciler.touched([ThreadId([9; 32])]);
    assert_eq!(site.check(&mut reconciler).await, vec![]);
    assert!(reconciler.is_empty());
}

#[tokio::test]
async fn a_difference_that_stands_longer_than_a_fork_stops_the_thread_with_both_values() {
    let (site, mut reconciler) = (Site::with_messages(1).await, touched());
    site.give(5).await;
    for _ in 0..2 {
        assert_eq!(site.check(&mut reconciler).await, vec![]);
        site.chain.pass(LATER / 2);
    }
    let stopped = site.check(&mut reconciler).await;
    let [Stopped { thread, entity, reason, derived, on_chain }] = stopped.as_slice() else {
        panic!("{stopped:?}")
    };
    assert_eq!((*thread, *entity), (THREAD, EntityKey::Thread(THREAD)));
    assert_eq!(*reason, format!("{entity} token_balance: 0 derived, 5 on chain"));
    let balance = |side: &Option<Entity>| match side {
        Some(Entity::Thread(thread)) => thread.token_balance.0,
        other => panic!("{other:?}"),
    };
    assert_eq!((balance(derived), balance(on_chain)), (0, 5));
    assert_eq!(site.writer.store().stopped().await.unwrap().len(), 1);
    assert!(reconciler.is_empty());
}

#[tokio::test]
async fn a_difference_that_passes_stops_nothing() {
    let (site, mut reconciler) = (Site::with_messages(1).await, touched());
    site.give(5).await;
    assert_eq!(site.check(&mut reconciler).await, vec![]);
    assert!(!reconciler.is_empty(), "it must be looked at again");
    site.give(0).await;
    site.chain.pass(LATER);
    assert_eq!(site.check(&mut reconciler).await, vec![]);
    assert!(reconciler.is_empty());
}

#[tokio::test]
async fn a_difference_that_is_another_one_each_time_is_waited_for() {
    let (site, mut reconciler) = (Site::with_messages(1).await, touched());
    for balance in 5..9 {
        site.give(balance).await;
        assert_eq!(site.check(&mut reconciler).await, vec![], "balance {balance}");
        site.chain.pass(LATER);
    }
    assert_eq!(site.check(&mut reconciler).await.len(), 1, "it stands now");
}

#[tokio::test]
async fn nothing_is_compared_while_the_chain_has_something_that_the_store_does_not() {
    let (site, mut reconciler) = (Site::with_messages(1).await, touched());
    site.give(5).await;
    site.chain.add(&published([50; 32], 1));
    for _ in 0..3 {
        assert_eq!(site.check(&mut reconciler).await, vec![]);
        site.chain.pass(LATER);
    }
    assert!(!reconciler.is_empty());
}

#[tokio::test]
async fn a_thread_is_stopped_once() {
    let (site, mut reconciler) = (Site::with_messages(1).await, touched());
    site.give(5).await;
    site.check(&mut reconciler).await;
    site.chain.pass(LATER);
    assert_eq!(site.check(&mut reconciler).await.len(), 1);
    for _ in 0..2 {
        reconciler.touched([THREAD]);
        assert_eq!(site.check(&mut reconciler).await, vec![]);
        site.chain.pass(LATER);
    }
    assert_eq!(site.writer.store().incidents(0, 10).await.unwrap().len(), 1);
}
