//! Holds the chain's accounts against the model's.

use super::chain::Chain;
use super::layout::{self, Layout};
use super::model::{Model, Purse};
use super::names::{self, FIXED, WALLETS, content, token, wallet_address};
use super::step::{Content, ThreadNo, Who};
use chorale_domain::ContentLog;
use chorale_domain::content_log::MAX_PEAKS;
use solana_account::{AccountSharedData, ReadableAccount};
use solana_address::Address;

/// An account, or a wallet's two.
#[derive(Clone, Copy, Debug)]
enum Place {
    Config,
    Treasury,
    Roots,
    Vault,
    Purse(Who),
    Thread(ThreadNo),
    Content(Content),
}

/// What is wrong with any account, and which accounts the program has beside those it should have.
pub fn all(model: &Model, chain: &Chain) -> Vec<String> {
    let fixed = [Place::Config, Place::Treasury, Place::Roots, Place::Vault].into_iter();
    let places = fixed
        .chain((0..WALLETS).map(Place::Purse))
        .chain(model.threads.keys().copied().map(Place::Thread))
        .chain(model.proposals.keys().copied().map(Place::Content))
        .chain(model.messages.keys().copied().map(Place::Content))
        .chain(model.stray.keys().copied().map(Place::Content));
    let differences = places.filter_map(|place| difference(place, model, chain));
    differences.chain(strangers(model, chain)).chain(conservation(model)).collect()
}

/// Conservation, in the model's own books: the accounts that it is compared with say the same.
fn conservation(model: &Model) -> Option<String> {
    let (vault, owed) = (u128::from(model.vault), model.owed() + u128::from(model.given));
    (vault != owed).then(|| format!("the vault holds {vault}, owed and given are {owed}"))
}

fn strangers(model: &Model, chain: &Chain) -> Option<String> {
    let deployment = if model.config.is_some() { 3 } else { 0 };
    let expected = deployment + model.threads.len() + model.proposals.len() + model.messages.len();
    let found = chain.owned().len();
    (found != expected).then(|| format!("the program has {found} accounts, expected {expected}"))
}

/// Whether the roots that a reader of the threads computes are those of all messages.
pub fn logs(model: &Model, chain: &Chain) -> Vec<String> {
    let differs = |number: ThreadNo| {
        let account = chain.account(&names::thread(number).address)?;
        (log(account.data())?.root() != model.threads[&number].root())
            .then(|| format!("thread {number} has another root"))
    };
    model.threads.keys().filter_map(|number| differs(*number)).collect()
}

/// The log in a thread's account: the count and the peaks after five fields.
fn log(data: &[u8]) -> Option<ContentLog> {
    let (count, rest) = data.get(89..)?.split_first_chunk()?;
    let (peaks, _) = rest.as_chunks::<32>();
    let peaks: &[_; MAX_PEAKS] = peaks.first_chunk()?;
    Some(ContentLog::from_parts(u64::from_le_bytes(*count), *peaks))
}

fn difference(place: Place, model: &Model, chain: &Chain) -> Option<String> {
    let difference = match place {
        Place::Config => {
            let expected = model.config.as_ref().map(layout::config);
            fixed(chain, &FIXED.config.address, expected)
        }
        Place::Treasury => {
            let expected = model.config.as_ref().map(|_| layout::treasury(model));
            fixed(chain, &FIXED.treasury.address, expected)
        }
        Place::Roots => {
            let expected = model.config.as_ref().map(|_| layout::roots(model));
            fixed(chain, &FIXED.roots.address, expected)
        }
        Place::Vault => vault(model, chain),
        Place::Purse(who) => purse(who, model.purses[usize::from(who)], chain),
        Place::Thread(number) => {
            let expected = model.threads.get(&number).map(|thread| layout::thread(model, number, thread));
            fixed(chain, &names::thread(number).address, expected)
        }
        Place::Content(at) => of_content(at, model, chain),
    };
    difference.map(|difference| format!("{place:?}: {difference}"))
}

/// An account with exactly the rent of its bytes.
fn fixed(chain: &Chain, address: &Address, expected: Option<Layout>) -> Option<String> {
    let expected = expected.map(|layout| (layout::rent(layout.len()), layout));
    account(chain.account(address), expected)
}

fn account(found: Option<&AccountSharedData>, expected: Option<(u64, Layout)>) -> Option<String> {
    let (found, (lamports, layout)) = match (found, expected) {
        (None, None) => return None,
        (Some(found), Some(expected)) => (found, expected),
        (None, Some(_)) => return Some("it is not there".to_owned()),
        (Some(_), None) => return Some("it should not be there".to_owned()),
    };
    if *found.owner() != chorale::ID {
        return Some(format!("its owner is {}", found.owner()));
    }
    let difference = layout.difference(found.data());
    difference.or_else(|| amount("lamports", found.lamports(), lamports))
}

fn amount(what: &str, found: u64, expected: u64) -> Option<String> {
    (found != expected).then(|| format!("{what} {found}, expected {expected}"))
}

fn of_content(at: Content, model: &Model, chain: &Chain) -> Option<String> {
    let place = content(at);
    let found = chain.account(&place.address);
    if let Some(stray) = model.stray.get(&at) {
        let plain = found.filter(|account| account.data().is_empty());
        return amount("stray lamports", lamports(plain), *stray);
    }
    let proposal = model.proposals.get(&at);
    let message = model.messages.get(&at);
    let expected = match (proposal, message) {
        (Some(proposal), _) => Some((proposal.lamports, layout::proposal(at, proposal, place))),
        (None, Some(message)) => Some((message.lamports, layout::message(at, message, place))),
        (None, None) => None,
    };
    account(found, expected)
}

fn purse(who: Who, purse: Purse, chain: &Chain) -> Option<String> {
    let lamports = lamports(chain.account(&wallet_address(who)));
    let tokens = chain.account(&token(who)).map_or(0, |account| token_amount(account.data()));
    amount("lamports", lamports, purse.lamports).or_else(|| amount("tokens", tokens, purse.tokens))
}

fn vault(model: &Model, chain: &Chain) -> Option<String> {
    let tokens = chain.account(&FIXED.vault.address).map_or(0, |account| token_amount(account.data()));
    amount("tokens", tokens, model.vault)
}

fn lamports(account: Option<&AccountSharedData>) -> u64 {
    account.map_or(0, ReadableAccount::lamports)
}

fn token_amount(account: &[u8]) -> u64 {
    account[64..72].try_into().map(u64::from_le_bytes).expect("eight bytes")
}
