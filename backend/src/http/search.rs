//! Finding bodies by words and by meaning.

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
    description = "Only what the caller may read is looked through.",
    params(SearchQuery),
    responses((status = OK, description = "What was found.", body = Hits)),
    security((), ("session" = ["read"])),
    extensions(("x-problems" = json!([Code::NoMeaning, Code::RateLimited])))
)]
pub(crate) async fn search(
    State(app): State<App>,
    reads: Reads,
    reader: Option<Caller<scope::Read>>,
    origin: Origin,
    Asked(query): Asked<SearchQuery>,
) -> Result<Json<Hits>, ApiError> {
    let who = reader.map(Wallet::from);
    app.rates.count(Action::Search, origin, who).await?;
    let _place = app.busy.search()?;
    let filter = ContentFilter {
        thread: query.thread,
        author: query.author,
        from: query.from,
        until: query.until,
        status: Some(query.status.unwrap_or(ContentStatus::Approved)),
    };
    let (mode, limit) = (query.mode.unwrap_or_default(), query.limit.unwrap_or(DEFAULT_LIMIT));
    Ok(Json(reads.search(Search { text: query.q, filter, mode, limit }, who).await?))
}
