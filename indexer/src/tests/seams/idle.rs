use super::site::Site;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3_600);
const MINUTE: Duration = Duration::from_secs(60);

/// Slots in six hours.
const SLOTS: u32 = 54_000;

async fn idle() -> Site {
    let mut site = Site::new().await;
    site.publish(5);
    site.world().plan.poll = Duration::from_secs(20);
    site.live_on(SLOTS);
    site.run(MINUTE).await;
    site.agrees().await;
    assert!(site.health().healthy, "{:?}", site.health());
    site
}

/// Bug: "healthy" is judged by events, so that a node that stands still for hours looks like a quiet program.
#[tokio::test]
async fn a_node_that_stands_still_for_hours_is_told_from_a_quiet_program() {
    let mut site = idle().await;
    site.run(HOUR).await;
    assert!(site.health().healthy, "nothing happens, and it sees that: {:?}", site.health());
    let until = site.world().now() + 2 * 3_600_000_000;
    site.world().down_until = until;
    site.run(HOUR).await;
    assert!(!site.health().healthy, "nothing answers: {:?}", site.health());
    site.publish(3);
    site.run(HOUR + MINUTE).await;
    assert!(site.health().healthy, "it is back by itself: {:?}", site.health());
    site.agrees().await;
}

/// Bug: a connection over which nothing came for hours counts as dead, and is made anew again and again; or one that
/// is dead counts as idle.
#[tokio::test]
async fn an_idle_connection_is_not_taken_for_a_dead_one_and_a_dead_one_is_found_out() {
    let missed = "transactions found that no notice had told of";
    let mut site = idle().await;
    let before = site.world().tally.of(missed);
    site.run(HOUR).await;
    assert_eq!(site.world().tally.of(missed), before, "nothing came, and nothing was missed");
    site.world().silent_until = u64::MAX;
    for _ in 0..3 {
        site.publish(1);
        site.run(MINUTE).await;
    }
    assert_eq!(site.world().tally.of(missed), before + 3, "what came without a notice is told");
    assert_eq!(site.world().silent_until, 0, "the connection was made anew");
    site.agrees().await;
}
