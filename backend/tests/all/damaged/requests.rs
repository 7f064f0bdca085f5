//! Damaged HTTP requests, given to the router itself.

use super::{AUTHOR, damage};
use crate::story::{SALT, THREAD, confirm, hash, published};
use crate::wallet::Keys;
use crate::world::World;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chorale_domain::id::ThreadId;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use tower::ServiceExt as _;

/// How often each status was answered.
#[derive(Default)]
pub struct Answers(BTreeMap<u16, u64>);

impl fmt::Display for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(status, times)| writeln!(f, "answered {status}: {times}"))
    }
}

/// Sends so many requests.
pub async fn fuzz(world: &World, seed: u64, cases: u64) -> Answers {
    let author = Keys::new(AUTHOR);
    confirm(&world.writer, [published(THREAD, author.wallet(), 0, "text")]).await;
    let (mut token, bodies) = (world.sign_in(&author).await, bodies(&author));
    let mut answers = Answers::default();
    for case in seed..seed + cases {
        let mut rng = StdRng::seed_from_u64(case);
        let request = if rng.random() { read(&mut rng) } else { write(&bodies, &mut rng) };
        let status = answer(&world.router, request, rng.random_ratio(3, 4).then_some(&*token), case).await;
        if status == StatusCode::NO_CONTENT {
            // It signed out.
            token = world.sign_in(&author).await;
        }
        *answers.0.entry(status.as_u16()).or_default() += 1;
    }
    answers
}

async fn answer(router: &Router, request: Request<Body>, token: Option<&str>, case: u64) -> StatusCode {
    let mut request = request;
    let shown = format!("{} {}", request.method(), request.uri());
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 9))));
    if let Some(token) = token.and_then(|token| format!("Bearer {token}").parse().ok()) {
        request.headers_mut().insert("authorization", token);
    }
    let Ok(answered) = router.clone().oneshot(request).await;
    let status = answered.status();
    let bytes = to_bytes(answered.into_body(), usize::MAX).await.expect("an answer has an end");
    let excused = status == StatusCode::SERVICE_UNAVAILABLE;
    let text = String::from_utf8_lossy(&bytes);
    assert!(excused || !status.is_server_error(), "case {case}: {shown} was answered {status}: {text}");
    assert!(
        !excused || text.contains("chain_unavailable"),
        "case {case}: {shown} was answered {status}: {text}"
    );
    status
}

/// A read whose path or query is damaged, now and then not.
fn read(rng: &mut StdRng) -> Request<Body> {
    let thread = THREAD;
    let hash = hash("text");
    let paths = [
        "/v1/health".into(),
        "/v1/info".into(),
        "/v1/openapi.json".into(),
        "/v1/threads?limit=5".into(),
        format!("/v1/threads?after={thread}&limit=5"),
        format!("/v1/threads/{thread}?after=0&limit=5"),
        format!("/v1/threads/{thread}/proposals?limit=5"),
        format!("/v1/threads/{thread}/members"),
        format!("/v1/threads/{thread}/messages?after=0"),
        format!("/v1/threads/{thread}/contents/{hash}"),
        format!("/v1/search?q=text&thread={thread}&from=1&until=9&status=approved&limit=3"),
        format!("/v1/search?q=a&author={}", Keys::new(AUTHOR).wallet()),
        "/v1/auth/sessions".into(),
        "/v1/ws".into(),
    ];
    let path = paths.choose(rng).cloned().unwrap_or_default();
    let path = if rng.random_ratio(1, 10) { path } else { damage::uri(&path, rng) };
    Request::get(path).body(Body::empty()).expect("the path is a URI")
}

/// Each route that takes a body, with bodies that are in order.
fn bodies(author: &Keys) -> Vec<(&'static str, Value)> {
    let (wallet, thread) = (author.wallet(), THREAD);
    let signature = author.sign(b"anything");
    let upload =
        json!({"thread": thread, "hash": hash("new"), "salt": "09".repeat(SALT.len()), "body": "new"});
    let mut bodies = vec![
        ("/v1/auth/nonce", json!({"wallet": wallet})),
        ("/v1/auth/session", json!({"wallet": wallet, "message": "Nonce: abc", "signature": signature})),
        ("/v1/auth/tokens", json!({"label": "robot", "scopes": ["read"], "expires_at": 1_000_100})),
        ("/v1/contents", upload),
        ("/v1/faucet", json!({"wallet": wallet})),
        ("/v1/transactions", json!({"transaction": STANDARD.encode(transaction(author))})),
    ];
    let prepare = |fields: Value| ("/v1/transactions/prepare", fields);
    bodies.extend([
        prepare(json!({"instruction": "create_thread", "thread": ThreadId([5; 32]), "approval_bps": 5000})),
        prepare(json!({"instruction": "publish", "thread": thread, "hash": hash("new")})),
        prepare(json!({"instruction": "propose", "thread": thread, "hash": hash("new"), "stake": "5"})),
        prepare(json!({"instruction": "vote", "thread": thread, "hash": hash("new"), "approve": true})),
        prepare(json!({"instruction": "divest", "thread": thread, "at_least": "0"})),
    ]);
    bodies
}

/// An unsigned transaction in Solana's wire format.
fn transaction(author: &Keys) -> Vec<u8> {
    use solana_message::{Message, VersionedMessage};
    use solana_transaction::versioned::VersionedTransaction;
    let instruction = chorale::build::create_thread(author.wallet(), ThreadId([5; 32]), 5000);
    let message = Message::new(&[instruction], Some(&author.wallet().0.into()));
    let message = VersionedMessage::Legacy(message);
    let transaction =
        VersionedTransaction { signatures: vec![solana_signature::Signature::default()], message };
    wincode::serialize(&transaction).expect("a transaction has a wire format")
}

fn write(bodies: &[(&'static str, Value)], rng: &mut StdRng) -> Request<Body> {
    let (path, good) = bodies.choose(rng).expect("there are routes with bodies");
    let body = match good.get("transaction").and_then(Value::as_str) {
        // Damaged before it is encoded, it gets as far as what reads transactions.
        Some(encoded) if rng.random_ratio(3, 4) => {
            let bytes = STANDARD.decode(encoded).expect("it was encoded here");
            json!({"transaction": STANDARD.encode(damage::bytes(bytes, rng))}).to_string().into_bytes()
        }
        _ => damage::json_of(good, rng),
    };
    let method = if rng.random_ratio(1, 50) { Method::DELETE } else { Method::POST };
    let kind = if rng.random_ratio(1, 50) { "text/plain" } else { "application/json" };
    let request = Request::builder().method(method).uri(*path).header("content-type", kind);
    request.body(Body::from(body)).expect("the path is a URI")
}
