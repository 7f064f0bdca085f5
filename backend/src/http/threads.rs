//! Threads, with what is in them.

use super::extract::{Asked, Named};
use super::page::{Page, cut};
use crate::app::App;
use crate::cache::Ownership;
use crate::error::ApiError;
use crate::reads::Reads;
use axum::Json;
use axum::extract::State;
use chorale_domain::content::ContentHash;
use chorale_domain::id::ThreadId;
use chorale_domain::state::{Entity, EntityKey, Message, Proposal, ProposalStatus};
use chorale_wire::http::{ContentStatus, MessageView, ProposalView, Proposals, ThreadView, Threads};

/// `GET /v1/threads`.
pub(crate) async fn list(
    State(app): State<App>,
    Asked(page): Asked<Page<ThreadId>>,
) -> Result<Json<Threads>, ApiError> {
    let limit = page.limit()?;
    let mut threads = app.store.threads(page.after, limit + 1).await?;
    let next = cut(&mut threads, limit, |thread| thread.thread);
    Ok(Json(Threads { threads, next }))
}

/// `GET /v1/threads/{thread}`.
pub(crate) async fn show(
    reads: Reads,
    Named(id): Named<ThreadId>,
    Asked(page): Asked<Page<u64>>,
) -> Result<Json<ThreadView>, ApiError> {
    let limit = page.limit()?;
    let Ownership { thread, members } = reads.existing(id).await?.clone();
    let mut messages = reads.messages(id, page.after, limit + 1).await?.clone();
    let next = cut(&mut messages, limit, |message| message.sequence);
    let messages = with_text(&reads, id, messages).await?;
    Ok(Json(ThreadView { thread, members, messages, next }))
}

/// `GET /v1/threads/{thread}/proposals`.
pub(crate) async fn proposals(
    State(app): State<App>,
    reads: Reads,
    Named(id): Named<ThreadId>,
    Asked(page): Asked<Page<ContentHash>>,
) -> Result<Json<Proposals>, ApiError> {
    let limit = page.limit()?;
    reads.existing(id).await?;
    let after = still_there(&app, id, page.after).await?;
    let status = Some(ProposalStatus::Pending);
    let mut pending = app.store.proposals_after(id, status, after, limit + 1).await?;
    let next = cut(&mut pending, limit, |proposal| proposal.hash);
    let hashes: Vec<_> = pending.iter().map(|proposal| proposal.hash).collect();
    let mut contents = app.content.get_many(id, &hashes).await?;
    let view = |proposal: Proposal| ProposalView { content: contents.remove(&proposal.hash), proposal };
    Ok(Json(Proposals { proposals: pending.into_iter().map(view).collect(), next }))
}

/// Where a fork dropped the one a list left off at, the list begins again: better twice than not at all.
async fn still_there(
    app: &App,
    thread: ThreadId,
    after: Option<ContentHash>,
) -> Result<Option<ContentHash>, ApiError> {
    let Some(hash) = after else { return Ok(None) };
    let found = app.store.entity(&EntityKey::Proposal(thread, hash)).await?;
    Ok(found.map(|_| hash))
}

/// The proposal, if there is one that has not ended.
pub(crate) async fn pending(app: &App, thread: ThreadId, hash: ContentHash) -> Result<Proposal, ApiError> {
    match app.store.entity(&EntityKey::Proposal(thread, hash)).await?.map(|found| found.entity) {
        Some(Entity::Proposal(proposal)) if proposal.status == ProposalStatus::Pending => Ok(proposal),
        _ => Err(ApiError::unknown_proposal(thread, hash)),
    }
}

async fn with_text(
    reads: &Reads,
    thread: ThreadId,
    messages: Vec<Message>,
) -> Result<Vec<MessageView>, ApiError> {
    let hashes: Vec<_> = messages.iter().map(|message| message.hash).collect();
    let mut contents = reads.contents(thread, &hashes, None).await?;
    let view = |message: Message| {
        let mut content = contents.remove(&message.hash);
        // It is in the log, also where the content engine has not heard of it yet.
        content.iter_mut().for_each(|content| content.status = ContentStatus::Approved);
        MessageView { content, message }
    };
    Ok(messages.into_iter().map(view).collect())
}
