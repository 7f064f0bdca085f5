use super::running::{SOON, Site};
use super::scripted::Scripted;
use std::time::Duration;
use tokio::time::{sleep, timeout};

const NOW: i64 = 1_700_000_200;

/// The value of a metric that has no labels.
fn value(site: &Site, name: &str) -> String {
    let rendered = site.metrics.render();
    let found = rendered.lines().find_map(|line| line.strip_prefix(&format!("chorale_indexer_{name} ")));
    found.unwrap_or_else(|| panic!("there is no {name} in {rendered}")).to_owned()
}

async fn becomes(site: &Site, name: &str, expected: &str) {
    let same = async {
        while value(site, name) != expected {
            sleep(Duration::from_millis(5)).await;
        }
    };
    let outcome = timeout(Duration::from_secs(20), same).await;
    assert!(outcome.is_ok(), "{name} is {}, not {expected}", value(site, name));
}

#[tokio::test]
async fn progress_is_measured_in_slots_and_events() {
    let (site, chain) = (Site::new().await, Scripted::with_messages(8));
    assert!(!site.metrics.health(NOW).healthy, "nothing has been seen yet");
    let running = site.start(&chain, SOON);
    becomes(&site, "seen_slot", "104").await;
    for (name, expected) in [
        ("tip_slot", "104"),
        ("slots_behind", "0"),
        ("events_total", "10"),
        ("retractions_total", "0"),
        ("contents_behind", "0"),
    ] {
        assert_eq!(value(&site, name), expected, "{name}");
    }
    let healthy = async {
        while !site.metrics.health(NOW).healthy {
            sleep(SOON).await;
        }
    };
    assert!(timeout(Duration::from_secs(20), healthy).await.is_ok(), "{:?}", site.metrics.health(NOW));
    assert!(value(&site, "events_per_second").parse::<f64>().unwrap() > 0.0);
    running.stop().await.unwrap();
}

/// The store's clock says 0 here.
#[tokio::test]
async fn a_node_that_is_behind_does_not_make_the_store_current() {
    let (site, chain) = (Site::new().await, Scripted::with_messages(2));
    chain.set_block_time(-3_600);
    let running = site.start(&chain, SOON);
    becomes(&site, "seen_slot", "101").await;
    running.stop().await.unwrap();
    assert_eq!(site.writer.store().seen_at().await.unwrap(), Some(-3_600));
}

#[tokio::test]
async fn what_passed_unseen_is_a_gap_and_what_comes_under_watch_is_none() {
    let (site, chain) = (Site::new().await, Scripted::with_messages(2));
    let running = site.start(&chain, SOON);
    becomes(&site, "gaps_filled_total", "1").await;
    chain.publish(2);
    becomes(&site, "events_total", "5").await;
    chain.set_down(true);
    becomes_failing(&site).await;
    chain.publish(3);
    chain.set_down(false);
    becomes(&site, "gaps_filled_total", "2").await;
    becomes(&site, "recoveries_total", "1").await;
    assert_eq!(value(&site, "gaps_found_total"), "2");
    running.stop().await.unwrap();
}

async fn becomes_failing(site: &Site) {
    let failing = async {
        while !site.metrics.render().contains(r#"rounds_failed_total{reason="no_answer"}"#) {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(20), failing).await.expect("a node that is down fails rounds");
}

#[tokio::test]
async fn finds_that_no_notice_told_of_are_reported_and_others_are_not() {
    let (site, chain) = (Site::new().await, Scripted::with_messages(2));
    let running = site.start(&chain, SOON);
    becomes(&site, "events_total", "4").await;
    assert_eq!(chain.unannounced_finds(), 0, "what was there at the start");
    for n in 2..5 {
        becomes(&site, "events_total", &format!("{}", 2 + n)).await;
        sleep(SOON).await;
        chain.publish(n);
    }
    becomes(&site, "events_total", "7").await;
    assert!(chain.unannounced_finds() >= 2, "{} of 3", chain.unannounced_finds());
    running.stop().await.unwrap();
}

#[tokio::test]
async fn the_documentation_names_every_number() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/metrics.md")).unwrap();
    let rendered = Site::new().await.metrics.render();
    for (name, kind) in rendered.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' ')) {
        let queried = if kind == "counter" { format!("{name}_total") } else { name.to_owned() };
        assert!(page.contains(&format!("| `{queried}` |")), "docs/metrics.md lacks {queried}");
    }
}
