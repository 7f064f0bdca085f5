//! What a wallet has: its seats in threads, and its proposals.

use super::extract::{Asked, Named};
use super::page::{Page, cut};
use crate::app::App;
use crate::error::ApiError;
use axum::Json;
use axum::extract::State;
use chorale_domain::id::Wallet;
use chorale_domain::state::{Entity, EntityKey};
use chorale_wire::http::WalletView;

/// A wallet's seats in threads, with what it can claim, and its proposals
#[utoipa::path(
    get, path = "/v1/wallets/{wallet}", tag = "wallets", operation_id = "show_wallet",
    description = "A wallet that never took part has none. What it holds on the chain, the chain tells.",
    params(("wallet" = Wallet, Path, description = "Whose."), Page<EntityKey>),
    responses((status = OK, description = "One page, in the order of the entities' keys.", body = WalletView)),
)]
pub(crate) async fn show(
    State(app): State<App>,
    Named(wallet): Named<Wallet>,
    Asked(page): Asked<Page<EntityKey>>,
) -> Result<Json<WalletView>, ApiError> {
    let limit = page.limit()?;
    let mut own = app.store.of_wallet(wallet).await?;
    let after = page.after.map(|key| key.to_string());
    own.retain(|entity| after.as_ref().is_none_or(|after| entity.key.to_string() > *after));
    let next = cut(&mut own, limit, |entity| entity.key);
    let mut view = WalletView { wallet, memberships: vec![], proposals: vec![], next };
    for entity in own {
        match entity.entity {
            Entity::Member(member) => view.memberships.push(member),
            Entity::Proposal(proposal) => view.proposals.push(proposal),
            _ => {}
        }
    }
    Ok(Json(view))
}
