use super::site::Site;
use chorale_store::Backfill;
use std::time::Duration;

const A_WHILE: Duration = Duration::from_secs(30);
const LONG: Duration = Duration::from_secs(200);

/// Bug: a gap counts as filled when filling it has begun; after a restart its second half is never read, or its first
/// half is there twice.
#[tokio::test]
async fn a_half_filled_gap_is_filled_from_where_it_was_left() {
    let mut site = Site::new().await;
    site.publish(5);
    site.run(A_WHILE).await;
    site.stop().await;
    site.publish(60);
    site.finalize();
    site.world().plan.page = 10;
    for half in [20, 40] {
        site.run_until("it is filled halfway", async |site: &Site| site.events().await >= half).await;
        assert!(site.events().await < half + 20, "it is filled batch by batch");
        let left = site.store().backfill().await.unwrap();
        assert!(matches!(left, Backfill::Draining { .. }), "some of it is left: {left:?}");
        site.crash();
        site.holds_what_it_has_seen().await;
    }
    site.run(LONG).await;
    site.agrees().await;
    assert_eq!(site.store().backfill().await.unwrap(), Backfill::Idle);
}

/// Bug: the part of the list that was found before a restart is trusted without looking at what came since.
#[tokio::test]
async fn what_lands_while_a_gap_is_filled_is_not_lost() {
    let mut site = Site::new().await;
    site.publish(60);
    site.finalize();
    site.world().plan.page = 7;
    for _ in 0..30 {
        site.run(Duration::from_millis(150)).await;
        site.crash();
        site.publish(1);
        site.holds_what_it_has_seen().await;
    }
    site.run(LONG).await;
    site.agrees().await;
}
