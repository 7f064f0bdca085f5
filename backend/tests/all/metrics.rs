//! What is measured, and that the documentation, the alerts and the dashboard name nothing else.

use crate::copy::Copy;
use crate::socket::Socket;
use crate::story::{THREAD, confirm, published};
use crate::wallet::Keys;
use crate::world::World;
use chorale_wire::socket::Room;
use std::collections::BTreeSet;
use std::path::Path;

fn file(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

async fn scrape(world: &World) -> String {
    let answer = world.get("/v1/metrics").await;
    assert!(answer.header("content-type").unwrap().starts_with("application/openmetrics-text"));
    answer.text().await
}

/// A world in which all there is to measure has happened: a request, one too many, a call of a chain, a socket that ended.
async fn eventful() -> World {
    let keys = Keys::new(1);
    let world = World::with_thread(keys.wallet()).await;
    for _ in 0..=100 {
        world.get("/v1/search?q=anything").await;
    }
    let mut socket = Socket::signed_in(&world, &keys).await;
    let room = Room::Thread(THREAD);
    let copy = Copy::subscribe(&mut socket, room).await;
    confirm(&world.writer, [published(THREAD, keys.wallet(), 0, "text")]).await;
    copy.until_messages(&mut socket, 0).await;
    drop(socket);
    world
}

pub async fn shows(world: &World, line: &str) -> bool {
    scrape(world).await.lines().any(|found| found == line)
}

pub async fn until(world: &World, line: &str) -> String {
    for _ in 0..400 {
        let text = scrape(world).await;
        if text.lines().any(|found| found == line) {
            return text;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("{line:?} does not come up in\n{}", scrape(world).await);
}

fn has(text: &str, line: &str) {
    assert!(text.lines().any(|found| found == line), "there is no line {line:?} in\n{text}");
}

#[tokio::test]
async fn what_happens_is_counted() {
    let world = eventful().await;
    until(&world, r#"chorale_backend_sockets_ended_total{reason="gone"} 1"#).await;
    let text = until(&world, "chorale_backend_connections 0").await;
    for line in [
        r#"chorale_backend_requests_total{route="/v1/search",method="GET",status="200"} 100"#,
        r#"chorale_backend_requests_total{route="/v1/search",method="GET",status="429"} 1"#,
        r#"chorale_backend_rate_limited_total{route="/v1/search",method="GET"} 1"#,
        r#"chorale_backend_request_seconds_count{route="/v1/search",method="GET"} 101"#,
        r#"chorale_backend_sign_ins_total{outcome="good"} 1"#,
        "chorale_backend_propagation_time_seconds_count 1",
        r#"chorale_backend_cache_misses_total{cache="snapshots"} 1"#,
        // hello, authenticated, subscribed, snapshot, event
        "chorale_backend_frames_sent_total 5",
        r#"chorale_backend_part_away{part="store"} 0"#,
        "chorale_backend_recovery_success 1.0",
    ] {
        has(&text, line);
    }
    // Nobody listens where its chain should be.
    until(&world, r#"chorale_backend_part_away{part="chain"} 1"#).await;
}

#[tokio::test]
async fn the_delay_of_the_store_is_since_it_last_had_everything() {
    let world = World::with_thread(Keys::new(1).wallet()).await;
    until(&world, "chorale_backend_state_sync_delay_seconds -1").await;
    world.writer.set_seen(5).await.unwrap();
    until(&world, "chorale_backend_state_sync_delay_seconds 0").await;
    world.wait(42);
    until(&world, "chorale_backend_state_sync_delay_seconds 42").await;
}

#[tokio::test]
async fn no_client_can_make_a_series_up() {
    let world = World::with_thread(Keys::new(1).wallet()).await;
    for path in ["/invented/1", "/invented/2", "/v1/threads/abc", "/v1/threads/def"] {
        world.get(path).await;
        world.send("INVENTED".parse().unwrap(), path, None, None).await;
    }
    let text = scrape(&world).await;
    assert!(!text.contains("invented") && !text.contains("INVENTED") && !text.contains("abc"), "{text}");
    has(&text, r#"chorale_backend_requests_total{route="none",method="other",status="404"} 2"#);
    has(&text, r#"chorale_backend_requests_total{route="/v1/threads/{thread}",method="GET",status="400"} 2"#);
}

/// The names queries use, by what the text calls types.
fn exported(text: &str) -> BTreeSet<String> {
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let name = |line: &str| match line.split_once(' ') {
        Some((name, "counter")) => format!("{name}_total"),
        Some((name, "info")) => format!("{name}_info"),
        Some((name, _)) => name.to_owned(),
        None => panic!("no type in {line}"),
    };
    types.map(name).collect()
}

fn documented() -> BTreeSet<String> {
    let page = file("docs/metrics.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `chorale_"));
    rows.map(|row| format!("chorale_{}", row.split('`').next().unwrap())).collect()
}

/// Every metric a text of queries names.
fn named(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with("chorale_")).map(of_histogram).collect()
}

fn of_histogram(name: &str) -> String {
    name.strip_suffix("_bucket").unwrap_or(name).to_owned()
}

#[tokio::test]
async fn the_documentation_names_what_is_measured() {
    let world = eventful().await;
    let text = until(&world, r#"chorale_backend_sockets_ended_total{reason="gone"} 1"#).await;
    let documented: BTreeSet<_> =
        documented().into_iter().filter(|name| name.starts_with("chorale_backend_")).collect();
    assert_eq!(
        exported(&text),
        documented,
        "docs/metrics.md (right) names other metrics than there are (left)"
    );
}

#[test]
fn alerts_and_dashboard_name_metrics_that_exist() {
    let documented = documented();
    for path in ["ops/alerts.yml", "ops/grafana.json"] {
        let named = named(&file(path));
        assert!(named.len() > 10, "{path} names too little: {named:?}");
        let unknown: Vec<_> = named.difference(&documented).collect();
        assert!(unknown.is_empty(), "{path} names what docs/metrics.md does not: {unknown:?}");
    }
}

#[test]
fn every_alert_says_how_bad_it_is_and_what_to_do() {
    let alerts: serde_yaml::Value =
        serde_yaml::from_str(&file("ops/alerts.yml")).expect("ops/alerts.yml is YAML");
    let rules = alerts["groups"][0]["rules"].as_sequence().expect("a group of rules");
    for rule in rules {
        let name = rule["alert"].as_str().expect("every rule is an alert");
        assert!(rule["expr"].as_str().is_some_and(|expr| expr.contains("chorale_")), "{name} asks nothing");
        let severity = rule["labels"]["severity"].as_str();
        assert!(matches!(severity, Some("warning" | "critical")), "{name} is {severity:?}");
        for words in ["summary", "action"] {
            assert!(rule["annotations"][words].is_string(), "{name} has no {words}");
        }
    }
}

#[test]
fn every_panel_of_the_dashboard_asks_something() {
    let dashboard: serde_json::Value = serde_json::from_str(&file("ops/grafana.json")).expect("it is JSON");
    for panel in dashboard["panels"].as_array().expect("it has panels") {
        let targets = panel["targets"].as_array().expect("a panel has targets");
        let asks =
            |target: &serde_json::Value| !named(target["expr"].as_str().unwrap_or_default()).is_empty();
        assert!(!targets.is_empty() && targets.iter().all(asks), "{}", panel["title"]);
    }
}
