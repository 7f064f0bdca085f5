//! Transactions with their events, in the order of the list.

use crate::chain::Chain;
use crate::decode::decode;
use crate::error::Trouble;
use crate::source::SignatureInfo;
use chorale_domain::id::Wallet;
use chorale_store::IndexedTransaction;
use futures::stream::{self, StreamExt};

/// Transactions that are fetched at the same time.
const CONCURRENCY: usize = 16;

/// What could be fetched.
pub(crate) struct Fetched {
    /// The first of the list, without a hole, and without a part of a slot.
    pub transactions: Vec<IndexedTransaction>,
    /// Why the next one is not among them, if there is one.
    pub missed: Option<Trouble>,
}

/// Fetches as many of the list as can be had; nothing passes one that cannot.
pub(crate) async fn fetch(chain: Chain<'_>, program: Wallet, list: &[SignatureInfo]) -> Fetched {
    let each = stream::iter(list.iter().copied());
    let mut answers = each.map(|info| fetch_one(chain, program, info)).buffered(CONCURRENCY);
    let mut transactions: Vec<IndexedTransaction> = vec![];
    while let Some(answer) = answers.next().await {
        match answer {
            Ok(transaction) => transactions.push(transaction),
            Err(trouble) => {
                let slot = list.get(transactions.len()).map(|info| info.slot);
                transactions.retain(|transaction| Some(transaction.slot) != slot);
                return Fetched { transactions, missed: Some(trouble) };
            }
        }
    }
    Fetched { transactions, missed: None }
}

/// One that failed did nothing, and need not be asked for.
///
/// # Errors
/// [`Trouble::Moved`] if the transaction is not as it was listed: a fork put it into another slot, where it may have
/// done something else, or nothing.
pub(crate) async fn fetch_one(
    chain: Chain<'_>,
    program: Wallet,
    info: SignatureInfo,
) -> Result<IndexedTransaction, Trouble> {
    let SignatureInfo { signature, slot, failed, commitment } = info;
    if failed {
        return Ok(failure(info));
    }
    let Some(found) = chain.transaction(signature).await? else {
        return Err(chain.not_yet(signature).into());
    };
    let indexed = decode(program, signature, &found).map_err(|left_out| {
        chain.no_answer(format!("transaction {signature}: {left_out}; use a node that keeps it"))
    })?;
    if indexed.slot != slot || indexed.failed {
        return Err(Trouble::Moved(signature));
    }
    Ok(IndexedTransaction { commitment, ..indexed })
}

fn failure(info: SignatureInfo) -> IndexedTransaction {
    let SignatureInfo { signature, slot, failed, commitment } = info;
    let (block_time, events, dead_letter) = (None, vec![], None);
    IndexedTransaction { signature, slot, block_time, failed, commitment, events, dead_letter }
}
