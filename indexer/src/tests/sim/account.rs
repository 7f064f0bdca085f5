//! Thread accounts, as the program lays them out.

use super::life::Life;
use anchor_lang::Discriminator;
use anchor_lang::prelude::Address;
use bytemuck::{Zeroable, bytes_of};
use chorale::state::{LAYOUT_VERSION, MAX_CO_AUTHORS, Member, Seats, Thread};
use chorale_domain::content_log::MAX_PEAKS;
use chorale_domain::id::{ThreadId, Wallet};
use chorale_domain::state::{Thread as State, ThreadStatus};
use std::cell::RefCell;
use std::collections::HashMap;

thread_local! {
    /// Deriving an address is slow.
    static ADDRESSES: RefCell<HashMap<ThreadId, Wallet>> = RefCell::default();
}

/// What the account at an address holds, `None` if there is none.
pub fn data(life: &Life, address: Wallet) -> Option<Vec<u8>> {
    let thread = life.threads().find(|thread| address_of(*thread) == address)?;
    Some(account(life, life.thread(thread)?))
}

/// All threads' accounts.
pub fn all(life: &Life) -> Vec<(Wallet, Vec<u8>)> {
    let threads = life.threads().filter_map(|thread| Some((address_of(thread), life.thread(thread)?)));
    threads.map(|(address, thread)| (address, account(life, thread))).collect()
}

fn address_of(thread: ThreadId) -> Wallet {
    ADDRESSES.with_borrow_mut(|known| {
        *known.entry(thread).or_insert_with(|| Wallet(chorale::address::thread(thread).to_bytes()))
    })
}

fn account(life: &Life, state: &State) -> Vec<u8> {
    let mut log_peaks = [[0; 32]; MAX_PEAKS];
    for (place, peak) in log_peaks.iter_mut().zip(&state.content_log.peaks) {
        *place = peak.0;
    }
    let thread = Thread {
        version: LAYOUT_VERSION,
        id: state.thread.0,
        creator: Address::new_from_array(state.creator.0),
        token_balance: state.token_balance.0.into(),
        escrow: state.escrow.0.into(),
        log_count: state.content_log.count.into(),
        log_peaks,
        created_at: state.created_at.into(),
        updated_at: state.updated_at.into(),
        next_member: state.next_member.into(),
        open_proposals: state.open_proposals.into(),
        approval_bps: state.approval_bps.into(),
        status: if state.status == ThreadStatus::Active { 1 } else { 2 },
        bump: 255,
        seats: seats(life, state.thread),
        reserved: [0; 64],
    };
    [Thread::DISCRIMINATOR, bytes_of(&thread)].concat()
}

fn seats(life: &Life, thread: ThreadId) -> Seats {
    let mut members = [Member::zeroed(); MAX_CO_AUTHORS];
    let numbers = life.seats.get(&thread).map_or(&[][..], Vec::as_slice);
    for (seat, number) in members.iter_mut().zip(numbers) {
        let member = life.members(thread).find(|member| Some(member.number) == *number);
        *seat =
            member.map_or(Member { number: Member::NOBODY.into(), ..Member::zeroed() }, |member| Member {
                wallet: Address::new_from_array(member.wallet.0),
                claimable: member.claimable.0.into(),
                joined_at: member.joined_at.into(),
                number: member.number.into(),
            });
    }
    let count = |n: usize| u8::try_from(n).expect("a thread has 32 seats");
    Seats { count: count(numbers.iter().flatten().count()), used: count(numbers.len()), members }
}
