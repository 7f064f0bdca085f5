use std::collections::HashSet;

use super::*;
use crate::{ContentFilter, ContentStatus, NewContent};

#[tokio::test]
async fn stale_pending_bodies_are_collected_and_nothing_else() {
    let approved = NewContent { status: ContentStatus::Approved, ..new_at("approved", 10) };
    let fixture =
        Fixture::with([new_at("stale", 10), new_at("kept", 10), new_at("fresh", 50), approved]).await;
    let keep = HashSet::from([(POLICY, new("kept").hash), (POETRY, new("stale").hash)]);
    assert_eq!(fixture.store.collect_pending(50, &keep).await.unwrap(), 1);
    assert_eq!(fixture.get("stale").await, None);
    for body in ["kept", "fresh", "approved"] {
        assert!(fixture.get(body).await.is_some(), "{body} was collected");
    }
    assert_eq!(fixture.store.collect_pending(50, &keep).await.unwrap(), 0);
}

#[tokio::test]
async fn a_collected_body_can_be_uploaded_again() {
    let fixture = Fixture::with([new("text")]).await;
    assert_eq!(fixture.store.collect_pending(101, &HashSet::new()).await.unwrap(), 1);
    assert!(fixture.find("text", ContentFilter::default()).await.is_empty());
    fixture.store.put(NewContent { author: BOB, ..new_at("text", 200) }).await.unwrap();
    assert_eq!(fixture.get("text").await.unwrap().author, BOB);
    assert_eq!(fixture.find("text", ContentFilter::default()).await, ["text"]);
}

#[tokio::test]
async fn more_stale_bodies_than_a_page_are_all_collected() {
    let fixture = Fixture::with((0..1_203).map(|number| new(&format!("body {number}")))).await;
    let keep = HashSet::from([(POLICY, new("body 7").hash)]);
    assert_eq!(fixture.store.collect_pending(101, &keep).await.unwrap(), 1_202);
    assert_eq!(fixture.store.count(ContentFilter::default()).await.unwrap(), 1);
    assert!(fixture.get("body 7").await.is_some());
}
