//! Writes that are sent twice.

use crate::rpc::Rpc;
use crate::sessions::{request, sessions};
use crate::story::{SALT, THREAD, confirm, created, hash, initialized};
use crate::wallet::Keys;
use crate::world::{Answer, NO_CHAIN, World};
use chorale_backend::Limits;
use chorale_domain::id::ThreadId;
use chorale_wire::Code;
use chorale_wire::http::{Prepare, Scope, SessionKind, Token, Upload};
use futures::future::join_all;
use serde_json::{Value, json};

const UPLOADS: &str = "/v1/contents";
const PREPARE: &str = "/v1/transactions/prepare";
const TOKENS: &str = "/v1/auth/tokens";

async fn world(rpc_url: &str) -> (World, String) {
    let keys = Keys::new(10);
    let world = World::start(rpc_url, Limits::default()).await;
    confirm(&world.writer, [initialized(), created(THREAD, keys.wallet())]).await;
    let token = world.sign_in(&keys).await;
    (world, token)
}

fn text(body: &str) -> Upload {
    Upload { thread: THREAD, hash: hash(body), salt: SALT, body: body.into() }
}

fn new_thread() -> Prepare {
    Prepare::CreateThread { thread: ThreadId([5; 32]), approval_bps: 10_000 }
}

/// Status, whether it was given before, and the JSON.
async fn told(answer: Answer) -> (u16, bool, Value) {
    let (status, replayed) = (answer.status().as_u16(), answer.header("idempotency-replayed"));
    if answer.status().is_success() {
        return (status, replayed.as_deref() == Some("true"), answer.good().await);
    }
    (status, replayed.as_deref() == Some("true"), json!(answer.problem().await))
}

#[tokio::test]
async fn who_asks_again_gets_the_first_answer() {
    let rpc = Rpc::willing().await;
    let (world, token) = world(&rpc.url).await;
    let (uploads, prepares) = (json!(text("hello")), json!(new_thread()));
    for (path, body, expected) in [(UPLOADS, uploads, 201), (PREPARE, prepares, 200)] {
        let first = told(world.post_once(path, &token, path, &body).await).await;
        let again = told(world.post_once(path, &token, path, &body).await).await;
        assert_eq!((first.0, first.1), (expected, false), "{path}");
        assert_eq!(again, (expected, true, first.2), "{path}");
    }
    let anew = told(world.post_once(UPLOADS, &token, "another", &text("hello")).await).await;
    assert_eq!((anew.0, anew.1), (200, false), "under another key it is another write");
}

#[tokio::test]
async fn a_refusal_is_an_answer_too() {
    let (world, token) = world(NO_CHAIN).await;
    let publish = Prepare::Publish { thread: THREAD, hash: hash("hello") };
    let first = told(world.post_once(PREPARE, &token, "key", &publish).await).await;
    assert_eq!((first.0, first.2["code"].as_str()), (409, Some("body_missing")));
    assert_eq!(told(world.post_once(PREPARE, &token, "key", &publish).await).await, (409, true, first.2));
}

#[tokio::test]
async fn a_key_stands_for_one_route_and_body_of_one_wallet() {
    let (world, token) = world(NO_CHAIN).await;
    world.post_once(UPLOADS, &token, "key", &text("hello")).await.good::<Value>().await;
    let mismatch = (422, Code::IdempotencyMismatch);
    assert_eq!(world.post_once(UPLOADS, &token, "key", &text("bye")).await.refusal().await, mismatch);
    assert_eq!(world.post_once(PREPARE, &token, "key", &text("hello")).await.refusal().await, mismatch);
    let other = world.sign_in(&Keys::new(11)).await;
    let of_another = told(world.post_once(UPLOADS, &other, "key", &text("bye")).await).await;
    assert_eq!((of_another.0, of_another.1), (201, false));
}

#[tokio::test]
async fn faults_are_not_kept() {
    let (world, token) = world(NO_CHAIN).await;
    for _ in 0..2 {
        let (status, replayed, _) = told(world.post_once(PREPARE, &token, "key", &new_thread()).await).await;
        assert_eq!((status, replayed), (503, false));
    }
}

#[tokio::test]
async fn of_many_at_once_one_runs() {
    let (world, token) = world(NO_CHAIN).await;
    let new = request("bot", &[Scope::Read]);
    let answers = join_all((0..12).map(|_| world.post_once(TOKENS, &token, "key", &new))).await;
    let mut fresh = 0;
    for answer in answers {
        let retry = answer.header("retry-after");
        match told(answer).await {
            (201, replayed, _) => fresh += usize::from(!replayed),
            (409, false, problem) => {
                assert_eq!(
                    (problem["code"].as_str(), retry.as_deref()),
                    (Some("idempotency_in_progress"), Some("1"))
                );
            }
            other => panic!("it was neither made nor under way: {other:?}"),
        }
    }
    let agents =
        sessions(&world, &token).await.into_iter().filter(|session| session.kind == SessionKind::Agent);
    assert_eq!((fresh, agents.count()), (1, 1));
}

#[tokio::test]
async fn a_token_is_shown_once_also_to_who_asks_again() {
    let (world, token) = world(NO_CHAIN).await;
    let new = request("bot", &[Scope::Read]);
    let made: Token = world.post_once(TOKENS, &token, "key", &new).await.good().await;
    assert!(made.token.is_some());
    let again: Token = world.post_once(TOKENS, &token, "key", &new).await.good().await;
    assert_eq!(again, Token { token: None, ..made });
}

#[tokio::test]
async fn bodies_are_kept_by_the_content_module_alone() {
    let (world, token) = world(NO_CHAIN).await;
    world.post_once(UPLOADS, &token, "the-key", &text("a very private text")).await.good::<Value>().await;
    let kept = world.kept().await;
    assert!(kept.contains("the-key"), "the answer is kept");
    for private in ["a very private text", &hex(&SALT)] {
        assert!(!kept.contains(private), "{private} is kept");
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn after_a_day_a_key_is_free_again() {
    let (world, token) = world(NO_CHAIN).await;
    world.post_once(UPLOADS, &token, "key", &text("hello")).await.good::<Value>().await;
    world.wait(24 * 60 * 60);
    let token = world.sign_in(&Keys::new(10)).await;
    let (status, replayed, _) = told(world.post_once(UPLOADS, &token, "key", &text("hello")).await).await;
    assert_eq!((status, replayed), (200, false));
}

#[tokio::test]
async fn nobody_gets_an_answer_without_the_right_to_ask() {
    let (world, token) = world(NO_CHAIN).await;
    world.post_once(UPLOADS, &token, "key", &text("hello")).await.good::<Value>().await;
    let reader: Token = world.post(TOKENS, Some(&token), &request("bot", &[Scope::Read])).await.good().await;
    let answer = world.post_once(UPLOADS, &reader.token.unwrap(), "key", &text("hello")).await;
    assert_eq!(answer.refusal().await, (403, Code::ScopeMissing));
}

#[tokio::test]
async fn a_key_is_one_to_sixty_four_visible_characters() {
    let (world, token) = world(NO_CHAIN).await;
    for key in ["", "two words", &"k".repeat(65)] {
        let refused = world.post_once(UPLOADS, &token, key, &text("hello")).await;
        assert_eq!(refused.refusal().await, (400, Code::MalformedRequest), "{key:?}");
    }
    world.post_once(UPLOADS, &token, &"k".repeat(64), &text("hello")).await.good::<Value>().await;
}

#[tokio::test]
async fn what_is_too_large_is_too_large_under_a_key_too() {
    let (world, token) = world(NO_CHAIN).await;
    let large = text(&"x".repeat(60_000));
    assert_eq!(
        told(world.post_once(UPLOADS, &token, "key", &large).await).await.0,
        201,
        "an upload may be large"
    );
    assert_eq!(
        world.post_once(PREPARE, &token, "key-2", &large).await.refusal().await,
        (413, Code::TooLarge)
    );
}
