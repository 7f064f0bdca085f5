//! Who is or was a co-author of a thread.

use super::extract::{Asked, Named};
use super::page::{Number, Page, cut};
use super::threads::existing;
use crate::app::App;
use crate::error::ApiError;
use axum::Json;
use axum::extract::State;
use chorale_domain::id::ThreadId;
use chorale_wire::Code;
use chorale_wire::http::Members;

/// Everyone who is or was a co-author of a thread, by number
#[utoipa::path(
    get, path = "/v1/threads/{thread}/members", tag = "threads", operation_id = "list_members",
    params(("thread" = ThreadId, Path, description = "The thread."), Page<Number>),
    responses((status = OK, description = "One page.", body = Members)),
    extensions(("x-problems" = json!([Code::UnknownThread])))
)]
pub(crate) async fn list(
    State(app): State<App>,
    Named(thread): Named<ThreadId>,
    Asked(page): Asked<Page<Number>>,
) -> Result<Json<Members>, ApiError> {
    let limit = page.limit()?;
    existing(&app, thread).await?;
    // Beyond the last number there can be, nobody follows.
    let after = page.after.map(|after| u32::try_from(after.unsigned()).unwrap_or(u32::MAX));
    let mut members = app.store.members_after(thread, after, limit + 1).await?;
    let next = cut(&mut members, limit, |member| member.number);
    Ok(Json(Members { members, next }))
}
