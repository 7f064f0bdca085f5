//! One account as its entities.

use chorale::state::{Config, Message, Proposal, Roots, Thread, Treasury};
use chorale_domain::ContentLog;
use chorale_domain::id::{Amount, Hash32, ThreadId, Wallet};
use chorale_domain::state as domain;
use chorale_domain::state::{Entity, EntityKey, LogState, ThreadStatus};
use solana_address::Address;

fn wallet(address: &Address) -> Wallet {
    Wallet(address.to_bytes())
}

/// All zero is nobody.
fn invited(address: &Address) -> Option<Wallet> {
    (*address != Address::default()).then(|| wallet(address))
}

pub(super) fn config(config: &Config) -> domain::Config {
    domain::Config {
        authority: wallet(&config.authority),
        pending_authority: invited(&config.pending_authority),
        anchor_authority: wallet(&config.anchor_authority),
        mint: wallet(&config.mint),
        token_program: wallet(&config.token_program),
        decimals: config.decimals,
        min_stake: Amount(config.min_stake.get()),
        proposal_ttl: config.proposal_ttl.get(),
        divest_cooldown: config.divest_cooldown.get(),
        min_thread_balance: Amount(config.min_thread_balance.get()),
        paused: config.paused != 0,
    }
}

pub(super) fn treasury(treasury: &Treasury) -> domain::Treasury {
    domain::Treasury { balance: Amount(treasury.balance.get()) }
}

/// The chain does not keep when a root was posted.
pub(super) fn roots(roots: &Roots) -> domain::Roots {
    let roots = roots.oldest_first().map(|anchored| domain::AnchoredRoot {
        slot: anchored.slot.get(),
        root: Hash32(anchored.root),
        anchored_at: 0,
    });
    domain::Roots { roots: roots.collect() }
}

/// The thread and its members.
pub(super) fn thread_entities(thread: &Thread) -> Vec<(EntityKey, Entity)> {
    let id = ThreadId(thread.id);
    let members = thread.members().map(|member| {
        let number = member.number.get();
        let member = domain::Member {
            thread: id,
            number,
            wallet: wallet(&member.wallet),
            joined_at: member.joined_at.get(),
            claimable: Amount(member.claimable.get()),
            current: true,
        };
        (EntityKey::Member(id, number), Entity::Member(member))
    });
    let thread = (EntityKey::Thread(id), Entity::Thread(thread_of(thread)));
    members.chain([thread]).collect()
}

fn thread_of(thread: &Thread) -> domain::Thread {
    let log = ContentLog::from_parts(thread.log_count.get(), thread.log_peaks);
    domain::Thread {
        thread: ThreadId(thread.id),
        creator: wallet(&thread.creator),
        approval_bps: thread.approval_bps.get(),
        status: if thread.is_archived() { ThreadStatus::Archived } else { ThreadStatus::Active },
        co_authors: thread.seats.len(),
        next_member: thread.next_member.get(),
        token_balance: Amount(thread.token_balance.get()),
        escrow: Amount(thread.escrow.get()),
        open_proposals: thread.open_proposals.get(),
        content_log: LogState::from(&log),
        created_at: thread.created_at.get(),
        updated_at: thread.updated_at.get(),
    }
}

pub(super) fn message(thread: &Thread, message: &Message) -> (EntityKey, Entity) {
    let (thread, hash) = (ThreadId(thread.id), Hash32(message.hash));
    let message = domain::Message {
        thread,
        hash,
        author: wallet(&message.author),
        sequence: message.sequence.get(),
        approved_at: message.approved_at.get(),
    };
    (EntityKey::Message(thread, hash), Entity::Message(message))
}

/// A proposal that has an account is pending; its live votes in the order of seats.
pub(super) fn proposal(thread: &Thread, proposal: &Proposal) -> (EntityKey, Entity) {
    let (id, hash) = (ThreadId(thread.id), Hash32(proposal.hash));
    let votes = proposal.ballot.cast().filter_map(|vote| {
        let voter = thread.members().find(|member| member.number == vote.member)?;
        Some(domain::Vote {
            voter: wallet(&voter.wallet),
            member: vote.member.get(),
            approve: vote.approves(),
        })
    });
    let proposal = domain::Proposal {
        thread: id,
        hash,
        author: wallet(&proposal.author),
        stake: Amount(proposal.stake.get()),
        status: domain::ProposalStatus::Pending,
        votes: votes.collect(),
        created_at: proposal.created_at.get(),
        expires_at: proposal.expires_at.get(),
        decided_at: None,
    };
    (EntityKey::Proposal(id, hash), Entity::Proposal(proposal))
}
