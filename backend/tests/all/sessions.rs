//! Sessions over restarts and backends, and what agents may do with their tokens.

use crate::rpc::Rpc;
use crate::socket::Socket;
use crate::story::{SALT, THREAD, confirm, hash, initialized};
use crate::wallet::Keys;
use crate::world::{Answer, NO_CHAIN, World};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chorale_backend::Limits;
use chorale_domain::id::{Hash32, ThreadId};
use chorale_store::Location;
use chorale_testing::Postgres;
use chorale_wire::Code;
use chorale_wire::http::{
    Health, HealthStatus, Prepare, Prepared, Relay, Relayed, Scope, Scopes, SessionEntry, SessionKind,
    Sessions, Token, TokenRequest, Upload, Visibility,
};
use chorale_wire::socket::{ClientFrame, ServerFrame};
use reqwest::{Method, StatusCode};
use serde_json::json;
use solana_transaction::versioned::VersionedTransaction;
use std::time::{Duration, Instant};
use tempfile::tempdir;
use tokio::time::sleep;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

/// What the 5 s of another backend's memory may take on a busy machine.
const FELT: Duration = Duration::from_secs(8);

async fn world() -> (World, Keys) {
    let keys = Keys::new(10);
    (World::with_thread(keys.wallet()).await, keys)
}

pub fn request(label: &str, scopes: &[Scope]) -> TokenRequest {
    let scopes = scopes.iter().copied().collect();
    TokenRequest { label: label.into(), scopes, expires_at: 1_000_000 + 90 * 86_400 }
}

/// An agent's token.
pub async fn agent(world: &World, owner: &str, scopes: &[Scope]) -> String {
    let made: Token = world.post("/v1/auth/tokens", Some(owner), &request("bot", scopes)).await.good().await;
    made.token.expect("a new token is shown")
}

pub async fn sessions(world: &World, token: &str) -> Vec<SessionEntry> {
    let listed = world.send(Method::GET, "/v1/auth/sessions", Some(token), None).await;
    listed.good::<Sessions>().await.sessions
}

async fn delete(world: &World, path: &str, token: &str) -> Answer {
    world.send(Method::DELETE, path, Some(token), None).await
}

/// What a route that needs the scope to relay says to this token; it is [`Code::UnknownThread`] where all is well.
async fn knock(world: &World, token: &str) -> Code {
    let archive = Prepare::Archive { thread: ThreadId([77; 32]) };
    world.post("/v1/transactions/prepare", Some(token), &archive).await.problem().await.code
}

/// Waits until the token is refused, for no longer than another backend may go on believing it.
async fn felt(world: &World, token: &str) {
    let start = Instant::now();
    while knock(world, token).await != Code::SessionExpired {
        assert!(start.elapsed() < FELT, "the sign-out is not felt after {FELT:?}");
        sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_token_that_lacks_a_scope_is_told_which() {
    let (world, keys) = world().await;
    let owner = world.sign_in(&keys).await;
    let token = agent(&world, &owner, &[Scope::Read]).await;
    let upload = Upload {
        thread: THREAD,
        hash: hash("hello"),
        salt: SALT,
        body: "hello".into(),
        visibility: Visibility::Public,
    };
    let problem = world.post("/v1/contents", Some(&token), &upload).await.problem().await;
    assert_eq!((problem.status, problem.code), (403, Code::ScopeMissing));
    assert!(problem.detail.contains("lacks the scope upload"), "{}", problem.detail);
}

#[tokio::test]
async fn a_socket_needs_the_scope_to_read() {
    let (world, keys) = world().await;
    let owner = world.sign_in(&keys).await;
    let mut socket = Socket::connect(&world).await;
    let token = agent(&world, &owner, &[Scope::Upload, Scope::Relay]).await;
    socket.send(&ClientFrame::Authenticate { token }).await;
    assert_eq!(socket.error().await, Code::ScopeMissing);
    let token = agent(&world, &owner, &[Scope::Read]).await;
    socket.send(&ClientFrame::Authenticate { token }).await;
    assert_eq!(socket.frame().await, ServerFrame::Authenticated { id: None, wallet: keys.wallet() });
}

#[tokio::test]
async fn an_agent_makes_no_sessions_and_no_tokens_and_ends_none_but_itself() {
    let (world, keys) = world().await;
    let owner = world.sign_in(&keys).await;
    let token = agent(&world, &owner, &[Scope::Read, Scope::Upload, Scope::Relay]).await;
    let id = sessions(&world, &owner).await[0].id;
    for answer in [
        world.post("/v1/auth/tokens", Some(&token), &request("another", &[Scope::Read])).await,
        world.post_once("/v1/auth/tokens", &token, "key", &request("another", &[Scope::Read])).await,
        world.send(Method::GET, "/v1/auth/sessions", Some(&token), None).await,
        delete(&world, "/v1/auth/sessions", &token).await,
        delete(&world, &format!("/v1/auth/sessions/{id}"), &token).await,
    ] {
        assert_eq!(answer.refusal().await, (403, Code::ScopeMissing));
    }
    assert_eq!(delete(&world, "/v1/auth/session", &token).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(knock(&world, &token).await, Code::SessionExpired);
    assert_eq!(sessions(&world, &owner).await.len(), 1);
}

#[tokio::test]
async fn an_agent_relays_what_its_wallet_signed() {
    let (rpc, keys) = (Rpc::willing().await, Keys::new(10));
    let world = World::start(&rpc.url, Limits::default()).await;
    confirm(&world.writer, [initialized()]).await;
    let owner = world.sign_in(&keys).await;
    let token = agent(&world, &owner, &[Scope::Relay]).await;
    let new_thread = Prepare::CreateThread { thread: ThreadId([5; 32]), approval_bps: 10_000 };
    let prepared: Prepared =
        world.post("/v1/transactions/prepare", Some(&token), &new_thread).await.good().await;
    let unsigned = Relay { transaction: prepared.transaction.clone() };
    let refused = world.post("/v1/transactions", Some(&token), &unsigned).await;
    assert_eq!(refused.refusal().await, (422, Code::UnsignedTransaction));
    let bytes = STANDARD.decode(prepared.transaction).unwrap();
    let mut transaction: VersionedTransaction = wincode::deserialize(&bytes).unwrap();
    transaction.signatures[0] = keys.sign(&transaction.message.serialize()).0.into();
    let signed = Relay { transaction: STANDARD.encode(wincode::serialize(&transaction).unwrap()) };
    world.post("/v1/transactions", Some(&token), &signed).await.good::<Relayed>().await;
    assert_eq!(rpc.sent(), 1);
}

#[tokio::test]
async fn a_wallet_sees_its_sessions_and_its_agents_tokens() {
    let (world, keys) = world().await;
    let here = world.sign_in(&keys).await;
    world.wait(100);
    let token = agent(&world, &here, &[Scope::Relay, Scope::Read]).await;
    world.wait(200);
    assert_eq!(knock(&world, &token).await, Code::UnknownThread);
    let listed = sessions(&world, &here).await;
    let [person, bot] = listed.as_slice() else { panic!("there are two, not {listed:?}") };
    assert_eq!((person.kind, person.scopes, person.current), (SessionKind::Person, Scopes::all(), true));
    assert_eq!((person.created_at, person.used_at), (1_000_000, 1_000_300));
    assert_eq!((bot.kind, bot.current, bot.label.as_str()), (SessionKind::Agent, false, "bot"));
    assert_eq!(
        (bot.scopes.to_string().as_str(), bot.expires_at),
        ("read relay", request("", &[]).expires_at)
    );
    assert_eq!((bot.created_at, bot.used_at), (1_000_100, 1_000_300));
}

#[tokio::test]
async fn a_wallet_ends_its_sessions_one_by_one_and_nobody_elses() {
    let (world, keys) = world().await;
    let (here, other) = (world.sign_in(&keys).await, world.sign_in(&Keys::new(11)).await);
    world.wait(1);
    let token = agent(&world, &here, &[Scope::Relay]).await;
    assert_eq!(knock(&world, &token).await, Code::UnknownThread);
    let path = format!("/v1/auth/sessions/{}", sessions(&world, &here).await[1].id);
    let unknown = (404, Code::UnknownSession);
    assert_eq!(delete(&world, &path, &other).await.refusal().await, unknown, "it is another wallet's");
    assert_eq!(delete(&world, &path, &here).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(knock(&world, &token).await, Code::SessionExpired, "it is felt at once");
    assert_eq!(delete(&world, &path, &here).await.refusal().await, unknown);
    assert_eq!(sessions(&world, &here).await.len(), 1);
}

#[tokio::test]
async fn signing_out_everywhere_ends_every_session_token_and_socket_of_the_wallet() {
    // Long enough for signing in before the first ping.
    let ping_every = Duration::from_secs(1);
    let world = World::start(NO_CHAIN, Limits { ping_every, ..Limits::default() }).await;
    let (keys, others) = (Keys::new(10), Keys::new(11));
    let (first, second) = (world.sign_in(&keys).await, world.sign_in(&keys).await);
    let (token, other) = (agent(&world, &first, &[Scope::Relay]).await, world.sign_in(&others).await);
    let mut socket = Socket::signed_in(&world, &keys).await;
    for token in [&first, &second, &token] {
        assert_eq!(knock(&world, token).await, Code::UnknownThread);
    }
    assert_eq!(delete(&world, "/v1/auth/sessions", &first).await.status(), StatusCode::NO_CONTENT);
    for token in [&first, &second, &token] {
        assert_eq!(knock(&world, token).await, Code::SessionExpired);
    }
    assert_eq!(socket.error().await, Code::SessionExpired);
    assert_eq!(socket.closed().await, CloseCode::Policy);
    assert_eq!(knock(&world, &other).await, Code::UnknownThread, "others stay signed in");
}

#[tokio::test]
async fn a_token_ends_within_ninety_days_and_a_wallet_has_a_hundred_at_most() {
    let world = World::start(NO_CHAIN, Limits { rates: None, ..Limits::default() }).await;
    let owner = world.sign_in(&Keys::new(10)).await;
    let good = request("bot", &[Scope::Read]);
    let too_long = TokenRequest { expires_at: good.expires_at + 1, ..good.clone() };
    let refused = world.post("/v1/auth/tokens", Some(&owner), &too_long).await;
    assert_eq!(refused.refusal().await, (400, Code::MalformedRequest));
    let signing = json!({"label": "bot", "scopes": ["sign"], "expires_at": good.expires_at});
    let refused = world.post("/v1/auth/tokens", Some(&owner), &signing).await;
    assert_eq!(refused.refusal().await, (400, Code::MalformedRequest), "there is no scope to sign");
    for _ in 0..100 {
        agent(&world, &owner, &[Scope::Read]).await;
    }
    let refused = world.post("/v1/auth/tokens", Some(&owner), &good).await;
    assert_eq!(refused.refusal().await, (429, Code::RateLimited));
}

#[tokio::test]
async fn a_session_survives_the_restart_of_a_backend() {
    let (folder, keys) = (tempdir().unwrap(), Keys::new(10));
    let location = Location::from(folder.path().join("store.db"));
    let before = World::at(location.clone()).await;
    let token = before.sign_in(&keys).await;
    before.shutdown.cancel();
    before.running.await.unwrap().unwrap();
    before.sessions.close().await;
    before.writer.close().await;
    let after = World::at(location).await;
    assert_eq!(knock(&after, &token).await, Code::UnknownThread);
}

#[tokio::test]
async fn two_backends_of_one_database_share_sessions_sign_outs_and_nonces() {
    let (location, keys): (Location, _) = (Postgres::shared().fresh().parse().unwrap(), Keys::new(10));
    let (here, there) = (World::at(location.clone()).await, World::at(location).await);
    let message = here.challenge(keys.wallet()).await.message;
    assert_eq!(here.answer(keys.wallet(), &message, &keys).await.status(), StatusCode::CREATED);
    let again = there.answer(keys.wallet(), &message, &keys).await;
    assert_eq!(again.refusal().await, (401, Code::BadNonce), "it was used at the other one");

    let token = here.sign_in(&keys).await;
    assert_eq!(knock(&there, &token).await, Code::UnknownThread, "it is signed in at both");
    let bot = agent(&there, &token, &[Scope::Relay]).await;
    assert_eq!(knock(&here, &bot).await, Code::UnknownThread);
    delete(&here, "/v1/auth/sessions", &token).await;
    for token in [&token, &bot] {
        assert_eq!(knock(&here, token).await, Code::SessionExpired, "it is felt at once where it was done");
        felt(&there, token).await;
    }
}

#[tokio::test]
async fn without_its_database_only_what_needs_no_session_goes_on() {
    let (world, keys) = world().await;
    let challenge = world.challenge(keys.wallet()).await;
    let token = world.sign_in(&keys).await;
    world.sessions.close().await;
    for path in ["/v1/threads", "/v1/search?q=a", "/v1/health"] {
        assert!(world.get(path).await.status().is_success(), "{path} needs no session");
    }
    let archive = Prepare::Archive { thread: THREAD };
    for answer in [
        world.post("/v1/transactions/prepare", Some(&token), &archive).await,
        world.post_once("/v1/transactions/prepare", &token, "key", &archive).await,
        world.answer(keys.wallet(), &challenge.message, &keys).await,
        world.post("/v1/auth/nonce", None, &json!({"wallet": keys.wallet()})).await,
        delete(&world, "/v1/auth/session", &token).await,
    ] {
        assert_eq!(answer.header("retry-after").as_deref(), Some("1"));
        assert_eq!(answer.refusal().await, (503, Code::Internal));
    }
    let Health { status, away, .. } = world.get("/v1/health").await.good().await;
    assert_eq!(status, HealthStatus::Degraded);
    assert!(away.iter().any(|part| part.starts_with("the database of sessions")), "{away:?}");
}

#[tokio::test]
async fn nothing_that_opens_anything_is_kept() {
    let (world, keys) = world().await;
    let message = world.challenge(keys.wallet()).await.message;
    let nonce = message.lines().find_map(|line| line.strip_prefix("Nonce: ")).unwrap().to_owned();
    let owner = world.sign_in(&keys).await;
    let made = world.post_once("/v1/auth/tokens", &owner, "key", &request("bot", &[Scope::Read])).await;
    let made: Token = made.good().await;
    let kept = world.kept().await;
    assert!(kept.contains(&made.id.to_string()), "the rows are in it");
    for secret in [nonce, owner, made.token.unwrap()] {
        assert!(!kept.contains(&secret), "{secret} is kept in the clear");
    }
}

#[tokio::test]
async fn an_id_opens_nothing() {
    let (world, keys) = world().await;
    let owner = world.sign_in(&keys).await;
    let id: Hash32 = sessions(&world, &owner).await[0].id;
    assert_eq!(knock(&world, &id.to_string()).await, Code::SessionExpired);
}
