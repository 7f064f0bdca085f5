//! Finding bodies by words.

use super::extract::Asked;
use crate::app::App;
use crate::error::ApiError;
use axum::Json;
use axum::extract::State;
use chorale_content::{ContentFilter, Search};
use chorale_wire::http::{ContentStatus, Hit, Hits, SearchQuery};

const DEFAULT_LIMIT: usize = 10;

/// `GET /v1/search`.
pub(crate) async fn search(
    State(app): State<App>,
    Asked(query): Asked<SearchQuery>,
) -> Result<Json<Hits>, ApiError> {
    let filter = ContentFilter {
        thread: query.thread,
        author: query.author,
        from: query.from,
        until: query.until,
        status: Some(query.status.unwrap_or(ContentStatus::Approved)),
    };
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
    let found = app.content.search(Search { text: query.q, filter, limit }).await?;
    let hits = found.into_iter().map(|(score, content)| Hit { score, content }).collect();
    Ok(Json(Hits { hits }))
}
