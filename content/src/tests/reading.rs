//! Who gets what of a body that is asked for by its hash. Searches are in the engines' contract.

use std::error::Error;
use std::sync::Arc;

use async_trait::async_trait;
use chorale_domain::content::ContentHash;
use chorale_domain::id::{ThreadId, Wallet};

use super::*;
use crate::{ContentRecord, Drafts, NewContent, Reader, Stage, Visibility};

/// A chain that has heard of nothing.
struct AllDrafts;

#[async_trait]
impl Drafts for AllDrafts {
    async fn is_draft(&self, _: ThreadId, _: ContentHash) -> Result<bool, Box<dyn Error + Send + Sync>> {
        Ok(true)
    }
}

const CAT: Wallet = Wallet([13; 32]);

fn stranger() -> Reader {
    Reader::stranger(Arc::new(NoDrafts))
}

fn bob(threads: &[ThreadId]) -> Reader {
    Reader::wallet(BOB, threads.iter().copied(), Arc::new(NoDrafts))
}

async fn got(fixture: &Fixture, reader: &Reader, body: &str) -> Option<ContentRecord> {
    fixture.store.get(reader, POLICY, new(body).hash).await.unwrap()
}

async fn told(visibility: Visibility) -> Fixture {
    Fixture::with([NewContent { visibility, stage: Stage::Approved, ..new("text") }]).await
}

#[tokio::test]
async fn a_public_body_is_everyones() {
    let fixture = told(Visibility::Public).await;
    for reader in [stranger(), bob(&[]), bob(&[POLICY]), ann()] {
        assert_eq!(got(&fixture, &reader, "text").await.unwrap().body.unwrap(), "text", "{reader:?}");
    }
}

#[tokio::test]
async fn of_a_premium_body_strangers_get_all_but_the_text() {
    let fixture = told(Visibility::Premium).await;
    for reader in [stranger(), bob(&[]), bob(&[POETRY])] {
        let listed = got(&fixture, &reader, "text").await.unwrap();
        assert_eq!((listed.body, listed.salt, listed.author), (None, None, ANN), "{reader:?}");
        let listing = fixture.store.search(&reader, search("", ALL, 10)).await.unwrap();
        assert_eq!(listing.hits.len(), 1, "{reader:?}");
        assert_eq!(listing.hits[0].1.body, None, "{reader:?}");
        let found = fixture.store.search(&reader, search("text", ALL, 10)).await.unwrap();
        assert!(found.hits.is_empty(), "{reader:?} {found:?}");
    }
    for reader in [bob(&[POETRY, POLICY]), ann()] {
        assert_eq!(got(&fixture, &reader, "text").await.unwrap().body.unwrap(), "text", "{reader:?}");
        assert_eq!(bodies(fixture.store.search(&reader, search("text", ALL, 10)).await.unwrap()), ["text"]);
    }
}

#[tokio::test]
async fn a_threads_body_is_its_co_authors_and_to_others_it_is_not_there() {
    let fixture = told(Visibility::Thread).await;
    for reader in [stranger(), bob(&[]), bob(&[POETRY])] {
        assert_eq!(got(&fixture, &reader, "text").await, None, "{reader:?}");
        assert_eq!(fixture.store.count(&reader, ALL).await.unwrap(), 0, "{reader:?}");
    }
    for reader in [bob(&[POLICY]), ann()] {
        assert_eq!(got(&fixture, &reader, "text").await.unwrap().body.unwrap(), "text", "{reader:?}");
        assert_eq!(fixture.store.count(&reader, ALL).await.unwrap(), 1, "{reader:?}");
    }
}

#[tokio::test]
async fn a_draft_is_its_authors_also_among_co_authors() {
    let fixture = Fixture::with([new("draft")]).await;
    for wallet in [BOB, CAT] {
        let reader = Reader::wallet(wallet, [POLICY], Arc::new(AllDrafts));
        assert_eq!(got(&fixture, &reader, "draft").await, None);
        let found = fixture.store.search(&reader, search("draft", ALL, 10)).await.unwrap();
        assert!(found.hits.is_empty(), "{found:?}");
    }
    assert_eq!(fixture.find("draft", ALL).await, ["draft"]);
}

#[tokio::test]
async fn what_the_chain_has_heard_of_counts_and_not_the_copy_of_it() {
    let proposed = NewContent { stage: Stage::Proposed, ..new("taken back") };
    let fixture = Fixture::with([new("proposed just now"), proposed]).await;
    let late = bob(&[]);
    assert!(got(&fixture, &late, "proposed just now").await.is_some());
    let early = Reader::wallet(BOB, [], Arc::new(AllDrafts));
    assert_eq!(got(&fixture, &early, "taken back").await, None);
    let found = fixture.store.search(&early, search("taken back", ALL, 10)).await.unwrap();
    assert!(found.hits.is_empty(), "{found:?}");
}
