//! Whether every place tells the same story as the chain.

mod chain;
mod facts;
mod places;

use anyhow::{Result, bail};
use chain::ChainState;
use chorale_client::{Client, RoomState};
use chorale_domain::state::Entities;
use chorale_store::Store;
use chorale_wire::socket::Room;
pub use facts::Difference;
use facts::{Facts, Scope, claimed_roots, compare, facts, recomputed_roots};
use std::time::Duration;

/// What was compared, and what differs.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// Places held against the chain.
    pub places: Vec<String>,
    /// Facts the chain states.
    pub facts: usize,
    /// Everything that differs.
    pub differences: Vec<Difference>,
    /// How the tokens add up, in words.
    pub conservation: String,
}

/// A client's state of a room, with the client's name.
pub type NamedRoom = (&'static str, RoomState);

/// How often to try again when the chain moves on while it is being compared.
const ATTEMPTS: u32 = 20;
const BETWEEN: Duration = Duration::from_secs(1);

impl Comparison {
    /// Holds the backend's answers, the rooms of each named client and, where given, the store against the
    /// chain; anew if somebody else moves the chain meanwhile.
    ///
    /// # Errors
    /// If the chain, the backend or the store does not answer, or the chain never stands still.
    pub async fn make(
        rpc_url: &str,
        client: &Client,
        rooms: impl Fn() -> Result<Vec<NamedRoom>>,
        store: Option<&Store>,
    ) -> Result<Self> {
        for _ in 0..ATTEMPTS {
            let chain = ChainState::read(rpc_url).await?;
            let comparison = Self::with(&chain, client, rooms()?, store).await?;
            if ChainState::read(rpc_url).await? == chain {
                return Ok(comparison);
            }
            tokio::time::sleep(BETWEEN).await;
        }
        bail!("the chain does not stand still, so that nothing can be compared with it: who else uses it?")
    }

    async fn with(
        chain: &ChainState,
        client: &Client,
        rooms: Vec<NamedRoom>,
        store: Option<&Store>,
    ) -> Result<Self> {
        let mut comparison = Self::default();
        let on_chain = merged(facts(&chain.entities), claimed_roots(&chain.entities));
        comparison.facts = on_chain.len();
        comparison.check_conservation(chain);
        let (backend, faults) = places::backend(client).await?;
        comparison.add_whole(&on_chain, "the backend's answers", &backend);
        comparison.differences.extend(faults.into_iter().map(body_fault));
        for (owner, room) in rooms {
            comparison.add_room(&on_chain, owner, &room);
        }
        if let Some(store) = store {
            comparison.add_whole(&on_chain, "the store", &places::store(store).await?);
        }
        Ok(comparison)
    }

    fn add_whole(&mut self, on_chain: &Facts, place: &str, entities: &Entities) {
        let found = merged(facts(entities), recomputed_roots(entities));
        self.differences.extend(compare(on_chain, Scope::Everything, place, &found));
        self.places.push(place.into());
    }

    fn add_room(&mut self, on_chain: &Facts, owner: &str, state: &RoomState) {
        let (room, entities) = (state.room(), state.entities());
        let roots = if room == Room::Lobby { Facts::new() } else { recomputed_roots(entities) };
        let found = merged(facts(entities), roots);
        let place = format!("{owner}'s room {room}");
        self.differences.extend(compare(on_chain, Scope::Room(room), &place, &found));
        let client = format!("{owner}'s own state");
        if self.places.last() != Some(&client) {
            self.places.push(client);
        }
    }

    /// Tokens are neither made nor lost: what the vault holds is what the program owes.
    fn check_conservation(&mut self, chain: &ChainState) {
        let owed = chain.owed().to_string();
        let (vault, held) = (chain.vault.to_string(), chain.held.to_string());
        self.conservation = format!(
            "the vault holds {vault}; balances + escrow + claimable + treasury come to {owed}; the books say {held}"
        );
        for (place, found) in [("the vault", vault), ("the treasury's books", held)] {
            if found != owed {
                let what = "tokens owed by the program".into();
                let (place, on_chain) = (place.into(), Some(owed.clone()));
                let found = Some(found);
                self.differences.push(Difference { what, place, on_chain, found });
            }
        }
    }
}

fn body_fault(fault: String) -> Difference {
    Difference {
        what: "a message's body".into(),
        place: "the backend's answers".into(),
        on_chain: Some("its hash".into()),
        found: Some(fault),
    }
}

fn merged(mut facts: Facts, roots: Facts) -> Facts {
    facts.extend(roots);
    facts
}
