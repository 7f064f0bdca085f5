//! What a backend's own watch finds where its store says something else than the chain.

use crate::chain::Chain;
use crate::follower::Follower;
use crate::load::Load;
use crate::process::until;
use crate::serving::Serving;
use chorale_domain::state::{Entity, EntityKey, Thread};
use std::process::Command;

const LOAD: Load = Load { transactions: 24, per_second: 200 };

/// Writes another state into the place of an entity's last, checksum and all, as no command of ours would.
const FALSIFY: &str = "import sqlite3, sys\n\
    db = sqlite3.connect(sys.argv[1])\n\
    for table in ('canonical_state', 'state_history'):\n    \
        last = f'(SELECT MAX(state_version) FROM {table} WHERE entity_id = ?3)'\n    \
        place = f'entity_id = ?3 AND state_version = {last}'\n    \
        db.execute(f'UPDATE {table} SET state_data = ?1, checksum = ?2 WHERE {place}', sys.argv[2:])\n\
    db.commit()";

/// Some thread of the store.
async fn some_thread(follower: &Follower<'_>) -> Thread {
    let store = follower.read().await;
    let thread = store.threads(None, 1).await.expect("the store reads").remove(0);
    store.close().await;
    thread
}

fn falsify(store: &str, thread: Thread) {
    let key = EntityKey::Thread(thread.thread).to_string();
    let entity = Entity::Thread(thread);
    let (state, checksum) = (entity.canonical_json(), entity.checksum().to_string());
    let falsified = Command::new("python3").args(["-c", FALSIFY, store, &state, &checksum, &key]).status();
    assert!(falsified.expect("there is Python").success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_contradicts_the_chain_is_named_with_both_values_and_counted() {
    let (chain, folder) = (Chain::start(&[]), tempfile::tempdir().unwrap());
    LOAD.send(&chain).await;
    let store = folder.path().join("store.sqlite").display().to_string();
    let follower = Follower::new(&chain, "index", store.clone(), folder.path());
    follower.catch_up().await;
    let thread = some_thread(&follower).await;
    let id = thread.thread;
    assert_eq!(thread.approval_bps, 10_000);
    falsify(&store, Thread { approval_bps: 1, ..thread });
    let serving = Serving::of(&store, folder, &["--rpc-url", &chain.facts.rpc_url], &[]).await;
    let line = r#"chorale_backend_boundary_differences_total{boundary="chain_store"} 1"#;
    until("the difference is counted", async || {
        let numbers = reqwest::Client::builder().no_proxy().build().unwrap().get(&serving.metrics_url);
        let numbers = numbers.send().await.expect("it answers").text().await.unwrap();
        numbers.lines().any(|found| found == line).then_some(())
    })
    .await;
    let (said, ended) = serving.stop().await;
    let words = format!(
        "chain_store ownership of thread/{id} approval_bps: 1, where it should be 10000; not resolved"
    );
    assert!(ended.success() && said.contains(&words), "{said}");
}
