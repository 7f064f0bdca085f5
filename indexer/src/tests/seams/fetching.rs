use super::site::Site;
use crate::tests::sim::act::Act;
use chorale_domain::id::Wallet;
use std::time::Duration;

const A_WHILE: Duration = Duration::from_secs(20);
const LONG: Duration = Duration::from_secs(120);

/// Bug: the list of a slot (signatures, statuses, the block's own count) is taken for its contents; whoever moves the
/// cursor by it loses what the node could not give out yet.
#[tokio::test]
async fn a_slot_is_not_seen_before_the_contents_of_its_transactions_are_in() {
    let mut site = Site::new().await;
    site.publish(3);
    let listed = site.world().chain.slot + 1;
    site.withheld_block(&[site.message()], 60_000_000);
    site.publish(3);
    site.run(A_WHILE).await;
    assert_eq!(site.events().await, 5, "what is before it is in, and nothing passes it");
    let seen = site.store().seen().await.unwrap();
    assert!(seen.is_none_or(|seen| seen < listed), "slot {seen:?} counts as seen, but {listed} is not in");
    site.run(LONG).await;
    site.agrees().await;
    assert_eq!(site.store().seen().await.unwrap(), Some(site.truth().slot));
}

/// Bug: a transaction that a node gives out without its inner instructions is taken for one that said nothing.
#[tokio::test]
async fn a_transaction_given_out_without_what_it_did_is_asked_for_again() {
    let mut site = Site::new().await;
    site.publish(3);
    site.world().plan.stripped = 1000;
    site.run(A_WHILE).await;
    assert_eq!(site.events().await, 0);
    site.world().plan.stripped = 0;
    site.run(LONG).await;
    site.agrees().await;
}

/// Bug: the cursor is moved although the fetch failed, so that the transaction is never asked for again.
#[tokio::test]
async fn the_cursor_stays_where_a_fetch_failed_even_over_a_restart() {
    let mut site = Site::new().await;
    site.publish(5);
    site.run(A_WHILE).await;
    site.agrees().await;
    let before = site.store().index_cursor().await.unwrap();
    site.withheld_block(&[site.message()], 90_000_000);
    site.publish(2);
    for _ in 0..3 {
        site.run(Duration::from_secs(7)).await;
        assert_eq!(site.store().index_cursor().await.unwrap(), before);
        site.crash();
    }
    site.run(LONG).await;
    site.agrees().await;
}

/// Bug: a slot that has no block is waited for, or one whose block is not there yet is passed like it.
#[tokio::test]
async fn a_skipped_slot_is_passed_and_one_that_is_not_available_is_waited_for() {
    let mut site = Site::new().await;
    site.publish(2);
    site.skip(25);
    site.publish(2);
    site.run(A_WHILE).await;
    site.agrees().await;
    assert_eq!(site.store().seen().await.unwrap(), Some(site.truth().slot), "skipped slots hold nothing up");
    let until = site.world().now() + 60_000_000;
    site.withheld_block(&[site.message()], until);
    site.skip(25);
    site.publish(1);
    site.run(A_WHILE).await;
    assert_eq!(site.events().await, 6, "the transaction that is not available is waited for");
    site.run(LONG).await;
    site.agrees().await;
}

/// Bug: only threads of batches that came in whole are compared with their accounts.
#[tokio::test]
async fn a_thread_of_a_batch_that_came_in_in_part_is_compared_all_the_same() {
    let mut site = Site::new().await;
    site.live_on(1_000);
    site.run(LONG).await;
    let before = site.world().tally.of("calls for accounts");
    site.run(A_WHILE).await;
    assert_eq!(site.world().tally.of("calls for accounts"), before, "there is nothing to compare");
    site.publish(1);
    let until = site.world().now() + 3_000_000;
    site.withheld_block(&[Act::Pause { authority: Wallet([1; 32]), paused: true }], until);
    site.run(A_WHILE).await;
    site.agrees().await;
    assert!(site.world().tally.of("calls for accounts") > before, "the thread is not compared");
}

/// Bug: what a node's list left out while nobody saw the chain is taken for something that never was.
#[tokio::test]
async fn every_thread_is_compared_again_after_the_chain_was_out_of_sight() {
    let mut site = Site::new().await;
    site.live_on(1_000);
    site.run(LONG).await;
    let before = site.world().tally.of("calls for accounts");
    let until = site.world().now() + 10_000_000;
    site.world().down_until = until;
    site.run(A_WHILE * 2).await;
    assert!(site.world().tally.of("calls for accounts") > before, "no thread is compared");
}
