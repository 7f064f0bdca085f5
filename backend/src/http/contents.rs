//! Bodies: uploaded before the chain hears of them, read by hash.

use super::extract::{Body, Caller, Named};
use crate::app::App;
use crate::auth::SignedIn;
use crate::error::ApiError;
use crate::rate::{Action, Origin};
use crate::reads::Reads;
use crate::standing::Standing;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chorale_content::{NewContent, Stored};
use chorale_domain::content::{ContentHash, check_body};
use chorale_domain::id::ThreadId;
use chorale_wire::http::{Content, ContentStatus, Upload};

/// `POST /v1/contents`: 201 with the record, or 200 with the one that was there before.
pub(crate) async fn upload(
    State(app): State<App>,
    reads: Reads,
    caller: SignedIn,
    origin: Origin,
    Body(upload): Body<Upload>,
) -> Result<(StatusCode, Json<Content>), ApiError> {
    app.rates.count(Action::Upload, origin, Some(caller.wallet)).await?;
    check_body(upload.hash, &upload.salt, &upload.body)?;
    reads.existing(upload.thread).await?;
    let Upload { thread, hash, salt, body } = upload;
    let (author, created_at) = (caller.wallet, (app.clock)());
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

/// `GET /v1/threads/{thread}/contents/{hash}`. Others' drafts are as unknown as what is not there.
pub(crate) async fn show(
    reads: Reads,
    Caller(reader): Caller,
    Named((thread, hash)): Named<(ThreadId, ContentHash)>,
) -> Result<Json<Content>, ApiError> {
    reads.existing(thread).await?;
    let found = reads.contents(thread, &[hash], reader).await?.remove(&hash);
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
