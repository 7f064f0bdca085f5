//! The program's addresses, as clients and servers derive them.

use crate::seeds;
use chorale_domain::content::ContentHash;
use chorale_domain::id::{ThreadId, Wallet};
use solana_address::{Address, address};

/// The SPL Token program.
pub const TOKEN_PROGRAM: Address = address!("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA");
/// The program that derives and creates associated token accounts.
pub const ASSOCIATED_TOKEN_PROGRAM: Address = address!("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL");
/// The Token-2022 program.
pub const TOKEN_2022_PROGRAM: Address = address!("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb");
/// Solana's system program.
pub const SYSTEM_PROGRAM: Address = Address::new_from_array([0; 32]);

fn derive(seeds: &[&[u8]]) -> Address {
    Address::find_program_address(seeds, &crate::ID).0
}

/// The deployment's configuration; also the vault's owner.
#[must_use]
pub fn config() -> Address {
    derive(&[seeds::CONFIG])
}

/// The treasury's account.
#[must_use]
pub fn treasury() -> Address {
    derive(&[seeds::TREASURY])
}

/// The account of the last state roots.
#[must_use]
pub fn roots() -> Address {
    derive(&[seeds::ROOTS])
}

/// Where the upgradeable loader keeps the program's code and upgrade authority.
#[must_use]
pub fn program_data() -> Address {
    Address::find_program_address(&[crate::ID.as_ref()], &crate::upgrade_authority::LOADER).0
}

/// The token account that holds every token the program owes.
#[must_use]
pub fn vault() -> Address {
    derive(&[seeds::VAULT])
}

/// A thread's account.
#[must_use]
pub fn thread(thread: ThreadId) -> Address {
    derive(&[seeds::THREAD, &thread.0])
}

/// The account of a proposal, and of the message it becomes.
#[must_use]
pub fn content(thread_id: ThreadId, hash: ContentHash) -> Address {
    derive(&[seeds::CONTENT, thread(thread_id).as_ref(), &hash.0])
}

/// The address that signs the program's events.
#[must_use]
pub fn event_authority() -> Address {
    derive(&[seeds::EVENT_AUTHORITY])
}

/// A wallet's usual account for a token.
#[must_use]
pub fn associated_token(wallet: Wallet, mint: &Address, token_program: &Address) -> Address {
    let seeds: [&[u8]; 3] = [&wallet.0, token_program.as_ref(), mint.as_ref()];
    Address::find_program_address(&seeds, &ASSOCIATED_TOKEN_PROGRAM).0
}
