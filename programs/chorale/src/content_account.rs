//! One account per thread and hash: a proposal that is approved becomes the message's record in place.

use anchor_lang::cpi::rent_exempt_lamports;
use anchor_lang::pinocchio::Resize as _;
use anchor_lang::prelude::*;
use anchor_lang::{address_eq, create_account_signed};
use bytemuck::Pod;
use chorale_domain::id::sha256;

use crate::error::ChoraleError;
use crate::seeds;
use crate::state::{Message, Proposal};

// Shrinking only: growing an account in place would need fresh rent.
const _: () = assert!(size_of::<Message>() <= size_of::<Proposal>());

/// What every program-derived address is hashed with.
const PDA_MARKER: &[u8] = b"ProgramDerivedAddress";

/// Creates the account of a hash in a thread as an empty `T` and returns it with the bump of its address. An address
/// where the program has an account already is that of a hash that is live in the thread.
pub(crate) fn create<'a, T: Discriminator + Pod>(
    account: &'a mut AccountView,
    payer: &AccountView,
    thread: &Address,
    hash: &[u8; 32],
) -> Result<(&'a mut T, u8)> {
    let bump = bump_of(account.address(), thread, hash)?;
    require!(!account.owned_by(&crate::ID), ChoraleError::HashTaken);
    let space = T::DISCRIMINATOR.len() + size_of::<T>();
    let signer: [&[u8]; 4] = [seeds::CONTENT, thread.as_ref(), hash, &[bump]];
    create_account_signed(payer, account, space, &crate::ID, &signer)?;
    // SAFETY: the account came to be in the line before, so nothing can have borrowed its data.
    let data = unsafe { account.borrow_unchecked_mut() };
    let (discriminator, fields) = data.split_at_mut(T::DISCRIMINATOR.len());
    discriminator.copy_from_slice(T::DISCRIMINATOR);
    Ok((bytemuck::from_bytes_mut(fields), bump))
}

/// The bump that makes `address` the one of a hash in a thread: the highest that gives an address off the curve, as
/// everyone derives it.
///
/// The address that is found is not looked for on the curve, which costs as much as hashing: creating the account
/// fails on the curve, since it must sign.
fn bump_of(address: &Address, thread: &Address, hash: &[u8; 32]) -> Result<u8> {
    for bump in (0..=u8::MAX).rev() {
        let derived = Address::new_from_array(sha256(&[
            seeds::CONTENT,
            thread.as_ref(),
            hash,
            &[bump],
            crate::ID.as_ref(),
            PDA_MARKER,
        ]));
        if address_eq(&derived, address) {
            return Ok(bump);
        }
        require!(derived.is_on_curve(), ProgramError::InvalidSeeds);
    }
    Err(ProgramError::InvalidSeeds)
}

/// Rewrites a proposal's account as the record of `message` and returns the rent it no longer needs.
pub(crate) fn become_message(account: &AccountView, payer: &AccountView, message: &Message) -> Result<()> {
    let (mut account, mut payer) = (*account, *payer);
    // SAFETY: the handler still holds its `Account<Proposal>`, but never reads through it again: its exit hook does
    // nothing for accounts read in place, and its drop touches the account's header only.
    let data = unsafe { account.borrow_unchecked_mut() };
    let (discriminator, fields) = data[..Message::SPACE].split_at_mut(Message::DISCRIMINATOR.len());
    discriminator.copy_from_slice(Message::DISCRIMINATOR);
    fields.copy_from_slice(bytemuck::bytes_of(message));
    // SAFETY: as above; the length shrinks, so the data stays inside what the loader gave.
    unsafe { account.resize_unchecked(Message::SPACE)? };

    let rent = rent_exempt_lamports(Message::SPACE)?;
    // Where rent became dearer than what was paid there is none, and the runtime says what is missing.
    let surplus = account.lamports().saturating_sub(rent);
    account.set_lamports(account.lamports() - surplus);
    payer.set_lamports(payer.lamports().checked_add(surplus).ok_or(ChoraleError::Overflow)?);
    Ok(())
}
