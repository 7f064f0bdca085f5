//! Every route of the backend, on one page.
//!
//! Reads are open. Where it says `session`, one is needed: `authorization: Bearer TOKEN`. None of these routes can
//! change who owns what: those with a session write a body, or hand over what only a wallet could have signed. An agent's
//! token has some scopes only, which are named beside it; `person` is for wallets that signed in themselves. Whoever may
//! send a write twice names it by an `idempotency-key`: see `idempotency`.
//!
//! Path, parameters, answers and security of a route stand at its handler, from where they go into the OpenAPI document;
//! a test holds the comments here to it.

use crate::app::App;
use crate::auth::{Caller, Person, scope};
use crate::busy::bounded;
use crate::error::{ApiError, no_method, no_route};
use crate::http::documents::{self, Document, OPENAPI};
use crate::http::extract::BodyWithin;
use crate::http::{
    contents, entities, etag, events, faucet, health, info, members, messages, proposals, search, session,
    threads, transaction_status, transactions, wallets,
};
use crate::idempotency::once;
use crate::openapi::{Queries, base, document, only_known};
use crate::reads::in_order;
use crate::ws;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use chorale_domain::content::MAX_BODY_BYTES;
use futures::FutureExt as _;
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

/// The largest request body, where it is not an upload.
const MAX_REQUEST_BYTES: usize = 16 * 1024;

/// An upload at its largest: JSON may write each byte of the body as `\u00XX`.
const MAX_UPLOAD_BYTES: usize = 6 * MAX_BODY_BYTES + MAX_REQUEST_BYTES;

/// What the document tells of.
fn documented(app: &App) -> OpenApiRouter<App> {
    let uploads = DefaultBodyLimit::max(MAX_UPLOAD_BYTES);
    let once_uploaded = from_fn_with_state(app.clone(), once::<Caller<scope::Upload>>);
    let once_relayed = from_fn_with_state(app.clone(), once::<Caller<scope::Relay>>);
    let once_made = from_fn_with_state(app.clone(), once::<Person>);
    OpenApiRouter::with_openapi(base())
        .routes(routes!(health::show)) // GET /v1/health
        .routes(routes!(info::show)) // GET /v1/info
        // who is there
        .routes(routes!(session::challenge)) // POST /v1/auth/nonce
        .routes(routes!(session::sign_in, session::sign_out)) // POST /v1/auth/session, DELETE /v1/auth/session: session
        .routes(routes!(session::list, session::end_all)) // GET /v1/auth/sessions: session person, DELETE /v1/auth/sessions: session person
        .routes(routes!(session::end)) // DELETE /v1/auth/sessions/{id}: session person
        .routes(routes!(session::make_token).layer(once_made)) // POST /v1/auth/tokens: session person
        // what is written
        .routes(routes!(contents::upload).layer((uploads, once_uploaded))) // POST /v1/contents: session upload
        .routes(routes!(contents::show, contents::erase)) // GET /v1/threads/{thread}/contents/{hash}, DELETE /v1/threads/{thread}/contents/{hash}: session person
        .routes(routes!(search::search)) // GET /v1/search
        .routes(routes!(threads::list)) // GET /v1/threads
        .routes(routes!(threads::show)) // GET /v1/threads/{thread}
        .routes(routes!(members::list)) // GET /v1/threads/{thread}/members
        .routes(routes!(messages::list)) // GET /v1/threads/{thread}/messages
        .routes(routes!(messages::show)) // GET /v1/threads/{thread}/messages/{message}
        .routes(routes!(proposals::list)) // GET /v1/threads/{thread}/proposals
        .routes(routes!(proposals::show)) // GET /v1/threads/{thread}/proposals/{hash}
        .routes(routes!(wallets::show)) // GET /v1/wallets/{wallet}
        // what happened, and what was
        .routes(routes!(events::history)) // GET /v1/threads/{thread}/history
        .routes(routes!(events::list)) // GET /v1/events
        .routes(routes!(entities::list)) // GET /v1/entities
        .routes(routes!(entities::show)) // GET /v1/entities/{key}
        .routes(routes!(entities::versions)) // GET /v1/entities/{key}/versions
        // what wallets do
        .routes(routes!(transactions::prepare).layer(once_relayed.clone())) // POST /v1/transactions/prepare: session relay
        .routes(routes!(transactions::relay).layer(once_relayed)) // POST /v1/transactions: session relay
        .routes(routes!(transaction_status::show)) // GET /v1/transactions/{signature}: session
        .routes(routes!(faucet::fund)) // POST /v1/faucet
}

pub(crate) fn router(app: App) -> Router {
    let (routes, api) = documented(&app).split_for_parts();
    let document = document(&api);
    let queries = Queries::of(&document);
    routes
        // what the chain confirmed; the socket signs in by its first frame
        .route("/v1/ws", get(ws::upgrade))
        // the document, and a page to read it
        .route(OPENAPI, get(documents::openapi))
        .route("/v1/docs", get(documents::to_page))
        .route("/v1/docs/", get(documents::page))
        .route("/v1/docs/{file}", get(documents::page_file))
        .layer(Extension(Document::new(&document)))
        .layer(from_fn_with_state(queries, only_known))
        .fallback(no_route)
        .method_not_allowed_fallback(no_method)
        .layer(DefaultBodyLimit::max(MAX_REQUEST_BYTES))
        .layer(from_fn(etag::tagged))
        .layer(from_fn_with_state(app.clone(), in_order))
        .layer(from_fn_with_state(app.clone(), bounded))
        .layer(from_fn(survived))
        .layer(from_fn_with_state(app.limits.request_within, in_time))
        .with_state(app)
}

async fn in_time(State(limit): State<Duration>, mut request: Request, next: Next) -> Response {
    // So that who sends too slowly is told that, and not that we are too slow.
    request.extensions_mut().insert(BodyWithin(limit / 5 * 4));
    let answer = tokio::time::timeout(limit, next.run(request)).await;
    answer.unwrap_or_else(|_| ApiError::timed_out(limit).into_response())
}

/// A panic ends its request alone. What was said in it may name anything: the panic hook shows it to who runs this, the
/// caller is told nothing of it.
async fn survived(request: Request, next: Next) -> Response {
    // Nothing of a request is used after its panic.
    let answer = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    answer.unwrap_or_else(|_| {
        tracing::error!("a request met a panic, which is a fault of the backend's own");
        ApiError::internal("the request met a fault of the backend's own, which its log names")
            .into_response()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::{Body, to_bytes};
    use axum::http::StatusCode;
    use chorale_wire::{Code, Problem};
    use std::future::pending;
    use std::time::Instant;
    use tower::ServiceExt as _;

    async fn fails() {
        panic!("SECRET");
    }

    async fn problem(router: Router) -> Problem {
        let answer = router.oneshot(Request::new(Body::empty())).await.unwrap();
        let (status, body) = (answer.status(), to_bytes(answer.into_body(), 10_000).await.unwrap());
        let problem: Problem = serde_json::from_slice(&body).unwrap();
        assert_eq!(problem.status, status.as_u16());
        problem
    }

    #[tokio::test]
    async fn who_meets_a_panic_is_told_so_and_nothing_more() {
        let problem = problem(Router::new().route("/", get(fails)).layer(from_fn(survived))).await;
        assert_eq!((problem.status, problem.code), (500, Code::Internal));
        assert!(!problem.detail.contains("SECRET"), "{}", problem.detail);
    }

    #[tokio::test]
    async fn what_does_not_end_is_ended_when_its_time_is_over_and_not_before() {
        let limit = Duration::from_millis(300);
        let in_time = || from_fn_with_state(limit, in_time);
        let (begun, endless) = (Instant::now(), get(async || pending::<()>().await));
        let problem = problem(Router::new().route("/", endless).layer(in_time())).await;
        assert_eq!((problem.status, problem.code, problem.retry_after), (503, Code::Internal, Some(1)));
        assert!(begun.elapsed() >= limit, "it had {:?}", begun.elapsed());
        let quick = Router::new().route("/", get(async || "done")).layer(in_time());
        assert_eq!(quick.oneshot(Request::new(Body::empty())).await.unwrap().status(), StatusCode::OK);
    }
}
