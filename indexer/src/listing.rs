//! The list of what the chain has after the store: believed only where it joins.
//!
//! A node gives its list in pages, newest first. A short page is no end of it, and neither is an empty one: a node that
//! does not know where to go on from answers like that. So the list must come to a transaction that is in the store,
//! or, where the store is empty, to the first transaction of a node that shows that it knows it.

use crate::beginning::is_the_first;
use crate::chain::{Chain, PAGE, is_in_order};
use crate::error::Trouble;
use crate::fork::final_slot;
use crate::source::SignatureInfo;
use chorale_domain::id::Signature;
use chorale_store::IndexCursor;
use chorale_wire::socket::Commitment;
use std::collections::HashSet;

/// What the first page has room for besides what is known: most of the time, little is new.
const ROOM: usize = 64;

/// What is asked for.
pub(crate) struct Wanted {
    /// The newest transaction that is in and final: everything after it is wanted.
    pub base: Option<IndexCursor>,
    /// Transactions after it that are in.
    pub known: HashSet<Signature>,
    /// The slot that the node must have reached.
    pub min_slot: u64,
    /// Finalized transactions that are taken as one list; more are walked and drained.
    pub limit: usize,
}

/// What there is after the base.
#[derive(Debug)]
pub(crate) enum Listing {
    /// Everything, oldest first. What stands before a finalized one is finalized.
    Whole(Vec<SignatureInfo>),
    /// More than a round takes: the newest finalized ones, newest first.
    Long(Vec<SignatureInfo>),
}

/// How far down a page goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reach {
    /// Not to the base.
    Open,
    /// To the base: what is in the page comes right after it.
    Joined,
    /// Past the slot of the base, which is not there: the node does not know it.
    Beyond,
}

/// Cuts a page off at the base.
pub(crate) fn cut(page: &mut Vec<SignatureInfo>, base: Option<IndexCursor>) -> Reach {
    let Some(base) = base else { return Reach::Open };
    let is_base = |info: &SignatureInfo| info.signature == base.signature && info.slot == base.slot;
    if let Some(place) = page.iter().position(is_base) {
        page.truncate(place);
        return Reach::Joined;
    }
    if page.last().is_some_and(|oldest| oldest.slot < base.slot) { Reach::Beyond } else { Reach::Open }
}

/// Reads the list.
///
/// # Errors
/// [`Trouble`] of the source; [`Trouble::Moved`] if a fork came in between. Nothing is known then.
pub(crate) async fn read(chain: Chain<'_>, wanted: &Wanted) -> Result<Listing, Trouble> {
    let limit = PAGE.min(wanted.known.len() + ROOM);
    let mut list = chain.page(None, limit, wanted.min_slot).await?;
    if cut(&mut list, wanted.base) != Reach::Joined {
        let first = list.len();
        let is_whole = read_on(chain, wanted, &mut list).await?;
        require_order(&list)?;
        if !is_whole {
            return Ok(Listing::Long(finalized(list)));
        }
        // Finalized ones join pages for good, others only if no fork came between two pages.
        if final_slot(&list[..first]).is_none() {
            read_again(chain, wanted, &list).await?;
        }
    }
    Ok(Listing::Whole(whole(list)))
}

/// Reads page after page; false if that is too much.
async fn read_on(chain: Chain<'_>, wanted: &Wanted, list: &mut Vec<SignatureInfo>) -> Result<bool, Trouble> {
    while wanted.missing(list) <= wanted.limit {
        let mut page = chain.page(oldest(list), PAGE, wanted.min_slot).await?;
        let (is_last, reach) = (page.is_empty(), cut(&mut page, wanted.base));
        list.append(&mut page);
        match (reach, wanted.base) {
            (Reach::Joined, _) => return Ok(true),
            (Reach::Beyond, Some(base)) => return Err(chain.gap(base).into()),
            _ if is_last => return ends(chain, wanted, list).await.map(|()| true),
            _ => {}
        }
    }
    Ok(false)
}

/// Checks that a list which came to no base may end where it does.
async fn ends(chain: Chain<'_>, wanted: &Wanted, list: &[SignatureInfo]) -> Result<(), Trouble> {
    match (wanted.base, list.last()) {
        // A fork may have dropped the transaction that the last page was to go on from.
        (_, Some(last)) if !is_final(last) && chain.transaction(last.signature).await?.is_none() => {
            Err(Trouble::Moved(last.signature))
        }
        (Some(base), _) => Err(chain.gap(base).into()),
        (None, Some(last)) => is_the_first(chain, last.signature, wanted.min_slot).await,
        (None, None) => Ok(()),
    }
}

/// Checks that the part of the list which is not final was the same chain from end to end: reads it once more.
async fn read_again(chain: Chain<'_>, wanted: &Wanted, list: &[SignatureInfo]) -> Result<(), Trouble> {
    let Some(newest) = list.first() else { return Ok(()) };
    let unsettled: Vec<_> = list.iter().take_while(|info| !is_final(info)).copied().collect();
    let anchor =
        list.get(unsettled.len()).map_or(wanted.base.map(|base| base.signature), |info| Some(info.signature));
    let mut again = vec![];
    while again.len() <= unsettled.len() + PAGE {
        let page = chain.page(oldest(&again), PAGE, wanted.min_slot).await?;
        let is_last = page.is_empty() || page.iter().any(|info| Some(info.signature) == anchor);
        again.extend(page.into_iter().take_while(|info| Some(info.signature) != anchor));
        if is_last {
            break;
        }
    }
    let same = places(&again).ends_with(&places(&unsettled));
    if same { Ok(()) } else { Err(Trouble::Moved(newest.signature)) }
}

fn places(list: &[SignatureInfo]) -> Vec<(Signature, u64, bool)> {
    list.iter().map(|info| (info.signature, info.slot, info.failed)).collect()
}

fn oldest(list: &[SignatureInfo]) -> Option<Signature> {
    list.last().map(|info| info.signature)
}

fn is_final(info: &SignatureInfo) -> bool {
    info.commitment == Commitment::Finalized
}

/// Pages of two forks do not make one list: where they meet, slots rise or a transaction comes again.
fn require_order(list: &[SignatureInfo]) -> Result<(), Trouble> {
    match list.last() {
        Some(oldest) if !is_in_order(None, list) => Err(Trouble::Moved(oldest.signature)),
        _ => Ok(()),
    }
}

/// Oldest first. Nodes do not agree on how far all is final: whatever stands before a final one in the list is.
fn whole(list: Vec<SignatureInfo>) -> Vec<SignatureInfo> {
    let (mut newer, older) = parted(list);
    newer.extend(older);
    newer.reverse();
    newer
}

/// Those that are final, newest first. What is newer may be of another fork.
fn finalized(list: Vec<SignatureInfo>) -> Vec<SignatureInfo> {
    parted(list).1
}

/// What is not final, and what is.
fn parted(mut list: Vec<SignatureInfo>) -> (Vec<SignatureInfo>, Vec<SignatureInfo>) {
    let mut older = list.split_off(list.iter().position(is_final).unwrap_or(list.len()));
    older.iter_mut().for_each(|info| info.commitment = Commitment::Finalized);
    (list, older)
}

impl Wanted {
    /// Finalized transactions that are not in.
    fn missing(&self, list: &[SignatureInfo]) -> usize {
        list.iter().filter(|info| is_final(info) && !self.known.contains(&info.signature)).count()
    }
}
