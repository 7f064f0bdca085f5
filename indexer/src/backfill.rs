//! Catching up with a history that is longer than a round: the list is walked from the newest to the oldest into the
//! store, then drained from the oldest to the newest. Memory holds a page of it, and a new process goes on where the
//! last one was.

use crate::batch::whole_slots;
use crate::beginning::{self, Beginning, is_the_first};
use crate::chain::{Chain, PAGE};
use crate::error::Trouble;
use crate::fork::Fork;
use crate::inside::Inside;
use crate::listing::{Reach, cut};
use crate::source::{SignatureInfo, SourceError};
use chorale_domain::id::{Signature, Wallet};
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

/// The oldest slots of the backlog, about `size` transactions.
pub(crate) async fn oldest_slots(store: &Store, size: usize) -> Result<Vec<SignatureInfo>, Trouble> {
    let mut limit = size.saturating_add(1);
    loop {
        let mut list = oldest(store, limit).await?;
        let whole = whole_slots(&list, size);
        if whole < list.len() || list.len() < limit {
            list.truncate(whole);
            return Ok(list);
        }
        limit = limit.saturating_mul(2);
    }
}

/// What a backlog that is whole begins with. One that comes right after what is in begins with what is in.
///
/// # Errors
/// [`SourceError::Forgotten`] if it does not begin with the program's set-up. Nothing of it is lost: it goes on being
/// walked from its old end, since another node may know what comes before.
pub(crate) async fn beginning(
    chain: Chain<'_>,
    program: Wallet,
    writer: &Writer,
) -> Result<Beginning, Trouble> {
    let inside = Inside::of(writer.store()).await?;
    if inside.base.is_some() {
        return Ok(Beginning::SetUp);
    }
    let found = match first_event(chain, program, writer.store()).await {
        Ok(Beginning::Nothing) if inside.is_set_up => Err(chain.forgotten().into()),
        found => found,
    };
    match &found {
        Err(Trouble::Source(SourceError::Forgotten { .. })) => {
            add(writer, &oldest(writer.store(), 1).await?).await?;
        }
        // What is finalized does not move: the list is of no use.
        Err(Trouble::Moved(_)) => writer.forget_walk().await?,
        _ => {}
    }
    found
}

/// What the first event of the backlog is. Mostly it is in the first transaction, but nobody knows how much comes before
/// the set-up.
async fn first_event(chain: Chain<'_>, program: Wallet, store: &Store) -> Result<Beginning, Trouble> {
    let mut limit = PAGE;
    loop {
        let list = oldest(store, limit).await?;
        let found = beginning::beginning(chain, program, &list).await?;
        if found == Beginning::SetUp || list.len() < limit {
            return Ok(found);
        }
        limit = limit.saturating_mul(2);
    }
}

/// Of what was not settled when catching up began: the first transaction that is not where the backlog has another one.
/// What the backlog does not reach to is left alone.
pub(crate) async fn dropped(store: &Store) -> Result<Option<Signature>, Trouble> {
    let ours = store.unfinalized().await?;
    if ours.is_empty() {
        return Ok(None);
    }
    let theirs = oldest_slots(store, ours.len()).await?;
    let fork = Fork::between(&ours, &theirs);
    let dropped = fork.dropped.filter(|_| !fork.missing.is_empty());
    Ok(dropped.map(|dropped| dropped.signature))
}
