use chorale_domain::content::ContentHash;
use chorale_domain::id::ThreadId;

use super::*;
use crate::{ContentFilter, NewContent, Stage};

/// Every stale body's hash, over all pages.
async fn stale(fixture: &Fixture, before: i64) -> Vec<(ThreadId, ContentHash)> {
    let (mut keys, mut from) = (vec![], None);
    loop {
        let page = fixture.store.duties().stale(before, from).await.unwrap();
        keys.extend(page.keys);
        let Some(next) = page.next else { return keys };
        from = Some(next);
    }
}

#[tokio::test]
async fn only_pending_bodies_from_before_are_stale() {
    let approved = NewContent { stage: Stage::Approved, ..new_at("approved", 10) };
    let fixture = Fixture::with([new_at("stale", 10), new_at("fresh", 50), approved]).await;
    assert_eq!(stale(&fixture, 50).await, [(POLICY, new("stale").hash)]);
}

#[tokio::test]
async fn what_is_discarded_is_what_is_stale_at_that_moment() {
    let fixture = Fixture::with([new_at("stale", 10), new_at("decided", 10), new_at("fresh", 50)]).await;
    let all = [new("stale"), new("decided"), new("fresh")].map(|content| (POLICY, content.hash));
    fixture.store.duties().set_stage(POLICY, new("decided").hash, Stage::Approved).await.unwrap();
    assert_eq!(fixture.store.duties().discard(&all, 50).await.unwrap(), 1);
    assert_eq!(fixture.get("stale").await, None);
    for body in ["decided", "fresh"] {
        assert!(fixture.get(body).await.is_some(), "{body} was discarded");
    }
    assert_eq!(fixture.store.duties().discard(&all, 50).await.unwrap(), 0);
}

#[tokio::test]
async fn a_discarded_body_can_be_uploaded_again() {
    let fixture = Fixture::with([new("text")]).await;
    assert_eq!(fixture.store.duties().discard(&stale(&fixture, 101).await, 101).await.unwrap(), 1);
    assert!(fixture.find("text", ContentFilter::default()).await.is_empty());
    let again = NewContent { author: BOB, stage: Stage::Proposed, ..new_at("text", 200) };
    fixture.store.put(again).await.unwrap();
    assert_eq!(fixture.get("text").await.unwrap().author, BOB);
    assert_eq!(fixture.find("text", ContentFilter::default()).await, ["text"]);
}

#[tokio::test]
async fn more_stale_bodies_than_a_page_are_all_found_once() {
    let fixture = Fixture::with((0..1_203).map(|number| new(&format!("body {number}")))).await;
    let mut found = stale(&fixture, 101).await;
    found.sort();
    found.dedup();
    assert_eq!(found.len(), 1_203);
}
