//! Catching up with a history that is longer than a round: the list is walked from the newest to the oldest into the
//! store, then drained from the oldest to the newest. Memory holds a page of it, and a new process goes on where the
//! last one was.

use crate::beginning::is_the_first;
use crate::chain::{Chain, PAGE};
use crate::error::Trouble;
use crate::fork::Fork;
use crate::listing::{Reach, cut};
use crate::source::SignatureInfo;
use chorale_domain::id::Signature;
use chorale_store::{IndexCursor, Listed, Store, Writer};
use chorale_wire::socket::Commitment;

/// Adds finalized transactions, newest first, to the walk.
pub(crate) async fn add(writer: &Writer, page: &[SignatureInfo]) -> Result<(), Trouble> {
    let listed: Vec<_> = page.iter().map(listed).collect();
    Ok(writer.walk(&listed).await?)
}

fn listed(info: &SignatureInfo) -> Listed {
    Listed { signature: info.signature, slot: info.slot, failed: info.failed }
}

/// Walks one page on from `before`, which is final, and so is everything before it.
///
/// # Errors
/// [`Trouble`], and nothing of the walk is lost. In particular [`SourceError::Gap`](crate::source::SourceError::Gap) if
/// the node does not know `base`.
pub(crate) async fn walk(
    chain: Chain<'_>,
    writer: &Writer,
    before: Signature,
    base: Option<IndexCursor>,
    min_slot: u64,
) -> Result<(), Trouble> {
    let mut page = chain.page(Some(before), PAGE, min_slot).await?;
    let (is_last, reach) = (page.is_empty(), cut(&mut page, base));
    match (reach, base) {
        (Reach::Joined, _) => {
            add(writer, &page).await?;
            writer.walked().await?;
        }
        (Reach::Open, None) if is_last => {
            is_the_first(chain, before, min_slot).await?;
            writer.walked().await?;
        }
        (Reach::Open, Some(base)) if is_last => return Err(chain.gap(base).into()),
        (Reach::Beyond, Some(base)) => return Err(chain.gap(base).into()),
        _ => add(writer, &page).await?,
    }
    Ok(())
}

/// The oldest transactions of the backlog.
pub(crate) async fn oldest(store: &Store, limit: usize) -> Result<Vec<SignatureInfo>, Trouble> {
    let commitment = Commitment::Finalized;
    let info = |listed: Listed| {
        let Listed { signature, slot, failed } = listed;
        SignatureInfo { signature, slot, failed, commitment }
    };
    Ok(store.backlog(limit).await?.into_iter().map(info).collect())
}

/// Of what was not settled when catching up began: the first transaction that is not where the backlog has another one.
/// What the backlog does not reach to is left alone.
pub(crate) async fn dropped(store: &Store) -> Result<Option<Signature>, Trouble> {
    let ours = store.unfinalized().await?;
    let theirs = oldest(store, ours.len()).await?;
    let fork = Fork::between(&ours, &theirs);
    let dropped = fork.dropped.filter(|_| !fork.missing.is_empty());
    Ok(dropped.map(|dropped| dropped.signature))
}
