//! The chain against the store, for a backend that watches its boundaries.

use async_trait::async_trait;
use chorale_backend::boundaries::{Boundary, Check, CheckError, Difference, Kind, Page};
use chorale_domain::id::Wallet;
use chorale_indexer::RpcSource;
use chorale_indexer::compare::{self, Compared, Comparison, compare_with_chain};
use chorale_indexer::time::RealTime;
use chorale_store::Store;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// How long one comparison may take. Comparing waits for a node that is away; the next round will do as well.
const PATIENCE: Duration = Duration::from_secs(300);

/// Every event since the backend began, and every account, in one page: the history before that is `chorale verify
/// --chain`'s, since a node would be asked for all of it. What differs is the indexer's to mend, or
/// `chorale rebuild`'s: the backend never writes the store.
pub(crate) struct ChainCheck {
    source: RpcSource,
    time: Arc<RealTime>,
    store: Store,
    program: Wallet,
    /// Events before this slot were found to be the chain's, or are not for this to compare.
    from_slot: Option<u64>,
}

impl ChainCheck {
    /// Compares with the program as the node at `rpc_url` knows it.
    pub(crate) fn new(rpc_url: &str, store: Store) -> Self {
        let (program, time) = (Wallet(chorale::ID.to_bytes()), Arc::new(RealTime::new()));
        // Nothing is to be woken here, so that the WebSocket endpoint is never asked.
        let source = RpcSource::new(rpc_url.to_owned(), String::new(), program, time.clone());
        Self { source, time, store, program, from_slot: None }
    }

    /// What is final when the first round begins is not compared again.
    async fn begin(&mut self) -> Result<u64, CheckError> {
        if let Some(slot) = self.from_slot {
            return Ok(slot);
        }
        let slot = self.store.finalized_cursor().await?.map_or(0, |cursor| cursor.slot);
        self.from_slot = Some(slot);
        Ok(slot)
    }

    async fn compare(&mut self) -> Result<Page, CheckError> {
        let from_slot = self.begin().await?;
        let Self { source, time, store, program, .. } = &*self;
        let comparison = Comparison { source, program: *program, store, time: &**time, from_slot };
        let (mut through, mut events, mut entities) = (from_slot, 0, 0);
        let mut note = |compared| match compared {
            Compared::Events { slot, done, .. } => (through, events) = (slot, done),
            Compared::Accounts(done) => entities = done,
            Compared::Waiting(_) | Compared::Listed(_) => {}
        };
        let found = timeout(PATIENCE, compare_with_chain(&comparison, &mut note)).await;
        let found = found
            .map_err(|_| CheckError::Other(format!("comparing did not end within {PATIENCE:?}")))?
            .map_err(|error| CheckError::Other(error.to_string()))?;
        // What differs stays in sight until it is mended.
        if found.is_empty() {
            self.from_slot = Some(through);
        }
        let differences = found.into_iter().map(difference).collect();
        Ok(Page { compared: events + entities, differences, is_last: true })
    }
}

/// In the words of a boundary.
fn difference(difference: compare::Difference) -> Difference {
    let compare::Difference { entity, field, store, chain } = difference;
    Difference {
        boundary: Boundary::ChainStore,
        kind: Kind::Ownership,
        subject: if field.is_empty() { entity } else { format!("{entity} {field}") },
        expected: chain,
        found: store,
        resolved: false,
    }
}

#[async_trait]
impl Check for ChainCheck {
    fn boundary(&self) -> Boundary {
        Boundary::ChainStore
    }

    async fn next(&mut self) -> Result<Page, CheckError> {
        self.compare().await
    }
}
