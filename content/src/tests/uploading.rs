use std::collections::HashMap;

use chorale_domain::content::{BodyError, MAX_BODY_BYTES, content_hash};
use chorale_domain::id::Hash32;

use super::*;
use crate::{ContentError, ContentFilter, ContentStatus, NewContent, Stage, Stored};

#[tokio::test]
async fn a_body_comes_back_as_it_was_given() {
    let fixture = Fixture::new().await;
    let texts = [
        "Grüße aus Köln — größer, süßer ß",
        "共同写作，证明所有权。",
        "👍",
        "  two\r\n\tlines  ",
        "\u{0}nul",
    ];
    for text in texts {
        let stored = fixture.store.put(new(text)).await.unwrap();
        assert_eq!(stored, Stored::New(record(new(text))), "{text:?}");
        assert_eq!(fixture.get(text).await, Some(record(new(text))), "{text:?}");
    }
}

#[tokio::test]
async fn a_body_of_the_largest_size_is_taken() {
    let body = "word ".repeat(MAX_BODY_BYTES / 5);
    let fixture = Fixture::with([new(&body)]).await;
    assert_eq!(fixture.get(&body).await.unwrap().body, Some(body));
}

#[tokio::test]
async fn bad_bodies_are_refused_and_leave_nothing() {
    let fixture = Fixture::new().await;
    let long = "x".repeat(MAX_BODY_BYTES + 1);
    let bad = [
        (new(" \n"), BodyError::Empty),
        (new(&long), BodyError::TooLarge { bytes: long.len() }),
        (
            NewContent { hash: Hash32::ZERO, ..new("text") },
            BodyError::HashMismatch { claimed: Hash32::ZERO, actual: new("text").hash },
        ),
    ];
    for (content, expected) in bad {
        let refused = fixture.store.put(content).await.unwrap_err();
        assert!(refused.is_bad_input(), "{refused}");
        assert!(matches!(&refused, ContentError::Body(found) if *found == expected), "{refused:?}");
    }
    assert_eq!(fixture.store.duties().count(ContentFilter::default()).await.unwrap(), 0);
}

#[tokio::test]
async fn milliseconds_are_not_taken_for_seconds() {
    let fixture = Fixture::new().await;
    for time in [-1, 1_790_000_000_000, i64::MAX] {
        let refused = fixture.store.put(new_at("text", time)).await.unwrap_err();
        assert!(matches!(refused, ContentError::Time(found) if found == time), "{refused:?}");
    }
}

#[tokio::test]
async fn the_same_upload_again_changes_nothing() {
    let fixture = Fixture::with([new("text")]).await;
    let again = fixture.store.put(new("text")).await.unwrap();
    assert_eq!(again, Stored::Already(record(new("text"))));
    assert_eq!(fixture.store.duties().count(ContentFilter::default()).await.unwrap(), 1);
}

#[tokio::test]
async fn a_second_uploader_does_not_take_over() {
    let fixture = Fixture::with([new("text")]).await;
    let thief = NewContent { author: BOB, created_at: 999, stage: Stage::Approved, ..new("text") };
    let answer = fixture.store.put(thief).await.unwrap();
    assert_eq!(answer, Stored::Already(record(new("text"))));
    assert_eq!(fixture.get("text").await, Some(record(new("text"))));
}

#[tokio::test]
async fn the_same_text_in_another_thread_is_another_content() {
    let fixture = Fixture::with([new("text"), NewContent { thread: POETRY, ..new("text") }]).await;
    let hash = content_hash(&SALT, "text");
    assert!(fixture.store.duties().set_stage(POETRY, hash, Stage::Rejected).await.unwrap());
    assert_eq!(fixture.get("text").await.unwrap().status, ContentStatus::Pending);
    let other = fixture.store.get(&ann(), POETRY, hash).await.unwrap().unwrap();
    assert_eq!((other.thread, other.status), (POETRY, ContentStatus::Rejected));
}

#[tokio::test]
async fn many_at_once_are_those_that_are_there() {
    let fixture = Fixture::with([new("one"), new("two")]).await;
    let hashes = ["one", "two", "three", "one"].map(|body| new(body).hash);
    let found = fixture.store.get_many(&ann(), POLICY, &hashes).await.unwrap();
    let expected = ["one", "two"].map(|body| (new(body).hash, record(new(body))));
    assert_eq!(found, HashMap::from(expected));
    assert!(fixture.store.get_many(&ann(), POETRY, &hashes).await.unwrap().is_empty());
    assert!(fixture.store.get_many(&ann(), POLICY, &[]).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_status_changes_for_bodies_that_are_there() {
    let fixture = Fixture::with([new("text")]).await;
    for stage in [Stage::Proposed, Stage::Approved, Stage::Approved, Stage::Rejected, Stage::Draft] {
        assert!(fixture.store.duties().set_stage(POLICY, new("text").hash, stage).await.unwrap());
        let expected = NewContent { stage, ..new("text") };
        assert_eq!(fixture.get("text").await, Some(record(expected)));
    }
    assert!(!fixture.store.duties().set_stage(POLICY, new("other").hash, Stage::Approved).await.unwrap());
    assert_eq!(fixture.get("other").await, None);
}
