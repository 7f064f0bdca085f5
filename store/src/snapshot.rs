//! The state of a room at one moment.

use crate::Store;
use crate::database::Transaction;
use crate::entity::versioned;
use crate::error::StoreError;
use crate::event::last_row;
use chorale_wire::socket::{Mark, Room, VersionedEntity};

/// Every entity of a room, all as of the same event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Snapshot {
    /// The last event that is in it: continue with [`Store::events_following`] from here.
    pub mark: Mark,
    /// The entities, by key.
    pub entities: Vec<VersionedEntity>,
}

impl Store {
    /// The state of a room; no entities if the room's thread is unknown.
    ///
    /// # Errors
    /// [`StoreError::Database`], or [`StoreError::Corrupt`] if a row cannot be read.
    pub async fn snapshot(&self, room: Room) -> Result<Snapshot, StoreError> {
        let mut tx = self.database.read().await?;
        let (cursor, hash) = last_row(&mut tx).await?;
        let mut entities = entities(&mut tx, room).await?;
        entities.sort_by_key(|entity| entity.key);
        Ok(Snapshot { mark: Mark { cursor, tag: hash.into() }, entities })
    }
}

async fn entities(tx: &mut Transaction, room: Room) -> Result<Vec<VersionedEntity>, StoreError> {
    const LOBBY: &str = "SELECT entity_id, state_version, state_data, checksum FROM canonical_state \
         WHERE entity_type IN ('config', 'treasury', 'roots', 'thread')";
    const THREAD: &str = "SELECT entity_id, state_version, state_data, checksum FROM canonical_state \
         WHERE thread = $1";
    const WALLET: &str = "SELECT entity_id, state_version, state_data, checksum FROM canonical_state \
         WHERE wallet = $1";
    let query = match room {
        Room::Lobby => sqlx::query(LOBBY),
        Room::Thread(thread) => sqlx::query(THREAD).bind(thread.to_string()),
        Room::Wallet(wallet) => sqlx::query(WALLET).bind(wallet.to_string()),
    };
    query.fetch_all(&mut **tx).await?.iter().map(versioned).collect()
}
