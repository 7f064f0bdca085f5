use super::site::Site;
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
    let mut site = with_history().await;
    site.live_on(1_000);
    site.run_until("it reads what it found", is_draining).await;
    while is_draining(&site).await {
        site.run(Duration::from_millis(50)).await;
        let asked = site.world().tally.of("calls for accounts");
        assert!(asked == 0 || !is_draining(&site).await, "accounts are read during the backfill");
    }
    site.run(LONG).await;
    assert!(site.world().tally.of("calls for accounts") > 0, "they are compared afterwards");
    assert_eq!(site.store().stopped().await.unwrap(), []);
    site.agrees().await;
}
