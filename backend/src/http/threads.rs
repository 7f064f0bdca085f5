//! Threads, with what is in them.

use super::extract::{Asked, Named};
use super::page::{Number, Page, cut};
use crate::app::App;
use crate::auth::{Caller, scope};
use crate::cache::Ownership;
use crate::error::ApiError;
use crate::reads::Reads;
use axum::Json;
use axum::extract::State;
use chorale_domain::id::{ThreadId, Wallet};
use chorale_domain::state::{Entity, EntityKey, Message, Thread};
use chorale_wire::Code;
use chorale_wire::http::{ContentStatus, MessageView, ThreadView, Threads};

/// Threads in the order of their ids
#[utoipa::path(
    get, path = "/v1/threads", tag = "threads", operation_id = "list_threads",
    params(Page<ThreadId>),
    responses((status = OK, description = "One page.", body = Threads)),
)]
pub(crate) async fn list(
    State(app): State<App>,
    Asked(page): Asked<Page<ThreadId>>,
) -> Result<Json<Threads>, ApiError> {
    let limit = page.limit()?;
    let mut threads = app.store.threads(page.after, limit + 1).await?;
    let next = cut(&mut threads, limit, |thread| thread.thread);
    Ok(Json(Threads { threads, next }))
}

/// A thread with its co-authors and a page of its messages
#[utoipa::path(
    get, path = "/v1/threads/{thread}", tag = "threads", operation_id = "show_thread",
    params(("thread" = ThreadId, Path, description = "The thread."), Page<Number>),
    responses((status = OK, description = "The thread.", body = ThreadView)),
    security((), ("session" = ["read"])),
    extensions(("x-problems" = json!([Code::UnknownThread])))
)]
pub(crate) async fn show(
    reads: Reads,
    reader: Option<Caller<scope::Read>>,
    Named(id): Named<ThreadId>,
    Asked(page): Asked<Page<Number>>,
) -> Result<Json<ThreadView>, ApiError> {
    let limit = page.limit()?;
    let Ownership { thread, members } = reads.existing(id).await?.clone();
    let mut messages = reads.messages(id, page.after.map(Number::unsigned), limit + 1).await?.clone();
    let next = cut(&mut messages, limit, |message| message.sequence);
    let messages = with_text(&reads, reader.map(Wallet::from), id, messages).await?;
    Ok(Json(ThreadView { thread, members, messages, next }))
}

/// The thread, if there is one.
pub(crate) async fn existing(app: &App, id: ThreadId) -> Result<Thread, ApiError> {
    match app.store.entity(&EntityKey::Thread(id)).await?.map(|found| found.entity) {
        Some(Entity::Thread(thread)) => Ok(thread),
        _ => Err(ApiError::unknown_thread(id)),
    }
}

/// Messages with their texts, as far as those can be reached: what the chain decided is told all the same.
pub(crate) async fn with_text(
    reads: &Reads,
    who: Option<Wallet>,
    thread: ThreadId,
    messages: Vec<Message>,
) -> Result<Vec<MessageView>, ApiError> {
    let hashes: Vec<_> = messages.iter().map(|message| message.hash).collect();
    let mut contents = reads.contents_at_hand(thread, &hashes, who).await?;
    let view = |message: Message| {
        let (mut content, content_away) = contents.take(message.hash);
        // It is in the log, also where the content engine has not heard of it yet.
        let undecided = content.iter_mut().filter(|content| content.status == ContentStatus::Pending);
        undecided.for_each(|content| content.status = ContentStatus::Approved);
        MessageView { content, content_away, message }
    };
    Ok(messages.into_iter().map(view).collect())
}
