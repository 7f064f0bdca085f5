//! Whether the store has all that the chain lists up to a slot, and nothing else.

use crate::chain::Chain;
use crate::error::Trouble;
use crate::fork::Fork;
use crate::limits::Limits;
use crate::listing::{self, Listing, Wanted};
use chorale_store::Store;

/// Whether everything up to and with `slot` is in the store, and nothing that a fork dropped. False, too, if the list
/// or the store changes meanwhile.
///
/// # Errors
/// [`Trouble`] of the source or the store.
pub(crate) async fn is_settled(chain: Chain<'_>, store: &Store, slot: u64) -> Result<bool, Trouble> {
    let base = store.finalized_cursor().await?;
    let mut ours = store.unfinalized().await?;
    let known = ours.iter().map(|listed| listed.signature).collect();
    // A store that is further behind than this is not settled.
    let limit = Limits::default().live;
    let mut theirs = match listing::read(chain, &Wanted { base, known, min_slot: slot, limit }).await {
        Ok(Listing::Whole(list)) => list,
        Ok(Listing::Long(_)) | Err(Trouble::Moved(_)) => return Ok(false),
        Err(trouble) => return Err(trouble),
    };
    ours.retain(|listed| listed.slot <= slot);
    theirs.retain(|info| info.slot <= slot);
    let fork = Fork::between(&ours, &theirs);
    Ok(fork.dropped.is_none() && fork.missing.is_empty() && store.finalized_cursor().await? == base)
}
