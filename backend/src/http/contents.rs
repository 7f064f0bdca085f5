//! Bodies: uploaded before the chain hears of them, read by hash.

use super::extract::{Body, Named};
use super::threads::existing;
use crate::app::App;
use crate::auth::{Caller, Person, scope};
use crate::error::ApiError;
use crate::rate::{Action, Origin};
use crate::reader;
use crate::reads::Reads;
use crate::standing::Standing;
use crate::uploads::settle;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chorale_content::{ContentStatus, Erasure, NewContent, Stored};
use chorale_domain::content::{ContentHash, check_body};
use chorale_domain::id::{ThreadId, Wallet};
use chorale_wire::Code;
use chorale_wire::http::{Content, Upload};

/// Uploads a body, before the chain hears of it
#[utoipa::path(
    post, path = "/v1/contents", tag = "content", operation_id = "upload",
    request_body = Upload,
    responses(
        (status = CREATED, description = "It is stored.", body = Content),
        (status = OK, description = "It was there before, and stays as it was.", body = Content),
        (status = ACCEPTED, description = "It is kept on disk, and delivered to Qdrant once that is back.", body = Content),
    ),
    security(("session" = ["upload"])),
    extensions(("x-problems" = json!([Code::EmptyBody, Code::HashMismatch, Code::UnknownThread, Code::ContentErased, Code::RateLimited])))
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
    let Upload { thread, hash, salt, body, visibility } = upload;
    let (author, created_at) = (caller.wallet(), (app.clock)());
    let stage = Standing::of(&app.store, thread, hash).await?.stage();
    let new = NewContent { thread, hash, author, salt, body, created_at, stage, visibility };
    let (code, record) = match app.content.put(new).await? {
        Stored::New(record) => (StatusCode::CREATED, settle(&app, record, Some(stage)).await?),
        Stored::Already(record) => (StatusCode::OK, settle(&app, record, None).await?),
        Stored::Waiting(record) => return Ok((StatusCode::ACCEPTED, Json(record))),
    };
    if record.status != ContentStatus::Pending {
        // Searches may find it from now on, and no event will say so.
        app.caches.forget_contents().await;
    }
    Ok((code, Json(record)))
}

/// A body with its salt
#[utoipa::path(
    get, path = "/v1/threads/{thread}/contents/{hash}", tag = "content", operation_id = "show_content",
    description = "What the caller may not know of is as unknown as what is not there.",
    params(
        ("thread" = ThreadId, Path, description = "The thread."),
        ("hash" = ContentHash, Path, description = "The body's hash."),
    ),
    responses((status = OK, description = "The body.", body = Content)),
    security((), ("session" = ["read"])),
    extensions(("x-problems" = json!([Code::UnknownThread, Code::UnknownContent, Code::ContentErased])))
)]
pub(crate) async fn show(
    reads: Reads,
    reader: Option<Caller<scope::Read>>,
    Named((thread, hash)): Named<(ThreadId, ContentHash)>,
) -> Result<Json<Content>, ApiError> {
    reads.existing(thread).await?;
    match reads.contents(thread, &[hash], reader.map(Wallet::from)).await?.remove(&hash) {
        Some(content) if content.status == ContentStatus::Erased => Err(ApiError::erased(thread, hash)),
        Some(content) => Ok(Json(content)),
        None => Err(ApiError::unknown_content(thread, hash)),
    }
}

/// Erases a body with its salt, for good
#[utoipa::path(
    delete, path = "/v1/threads/{thread}/contents/{hash}", tag = "content", operation_id = "erase",
    description = "By its author. The chain's hash stays, and nobody can upload the body again. Erasing again changes nothing.",
    params(
        ("thread" = ThreadId, Path, description = "The thread."),
        ("hash" = ContentHash, Path, description = "The body's hash."),
    ),
    responses((status = OK, description = "What stays of it.", body = Content)),
    security(("session" = ["person"])),
    extensions(("x-problems" = json!([
        Code::UnknownThread, Code::UnknownContent, Code::NotTheAuthor, Code::RateLimited
    ])))
)]
pub(crate) async fn erase(
    State(app): State<App>,
    caller: Person,
    origin: Origin,
    Named((thread, hash)): Named<(ThreadId, ContentHash)>,
) -> Result<Json<Content>, ApiError> {
    app.rates.count(Action::Upload, origin, Some(caller.wallet())).await?;
    existing(&app, thread).await?;
    if let Erasure::Erased(rest) = app.content.erase(caller.wallet(), thread, hash).await? {
        app.caches.forget_contents().await;
        return Ok(Json(rest));
    }
    let reader = reader::within(&app, Some(caller.wallet()), thread).await?;
    Err(match app.content.get(&reader, thread, hash).await? {
        Some(_) => ApiError::not_the_author(thread, hash),
        None => ApiError::unknown_content(thread, hash),
    })
}
