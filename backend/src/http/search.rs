//! Finding bodies by words.

use super::extract::Asked;
use crate::app::App;
use crate::auth::{Caller, scope};
use crate::error::ApiError;
use crate::rate::{Action, Origin};
use crate::reads::Reads;
use axum::Json;
use axum::extract::State;
use chorale_content::{ContentFilter, Search};
use chorale_domain::id::Wallet;
use chorale_wire::Code;
use chorale_wire::http::{ContentStatus, Hits, SearchQuery};

const DEFAULT_LIMIT: usize = 10;

/// Finds bodies, best first
#[utoipa::path(
    get, path = "/v1/search", tag = "content", operation_id = "search",
    description = "Others' drafts are left out.",
    params(SearchQuery),
    responses((status = OK, description = "What was found.", body = Hits)),
    security((), ("session" = ["read"])),
    extensions(("x-problems" = json!([Code::RateLimited])))
)]
pub(crate) async fn search(
    State(app): State<App>,
    reads: Reads,
    reader: Option<Caller<scope::Read>>,
    origin: Origin,
    Asked(query): Asked<SearchQuery>,
) -> Result<Json<Hits>, ApiError> {
    let reader = reader.map(Wallet::from);
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
