//! Finding bodies by words.

use super::extract::{Asked, Caller};
use crate::app::App;
use crate::error::ApiError;
use crate::rate::{Action, Origin};
use crate::reads::Reads;
use axum::Json;
use axum::extract::State;
use chorale_content::{ContentFilter, Search};
use chorale_wire::http::{ContentStatus, Hits, SearchQuery};

const DEFAULT_LIMIT: usize = 10;

/// `GET /v1/search`. Others' drafts are left out of what was found.
pub(crate) async fn search(
    State(app): State<App>,
    reads: Reads,
    Caller(reader): Caller,
    origin: Origin,
    Asked(query): Asked<SearchQuery>,
) -> Result<Json<Hits>, ApiError> {
    app.rates.count(Action::Search, origin, reader).await?;
    let filter = ContentFilter {
        thread: query.thread,
        author: query.author,
        from: query.from,
        until: query.until,
        status: Some(query.status.unwrap_or(ContentStatus::Approved)),
    };
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
    let hits = reads.search(Search { text: query.q, filter, limit }, reader).await?;
    Ok(Json(Hits { hits }))
}
