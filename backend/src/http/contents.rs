//! Bodies: uploaded before the chain hears of them, read by hash.

use super::extract::{Body, Named};
use crate::app::App;
use crate::auth::{Caller, scope};
use crate::error::ApiError;
use crate::rate::{Action, Origin};
use crate::reads::Reads;
use crate::standing::Standing;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chorale_content::{NewContent, Stored};
use chorale_domain::content::{ContentHash, check_body};
use chorale_domain::id::{ThreadId, Wallet};
use chorale_wire::Code;
use chorale_wire::http::{Content, ContentStatus, Upload};

/// Uploads a body, before the chain hears of it
#[utoipa::path(
    post, path = "/v1/contents", tag = "content", operation_id = "upload",
    request_body = Upload,
    responses(
        (status = CREATED, description = "It is stored.", body = Content),
        (status = OK, description = "It was there before, and stays as it was.", body = Content),
    ),
    security(("session" = ["upload"])),
    extensions(("x-problems" = json!([Code::EmptyBody, Code::HashMismatch, Code::UnknownThread, Code::RateLimited])))
)]
pub(crate) async fn upload(
    State(app): State<App>,
    reads: Reads,
    caller: Caller<scope::Upload>,
    origin: Origin,
    Body(upload): Body<Upload>,
) -> Result<(StatusCode, Json<Content>), ApiError> {
    app.rates.count(Action::Upload, origin, Some(caller.wallet())).await?;
    check_body(upload.hash, &upload.salt, &upload.body)?;
    reads.existing(upload.thread).await?;
    let Upload { thread, hash, salt, body } = upload;
    let (author, created_at) = (caller.wallet(), (app.clock)());
    let status = Standing::of(&app.store, thread, hash).await?.status();
    let new = NewContent { thread, hash, author, salt, body, created_at, status };
    let stored = app.content.put(new).await?;
    let code = if matches!(stored, Stored::New(_)) { StatusCode::CREATED } else { StatusCode::OK };
    let record = settle_status(&app, stored.into_record()).await?;
    if record.status != ContentStatus::Pending {
        // Searches may find it from now on, and no event will say so.
        app.caches.forget_contents().await;
    }
    Ok((code, Json(record)))
}

/// A body with its salt
#[utoipa::path(
    get, path = "/v1/threads/{thread}/contents/{hash}", tag = "content", operation_id = "show_content",
    description = "Others' drafts are as unknown as what is not there.",
    params(
        ("thread" = ThreadId, Path, description = "The thread."),
        ("hash" = ContentHash, Path, description = "The body's hash."),
    ),
    responses((status = OK, description = "The body.", body = Content)),
    security((), ("session" = ["read"])),
    extensions(("x-problems" = json!([Code::UnknownThread, Code::UnknownContent])))
)]
pub(crate) async fn show(
    reads: Reads,
    reader: Option<Caller<scope::Read>>,
    Named((thread, hash)): Named<(ThreadId, ContentHash)>,
) -> Result<Json<Content>, ApiError> {
    reads.existing(thread).await?;
    let found = reads.contents(thread, &[hash], reader.map(Wallet::from)).await?.remove(&hash);
    found.map(Json).ok_or_else(|| ApiError::unknown_content(thread, hash))
}

/// The chain may have decided between the question and the write, when the indexer found no body to mark.
/// So the question is asked again, until it has the answer that is written.
async fn settle_status(app: &App, mut record: Content) -> Result<Content, ApiError> {
    loop {
        let status = Standing::of(&app.store, record.thread, record.hash).await?.status();
        if status == record.status {
            return Ok(record);
        }
        app.content.set_status(record.thread, record.hash, status).await?;
        record.status = status;
    }
}
