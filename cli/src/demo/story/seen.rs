//! What a player's own client has seen, and so what the player agrees to.

use super::Story;
use anyhow::{Context, Result, bail};
use chorale_client::RoomState;
use chorale_domain::content::ContentHash;
use chorale_domain::id::Amount;
use chorale_domain::state::{Entity, EntityKey, Proposal, Thread};
use chorale_wire::socket::Room;

impl Story<'_> {
    /// The thread.
    pub(super) fn thread_state(&self, player: usize) -> Result<Thread> {
        match self.room(player)?.entities().get(&EntityKey::Thread(self.thread)) {
            Some(Entity::Thread(thread)) => Ok(thread.clone()),
            _ => bail!("the client holds no state of the thread"),
        }
    }

    /// A proposal in it.
    pub(super) fn proposal_state(&self, player: usize, hash: ContentHash) -> Result<Proposal> {
        match self.room(player)?.entities().get(&EntityKey::Proposal(self.thread, hash)) {
            Some(Entity::Proposal(proposal)) => Ok(proposal.clone()),
            _ => bail!("the client holds no state of proposal {hash}"),
        }
    }

    /// What the player can claim as a co-author.
    pub(super) fn claimable(&self, player: usize) -> Result<Amount> {
        let (room, wallet) = (self.room(player)?, self.stage.players[player].me.wallet());
        let mut members = room.entities().values().filter_map(|entity| match entity {
            Entity::Member(member) if member.current => Some(member),
            _ => None,
        });
        let mine = members.find(|member| member.wallet == wallet);
        Ok(mine.context("the player is no co-author")?.claimable)
    }

    fn room(&self, player: usize) -> Result<RoomState> {
        self.stage.players[player].watch.room(Room::Thread(self.thread))
    }
}
