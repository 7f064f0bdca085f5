//! Every kind of difference between store and bodies: planted, named, and resolved where it can be.

use crate::story::{SALT, THREAD, confirm, created, hash, initialized, proposed, published, rejected};
use async_trait::async_trait;
use chorale_backend::boundaries::{Boundary, ContentCheck, Difference, Kind, Round, round};
use chorale_content::{
    ContentFilter, ContentOptions, ContentStore, Drafts, NewContent, Reader, Search, Stage, Visibility,
};
use chorale_domain::content::ContentHash;
use chorale_domain::event::Event;
use chorale_domain::id::{ThreadId, Wallet};
use chorale_domain::state::EntityKey;
use chorale_store::{Location, Stopped, Writer};
use chorale_wire::http::ContentStatus::{self, Approved, Pending, Rejected};
use chorale_wire::http::SearchMode;
use qdrant_edge::{
    Condition, EdgeShard, FieldCondition, Filter, Match, PayloadOps, SetPayloadOp, UpdateOperation,
    ValueVariants,
};
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

const ALICE: Wallet = Wallet([1; 32]);
const BOB: Wallet = Wallet([2; 32]);
/// A week after the story.
const NOW: i64 = 604_800;

fn stage(status: ContentStatus) -> Stage {
    match status {
        Pending => Stage::Proposed,
        Approved => Stage::Approved,
        Rejected => Stage::Rejected,
        ContentStatus::Erased => Stage::Erased,
    }
}

/// A chain that has heard of nothing.
struct Unheard;

#[async_trait]
impl Drafts for Unheard {
    async fn is_draft(&self, _: ThreadId, _: ContentHash) -> Result<bool, Box<dyn Error + Send + Sync>> {
        Ok(true)
    }
}

struct Site {
    writer: Writer,
    content: ContentStore,
    check: ContentCheck,
    folder: TempDir,
}

impl Site {
    /// Whose chain has a thread of Alice's, with these events after it.
    async fn with(events: Vec<Event>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::from(folder.path().join("store.db"));
        let writer = Writer::open(&location, Arc::new(|| NOW)).await.unwrap();
        confirm(&writer, [initialized(), created(THREAD, ALICE)].into_iter().chain(events)).await;
        writer.set_seen(9).await.unwrap();
        Self::open(writer, folder).await
    }

    async fn open(writer: Writer, folder: TempDir) -> Self {
        let path = folder.path().join("content");
        let content = ContentStore::open(ContentOptions::Edge { path }).await.unwrap();
        let check = ContentCheck::new(writer.store().clone(), &content, Arc::new(|| NOW));
        Self { writer, content, check, folder }
    }

    async fn upload(&self, text: &str, status: ContentStatus) {
        self.upload_at(100, text, status).await;
    }

    async fn upload_at(&self, created_at: i64, text: &str, status: ContentStatus) {
        let (thread, hash, author, body) = (THREAD, hash(text), ALICE, text.to_owned());
        let visibility = Visibility::Public;
        let new = NewContent {
            thread,
            hash,
            author,
            salt: SALT,
            body,
            created_at,
            stage: stage(status),
            visibility,
        };
        self.content.put(new).await.unwrap();
    }

    /// Writes another text into the place of a body, as no code of ours would: with the engine itself, in the folder.
    async fn falsify(self, text: &str, with: &str) -> Self {
        let Self { writer, content, folder, .. } = self;
        content.close().await.unwrap();
        let folder = tokio::task::spawn_blocking({
            let (hash, with) = (hash(text).to_string(), with.to_owned());
            move || {
                overwrite(&folder.path().join("content").join("edge"), &hash, &with);
                folder
            }
        });
        Self::open(writer, folder.await.unwrap()).await
    }

    async fn status(&self, text: &str) -> Option<ContentStatus> {
        self.content.duties().get(THREAD, hash(text)).await.unwrap().map(|body| body.status)
    }

    /// Whether someone without any rights reads a body, by its hash or by its words.
    async fn is_read_by_strangers(&self, text: &str) -> bool {
        let stranger = Reader::stranger(Arc::new(Unheard));
        let by_hash = self.content.get(&stranger, THREAD, hash(text)).await.unwrap();
        let (text, filter, mode) = (text.to_owned(), ContentFilter::default(), SearchMode::Words);
        let search = Search { text, filter, mode, limit: 10 };
        let by_words = self.content.search(&stranger, search).await.unwrap();
        assert_eq!(by_hash.is_some(), !by_words.hits.is_empty(), "a body is read both ways or neither");
        by_hash.is_some()
    }

    async fn compare(&mut self) -> (Vec<Difference>, Round) {
        let mut found = vec![];
        let round = round(&mut self.check, |difference| found.push(difference)).await.unwrap();
        (found, round)
    }

    /// Compares, and gives kind and outcome of the one difference there must be.
    async fn one(&mut self, text: &str) -> (Kind, bool) {
        let (found, _) = self.compare().await;
        let [difference] = &found[..] else { panic!("one difference, not {found:?}") };
        assert!(difference.subject.contains(&hash(text).to_string()), "{difference}");
        (difference.kind, difference.resolved)
    }
}

/// Gives the one point with this hash that body.
fn overwrite(shard: &Path, hash: &str, body: &str) {
    let shard = EdgeShard::load(shard, None).unwrap();
    let with_hash = Filter::new_must(Condition::Field(FieldCondition::new_match(
        "hash".parse().unwrap(),
        Match::new_value(ValueVariants::String(hash.to_owned())),
    )));
    let payload = serde_json::from_value(serde_json::json!({ "body": body })).unwrap();
    let set = SetPayloadOp { payload, points: None, filter: Some(with_hash), key: None };
    shard.update(UpdateOperation::PayloadOperation(PayloadOps::SetPayload(set))).unwrap();
    shard.flush().unwrap();
}

#[tokio::test]
async fn a_body_that_has_another_hash_is_named_each_time_and_left_as_it_is() {
    let site = Site::with(vec![published(THREAD, ALICE, 0, "as it was approved")]).await;
    site.upload("as it was approved", Approved).await;
    let mut site = site.falsify("as it was approved", "as nobody approved it").await;
    for _ in 0..2 {
        let (found, _) = site.compare().await;
        let [difference] = &found[..] else { panic!("one difference, not {found:?}") };
        let expected = Difference {
            boundary: Boundary::StoreContent,
            kind: Kind::BodyHash,
            subject: format!("content {THREAD}/{}", hash("as it was approved")),
            expected: hash("as it was approved").to_string(),
            found: hash("as nobody approved it").to_string(),
            resolved: false,
        };
        assert_eq!(*difference, expected);
        assert!(difference.to_string().starts_with("store_content body_hash of content "), "{difference}");
    }
}

#[tokio::test]
async fn a_store_and_bodies_that_agree_differ_in_nothing() {
    let (message, open) = (published(THREAD, ALICE, 0, "message"), proposed(THREAD, BOB, "open"));
    let mut site = Site::with(vec![message, open]).await;
    site.upload("message", Approved).await;
    site.upload("open", Pending).await;
    // Each is looked at from both sides.
    assert_eq!(site.compare().await, (vec![], Round { compared: 4, found: 0 }));
}

#[tokio::test]
async fn a_message_and_a_proposal_without_a_body_are_named_each_time() {
    let (message, open) = (published(THREAD, ALICE, 0, "message"), proposed(THREAD, BOB, "open"));
    let mut site = Site::with(vec![message, open]).await;
    for _ in 0..2 {
        let (found, _) = site.compare().await;
        let kinds: Vec<_> = found.iter().map(|difference| (difference.kind, difference.resolved)).collect();
        assert_eq!(kinds, [(Kind::BodyMissing, false), (Kind::BodyMissing, false)], "{found:?}");
    }
}

#[tokio::test]
async fn a_status_that_is_not_the_chains_is_put_right_whatever_it_is() {
    let out = [proposed(THREAD, BOB, "out"), rejected(THREAD, BOB, "out")];
    let denied = crate::story::denied(THREAD, ALICE, "out");
    let [proposal, rejection] = out;
    let stories = [
        (vec![published(THREAD, ALICE, 0, "out")], Approved, Pending),
        (vec![proposed(THREAD, BOB, "out")], Pending, Approved),
        (vec![proposal, denied, rejection], Rejected, Pending),
    ];
    for (events, right, wrong) in stories {
        let mut site = Site::with(events).await;
        site.upload("out", wrong).await;
        assert_eq!(site.one("out").await, (Kind::Status, true), "{right:?}");
        assert_eq!(site.status("out").await, Some(right));
        assert_eq!(site.compare().await.0, [], "it is right from then on");
    }
}

#[tokio::test]
async fn a_body_that_no_chain_knows_is_removed_after_a_day_and_not_before() {
    let mut site = Site::with(vec![]).await;
    site.upload("forgotten", Pending).await;
    let (thread, hash, author, body) = (THREAD, hash("fresh"), ALICE, "fresh".to_owned());
    let (stage, visibility) = (Stage::Draft, Visibility::Public);
    let fresh =
        NewContent { thread, hash, author, salt: SALT, body, created_at: NOW - 60, stage, visibility };
    site.content.put(fresh).await.unwrap();
    assert_eq!(site.one("forgotten").await, (Kind::UnknownBody, true));
    assert_eq!((site.status("forgotten").await, site.status("fresh").await), (None, Some(Pending)));
}

/// A fork took its decision back, or a rebuilt store was never told of it, while nobody copied statuses.
#[tokio::test]
async fn a_body_that_is_decided_and_unknown_to_the_chain_is_a_draft_again_that_no_stranger_reads() {
    for wrong in [Approved, Rejected] {
        let mut site = Site::with(vec![]).await;
        site.upload_at(NOW - 60, "never decided", wrong).await;
        assert!(site.is_read_by_strangers("never decided").await, "it is told to everyone: {wrong:?}");
        let (found, _) = site.compare().await;
        let expected = Difference {
            boundary: Boundary::StoreContent,
            kind: Kind::Status,
            subject: format!("content {THREAD}/{}", hash("never decided")),
            expected: "Pending".into(),
            found: format!("{wrong:?}"),
            resolved: true,
        };
        assert_eq!(found, [expected]);
        assert_eq!(site.status("never decided").await, Some(Pending));
        assert!(!site.is_read_by_strangers("never decided").await, "{wrong:?}");
        assert_eq!(site.compare().await.0, [], "it is right from then on");
    }
}

#[tokio::test]
async fn the_status_of_a_body_in_a_stopped_thread_is_left_alone() {
    let mut site = Site::with(vec![proposed(THREAD, ALICE, "decided since")]).await;
    site.upload("decided since", Approved).await;
    let (entity, reason) = (EntityKey::Thread(THREAD), "it differs".to_owned());
    let stopped = Stopped { thread: THREAD, entity, reason, derived: None, on_chain: None };
    site.writer.stop_thread(stopped).await.unwrap();
    assert_eq!(site.compare().await.0, []);
    assert_eq!(site.status("decided since").await, Some(Approved));
}

#[tokio::test]
async fn a_decided_body_is_what_the_chain_says_of_it_also_where_no_walk_over_the_chain_finds_it() {
    let cancelled = crate::story::cancelled(THREAD, BOB, "taken back");
    let mut site = Site::with(vec![proposed(THREAD, BOB, "taken back"), cancelled]).await;
    site.upload_at(NOW - 60, "taken back", Approved).await;
    assert_eq!(site.one("taken back").await, (Kind::Status, true));
    assert_eq!(site.status("taken back").await, Some(Pending));
}

#[tokio::test]
async fn an_erased_body_stays_erased_whatever_it_was() {
    let mut site = Site::with(vec![]).await;
    site.upload("regretted", Approved).await;
    site.content.erase(ALICE, THREAD, hash("regretted")).await.unwrap();
    assert_eq!(site.compare().await.0, []);
    assert_eq!(site.status("regretted").await, Some(ContentStatus::Erased));
}

#[tokio::test]
async fn no_decided_body_is_doubted_while_the_store_may_not_know_what_the_chain_has() {
    let folder = tempfile::tempdir().unwrap();
    let location = Location::from(folder.path().join("store.db"));
    let writer = Writer::open(&location, Arc::new(|| NOW - 3_601)).await.unwrap();
    confirm(&writer, [initialized(), created(THREAD, ALICE)]).await;
    writer.set_seen(9).await.unwrap();
    let mut behind = Site::open(writer, folder).await;
    behind.upload("decided since", Approved).await;
    assert_eq!(behind.compare().await.0, [], "its indexer has been away for longer than an hour");

    let mut stopped = Site::with(vec![]).await;
    let (entity, reason) = (EntityKey::Thread(THREAD), "it differs".to_owned());
    let stop = Stopped { thread: THREAD, entity, reason, derived: None, on_chain: None };
    stopped.writer.stop_thread(stop).await.unwrap();
    stopped.upload("decided since", Approved).await;
    assert_eq!(stopped.compare().await.0, [], "nothing of a stopped thread comes in");
    for site in [&behind, &stopped] {
        assert_eq!(site.status("decided since").await, Some(Approved));
    }
}

#[tokio::test]
async fn what_was_decided_a_moment_ago_is_on_its_way_and_no_difference() {
    let published = Event::MessagePublished {
        thread: THREAD,
        hash: hash("new"),
        author: ALICE,
        sequence: 0,
        published_at: NOW - 10,
    };
    let mut site = Site::with(vec![published]).await;
    site.upload("new", Pending).await;
    assert_eq!(site.compare().await.0, []);
}

#[tokio::test]
async fn a_check_whose_store_is_away_goes_on_where_it_was() {
    let mut site = Site::with(vec![published(THREAD, ALICE, 0, "message")]).await;
    site.content.close().await.unwrap();
    let refused = round(&mut site.check, |_| {}).await;
    assert!(refused.unwrap_err().to_string().contains("bodies"), "closed bodies cannot be compared");
    site.writer.close().await;
    let refused = round(&mut site.check, |_| {}).await;
    assert!(refused.unwrap_err().to_string().contains("store"), "a closed store cannot be compared");
}
