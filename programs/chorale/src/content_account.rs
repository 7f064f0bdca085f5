//! One account per thread and hash: a proposal that is approved becomes the message's record in place.

use anchor_lang::cpi::rent_exempt_lamports;
use anchor_lang::pinocchio::Resize as _;
use anchor_lang::prelude::*;

use crate::error::ChoraleError;
use crate::state::{Message, Proposal};

// Shrinking only: growing an account in place would need fresh rent.
const _: () = assert!(size_of::<Message>() <= size_of::<Proposal>());

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
    let surplus = account.lamports().checked_sub(rent).ok_or(ChoraleError::Overflow)?;
    account.set_lamports(rent);
    payer.set_lamports(payer.lamports().checked_add(surplus).ok_or(ChoraleError::Overflow)?);
    Ok(())
}
