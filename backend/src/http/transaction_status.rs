//! What became of a transaction.

use super::extract::Named;
use crate::app::App;
use crate::auth::SignedIn;
use crate::chain::Seen;
use crate::error::ApiError;
use crate::rate::{Action, Origin};
use crate::reads::CATCHING_UP;
use axum::Json;
use axum::extract::State;
use chorale_domain::id::Signature;
use chorale_store::EventFilter;
use chorale_wire::Code;
use chorale_wire::http::{Refusal, TransactionStatus, TransactionView};

/// Events that one transaction can have at most; its size bounds it far below.
const MOST_EVENTS: usize = 256;

/// How far a transaction is
#[utoipa::path(
    get, path = "/v1/transactions/{signature}", tag = "transactions", operation_id = "show_transaction",
    description = "Any transaction of the program, whoever sent it. The chain is asked only while the store does not have it.",
    params(("signature" = Signature, Path, description = "Names the transaction.")),
    responses((status = OK, description = "How far it is.", body = TransactionView)),
    security(("session" = [])),
    extensions(("x-problems" = json!([Code::ChainUnavailable, Code::ProgramRefused, Code::RateLimited])))
)]
pub(crate) async fn show(
    State(app): State<App>,
    caller: SignedIn,
    origin: Origin,
    Named(signature): Named<Signature>,
) -> Result<Json<TransactionView>, ApiError> {
    if let Some(view) = indexed(&app, signature).await? {
        // Whoever is told that it is in reads what follows from it next.
        if let Some(cursor) = view.cursor {
            app.caches.followed.reach(cursor, CATCHING_UP).await;
        }
        return Ok(Json(view));
    }
    app.rates.count(Action::Ask, origin, Some(caller.wallet())).await?;
    let seen = app.chain.status(&signature.0.into()).await?;
    Ok(Json(seen.map_or_else(|| unseen(&app, signature), |seen| on_chain(signature, seen))))
}

/// Its events that no fork dropped, if they are in.
async fn indexed(app: &App, signature: Signature) -> Result<Option<TransactionView>, ApiError> {
    let filter = EventFilter { signature: Some(signature), live_only: true, ..EventFilter::default() };
    let events = app.store.events(&filter, 0, MOST_EVENTS).await?;
    Ok(events.last().map(|last| TransactionView {
        signature,
        status: TransactionStatus::Indexed,
        slot: Some(last.record.event().slot),
        cursor: Some(last.sequence),
        refusal: None,
    }))
}

fn on_chain(signature: Signature, seen: Seen) -> TransactionView {
    let refusal = seen.refusal.map(|refusal| Refusal { detail: refusal.words, name: refusal.name });
    TransactionView { signature, status: seen.status, slot: Some(seen.slot), cursor: None, refusal }
}

fn unseen(app: &App, signature: Signature) -> TransactionView {
    let sent = app.prepared.was_sent(&signature);
    let status = if sent { TransactionStatus::Sent } else { TransactionStatus::Unknown };
    TransactionView { signature, status, slot: None, cursor: None, refusal: None }
}
