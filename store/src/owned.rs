//! What is a wallet's own: its seats in threads and its proposals, found by the column `wallet`.

use crate::Store;
use crate::database::{Transaction, WritingDatabase};
use crate::entity::{owner, typed, unchecked, versioned};
use crate::error::StoreError;
use crate::statement::Rows;
use chorale_domain::id::{ThreadId, Wallet};
use chorale_domain::state::Member;
use chorale_wire::socket::VersionedEntity;
use sqlx::Row as _;

/// Rows that are brought up to date in one transaction.
const PAGE: usize = 1024;

impl Store {
    /// Every seat that a wallet has or had in a thread, and every proposal it made, by their keys' text.
    ///
    /// # Errors
    /// As [`entity`](Self::entity).
    pub async fn of_wallet(&self, wallet: Wallet) -> Result<Vec<VersionedEntity>, StoreError> {
        const OWN: &str = "SELECT entity_id, state_version, state_data, checksum FROM canonical_state \
             WHERE wallet = $1 ORDER BY entity_id";
        let query = sqlx::query(OWN).bind(wallet.to_string());
        query.fetch_all(self.database.reader()).await?.iter().map(versioned).collect()
    }

    /// The threads that a wallet co-authors now, by their ids' text.
    ///
    /// # Errors
    /// As [`entity`](Self::entity).
    pub async fn memberships(&self, wallet: Wallet) -> Result<Vec<ThreadId>, StoreError> {
        // The keys of all members begin with "member/", and '0' comes after '/'.
        const SEATS: &str = "SELECT entity_id, state_version, state_data, checksum FROM canonical_state \
             WHERE wallet = $1 AND entity_id > 'member/' AND entity_id < 'member0' ORDER BY entity_id";
        let query = sqlx::query(SEATS).bind(wallet.to_string());
        let seats: Vec<Member> = typed(&query.fetch_all(self.database.reader()).await?)?;
        Ok(seats.iter().filter(|seat| seat.current).map(|seat| seat.thread).collect())
    }
}

/// Says whose rows are that were written before the column was there. Interrupted, it goes on the next time.
pub(crate) async fn name_owners(database: &WritingDatabase) -> Result<(), StoreError> {
    loop {
        let mut tx = database.write().await?;
        let named = name_page(&mut tx).await?;
        tx.commit().await?;
        if named < PAGE {
            return Ok(());
        }
    }
}

async fn name_page(tx: &mut Transaction) -> Result<usize, StoreError> {
    const UNNAMED: &str = "SELECT entity_id, state_data FROM canonical_state WHERE wallet = '' LIMIT 1024";
    static NAME: Rows = Rows::new(
        "UPDATE canonical_state SET wallet = v.column2 FROM (VALUES ",
        2,
        ") AS v WHERE canonical_state.entity_id = v.column1",
    );
    let mut named = Vec::new();
    for row in sqlx::query(UNNAMED).fetch_all(&mut **tx).await? {
        // One that cannot be read is nobody's; verifying names it, and repairing it says whose it is.
        let wallet = unchecked(&row).ok().and_then(|entity| owner(&entity));
        named.push((row.try_get::<String, _>("entity_id")?, wallet));
    }
    NAME.run(tx, &named, |query, (id, wallet)| query.bind(id).bind(wallet.as_deref())).await?;
    Ok(named.len())
}
