//! Uploading, reading and finding bodies.

use crate::story::{SALT, THREAD, cancelled, confirm, denied, hash, proposed, published, rejected};
use crate::wallet::Keys;
use crate::world::{Answer, World};
use chorale_content::Stage;
use chorale_domain::content::MAX_BODY_BYTES;
use chorale_domain::id::{Hash32, ThreadId};
use chorale_wire::Code;
use chorale_wire::http::{Content, ContentStatus, Hits, Upload, Visibility};
use reqwest::{Method, StatusCode};

struct Author {
    world: World,
    keys: Keys,
    token: String,
}

impl Author {
    async fn new() -> Self {
        let keys = Keys::new(10);
        let world = World::with_thread(keys.wallet()).await;
        let token = world.sign_in(&keys).await;
        Self { world, keys, token }
    }

    async fn upload(&self, upload: &Upload) -> Answer {
        self.world.post("/v1/contents", Some(&self.token), upload).await
    }

    /// Reads a body as its uploader.
    async fn read(&self, body: &str) -> Answer {
        self.world.send(Method::GET, &path(hash(body)), Some(&self.token), None).await
    }

    async fn upload_bytes(&self, bytes: Vec<u8>) -> Answer {
        self.world.post_bytes("/v1/contents", Some(&self.token), bytes).await
    }
}

fn text(body: &str) -> Upload {
    Upload { thread: THREAD, hash: hash(body), salt: SALT, body: body.into(), visibility: Visibility::Public }
}

fn path(hash: Hash32) -> String {
    format!("/v1/threads/{THREAD}/contents/{hash}")
}

#[tokio::test]
async fn an_uploaded_body_is_pending_and_can_be_read_by_its_hash() {
    let author = Author::new().await;
    let answer = author.upload(&text("hello")).await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    let stored: Content = answer.good().await;
    assert_eq!((stored.author, stored.status), (author.keys.wallet(), ContentStatus::Pending));
    assert_eq!((stored.body.as_deref(), stored.created_at), (Some("hello"), 1_000_000));
    assert_eq!(author.read("hello").await.good::<Content>().await, stored);
}

#[tokio::test]
async fn uploading_again_changes_nothing_and_takes_nothing_over() {
    let author = Author::new().await;
    let first: Content = author.upload(&text("hello")).await.good().await;
    let other = author.world.sign_in(&Keys::new(66)).await;
    author.world.wait(5);
    let again = author.world.post("/v1/contents", Some(&other), &text("hello")).await;
    assert_eq!(again.status(), StatusCode::OK);
    assert_eq!(again.good::<Content>().await, first);
}

#[tokio::test]
async fn a_body_the_chain_knows_already_has_its_status_at_once() {
    let author = Author::new().await;
    let wallet = author.keys.wallet();
    let guest = Keys::new(11).wallet();
    let story = [
        published(THREAD, wallet, 0, "approved"),
        proposed(THREAD, guest, "rejected"),
        denied(THREAD, wallet, "rejected"),
        rejected(THREAD, guest, "rejected"),
    ];
    confirm(&author.world.writer, story).await;
    for (body, status) in [("approved", ContentStatus::Approved), ("rejected", ContentStatus::Rejected)] {
        let stored: Content = author.upload(&text(body)).await.good().await;
        assert_eq!(stored.status, status);
        assert_eq!(author.world.get(&path(hash(body))).await.good::<Content>().await.status, status);
    }
}

#[tokio::test]
async fn an_upload_after_the_decision_heals_a_stale_status() {
    let author = Author::new().await;
    author.upload(&text("hello")).await;
    confirm(&author.world.writer, [published(THREAD, author.keys.wallet(), 0, "hello")]).await;
    let again: Content = author.upload(&text("hello")).await.good().await;
    assert_eq!(again.status, ContentStatus::Approved);
}

#[tokio::test]
async fn bodies_outside_the_limits_are_refused() {
    let author = Author::new().await;
    assert_eq!(author.upload(&text(" \n")).await.refusal().await, (422, Code::EmptyBody));
    let largest = "\u{1}".repeat(MAX_BODY_BYTES);
    assert_eq!(
        author.upload(&text(&largest)).await.status(),
        StatusCode::CREATED,
        "it fits, escaped as it is"
    );
    let larger = "x".repeat(MAX_BODY_BYTES + 1);
    let problem = author.upload(&text(&larger)).await.problem().await;
    assert_eq!((problem.status, problem.code), (413, Code::TooLarge));
    assert!(problem.detail.contains("65536"), "the limit should be named: {}", problem.detail);
    let flood = "x".repeat(8 * MAX_BODY_BYTES).into_bytes();
    assert_eq!(author.upload_bytes(flood).await.refusal().await, (413, Code::TooLarge));
}

#[tokio::test]
async fn a_body_that_is_not_what_its_hash_says_is_refused() {
    let author = Author::new().await;
    let mismatch = Upload { hash: hash("other"), ..text("hello") };
    assert_eq!(author.upload(&mismatch).await.refusal().await, (422, Code::HashMismatch));
    let unknown = author.world.get(&path(hash("other"))).await;
    assert_eq!(unknown.refusal().await, (404, Code::UnknownContent), "nothing may have been stored");
}

#[tokio::test]
async fn what_is_not_an_upload_is_refused_with_the_place() {
    let author = Author::new().await;
    let mut bytes = serde_json::to_vec(&text("hello?")).unwrap();
    let at = bytes.iter().position(|byte| *byte == b'?').unwrap();
    bytes[at] = 0xff;
    for (what, bytes) in
        [("not UTF-8", bytes), ("not JSON", b"{\"thread\":".to_vec()), ("no fields", b"{}".to_vec())]
    {
        let problem = author.upload_bytes(bytes).await.problem().await;
        assert_eq!((problem.status, problem.code), (400, Code::MalformedRequest), "{what}");
        assert!(problem.detail.contains("line 1 column"), "{what}: {}", problem.detail);
    }
    let salt = serde_json::to_string(&text("hello")).unwrap().replace("0909", "09");
    assert_eq!(author.upload_bytes(salt.into()).await.refusal().await, (400, Code::MalformedRequest));
}

#[tokio::test]
async fn a_body_needs_a_thread() {
    let author = Author::new().await;
    let nowhere = Upload { thread: ThreadId([7; 32]), ..text("hello") };
    assert_eq!(author.upload(&nowhere).await.refusal().await, (404, Code::UnknownThread));
}

#[tokio::test]
async fn search_finds_what_is_approved_unless_asked_otherwise() {
    let author = Author::new().await;
    confirm(&author.world.writer, [published(THREAD, author.keys.wallet(), 0, "a choir of sparrows")]).await;
    author.upload(&text("a choir of sparrows")).await;
    author.upload(&text("a choir of ravens")).await;
    let search = async |query: &str| -> Vec<String> {
        let path = format!("/v1/search?{query}");
        let hits: Hits = author.world.send(Method::GET, &path, Some(&author.token), None).await.good().await;
        hits.hits.into_iter().map(|hit| hit.content.body.unwrap()).collect()
    };
    assert_eq!(search("q=choir").await, ["a choir of sparrows"]);
    assert_eq!(search("q=choir&status=pending").await, ["a choir of ravens"]);
    assert_eq!(search(&format!("q=choir&thread={THREAD}&author={}", author.keys.wallet())).await.len(), 1);
    assert!(search(&format!("q=choir&author={}", Keys::new(66).wallet())).await.is_empty());
}

#[tokio::test]
async fn a_search_that_makes_no_sense_is_refused() {
    let author = Author::new().await;
    for query in
        ["q=x&limit=0", "q=x&limit=101", "q=x&thread=kitchen", "q=x&status=lost", "q=x&from=5&until=1"]
    {
        let answer = author.world.get(&format!("/v1/search?{query}")).await;
        assert_eq!(answer.refusal().await, (400, Code::MalformedRequest), "{query}");
    }
}

#[tokio::test]
async fn what_is_not_declared_to_be_json_is_refused_so_that_browsers_must_ask_first() {
    let author = Author::new().await;
    let upload = serde_json::to_vec(&text("hello")).unwrap();
    let request = reqwest::Client::new().post(format!("http://{}/v1/contents", author.world.address));
    let answer = request.bearer_auth(&author.token).header("content-type", "text/plain").body(upload);
    assert_eq!(answer.send().await.unwrap().status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn a_draft_is_its_uploaders_alone_until_it_is_proposed() {
    let author = Author::new().await;
    author.upload(&text("a draft about choirs")).await.good::<Content>().await;
    let found = async |token: Option<&str>| -> usize {
        let world = &author.world;
        let hits: Hits =
            world.send(Method::GET, "/v1/search?q=choirs&status=pending", token, None).await.good().await;
        hits.hits.len()
    };
    let stranger = author.world.sign_in(&Keys::new(77)).await;
    for token in [None, Some(stranger.as_str())] {
        let shown = author.world.send(Method::GET, &path(hash("a draft about choirs")), token, None).await;
        assert_eq!(shown.problem().await.code, Code::UnknownContent);
        assert_eq!(found(token).await, 0);
    }
    assert_eq!(found(Some(&author.token)).await, 1);
    confirm(&author.world.writer, [proposed(THREAD, author.keys.wallet(), "a draft about choirs")]).await;
    let draft = hash("a draft about choirs");
    let shown = author.world.get(&path(draft)).await;
    assert_eq!(shown.good::<Content>().await.hash, draft, "who votes must be able to read it, at once");
    // As the indexer does, a moment later.
    author.world.content.duties().set_stage(THREAD, draft, Stage::Proposed).await.unwrap();
    assert_eq!(found(None).await, 1, "who votes must be able to read it");
    confirm(&author.world.writer, [cancelled(THREAD, author.keys.wallet(), "a draft about choirs")]).await;
    assert_eq!(
        (found(None).await, found(Some(&author.token)).await),
        (0, 1),
        "taken back, it is a draft again"
    );
}
