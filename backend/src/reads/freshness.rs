//! Reading in the order in which one was told: no answer is older than what its client has seen, at whichever backend.

use crate::app::App;
use crate::error::ApiError;
use axum::extract::{Request, State};
use axum::http::header::AGE;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chorale_wire::http::CURSOR;
use std::time::Duration;

/// [`CURSOR`] as a header's name.
pub(crate) const CURSOR_HEADER: HeaderName = HeaderName::from_static(CURSOR);

/// How long a backend may take to follow what a client has seen elsewhere, before it asks the store itself.
pub(crate) const CATCHING_UP: Duration = Duration::from_secs(1);

/// Whether this backend follows as far as the client has seen.
#[derive(Clone, Copy)]
pub(super) enum Freshness {
    CaughtUp,
    Behind,
}

impl Freshness {
    pub(super) fn is_behind(self) -> bool {
        matches!(self, Self::Behind)
    }
}

/// Catches up with what the client has seen, and says how new the answer is at least: as of which event, and for how many
/// seconds something may have been on chain that is not in it.
pub(crate) async fn in_order(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let seen = match seen(request.headers()) {
        Ok(seen) => seen,
        Err(refused) => return refused.into_response(),
    };
    let freshness = catch_up(&app, seen).await;
    request.extensions_mut().insert(freshness);
    let (cursor, reads) = (app.caches.followed.cursor(), request.method() == Method::GET);
    let mut response = next.run(request).await;
    response.headers_mut().insert(CURSOR_HEADER, HeaderValue::from(cursor));
    if let Some(age) = app.age().filter(|_| reads && response.status().is_success()) {
        response.headers_mut().insert(AGE, HeaderValue::from(age));
    }
    response
}

/// Follows as far as the client has seen. What the store itself has not got is no event of this store, as after another
/// one was put in its place: nobody waits for that.
async fn catch_up(app: &App, seen: i64) -> Freshness {
    let followed = &app.caches.followed;
    if followed.cursor() >= seen {
        return Freshness::CaughtUp;
    }
    match app.store.last_event().await {
        Ok((last, _)) if last < seen => Freshness::CaughtUp,
        Ok(_) if followed.reach(seen, CATCHING_UP).await => Freshness::CaughtUp,
        _ => Freshness::Behind,
    }
}

/// 0 where the client does not say.
fn seen(headers: &HeaderMap) -> Result<i64, ApiError> {
    let Some(value) = headers.get(CURSOR_HEADER) else { return Ok(0) };
    let cursor = value.to_str().ok().and_then(|text| text.parse().ok()).filter(|cursor| *cursor >= 0);
    cursor.ok_or_else(|| {
        ApiError::malformed(format!("the header {CURSOR} is no cursor: send the greatest one you have seen"))
    })
}
