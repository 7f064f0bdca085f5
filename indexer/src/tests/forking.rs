use super::encoded::published;
use super::running::{Running, SOON, Site};
use super::scripted::Scripted;
use chorale_domain::id::{Signature, ThreadId};
use chorale_store::Record;
use chorale_wire::socket::Commitment;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// The transactions whose events are live, in order, each with how settled it is.
async fn live(site: &Site) -> Vec<(Signature, Commitment)> {
    let events = site.store.events_after(0, 1_000).await.unwrap();
    let live = events.into_iter().filter(|event| {
        matches!(event.record, Record::Happened(_)) && event.commitment != Commitment::Retracted
    });
    live.map(|event| (event.record.event().id.signature, event.commitment)).collect()
}

/// Waits until exactly these are live.
async fn becomes(site: &Site, expected: &[Signature]) {
    let mut found = vec![];
    let same = async {
        while found != expected {
            sleep(Duration::from_millis(5)).await;
            found = live(site).await.into_iter().map(|(signature, _)| signature).collect();
        }
    };
    assert!(timeout(Duration::from_secs(20), same).await.is_ok(), "{} live events", live(site).await.len());
}

async fn ends_well(site: &Site, running: Running) {
    running.stop().await.unwrap();
    assert_eq!(site.store.verify(&mut |_| {}).await.unwrap(), vec![]);
    assert!(site.store.stopped().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_a_fork_drops_is_taken_back_and_what_came_instead_is_taken_in() {
    let (site, chain) = (Site::new().await, Scripted::with_messages(6));
    let running = site.start(&chain, SOON);
    becomes(&site, &chain.signatures()).await;
    chain.drop_newest(3);
    chain.add(&[published([40; 32], 3)]);
    chain.add(&[published([41; 32], 4)]);
    becomes(&site, &chain.signatures()).await;
    let messages = site.store.messages(ThreadId([1; 32]), None, 10).await.unwrap();
    let hashes: Vec<_> = messages.iter().map(|message| message.hash.0[0]).collect();
    assert_eq!(hashes, [1, 2, 3, 40, 41]);
    assert!(site.metrics.render().contains("chorale_indexer_retractions_total 3"));
    ends_well(&site, running).await;
}

#[tokio::test]
async fn a_transaction_that_lands_again_in_another_slot_is_taken_in_again() {
    let (site, chain) = (Site::new().await, Scripted::with_messages(3));
    let running = site.start(&chain, SOON);
    becomes(&site, &chain.signatures()).await;
    let dropped = chain.drop_newest(2);
    dropped.into_iter().for_each(|dropped| chain.land_again(dropped));
    chain.add_failed();
    let last = chain.signatures().len() - 1;
    let done = async {
        while site.store.last_event().await.unwrap().0 != 5 + 2 + 2 {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(20), done).await.expect("two events are taken back and come again");
    becomes(&site, &chain.signatures()[..last]).await;
    ends_well(&site, running).await;
}

#[tokio::test]
async fn what_becomes_final_is_settled_without_being_fetched_again() {
    let (site, chain) = (Site::new().await, Scripted::with_messages(8));
    let running = site.start(&chain, SOON);
    becomes(&site, &chain.signatures()).await;
    let fetched = chain.fetched().into_iter().filter(|signature| *signature != chain.signatures()[0]).count();
    chain.finalize(1);
    let settled = async {
        while live(&site).await.iter().filter(|(_, commitment)| *commitment == Commitment::Finalized).count()
            != 8
        {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(20), settled).await.expect("all but the last slot becomes final");
    assert_eq!(site.store.finalized_cursor().await.unwrap().unwrap().signature, chain.signatures()[7]);
    let after = chain.fetched().into_iter().filter(|signature| *signature != chain.signatures()[0]).count();
    assert_eq!(after, fetched);
    ends_well(&site, running).await;
}

#[tokio::test]
async fn a_list_that_is_behind_the_rest_of_its_node_takes_nothing_back() {
    let (site, chain) = (Site::new().await, Scripted::with_messages(4));
    let running = site.start(&chain, SOON);
    becomes(&site, &chain.signatures()).await;
    let all = chain.signatures();
    chain.hide_newest(1);
    sleep(Duration::from_millis(300)).await;
    assert_eq!(site.store.last_event().await.unwrap().0, 6, "an event was taken back");
    chain.hide_newest(0);
    chain.publish(4);
    becomes(&site, &chain.signatures()).await;
    assert_eq!(live(&site).await.len(), all.len() + 1);
    ends_well(&site, running).await;
}

#[tokio::test]
async fn a_node_that_forgot_the_beginning_takes_nothing_back() {
    let (site, chain) = (Site::new().await, Scripted::with_messages(4));
    let running = site.start(&chain, SOON);
    becomes(&site, &chain.signatures()).await;
    chain.forget(3);
    let noticed = async {
        while !site.metrics.render().contains(r#"reason="forgotten""#) {
            sleep(Duration::from_millis(5)).await;
        }
    };
    let noticed = timeout(Duration::from_secs(20), noticed).await;
    assert!(noticed.is_ok(), "{}", site.metrics.render());
    assert_eq!(site.store.last_event().await.unwrap().0, 6, "an event was taken back");
    ends_well(&site, running).await;
}
