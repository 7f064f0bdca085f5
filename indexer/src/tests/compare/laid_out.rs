//! Entities as the program lays them out in accounts: the way back from what is tested.

use anchor_lang::Discriminator;
use anchor_lang::prelude::Address;
use bytemuck::{Pod, Zeroable, bytes_of};
use chorale::address;
use chorale::state as program;
use chorale_domain::content_log::MAX_PEAKS;
use chorale_domain::id::{ThreadId, Wallet};
use chorale_domain::state::{
    Config, Entities, Entity, EntityKey, Member, Message, Thread, ThreadStatus, Treasury,
};

/// Every account of these entities. There are no proposals and no roots among them.
pub(super) fn accounts(entities: &Entities) -> Vec<(Wallet, Vec<u8>)> {
    entities
        .iter()
        .filter_map(|(key, entity)| Some((address_of(*key)?, account(entities, entity)?)))
        .collect()
}

/// A thread's address.
pub(super) fn thread_address(thread: ThreadId) -> Wallet {
    Wallet(address::thread(thread).to_bytes())
}

fn address_of(key: EntityKey) -> Option<Wallet> {
    let address = match key {
        EntityKey::Config => [1; 32],
        EntityKey::Treasury => [2; 32],
        EntityKey::Roots => [3; 32],
        EntityKey::Thread(thread) => thread_address(thread).0,
        EntityKey::Message(_, hash) => hash.0,
        EntityKey::Member(..) | EntityKey::Proposal(..) => return None,
    };
    Some(Wallet(address))
}

fn account(entities: &Entities, entity: &Entity) -> Option<Vec<u8>> {
    match entity {
        Entity::Config(config) => Some(data(&config_account(config))),
        Entity::Treasury(treasury) => Some(data(&treasury_account(*treasury))),
        Entity::Roots(_) => Some(data(&program::Roots::zeroed())),
        Entity::Thread(thread) => Some(data(&thread_account(entities, thread))),
        Entity::Message(message) => Some(data(&message_account(message))),
        Entity::Member(_) | Entity::Proposal(_) => None,
    }
}

fn data<T: Discriminator + Pod>(account: &T) -> Vec<u8> {
    [T::DISCRIMINATOR, bytes_of(account)].concat()
}

fn to(wallet: Wallet) -> Address {
    Address::new_from_array(wallet.0)
}

fn config_account(config: &Config) -> program::Config {
    let mut account = program::Config::zeroed();
    (account.authority, account.anchor_authority) = (to(config.authority), to(config.anchor_authority));
    (account.mint, account.token_program) = (to(config.mint), to(config.token_program));
    (account.decimals, account.min_stake) = (config.decimals, config.min_stake.0.into());
    (account.proposal_ttl, account.divest_cooldown) =
        (config.proposal_ttl.into(), config.divest_cooldown.into());
    account.min_thread_balance = config.min_thread_balance.0.into();
    account
}

fn treasury_account(treasury: Treasury) -> program::Treasury {
    let mut account = program::Treasury::zeroed();
    account.balance = treasury.balance.0.into();
    account
}

fn message_account(message: &Message) -> program::Message {
    let mut account = program::Message::zeroed();
    account.thread = address::thread(message.thread);
    (account.author, account.hash) = (to(message.author), message.hash.0);
    (account.sequence, account.approved_at) = (message.sequence.into(), message.approved_at.into());
    account
}

fn thread_account(entities: &Entities, thread: &Thread) -> program::Thread {
    let mut log_peaks = [[0; 32]; MAX_PEAKS];
    log_peaks.iter_mut().zip(&thread.content_log.peaks).for_each(|(place, peak)| *place = peak.0);
    program::Thread {
        version: program::LAYOUT_VERSION,
        id: thread.thread.0,
        creator: to(thread.creator),
        token_balance: thread.token_balance.0.into(),
        escrow: thread.escrow.0.into(),
        log_count: thread.content_log.count.into(),
        log_peaks,
        created_at: thread.created_at.into(),
        updated_at: thread.updated_at.into(),
        next_member: thread.next_member.into(),
        open_proposals: thread.open_proposals.into(),
        approval_bps: thread.approval_bps.into(),
        status: if thread.status == ThreadStatus::Active { 1 } else { 2 },
        bump: 255,
        seats: seats(entities, thread.thread),
        reserved: [0; 64],
    }
}

fn seats(entities: &Entities, thread: ThreadId) -> program::Seats {
    let mut members = [program::Member::zeroed(); program::MAX_CO_AUTHORS];
    let current = entities.values().filter_map(|entity| match entity {
        Entity::Member(member) if member.thread == thread && member.current => Some(member),
        _ => None,
    });
    let mut count = 0;
    for (seat, member) in members.iter_mut().zip(current) {
        *seat = seated(member);
        count += 1;
    }
    program::Seats { count, used: count, members }
}

fn seated(member: &Member) -> program::Member {
    program::Member {
        wallet: to(member.wallet),
        claimable: member.claimable.0.into(),
        joined_at: member.joined_at.into(),
        number: member.number.into(),
    }
}
