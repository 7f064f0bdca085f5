use super::site::Site;
use crate::tests::sim::act::Act;
use chorale_store::Backfill;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(200);

/// More than the indexer reads without walking back first.
const HISTORY: u32 = 60;

async fn with_history() -> Site {
    let site = Site::new().await;
    site.publish(HISTORY);
    site.finalize();
    site.world().plan.page = 10;
    site
}

async fn is_walking(site: &Site) -> bool {
    matches!(site.store().backfill().await.unwrap(), Backfill::Walking { .. })
}

async fn is_draining(site: &Site) -> bool {
    matches!(site.store().backfill().await.unwrap(), Backfill::Draining { .. })
}

/// Bug: the cursor is set to the tip when a backfill begins; whoever is killed in it starts there, and never reads the
/// rest.
#[tokio::test]
async fn the_cursor_is_not_at_the_tip_before_the_backfill_is_done() {
    let mut site = with_history().await;
    site.run_until("it walks back", is_walking).await;
    assert_eq!(site.store().index_cursor().await.unwrap(), None);
    assert_eq!(site.store().seen().await.unwrap(), None);
    site.crash();
    site.publish(3);
    site.run_until("it reads what it found", is_draining).await;
    site.holds_what_it_has_seen().await;
    site.crash();
    site.run(LONG).await;
    site.agrees().await;
}

/// Bug: threads are compared with their accounts while the store has half of the history, and stopped as different.
#[tokio::test]
async fn nothing_is_reconciled_before_the_backfill_is_done() {
    let mut site = Site::new().await;
    site.publish(5);
    site.live_on(1_000);
    site.run(LONG / 10).await;
    site.agrees().await;
    let compared = |site: &Site| site.world().tally.of("calls for accounts");
    assert!(compared(&site) > 0, "there is a thread to compare");
    site.stop().await;
    let before = compared(&site);
    site.publish(HISTORY);
    site.finalize();
    site.world().plan.page = 10;
    site.run_until("it reads what it found", is_draining).await;
    let mut events = 0;
    while is_draining(&site).await {
        assert_eq!(compared(&site), before, "accounts are read during the backfill");
        events = site.events().await;
        site.run(Duration::from_millis(50)).await;
    }
    assert!(events > 7, "some of it was in, and some was not");
    site.run(LONG).await;
    assert!(compared(&site) > before, "they are compared afterwards");
    assert_eq!(site.store().stopped().await.unwrap(), []);
    site.agrees().await;
}

fn pages(site: &Site) -> u64 {
    site.world().tally.of("calls for a page")
}

/// Bug: a node without the beginning of a long history is walked and drained again and again at full speed, and that
/// it has no beginning is never said.
#[tokio::test]
async fn a_long_history_without_its_beginning_is_waited_for_in_peace() {
    let mut site = with_history().await;
    site.world().nodes[0].begins = 110;
    site.run(LONG / 10).await;
    let before = pages(&site);
    site.run(LONG / 2).await;
    let asked = pages(&site) - before;
    assert!((1..300).contains(&asked), "{asked} pages in {:?}", LONG / 2);
    assert_eq!(site.events().await, 0, "a history without its beginning is none");
    assert!(site.render().contains(r#"rounds_failed_total{reason="forgotten"}"#), "{}", site.render());
    assert!(site.render().contains("recoveries_total 0"), "nothing is back: {}", site.render());
    site.world().nodes[0].begins = 0;
    site.run(LONG / 10).await;
    site.agrees().await;
}

/// Bug: the same for a program that is mentioned very often, and that nobody has set up.
#[tokio::test]
async fn a_program_that_is_only_mentioned_is_no_reason_to_hurry() {
    let mut site = Site::without_deployment().await;
    (0..HISTORY).for_each(|_| _ = site.block(&[Act::Nothing]));
    site.finalize();
    site.run(LONG / 2).await;
    let asked = site.world().tally.of("calls for the tip");
    assert!((1..300).contains(&asked), "{asked} rounds in {:?}", LONG / 2);
    site.deploy();
    site.publish(HISTORY);
    site.run(LONG).await;
    site.agrees().await;
}
