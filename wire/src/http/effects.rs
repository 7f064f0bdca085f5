//! What a prepared transaction will do, in words and in figures.

use chorale_domain::event::Event;
use chorale_domain::id::{Amount, Wallet};
use chorale_domain::state::{Entity, EntityKey};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What signing a prepared transaction will do, from its simulation a moment ago. Until it is sent others may act: what
/// a wallet insists on is in the instruction itself.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Effects {
    /// In plain words, a sentence each.
    pub sentences: Vec<String>,
    /// How the signing wallet's own balances change.
    pub balances: Vec<BalanceChange>,
    /// Lamports that go into accounts the transaction creates or enlarges, fees not counted; null where not known.
    pub rent: Option<Amount>,
    /// What the program will say happened.
    pub events: Vec<Event>,
    /// The entities that change.
    pub changes: Vec<EntityChange>,
    /// What could not be found out, and why; a sentence each.
    pub unknown: Vec<String>,
}

/// What is counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Asset {
    /// The chain's own money, for fees and rent.
    Lamports,
    /// Base units of the deployment's token.
    Tokens,
}

/// A balance before and after.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct BalanceChange {
    /// The account that holds it: the wallet, or its token account.
    pub account: Wallet,
    /// What it holds.
    pub asset: Asset,
    /// How much now.
    pub before: Amount,
    /// How much afterwards.
    pub after: Amount,
}

/// An entity before and after.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct EntityChange {
    /// Which.
    pub key: EntityKey,
    /// Its state now, null where it is created.
    pub before: Option<Entity>,
    /// Its state afterwards.
    pub after: Entity,
}
