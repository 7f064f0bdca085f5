//! What the numbers in a [`super::step::Step`] stand for on the chain.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::LazyLock;

use super::step::{Content, HashNo, ThreadNo, Who};
use chorale::address::{TOKEN_PROGRAM, associated_token};
use chorale::build::Deployment;
use chorale_domain::id::{Hash32, ThreadId, Wallet, sha256};
use solana_address::Address;

/// Wallets there are.
pub const WALLETS: Who = 44;
/// Threads there can be.
pub const THREADS: ThreadNo = 16;

/// An address that nobody's key is for, with the bump that makes it so.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Derived {
    pub address: Address,
    pub bump: u8,
}

/// The addresses every step needs, derived once.
pub struct Fixed {
    pub config: Derived,
    pub treasury: Derived,
    pub roots: Derived,
    pub vault: Derived,
    threads: Vec<Derived>,
    tokens: Vec<Address>,
}

thread_local! {
    /// Those of contents, derived when they are needed: it takes as long as comparing a dozen accounts.
    static CONTENTS: RefCell<HashMap<Content, Derived>> = RefCell::default();
}

/// See [`Fixed`].
pub static FIXED: LazyLock<Fixed> = LazyLock::new(|| Fixed {
    config: derive(&[b"config"]),
    treasury: derive(&[b"treasury"]),
    roots: derive(&[b"roots"]),
    vault: derive(&[b"vault"]),
    threads: (0..THREADS).map(|thread| derive(&[b"thread", &thread_id(thread).0])).collect(),
    tokens: (0..WALLETS).map(derive_token).collect(),
});

fn derive(seeds: &[&[u8]]) -> Derived {
    let (address, bump) = Address::find_program_address(seeds, &chorale::ID);
    Derived { address, bump }
}

fn derive_token(who: Who) -> Address {
    associated_token(wallet(who), &mint(), &TOKEN_PROGRAM)
}

pub fn wallet(who: Who) -> Wallet {
    Wallet(sha256(&[b"wallet", &[who]]))
}

pub fn wallet_address(who: Who) -> Address {
    Address::new_from_array(wallet(who).0)
}

/// The wallet's token account.
pub fn token(who: Who) -> Address {
    FIXED.tokens[usize::from(who)]
}

pub fn mint() -> Address {
    Address::new_from_array(sha256(&[b"mint"]))
}

pub fn deployment() -> Deployment {
    Deployment { mint: mint(), token_program: TOKEN_PROGRAM }
}

pub fn thread_id(thread: ThreadNo) -> ThreadId {
    ThreadId(sha256(&[b"thread", &[thread]]))
}

pub fn thread(thread: ThreadNo) -> Derived {
    FIXED.threads[usize::from(thread)]
}

pub fn hash(hash: HashNo) -> Hash32 {
    match hash {
        0 => Hash32::ZERO,
        _ => Hash32(sha256(&[b"hash", &hash.to_le_bytes()])),
    }
}

pub fn content(at: Content) -> Derived {
    let derived = || derive(&[b"content", thread(at.thread).address.as_ref(), &hash(at.hash).0]);
    CONTENTS.with_borrow_mut(|contents| *contents.entry(at).or_insert_with(derived))
}
