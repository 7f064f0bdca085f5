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
        reconciler.check(chain, &self.writer, self.chain.slot()).await.unwrap()
    }

    /// Nothing is left to compare.
    async fn is_done(&self, reconciler: &mut Reconciler) -> bool {
        let before = self.chain.questions();
        self.check(reconciler).await;
        reconciler.is_idle() && self.chain.questions() == before
    }

    /// Looks again and again, half as far apart as a difference must stand, until something is stopped.
    async fn stops(&self, reconciler: &mut Reconciler) -> (usize, Vec<Stopped>) {
        for looks in 1..10 {
            let stopped = self.check(reconciler).await;
            if !stopped.is_empty() {
                return (looks, stopped);
            }
            self.chain.pass(LATER / 2);
        }
        panic!("nothing is stopped")
    }

    /// The thread's account has an escrow that no event gave it.
    async fn lock(&self, escrow: u64) {
        let Some(Entity::Thread(mut thread)) = self.entity(EntityKey::Thread(THREAD)).await else {
            panic!("no thread")
        };
        thread.escrow = Amount(escrow);
        self.chain.set(&Entity::Thread(thread));
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
    assert!(site.is_done(&mut reconciler).await);
}

#[tokio::test]
async fn a_thread_that_neither_side_has_leaves_the_queue() {
    let (site, mut reconciler) = (Site::with_messages(0).await, Reconciler::default());
    reconciler.touched([ThreadId([9; 32])]);
    assert_eq!(site.check(&mut reconciler).await, vec![]);
    assert!(site.is_done(&mut reconciler).await);
}

#[tokio::test]
async fn a_difference_that_stands_longer_than_a_fork_stops_the_thread_with_both_values() {
    let (site, mut reconciler) = (Site::with_messages(1).await, touched());
    site.give(5).await;
    let (looks, stopped) = site.stops(&mut reconciler).await;
    assert_eq!(looks, 4, "three looks over {LATER} slots, and the slots after the last one");
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
    assert!(site.is_done(&mut reconciler).await);
}

#[tokio::test]
async fn a_difference_that_passes_stops_nothing() {
    let (site, mut reconciler) = (Site::with_messages(1).await, touched());
    for balance in [5, 0, 5, 0, 5, 0] {
        site.give(balance).await;
        assert_eq!(site.check(&mut reconciler).await, vec![]);
        site.chain.pass(LATER);
    }
    assert_eq!(site.check(&mut reconciler).await, vec![]);
    assert!(site.is_done(&mut reconciler).await, "it is equal");
}

#[tokio::test]
async fn a_difference_whose_values_change_is_one_all_the_same() {
    let (site, mut reconciler) = (Site::with_messages(1).await, touched());
    let mut stopped = vec![];
    for balance in 5..10 {
        site.give(balance).await;
        stopped.extend(site.check(&mut reconciler).await);
        site.chain.pass(LATER / 2);
    }
    assert_eq!(stopped.len(), 1, "the thread is always different");
}

#[tokio::test]
async fn a_difference_in_another_field_each_time_is_waited_for() {
    let (site, mut reconciler) = (Site::with_messages(1).await, touched());
    for _ in 0..4 {
        site.give(5).await;
        assert_eq!(site.check(&mut reconciler).await, vec![]);
        site.chain.pass(LATER);
        site.lock(5).await;
        assert_eq!(site.check(&mut reconciler).await, vec![]);
        site.chain.pass(LATER);
    }
    assert_eq!(site.stops(&mut reconciler).await.1.len(), 1, "it stands now");
}

#[tokio::test]
async fn accounts_that_are_ahead_of_the_store_are_judged_once_it_has_caught_up() {
    let (site, mut reconciler) = (Site::with_messages(1).await, touched());
    let mut stopped = vec![];
    // The chain always has something that the store does not, when the accounts are read.
    for n in 1..12 {
        site.give(5).await;
        let event = published([n + 1; 32], n.into());
        let signature = site.chain.add_now(&event);
        stopped.extend(site.check(&mut reconciler).await);
        site.index(signature, &event).await;
    }
    assert_eq!(stopped.len(), 1, "a busy thread is compared, too");
    assert!(stopped[0].reason.contains("token_balance: 0 derived, 5 on chain"), "{stopped:?}");
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
    assert!(!reconciler.is_idle());
}

#[tokio::test]
async fn a_thread_is_stopped_once() {
    let (site, mut reconciler) = (Site::with_messages(1).await, touched());
    site.give(5).await;
    assert_eq!(site.stops(&mut reconciler).await.1.len(), 1);
    for _ in 0..8 {
        reconciler.touched([THREAD]);
        assert_eq!(site.check(&mut reconciler).await, vec![]);
        site.chain.pass(LATER);
    }
    assert_eq!(site.writer.store().incidents(0, 10).await.unwrap().len(), 1);
}
