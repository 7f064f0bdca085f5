//! `chorale serve`: what it answers, where, and what it refuses to begin.

use crate::process::{chorale, run, said, until};
use crate::serving::{NO_CHAIN, Serving, THREAD, hash, publish, upload, write};
use chorale_domain::id::Wallet;
use chorale_testing::Redis;
use chorale_wire::http::{Challenge, NonceRequest};
use reqwest::{Client, StatusCode};
use std::process::Command;

const ALICE: Wallet = Wallet([7; 32]);

async fn get(url: &str) -> (StatusCode, String) {
    let answer = Client::builder().no_proxy().build().unwrap().get(url).send().await.expect("it answers");
    (answer.status(), answer.text().await.unwrap())
}

#[tokio::test]
async fn a_store_is_served_and_its_numbers_are_elsewhere() {
    let serving = Serving::start(ALICE, &[]).await;
    let (status, thread) = get(&format!("{}/v1/threads/{THREAD}", serving.url)).await;
    assert!(status == 200 && thread.contains(&ALICE.to_string()), "{status} {thread}");
    let (status, _) = get(&format!("{}/v1/metrics", serving.url)).await;
    assert_eq!(status, 404, "numbers are not for everyone");
    let (status, numbers) = get(&serving.metrics_url).await;
    assert!(status == 200 && numbers.contains("chorale_backend_build_info"), "{status} {numbers}");
    let (said, ended) = serving.stop().await;
    assert!(ended.success(), "{said}");
}

#[tokio::test]
async fn what_differs_between_store_and_bodies_is_found_counted_and_named() {
    let serving = Serving::start(ALICE, &[]).await;
    let line = r#"chorale_backend_boundary_differences_total{boundary="store_content"} 1"#;
    until("the missing body is counted", async || {
        get(&serving.metrics_url).await.1.lines().any(|found| found == line).then_some(())
    })
    .await;
    let (said, _) = serving.stop().await;
    assert!(said.contains("body_missing"), "{said}");
}

#[tokio::test]
async fn what_the_chain_decides_reaches_the_bodies_without_an_indexer_that_has_them() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store.db").display().to_string();
    write(&store, ALICE).await;
    upload(&folder.path().join("content"), ALICE, "a draft").await;
    let serving = Serving::of(&store, folder, &[], &[]).await;
    let url = format!("{}/v1/threads/{THREAD}/contents/{}", serving.url, hash("a draft"));
    assert_eq!(get(&url).await.0, 404, "a draft is its author's alone");
    publish(&store, ALICE, "a draft").await;
    let approved = until("it is approved", async || {
        let (status, body) = get(&url).await;
        (status == 200 && body.contains("approved")).then_some(body)
    });
    assert!(approved.await.contains("a draft"));
}

#[tokio::test]
async fn who_is_behind_a_proxy_counts_for_itself_and_only_a_proxy_is_believed() {
    let believing = ["--rate-search", "1", "--trusted-proxy", "127.0.0.1"];
    let (trusting, careful) =
        (Serving::start(ALICE, &believing).await, Serving::start(ALICE, &believing[..2]).await);
    for (serving, expected) in [(&trusting, [200, 200, 429]), (&careful, [200, 429, 429])] {
        let mut found = vec![];
        for client in ["203.0.113.1", "203.0.113.2", "203.0.113.1"] {
            let asked =
                Client::builder().no_proxy().build().unwrap().get(format!("{}/v1/search?q=a", serving.url));
            found.push(asked.header("x-forwarded-for", client).send().await.unwrap().status().as_u16());
        }
        assert_eq!(found, expected);
    }
}

#[tokio::test]
async fn a_request_to_terminate_ends_it_well() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store.db").display().to_string();
    write(&store, ALICE).await;
    let content = folder.path().join("content").display().to_string();
    let arguments = ["serve", "--store", &store, "--rpc-url", NO_CHAIN, "--ws-url", "ws://127.0.0.1:1"];
    let mut command = chorale(&arguments);
    command.args(["--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "--content", &content]);
    command.stdout(std::process::Stdio::piped());
    let mut process = command.spawn().unwrap();
    let mut line = String::new();
    let mut out = std::io::BufReader::new(process.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut out, &mut line).unwrap();
    assert!(line.contains("url"), "{line}");
    assert!(Command::new("kill").args(["-TERM", &process.id().to_string()]).status().unwrap().success());
    let ended = until("it ends", async || process.try_wait().unwrap()).await;
    assert!(ended.success(), "{ended}");
}

/// What it says where it refuses to begin.
fn refused(arguments: &[&str], code: i32) -> String {
    let endpoint = ["serve", "--rpc-url", NO_CHAIN, "--ws-url", "ws://127.0.0.1:1"];
    let output = run(&[&endpoint[..], arguments].concat());
    assert_eq!(output.status.code(), Some(code), "{}", said(&output));
    said(&output)
}

#[test]
fn beyond_the_loopback_it_must_be_told_its_name() {
    let said = refused(&["--store", "s.db", "--content", "c", "--listen", "0.0.0.0:0"], 2);
    assert!(said.contains("--public-url"), "{said}");
}

#[test]
fn what_is_wrong_with_an_option_is_said_with_an_example() {
    let store = ["--store", "s.db", "--content", "c"];
    for (option, words) in [
        (["--origin", "chorale.example"], "https://chorale.example"),
        (["--trusted-proxy", "proxy.example"], "10.0.0.0/8"),
        (["--public-url", "chorale.example"], "https://chorale.example"),
        (["--tls-cert", "cert.pem"], "--tls-key"),
        (["--rate-create", "0"], "--rate-create"),
    ] {
        let said = refused(&[&store[..], &option].concat(), 2);
        assert!(said.contains(words), "{said} should say {words}");
    }
}

#[test]
fn a_certificate_and_a_url_without_tls_contradict_each_other() {
    let files = ["--store", "s.db", "--content", "c", "--tls-cert", "cert.pem", "--tls-key", "key.pem"];
    let said = refused(&[&files[..], &["--public-url", "http://chorale.example"]].concat(), 2);
    assert!(said.contains("begins with https"), "{said}");
}

/// What the backend there asks a wallet to sign.
async fn challenge(url: &str) -> String {
    let request = Client::builder().no_proxy().build().unwrap().post(format!("{url}/v1/auth/nonce"));
    let answer = request.json(&NonceRequest { wallet: ALICE }).send().await.expect("it answers");
    answer.json::<Challenge>().await.expect("a challenge").message
}

#[tokio::test]
async fn behind_a_proxy_that_encrypts_sign_ins_are_bound_to_its_url() {
    for (arguments, uri) in [
        (&["--public-url", "https://Chorale.example:443/"][..], Some("https://chorale.example")),
        (&[], None),
    ] {
        let serving = Serving::start(ALICE, arguments).await;
        let (uri, text) = (uri.unwrap_or(&serving.url), challenge(&serving.url).await);
        let domain = uri.split_once("://").unwrap().1;
        assert!(text.starts_with(&format!("{domain} wants you to sign in")), "{text}");
        assert!(text.contains(&format!("\nURI: {uri}\n")), "{text}");
    }
}

#[tokio::test]
async fn a_certificate_that_is_not_there_is_named_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    write(&path("store.db"), ALICE).await;
    let (store, content, cert) = (path("store.db"), path("content"), path("no.pem"));
    let files = ["--store", &store, "--content", &content, "--tls-cert", &cert, "--tls-key", &cert];
    let ports = ["--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"];
    let said = refused(&[&files[..], &ports].concat(), 3);
    assert!(said.contains("cannot read") && said.contains("no.pem"), "{said}");
}

#[tokio::test]
async fn verify_names_what_differs_between_store_and_bodies_and_puts_right_what_it_can() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (store, content) = (path("store.db"), path("content"));
    write(&store, ALICE).await;
    let verify = || run(&["verify", "--boundaries", "--store", &store, "--content", &content]);
    let missing = verify();
    assert_eq!(missing.status.code(), Some(1), "{}", said(&missing));
    assert!(String::from_utf8_lossy(&missing.stdout).contains(r#""kind":"body_missing""#));
    upload(content.as_ref(), ALICE, "a message").await;
    let wrong = verify();
    let line: serde_json::Value = serde_json::from_slice(&wrong.stdout).expect("one line of JSON");
    assert_eq!(
        (&line["kind"], &line["resolved"], wrong.status.code()),
        (&"status".into(), &true.into(), Some(1))
    );
    let right = verify();
    assert_eq!(right.status.code(), Some(0), "{}", said(&right));
}

/// Puts another time into a page of messages in Redis, as soon as there is one.
///
/// Each question is for a page that was not asked for before: what a backend reads while Redis is away it keeps for
/// itself, so that the same question again would not reach Redis.
async fn falsify(redis: &Redis, serving: &Serving) {
    let client = redis::Client::open(redis.url()).unwrap();
    // A busy machine's takes longer than this client waits by itself.
    let patient = redis::AsyncConnectionConfig::new().set_response_timeout(None).set_connection_timeout(None);
    let mut connection = client.get_multiplexed_async_connection_with_config(&patient).await.unwrap();
    until("the backend has found Redis", async || {
        let (_, health) = get(&format!("{}/v1/health", serving.url)).await;
        (!health.contains("Redis at")).then_some(())
    })
    .await;
    let mut limits = (1..=200).cycle();
    let (name, page): (String, String) = until("a page is cached in Redis", async || {
        let limit = limits.next()?;
        get(&format!("{}/v1/threads/{THREAD}/messages?limit={limit}", serving.url)).await;
        let pages = format!("*:messages:{THREAD}:*");
        let names: Vec<String> = redis::cmd("KEYS").arg(pages).query_async(&mut connection).await.unwrap();
        let name = names.into_iter().next()?;
        let page = redis::cmd("GET").arg(&name).query_async(&mut connection).await.unwrap();
        Some((name, page))
    })
    .await;
    let wrong = page.replace(r#""approved_at":200"#, r#""approved_at":201"#);
    assert_ne!(wrong, page, "the page has another form than this test knows");
    redis::cmd("SET").arg(name).arg(wrong).exec_async(&mut connection).await.unwrap();
}

#[tokio::test]
async fn verify_names_what_redis_has_wrong_and_drops_it() {
    let redis = Redis::start();
    let (url, folder) = (redis.url(), tempfile::tempdir().unwrap());
    let content = folder.path().join("other").display().to_string();
    let serving = Serving::start(ALICE, &["--redis", &url, "--verify-every", "0"]).await;
    falsify(&redis, &serving).await;
    let store = serving.store();
    let verify =
        || run(&["verify", "--boundaries", "--store", &store, "--content", &content, "--redis", &url]);
    upload(content.as_ref(), ALICE, "a message").await;
    // The body's status, and the page in Redis.
    let wrong = verify();
    let lines = String::from_utf8_lossy(&wrong.stdout).into_owned();
    assert_eq!((lines.lines().count(), wrong.status.code()), (2, Some(1)), "{lines}{}", said(&wrong));
    assert!(lines.contains(r#""boundary":"store_cache""#) && lines.contains(r#""kind":"cached""#), "{lines}");
    let right = verify();
    assert_eq!(right.status.code(), Some(0), "{}", said(&right));
    redis.kill();
    let away = verify();
    assert!(
        away.status.code() != Some(0) && said(&away).contains("Redis at redis://127.0.0.1"),
        "{}",
        said(&away)
    );
}
