//! What happened, in order: everywhere, or in one thread.

use super::extract::{Asked, Named};
use super::page::{Number, Page, cut};
use super::threads::existing;
use crate::app::App;
use crate::error::ApiError;
use axum::Json;
use axum::extract::State;
use chorale_domain::id::ThreadId;
use chorale_store::{EventFilter, Record, StoredEvent};
use chorale_wire::Code;
use chorale_wire::http::{EventView, Events};
use serde::Deserialize;

/// `?type=`.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct OfType {
    /// Only events of this type, such as `vote_cast`.
    #[serde(rename = "type")]
    #[param(rename = "type", pattern = "^[a-z_]{1,40}$", example = "vote_cast")]
    kind: Option<String>,
}

/// `?thread=`.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct OfThread {
    /// Only events of this thread.
    thread: Option<ThreadId>,
}

/// Everything that happened, in order
#[utoipa::path(
    get, path = "/v1/events", tag = "history", operation_id = "list_events",
    description = "Rows are never changed, but for their commitment: whoever keeps the cursor of the last row goes on from there. \
        Retractions of what a fork dropped are rows of their own.",
    params(Page<Number>, OfThread, OfType),
    responses((status = OK, description = "One page.", body = Events)),
)]
pub(crate) async fn list(
    State(app): State<App>,
    Asked(page): Asked<Page<Number>>,
    Asked(OfThread { thread }): Asked<OfThread>,
    Asked(kind): Asked<OfType>,
) -> Result<Json<Events>, ApiError> {
    read(&app, &page, thread, kind).await
}

/// What happened in a thread, in order
#[utoipa::path(
    get, path = "/v1/threads/{thread}/history", tag = "threads", operation_id = "show_history",
    params(("thread" = ThreadId, Path, description = "The thread."), Page<Number>, OfType),
    responses((status = OK, description = "One page.", body = Events)),
    extensions(("x-problems" = json!([Code::UnknownThread])))
)]
pub(crate) async fn history(
    State(app): State<App>,
    Named(thread): Named<ThreadId>,
    Asked(page): Asked<Page<Number>>,
    Asked(kind): Asked<OfType>,
) -> Result<Json<Events>, ApiError> {
    existing(&app, thread).await?;
    read(&app, &page, Some(thread), kind).await
}

async fn read(
    app: &App,
    page: &Page<Number>,
    thread: Option<ThreadId>,
    OfType { kind }: OfType,
) -> Result<Json<Events>, ApiError> {
    let limit = page.limit()?;
    let filter = EventFilter { thread, kind: checked(kind)?, ..EventFilter::default() };
    let after = page.after.map_or(0, Number::signed);
    let mut events = app.store.events(&filter, after, limit + 1).await?;
    let next = cut(&mut events, limit, |event| event.sequence);
    Ok(Json(Events { events: events.into_iter().map(view).collect(), next }))
}

/// A type that no event can have is a mistake; one that is not known here may come with a later program.
fn checked(kind: Option<String>) -> Result<Option<String>, ApiError> {
    let fits = |kind: &String| {
        (1..=40).contains(&kind.len()) && kind.bytes().all(|c| c == b'_' || c.is_ascii_lowercase())
    };
    match kind {
        Some(kind) if !fits(&kind) => {
            Err(ApiError::malformed("type names no type of events: give one such as vote_cast"))
        }
        kind => Ok(kind),
    }
}

fn view(event: StoredEvent) -> EventView {
    let (retracts, happened) = match event.record {
        Record::Happened(happened) => (None, happened),
        Record::Retracted { sequence, event } => (Some(sequence), event),
    };
    EventView {
        cursor: event.sequence,
        commitment: event.commitment,
        retracts,
        event: happened,
        changes: event.changes,
        removed: event.removed,
    }
}
