//! What is in the store, as far as a list has to join it.

use crate::beginning::{Beginning, beginning};
use crate::chain::Chain;
use crate::error::Trouble;
use crate::fork::Fork;
use crate::source::SignatureInfo;
use chorale_domain::id::{Signature, Wallet};
use chorale_store::{IndexCursor, Listed, Store, StoreError};

/// The newest part of it.
pub(crate) struct Inside {
    /// The newest transaction that is in and final. None before the program's set-up: nothing but failures can be in
    /// by then, and those show nothing of what came before them.
    pub base: Option<IndexCursor>,
    /// What came after it and a fork may still drop.
    pub ours: Vec<Listed>,
    /// Whether the program's set-up is in.
    pub is_set_up: bool,
}

impl Inside {
    pub(crate) async fn of(store: &Store) -> Result<Self, StoreError> {
        let is_set_up = store.config().await?.is_some();
        let base = store.finalized_cursor().await?.filter(|_| is_set_up);
        Ok(Self { base, ours: store.unfinalized().await?, is_set_up })
    }

    /// Whether a transaction is among those that a fork may still drop.
    pub(crate) fn holds(&self, signature: Signature) -> bool {
        self.ours.iter().any(|listed| listed.signature == signature)
    }

    /// What the history of the chain begins with, if `list` is what comes after the base. A list that has nothing to do
    /// with what is in must show it by itself.
    ///
    /// # Errors
    /// [`SourceError::Forgotten`](crate::source::SourceError::Forgotten) if it begins with something other than the
    /// program's set-up, or with nothing where the set-up is known.
    pub(crate) async fn beginning(
        &self,
        chain: Chain<'_>,
        program: Wallet,
        list: &[SignatureInfo],
    ) -> Result<Beginning, Trouble> {
        let joins = Fork::between(&self.ours, list).missing.len() < list.len();
        if self.base.is_some() || (self.is_set_up && joins) {
            return Ok(Beginning::SetUp);
        }
        match beginning(chain, program, list).await? {
            Beginning::Nothing if self.is_set_up => Err(chain.forgotten().into()),
            found => Ok(found),
        }
    }
}
