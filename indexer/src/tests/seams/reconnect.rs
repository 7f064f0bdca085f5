use super::site::Site;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(5);
/// Far longer than the test: only notices wake the indexer.
const NEVER: Duration = Duration::from_secs(1_000_000);

async fn woken_only() -> Site {
    let mut site = Site::new().await;
    site.publish(2);
    site.finalize();
    site.world().plan.poll = NEVER;
    site.run(SOON).await;
    site.agrees().await;
    site
}

/// Bug: after a connection is back only what its notices tell of is read; what came while it was away, or between the
/// last answer and the first notice, stays out until the next restart.
#[tokio::test]
async fn the_tail_that_landed_before_a_reconnect_comes_with_the_first_notice() {
    let mut site = woken_only().await;
    site.publish(7);
    site.run(SOON).await;
    site.notice(Duration::ZERO);
    site.run(SOON).await;
    site.agrees().await;
}

/// Bug: a notice that comes while the list is being read is taken for one of what is being read, and forgotten.
#[tokio::test]
async fn a_notice_in_the_middle_of_a_round_leads_to_another_one() {
    let mut site = woken_only().await;
    for after in 0..40 {
        site.publish(1);
        site.notice(Duration::ZERO);
        site.run(Duration::from_millis(after)).await;
        site.publish(1);
        site.notice(Duration::ZERO);
        site.run(SOON).await;
        site.agrees().await;
    }
}
