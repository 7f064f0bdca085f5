//! The OpenAPI document is what is served, what is committed, and what the types are.

use crate::schema::Schemas;
use crate::story::{
    THREAD, cancelled, confirm, created, denied, hash, initialized, proposed, published, rejected,
};
use crate::wallet::Keys;
use crate::world::{NO_CHAIN, World};
use chorale_backend::Limits;
use chorale_domain::event::Event;
use chorale_domain::id::ThreadId;
use chorale_domain::state::Entity;
use chorale_wire::http::Prepare;
use reqwest::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Writes the file anew.
const COMMAND: &str = "CHORALE_OPENAPI=write cargo test -p chorale-backend --test all openapi";

/// This package's folder. Asked when the tests run: clones that share their build output share this binary too.
fn folder() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo test says which folder this is").into()
}

async fn document() -> Value {
    let world = World::start(NO_CHAIN, Limits::default()).await;
    world.get("/v1/openapi.json").await.good().await
}

#[tokio::test]
async fn the_committed_document_says_what_the_code_says() {
    let fresh = serde_json::to_string_pretty(&document().await).unwrap() + "\n";
    let file = folder().join("../docs/openapi.json");
    if std::env::var("CHORALE_OPENAPI").is_ok_and(|wish| wish == "write") {
        std::fs::write(&file, &fresh).expect("docs/openapi.json can be written");
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    let line =
        fresh.lines().zip(committed.lines()).take_while(|(fresh, committed)| fresh == committed).count();
    assert!(committed == fresh, "docs/openapi.json is stale from line {} on. Run: {COMMAND}", line + 1);
}

#[tokio::test]
async fn the_page_of_routes_says_what_the_document_says() {
    let document = document().await;
    let mut documented = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            // Where no token is one of the possibilities, none is needed.
            let ways = operation["security"].as_array().filter(|ways| !ways.contains(&json!({})));
            let roles = ways.map(|ways| ways[0]["session"].as_array().unwrap().as_slice());
            let roles = roles.map(|roles| roles.iter().map(|role| format!(" {}", role.as_str().unwrap())));
            let session =
                roles.map_or_else(String::new, |roles| format!(": session{}", roles.collect::<String>()));
            documented.insert(format!("{} {path}{session}", method.to_uppercase()));
        }
    }
    let page = std::fs::read_to_string(folder().join("src/router.rs")).unwrap();
    let comments =
        page.lines().filter(|line| line.contains("routes!(")).filter_map(|line| line.split_once("// "));
    let listed: BTreeSet<_> =
        comments.flat_map(|(_, routes)| routes.split(", ")).map(str::to_owned).collect();
    assert_eq!(listed, documented, "change the comments in backend/src/router.rs, or the routes");
}

#[tokio::test]
async fn every_reference_leads_somewhere_and_every_operation_is_described() {
    let schemas = Schemas(document().await);
    check_references(&schemas, &schemas.0);
    for (path, item) in schemas.0["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = format!("{method} {path}");
            assert!(
                operation["summary"].as_str().is_some_and(|words| words.len() > 10),
                "{name} has no summary"
            );
            assert!(operation["tags"][0].is_string(), "{name} has no tag");
            assert!(!operation["responses"]["400"].is_null(), "{name} can be asked wrongly");
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            for parameter in parameters {
                let said = &parameter["description"];
                assert!(said.as_str().is_some_and(|words| !words.is_empty()), "{name}: {parameter}");
            }
        }
    }
}

fn check_references(schemas: &Schemas, part: &Value) {
    if part["$ref"].is_string() {
        schemas.resolved(part);
    }
    match part {
        Value::Object(fields) => fields.values().for_each(|field| check_references(schemas, field)),
        Value::Array(items) => items.iter().for_each(|item| check_references(schemas, item)),
        _ => {}
    }
}

/// Makes a value of each variant of a schema, reads it as the type, and writes it again.
fn check_variants<T: DeserializeOwned + Serialize>(schemas: &Schemas, name: &str, expected: usize) {
    let schema = schemas.named(name);
    let variants = schemas.resolved(&schema)["oneOf"].as_array().unwrap().clone();
    assert_eq!(variants.len(), expected, "{name}");
    for variant in variants {
        let sample = schemas.sample(&variant);
        let read: T =
            serde_json::from_value(sample.clone()).unwrap_or_else(|error| panic!("{error}: {sample}"));
        assert_eq!(serde_json::to_value(read).unwrap(), sample, "{name} has other fields than its schema");
    }
}

#[tokio::test]
async fn events_entities_and_requests_have_exactly_the_fields_of_their_schemas() {
    let schemas = Schemas(document().await);
    check_variants::<Event>(&schemas, "Event", 18);
    check_variants::<Entity>(&schemas, "Entity", 7);
    check_variants::<Prepare>(&schemas, "Prepare", 17);
}

/// A thread in which most has happened.
async fn eventful(author: &Keys) -> World {
    let (author, guest) = (author.wallet(), Keys::new(11).wallet());
    let world = World::with_thread(author).await;
    confirm(&world.writer, [published(THREAD, author, 0, "first"), published(THREAD, author, 1, "second")])
        .await;
    confirm(
        &world.writer,
        [proposed(THREAD, guest, "no"), denied(THREAD, author, "no"), rejected(THREAD, guest, "no")],
    )
    .await;
    confirm(&world.writer, [proposed(THREAD, guest, "well"), cancelled(THREAD, guest, "well")]).await;
    confirm(&world.writer, [proposed(THREAD, guest, "please")]).await;
    world
}

#[tokio::test]
async fn answers_fit_the_schemas_they_are_documented_with() {
    let author = Keys::new(10);
    let world = eventful(&author).await;
    let token = world.sign_in(&author).await;
    let schemas = Schemas(world.get("/v1/openapi.json").await.good().await);
    let (thread, first, please) = (THREAD, hash("first"), hash("please"));
    let mut read = BTreeSet::new();
    for (route, path) in [
        ("/v1/health", "/v1/health".to_owned()),
        ("/v1/info", "/v1/info".into()),
        ("/v1/auth/sessions", "/v1/auth/sessions".into()),
        ("/v1/search", "/v1/search?q=first".into()),
        ("/v1/threads", "/v1/threads".into()),
        ("/v1/threads/{thread}", format!("/v1/threads/{thread}")),
        ("/v1/threads/{thread}/members", format!("/v1/threads/{thread}/members")),
        ("/v1/threads/{thread}/messages", format!("/v1/threads/{thread}/messages?order=latest&limit=1")),
        ("/v1/threads/{thread}/messages/{message}", format!("/v1/threads/{thread}/messages/{first}")),
        ("/v1/threads/{thread}/proposals", format!("/v1/threads/{thread}/proposals?status=all")),
        ("/v1/threads/{thread}/proposals/{hash}", format!("/v1/threads/{thread}/proposals/{please}")),
        ("/v1/threads/{thread}/history", format!("/v1/threads/{thread}/history")),
        ("/v1/threads/{thread}/contents/{hash}", format!("/v1/threads/{thread}/contents/{first}")),
        ("/v1/wallets/{wallet}", format!("/v1/wallets/{}", author.wallet())),
        ("/v1/events", "/v1/events?limit=3".into()),
        ("/v1/entities", "/v1/entities".into()),
        ("/v1/entities/{key}", format!("/v1/entities/thread%2F{thread}")),
        ("/v1/entities/{key}/versions", format!("/v1/entities/thread%2F{thread}/versions")),
        ("/v1/transactions/{signature}", format!("/v1/transactions/{}", "1".repeat(64))),
    ] {
        let answer = world.send(Method::GET, &path, Some(&token), None).await;
        let status = answer.status().as_u16().to_string();
        let kind = answer.header("content-type").unwrap();
        let body: Value = serde_json::from_str(&answer.text().await).unwrap();
        let response = &schemas.0["paths"][route]["get"]["responses"][&status];
        let schema = &response["content"][&kind]["schema"];
        assert!(!schema.is_null(), "{path}: {status} {kind} is not documented");
        schemas.check(schema, &body).unwrap_or_else(|error| panic!("{path}: {error}"));
        read.insert(route);
    }
    let paths = schemas.0["paths"].as_object().unwrap().iter();
    let gets: BTreeSet<_> =
        paths.filter(|(_, item)| !item["get"].is_null()).map(|(path, _)| path.as_str()).collect();
    assert_eq!(read, gets, "every read is tried here");
}

#[tokio::test]
async fn query_parameters_that_a_route_does_not_have_are_refused() {
    let world = World::with_thread(Keys::new(10).wallet()).await;
    confirm(&world.writer, [created(ThreadId([2; 32]), Keys::new(10).wallet())]).await;
    for path in [
        "/v1/threads?offset=1",
        "/v1/health?x",
        "/v1/info?after=1",
        "/v1/search?query=x",
        "/v1/events?kind=a",
    ] {
        let problem = world.get(path).await.problem().await;
        assert_eq!(problem.status, 400, "{path}");
        assert!(problem.detail.contains("no query parameter"), "{path}: {}", problem.detail);
    }
    let initialized = initialized().kind();
    assert_eq!(world.get(&format!("/v1/events?type={initialized}&limit=1&after=0")).await.status(), 200);
}

#[tokio::test]
async fn a_method_that_a_route_does_not_have_is_refused_with_those_it_has() {
    let world = World::with_thread(Keys::new(10).wallet()).await;
    for (path, allowed) in
        [("/v1/threads", "GET,HEAD"), ("/v1/auth/session", "POST,DELETE"), ("/v1/contents", "POST")]
    {
        let answer = world.send(Method::PUT, path, None, None).await;
        assert_eq!(answer.header("allow").as_deref(), Some(allowed), "{path}");
        assert_eq!(answer.problem().await.status, 405, "{path}");
    }
}
