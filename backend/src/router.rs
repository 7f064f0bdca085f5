//! Every route of the backend, on one page.
//!
//! Reads are open. Where it says `session`, one is needed: `authorization: Bearer TOKEN`. None of these routes can
//! change who owns what: those with a session write a body, or hand over what only a wallet could have signed.

use crate::app::App;
use crate::error::{ApiError, no_method, no_route};
use crate::http::{contents, faucet, health, info, search, session, threads, transactions};
use crate::reads::in_order;
use crate::ws;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use chorale_domain::content::MAX_BODY_BYTES;
use std::time::Duration;

/// The largest request body, where it is not an upload.
const MAX_REQUEST_BYTES: usize = 16 * 1024;

/// An upload at its largest: JSON may write each byte of the body as `\u00XX`.
const MAX_UPLOAD_BYTES: usize = 6 * MAX_BODY_BYTES + MAX_REQUEST_BYTES;

/// How long a request may take, its arrival included; longer than the RPC endpoint is waited for.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(25);

pub(crate) fn router(app: App) -> Router {
    let uploads = DefaultBodyLimit::max(MAX_UPLOAD_BYTES);
    Router::new()
        .route("/v1/health", get(health::show))
        .route("/v1/info", get(info::show))
        // who is there
        .route("/v1/auth/nonce", post(session::challenge))
        .route("/v1/auth/session", post(session::sign_in).delete(session::sign_out /* session */))
        // what is written
        .route("/v1/contents", post(contents::upload /* session */).layer(uploads))
        .route("/v1/threads", get(threads::list))
        .route("/v1/threads/{thread}", get(threads::show))
        .route("/v1/threads/{thread}/proposals", get(threads::proposals))
        .route("/v1/threads/{thread}/contents/{hash}", get(contents::show))
        .route("/v1/search", get(search::search))
        // what wallets do
        .route("/v1/transactions/prepare", post(transactions::prepare /* session */))
        .route("/v1/transactions", post(transactions::relay /* session */))
        .route("/v1/faucet", post(faucet::fund))
        // what the chain confirmed; the socket signs in by its first frame
        .route("/v1/ws", get(ws::upgrade))
        .fallback(no_route)
        .method_not_allowed_fallback(no_method)
        .layer(DefaultBodyLimit::max(MAX_REQUEST_BYTES))
        .layer(from_fn_with_state(app.clone(), in_order))
        .layer(from_fn(in_time))
        .with_state(app)
}

async fn in_time(request: Request, next: Next) -> Response {
    let answer = tokio::time::timeout(REQUEST_TIMEOUT, next.run(request)).await;
    answer.unwrap_or_else(|_| ApiError::timed_out(REQUEST_TIMEOUT).into_response())
}
