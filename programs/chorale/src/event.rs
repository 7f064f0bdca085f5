//! What the program says happened: self-CPI events, which no log truncation can lose.
//!
//! The data of the inner instruction is Anchor's event tag, the event's discriminator, then the fields one after the
//! other, numbers in little endian: the fixed layouts below as they lie in memory, which is also Borsh's. The first
//! field is always the schema version. Off the chain, [`decode`] reads them back.

use anchor_lang::Event;
use anchor_lang::event::EVENT_IX_TAG_LE;
use anchor_lang::pinocchio::cpi::{CpiAccount, Seed, Signer, invoke_signed_unchecked};
use anchor_lang::pinocchio::instruction::{InstructionAccount, InstructionView};
use anchor_lang::prelude::*;
use bytemuck::{Pod, bytes_of};

use crate::seeds;

mod kinds;
pub use kinds::*;

#[cfg(not(target_os = "solana"))]
mod decoding;
#[cfg(not(target_os = "solana"))]
pub use decoding::{DecodeError, decode};

/// Schema version of the events below.
pub const EVENT_VERSION: u8 = 1;

/// An event as it is sent: built once, on the stack, without a copy.
#[derive(Clone, Copy)]
#[repr(C)]
struct Envelope<E> {
    tag: [u8; 8],
    discriminator: [u8; 8],
    event: E,
}

// SAFETY: every field is plain bytes of alignment 1 (`emit` asserts it of the event), so there is no padding.
unsafe impl<E: Pod> bytemuck::Zeroable for Envelope<E> {}
// SAFETY: as above.
unsafe impl<E: Pod> Pod for Envelope<E> {}

const fn eight(bytes: &[u8]) -> [u8; 8] {
    match bytes.first_chunk() {
        Some(bytes) => *bytes,
        None => panic!("tags and discriminators have eight bytes"),
    }
}

/// Sends an event to the program itself, signed by the event authority.
#[inline(always)]
pub(crate) fn emit<E: Event + Pod>(authority: &AccountView, bump: u8, event: E) {
    const { assert!(align_of::<E>() == 1, "an event's fields must have alignment 1") };
    let (tag, discriminator) = const { (eight(EVENT_IX_TAG_LE), eight(E::DISCRIMINATOR)) };
    send(authority, bump, bytes_of(&Envelope { tag, discriminator, event }));
}

fn send(authority: &AccountView, bump: u8, data: &[u8]) {
    let accounts = [InstructionAccount::readonly_signer(authority.address())];
    let instruction = InstructionView { program_id: &crate::ID, accounts: &accounts, data };
    let bump = [bump];
    let seeds = [Seed::from(seeds::EVENT_AUTHORITY), Seed::from(&bump)];
    // SAFETY: the only account passed on is read-only and has no data that could be borrowed.
    unsafe { invoke_signed_unchecked(&instruction, &[CpiAccount::from(authority)], &[Signer::from(&seeds)]) }
}
