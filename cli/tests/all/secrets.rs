//! Whatever happens, and however much is logged: no secret is in the log.

use crate::process::{Running, chorale, until};
use crate::serving::{SALT, Serving, THREAD, hash, write};
use axum::routing::post;
use axum::{Json, Router};
use chorale_client::{Action, Client, Socket, Update, wallet_of};
use chorale_testing::Postgres;
use chorale_wire::http::{Challenge, NonceRequest, Session, SignIn, Upload, Visibility};
use chorale_wire::socket::Room;
use reqwest::Client as Http;
use serde::Serialize;
use serde_json::{Value, json};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::fs::{File, read_to_string};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

const PASSWORD: &str = "passwordofthestore";
const API_KEY: &str = "keyoftheendpoint";
const DRAFT: &str = "Only its author may read this draft.";
const QUESTION: &str = "whatnobodyelseasks";

/// An endpoint that takes every transaction, until its task is ended.
async fn endpoint() -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/?api-key={API_KEY}", listener.local_addr().unwrap());
    let routes =
        Router::new().route("/", post(|Json(asked): Json<Value>| async move { Json(answer(&asked)) }));
    (url, tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() }))
}

fn answer(asked: &Value) -> Value {
    let context = json!({ "slot": 5 });
    let blockhash = bs58::encode([8; 32]).into_string();
    let result = match asked["method"].as_str().unwrap_or_default() {
        "getLatestBlockhash" => {
            json!({ "context": context, "value": { "blockhash": blockhash, "lastValidBlockHeight": 155 } })
        }
        "simulateTransaction" => {
            json!({ "context": context, "value": { "err": null, "logs": [], "unitsConsumed": 4321 } })
        }
        "getSlot" => json!(5),
        _ => return json!({ "jsonrpc": "2.0", "id": asked["id"], "error": { "code": -1, "message": "no" } }),
    };
    json!({ "jsonrpc": "2.0", "id": asked["id"], "result": result })
}

/// Signs in by hand; gives back what must stay between the two.
async fn sign_in(url: &str, keypair: &Keypair) -> [String; 3] {
    let challenge: Challenge =
        said(url, "/v1/auth/nonce", None, &NonceRequest { wallet: wallet_of(keypair) }).await;
    let signature = keypair.sign_message(challenge.message.as_bytes());
    let nonce = challenge.message.lines().find_map(|line| line.strip_prefix("Nonce: ")).unwrap().to_owned();
    let signed = chorale_domain::id::Signature(signature.into());
    let answer = SignIn { wallet: wallet_of(keypair), message: challenge.message, signature: signed };
    let session: Session = said(url, "/v1/auth/session", None, &answer).await;
    [nonce, signature.to_string(), session.token]
}

async fn said<T: serde::de::DeserializeOwned>(
    url: &str,
    path: &str,
    token: Option<&str>,
    body: &impl Serialize,
) -> T {
    let mut request = Http::builder().no_proxy().build().unwrap().post(format!("{url}{path}")).json(body);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let text = request.send().await.expect("it answers").text().await.unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}: {text}"))
}

/// Everything a client does, well and badly.
async fn use_it(url: &str, keypair: &Keypair, token: &str) -> Vec<String> {
    let upload = Upload {
        thread: THREAD,
        hash: hash(DRAFT),
        salt: SALT,
        body: DRAFT.into(),
        visibility: Visibility::Public,
    };
    let _: Value = said(url, "/v1/contents", Some(token), &upload).await;
    let wrong = Upload { hash: hash("another text"), ..upload.clone() };
    let _: Value = said(url, "/v1/contents", Some(token), &wrong).await;
    let _: Value = said(url, "/v1/contents", Some("notatokenofanyone"), &upload).await;
    let search = format!("{url}/v1/search?q={QUESTION}");
    Http::builder().no_proxy().build().unwrap().get(search).send().await.expect("it answers");
    let me = Client::new(url).unwrap().sign_in(keypair).await.expect("it signs in");
    let publish = Action::Publish { thread: THREAD, hash: hash(DRAFT) };
    assert!(me.act(&publish).await.is_err(), "the endpoint takes no transaction");
    let mut socket = Socket::open(me.socket([Room::Lobby]));
    while !matches!(socket.next().await.expect("it goes on"), Update::Snapshot { .. }) {}
    vec![me.token().to_owned(), "notatokenofanyone".into(), token.to_owned()]
}

/// What everyone is told once the endpoint is away.
async fn degraded(url: &str) -> String {
    until("the chain is missed", async || {
        let health = reqwest::get(format!("{url}/v1/health")).await.ok()?.text().await.ok()?;
        health.contains("DEGRADED").then_some(health)
    })
    .await
}

/// Whoever follows a chain shows where it is, but not the key in its URL.
#[tokio::test]
async fn an_indexer_without_its_endpoint_does_not_say_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let (rpc, ws) = (format!("http://127.0.0.1:1/?api-key={API_KEY}"), format!("ws://127.0.0.1:1/{API_KEY}"));
    let (store, log) = (folder.path().join("store.db"), folder.path().join("log"));
    let mut command = chorale(&["index", "--rpc-url", &rpc, "--ws-url", &ws]);
    command.env("CHORALE_STORE", store).env("RUST_LOG", "trace").stderr(File::create(&log).unwrap());
    let process = Running::start(&mut command);
    let said = || read_to_string(&log).unwrap();
    until("it misses both endpoints", async || {
        let log = said();
        (log.contains("http://127.0.0.1:1") && log.contains("ws://127.0.0.1:1")).then_some(())
    })
    .await;
    process.stop().await;
    let log = said();
    let line = log.lines().find(|line| line.contains(API_KEY));
    assert_eq!(line, None, "{API_KEY:?} is in the log");
}

#[tokio::test]
async fn nothing_secret_is_in_the_log_however_much_is_logged() {
    let (keypair, folder) = (Keypair::new(), tempfile::tempdir().unwrap());
    let store = Postgres::shared().fresh().replace("postgres@", &format!("postgres:{PASSWORD}@"));
    assert!(store.contains(PASSWORD));
    write(&store, wallet_of(&keypair)).await;
    let (endpoint, answering) = endpoint().await;
    let variables = [("CHORALE_RPC_URL", endpoint.as_str()), ("RUST_LOG", "trace,tungstenite=trace")];
    let serving = Serving::of(&store, folder, &[], &variables).await;
    let [nonce, signature, token] = sign_in(&serving.url, &keypair).await;
    let tokens = use_it(&serving.url, &keypair, &token).await;
    answering.abort();
    let health = degraded(&serving.url).await;
    assert!(!health.contains(API_KEY), "everyone is told {API_KEY:?}: {health}");
    let (log, ended) = serving.stop().await;
    assert!(ended.success(), "{log}");
    assert!(log.contains("TRACE") || log.contains("DEBUG"), "too little is logged to tell:\n{log}");
    let salt = "09".repeat(SALT.len());
    let secrets = [nonce, signature, PASSWORD.into(), API_KEY.into(), DRAFT.into(), QUESTION.into(), salt];
    for secret in secrets.into_iter().chain(tokens) {
        let line = log.lines().find(|line| line.contains(&secret));
        assert_eq!(line, None, "{secret:?} is in the log");
    }
}
