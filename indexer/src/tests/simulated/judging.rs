//! The oracle against stores that are deliberately wrong.

use crate::tests::sim::act::Act;
use crate::tests::sim::arena::{Arena, Engine};
use crate::tests::sim::block::{Landed, Making, Transaction};
use crate::tests::sim::oracle::{Kept, Truth};
use crate::tests::sim::plan::Plan;
use crate::tests::sim::world::World;
use chorale_domain::id::{Hash32, Signature, ThreadId, Wallet};
use chorale_store::{Batch, IndexedTransaction};
use chorale_wire::socket::Commitment;
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::sync::Arc;

const OWNER: Wallet = Wallet([1; 32]);

/// A thread with some messages, a pause and an end to it, each in a block of its own, and what an indexer makes of them.
fn history() -> (Truth, Vec<IndexedTransaction>) {
    let thread = ThreadId([1; 32]);
    let message = |n| Act::Publish { thread, author: OWNER, hash: Hash32([n; 32]) };
    let begin = [Act::Initialize, Act::Create { thread, creator: OWNER, bps: 10_000 }];
    let pause = |paused| Act::Pause { authority: OWNER, paused };
    let acts = begin.into_iter().chain((1..6).map(message)).chain([pause(true), pause(false), message(6)]);
    let mut world = World::with(Plan::still(), StdRng::seed_from_u64(0));
    let mut indexed = vec![];
    for (n, act) in (1..).zip(acts) {
        let (parent, slot) = (world.chain.head().confirmed, 100 + u64::from(n));
        let mut making = Making::on(parent, &world.chain.block(parent).life, slot);
        let transaction = Transaction { signature: Signature([n; 64]), acts: vec![act], noise: 0 };
        making.land(Arc::new(transaction), 0);
        let block = world.chain.push(making.made());
        world.chain.agree(0, block);
        indexed.push(as_indexed(slot, &world.chain.block(block).landed[0]));
    }
    (Truth::of(&world.chain, world.chain.head().confirmed), indexed)
}

fn as_indexed(slot: u64, landed: &Landed) -> IndexedTransaction {
    IndexedTransaction {
        signature: landed.transaction.signature,
        slot,
        block_time: None,
        failed: landed.calls.is_none(),
        commitment: Commitment::Finalized,
        events: landed.events(slot),
        dead_letter: None,
    }
}

/// What the oracle says of a store that was given these.
async fn verdict(truth: &Truth, transactions: Vec<IndexedTransaction>) -> Vec<String> {
    let arena = Arena::open(Engine::Sqlite).await.unwrap();
    arena.writer.apply(Batch { transactions }).await.unwrap();
    arena.writer.set_seen(truth.slot).await.unwrap();
    Kept::read(arena.writer.store()).await.unwrap().differences(truth)
}

#[tokio::test]
async fn a_store_with_everything_is_not_reported() {
    let (truth, indexed) = history();
    assert_eq!(verdict(&truth, indexed).await, [""; 0]);
}

#[tokio::test]
async fn a_store_that_lost_an_event_is_reported() {
    let (truth, indexed) = history();
    for lost in [7, 9] {
        let mut indexed = indexed.clone();
        indexed.remove(lost);
        let wrong = verdict(&truth, indexed).await;
        assert!(wrong.iter().any(|wrong| wrong.starts_with(&format!("event {lost}:"))), "{wrong:?}");
    }
}

#[tokio::test]
async fn a_store_that_has_an_event_twice_is_reported() {
    let (truth, mut indexed) = history();
    let mut again = indexed[7].events[0].clone();
    again.id.instruction += 1;
    indexed[7].events.push(again);
    let wrong = verdict(&truth, indexed).await;
    assert!(wrong.iter().any(|wrong| wrong.starts_with("event 8:")), "{wrong:?}");
}

#[tokio::test]
async fn a_store_that_took_back_too_little_is_reported() {
    let (mut truth, mut indexed) = history();
    // The chain dropped the last one, the store did not.
    truth.events.pop();
    let last = indexed.last_mut().unwrap();
    last.commitment = Commitment::Confirmed;
    let wrong = verdict(&truth, indexed).await;
    for part in ["event 9:", "events that are not final", "transactions that are not final"] {
        assert!(wrong.iter().any(|wrong| wrong.starts_with(part)), "{part} {wrong:?}");
    }
}

#[tokio::test]
async fn a_store_that_has_seen_another_slot_than_the_last_is_reported() {
    let (truth, indexed) = history();
    let later = Truth { slot: truth.slot + 1, ..truth };
    let arena = Arena::open(Engine::Sqlite).await.unwrap();
    arena.writer.apply(Batch { transactions: indexed }).await.unwrap();
    arena.writer.set_seen(later.slot - 1).await.unwrap();
    let wrong = Kept::read(arena.writer.store()).await.unwrap().differences(&later);
    assert!(wrong.iter().any(|wrong| wrong.starts_with("the slot seen")), "{wrong:?}");
}
