//! Whether a list goes back to the program's first transaction. A node that has forgotten old history, or does not know
//! where to go on from, ends its list early without a word.

use crate::chain::Chain;
use crate::error::Trouble;
use crate::fetch::fetch_one;
use crate::source::SignatureInfo;
use chorale_domain::event::Event;
use chorale_domain::id::{Signature, Wallet};

/// Checks that nothing comes before `first`: that a node which knows it says so.
///
/// # Errors
/// [`SourceError::NoAnswer`](crate::source::SourceError::NoAnswer) if that is not shown.
pub(crate) async fn is_the_first(chain: Chain<'_>, first: Signature, min_slot: u64) -> Result<(), Trouble> {
    let is_known = chain.transaction(first).await?.is_some();
    if is_known && chain.page(Some(first), 1, min_slot).await?.is_empty() {
        return Ok(());
    }
    Err(chain.no_answer(format!("its list ends with transaction {first}, but does not begin there")).into())
}

/// What a list, oldest first, begins with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Beginning {
    /// The program's set-up, with nothing but failures before it.
    SetUp,
    /// Nothing happened in it.
    Nothing,
}

/// Looks for the first event of a list.
///
/// # Errors
/// [`SourceError::Forgotten`](crate::source::SourceError::Forgotten) if it is not the program's set-up.
pub(crate) async fn beginning(
    chain: Chain<'_>,
    program: Wallet,
    list: &[SignatureInfo],
) -> Result<Beginning, Trouble> {
    for info in list {
        if let Some(first) = fetch_one(chain, program, *info).await?.events.first() {
            let is_set_up = matches!(first.event, Event::ConfigInitialized { .. });
            return if is_set_up { Ok(Beginning::SetUp) } else { Err(chain.forgotten().into()) };
        }
    }
    Ok(Beginning::Nothing)
}
