//! The OpenAPI document: made of what stands at the handlers, completed by what holds for all of them, and the law for
//! query strings. It is put together once, with the router, so that no route can be missing from it.

mod problems;
mod queries;

pub(crate) use queries::{Queries, only_known};

use chorale_wire::Problem;
use chorale_wire::http::IDEMPOTENCY_KEY;
use serde_json::{Value, json};
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

/// How a session's token is named in the document.
const SESSION: &str = "session";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Chorale",
        description = "Reads, uploads and prepared transactions. None of this changes who owns what: transactions are \
            signed by wallets and decided by the program on the chain. What the chain confirms is pushed over the \
            WebSocket at /v1/ws. Errors are RFC 9457 problems with a stable `code`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    tags(
        (name = "service", description = "The backend's account of itself."),
        (name = "sessions", description = "Signing in and out."),
        (name = "content", description = "Bodies, by hash and by words."),
        (name = "threads", description = "Threads and what is in them."),
        (name = "wallets", description = "What a wallet has."),
        (name = "history", description = "What happened, and what was."),
        (name = "transactions", description = "What wallets do."),
    ),
    components(schemas(Problem)),
)]
struct Base;

/// What the document begins with.
pub(crate) fn base() -> utoipa::openapi::OpenApi {
    let mut base = Base::openapi();
    let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer);
    let token = token.description(Some("The token of a session: see POST /v1/auth/session."));
    let components = base.components.get_or_insert_default();
    components.add_security_scheme(SESSION, SecurityScheme::Http(token.build()));
    base
}

/// The whole document, once every route is in.
pub(crate) fn document(api: &utoipa::openapi::OpenApi) -> Value {
    let mut document = serde_json::to_value(api).expect("the document is made of text, numbers and lists");
    for (method, operation) in operations(&mut document) {
        problems::describe(operation);
        if problems::is_named(operation) {
            describe_key(operation);
        }
        if method == "get" {
            describe_tags(operation);
        }
    }
    document
}

/// Every operation with its method.
fn operations(document: &mut Value) -> impl Iterator<Item = (&str, &mut Value)> {
    let paths = document["paths"].as_object_mut().into_iter().flat_map(|paths| paths.values_mut());
    let items = paths.filter_map(Value::as_object_mut);
    items.flat_map(|item| item.iter_mut().map(|(method, operation)| (method.as_str(), operation)))
}

/// How a write is named, so that it may be sent again: see `idempotency`.
fn describe_key(operation: &mut Value) {
    let key = json!({
        "name": IDEMPOTENCY_KEY,
        "in": "header",
        "required": false,
        "description": "A name of the client's choice for this write. For 24 hours the same name, wallet, route and body get \
            the first answer again, and nothing is done twice.",
        "schema": { "type": "string", "pattern": "^[!-~]{1,64}$" },
    });
    match operation["parameters"].as_array_mut() {
        Some(parameters) => parameters.push(key),
        None => operation["parameters"] = json!([key]),
    }
}

/// Answers that a reader can keep: see `http::etag`.
fn describe_tags(operation: &mut Value) {
    let Some(read) = operation["responses"].get_mut("200") else { return };
    read["headers"]["etag"] = json!({
        "description": "Names these bytes: send it as `if-none-match` to get them only if they changed.",
        "schema": { "type": "string" },
    });
    operation["responses"]["304"] = json!({ "description": "Unchanged since the tag in `if-none-match`." });
}
