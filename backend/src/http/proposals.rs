//! Proposals of a thread, decided or not, with their texts.

use super::extract::{Asked, Named};
use super::page::{Page, cut};
use super::threads::existing;
use crate::app::App;
use crate::auth::{Caller, scope};
use crate::error::ApiError;
use crate::reads::Reads;
use axum::Json;
use axum::extract::State;
use chorale_domain::content::ContentHash;
use chorale_domain::id::{ThreadId, Wallet};
use chorale_domain::state::{Entity, EntityKey, Proposal, ProposalStatus};
use chorale_wire::Code;
use chorale_wire::http::{ProposalFilter, ProposalView, Proposals};
use serde::Deserialize;

/// `?status=`.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct WithStatus {
    /// Which ones; those that are pending where not said.
    #[serde(default)]
    #[param(inline, required = false)]
    status: ProposalFilter,
}

/// Proposals of a thread, oldest first
#[utoipa::path(
    get, path = "/v1/threads/{thread}/proposals", tag = "threads", operation_id = "list_proposals",
    params(("thread" = ThreadId, Path, description = "The thread."), Page<ContentHash>, WithStatus),
    responses((status = OK, description = "One page.", body = Proposals)),
    security((), ("session" = ["read"])),
    extensions(("x-problems" = json!([Code::UnknownThread])))
)]
pub(crate) async fn list(
    State(app): State<App>,
    reads: Reads,
    reader: Option<Caller<scope::Read>>,
    Named(thread): Named<ThreadId>,
    Asked(page): Asked<Page<ContentHash>>,
    Asked(WithStatus { status }): Asked<WithStatus>,
) -> Result<Json<Proposals>, ApiError> {
    let limit = page.limit()?;
    existing(&app, thread).await?;
    let after = still_there(&app, thread, page.after).await?;
    let mut found = app.store.proposals_after(thread, status.status(), after, limit + 1).await?;
    let next = cut(&mut found, limit, |proposal| proposal.hash);
    Ok(Json(Proposals {
        proposals: with_texts(&reads, thread, found, reader.map(Wallet::from)).await?,
        next,
    }))
}

/// One proposal, decided or not
#[utoipa::path(
    get, path = "/v1/threads/{thread}/proposals/{hash}", tag = "threads", operation_id = "show_proposal",
    params(
        ("thread" = ThreadId, Path, description = "The thread."),
        ("hash" = ContentHash, Path, description = "Its content hash."),
    ),
    responses((status = OK, description = "The proposal.", body = ProposalView)),
    security((), ("session" = ["read"])),
    extensions(("x-problems" = json!([Code::UnknownThread, Code::UnknownProposal])))
)]
pub(crate) async fn show(
    State(app): State<App>,
    reads: Reads,
    reader: Option<Caller<scope::Read>>,
    Named((thread, hash)): Named<(ThreadId, ContentHash)>,
) -> Result<Json<ProposalView>, ApiError> {
    existing(&app, thread).await?;
    let unknown = || ApiError::unknown_proposal(thread, hash);
    let proposal = find(&app, thread, hash).await?.ok_or_else(unknown)?;
    let mut shown = with_texts(&reads, thread, vec![proposal], reader.map(Wallet::from)).await?;
    shown.pop().map(Json).ok_or_else(unknown)
}

/// The proposal, if there is one that has not ended.
pub(crate) async fn pending(app: &App, thread: ThreadId, hash: ContentHash) -> Result<Proposal, ApiError> {
    let found = find(app, thread, hash).await?;
    let pending = found.filter(|proposal| proposal.status == ProposalStatus::Pending);
    pending.ok_or_else(|| ApiError::no_pending_proposal(thread, hash))
}

async fn find(app: &App, thread: ThreadId, hash: ContentHash) -> Result<Option<Proposal>, ApiError> {
    let found = app.store.entity(&EntityKey::Proposal(thread, hash)).await?;
    Ok(found.and_then(|found| match found.entity {
        Entity::Proposal(proposal) => Some(proposal),
        _ => None,
    }))
}

/// Where a fork dropped the one a list left off at, the list begins again: better twice than not at all.
async fn still_there(
    app: &App,
    thread: ThreadId,
    after: Option<ContentHash>,
) -> Result<Option<ContentHash>, ApiError> {
    let Some(hash) = after else { return Ok(None) };
    Ok(find(app, thread, hash).await?.map(|_| hash))
}

async fn with_texts(
    reads: &Reads,
    thread: ThreadId,
    proposals: Vec<Proposal>,
    who: Option<Wallet>,
) -> Result<Vec<ProposalView>, ApiError> {
    let hashes: Vec<_> = proposals.iter().map(|proposal| proposal.hash).collect();
    let mut contents = reads.contents_at_hand(thread, &hashes, who).await?;
    let view = |proposal: Proposal| {
        let (content, content_away) = contents.take(proposal.hash);
        ProposalView { content, content_away, proposal }
    };
    Ok(proposals.into_iter().map(view).collect())
}
