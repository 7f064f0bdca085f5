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

/// Bug: "healthy" is judged by events, or by answers: a node that answers, but stands still for hours, looks like a
/// quiet program.
#[tokio::test]
async fn a_node_that_stands_still_for_hours_is_told_from_a_quiet_program() {
    let mut site = idle().await;
    site.run(HOUR).await;
    assert!(site.health().healthy, "nothing happens, and it sees that: {:?}", site.health());
    let now = site.world().now();
    site.world().nodes[0].frozen = Some(now);
    for hour in 1..3 {
        site.run(HOUR).await;
        let health = site.health();
        assert!(!health.healthy, "every call succeeds, and nothing moves: {health:?}");
        assert!(health.seconds_behind >= Some(hour * 3_600 - 60), "after {hour} hours: {health:?}");
        assert!(health.reason.as_ref().unwrap().contains("stands still"), "{health:?}");
    }
    site.publish(3);
    site.world().nodes[0].frozen = None;
    site.run(MINUTE).await;
    assert!(site.health().healthy, "it is back by itself: {:?}", site.health());
    site.agrees().await;
}

/// Bug: the same, where nothing answers at all.
#[tokio::test]
async fn a_node_that_does_not_answer_for_hours_is_told_from_a_quiet_program() {
    let mut site = idle().await;
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
/// is dead counts as idle. What becomes of the connection itself: `tests/wake.rs`.
#[tokio::test]
async fn an_idle_program_is_told_from_one_whose_notices_do_not_come() {
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
    site.agrees().await;
}
