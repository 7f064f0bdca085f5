//! What the votes on a proposal decide.

use super::life::{Life, Moment};
use chorale_domain::ApprovalRule;
use chorale_domain::content::ContentHash;
use chorale_domain::event::Event;
use chorale_domain::id::{Amount, ThreadId, Wallet};
use chorale_domain::settlement::{Decision, Tally, decide, split_approved, split_rejected};
use chorale_domain::state::{Proposal, Thread};

/// The event that ends the proposal, if the votes decide it.
pub fn of(life: &Life, thread: ThreadId, hash: ContentHash, settled_by: Wallet, at: Moment) -> Option<Event> {
    let proposal = life.proposal(thread, hash)?;
    let state = life.thread(thread)?;
    let (approvers, denials) = live(life, proposal);
    let tally = Tally { co_authors: state.co_authors, approvals: count(&approvers), denials };
    match decide(ApprovalRule::from_bps(state.approval_bps)?, tally) {
        Decision::Open => None,
        Decision::Approved => approved(life, (proposal, state), approvers, settled_by, at),
        Decision::Rejected => rejected(life, (proposal, state), tally, settled_by, at),
    }
}

fn count(members: &[u32]) -> u32 {
    u32::try_from(members.len()).unwrap_or(u32::MAX)
}

/// Who approves, in the order of seats, and how many deny. Only votes of co-authors count.
fn live(life: &Life, proposal: &Proposal) -> (Vec<u32>, u32) {
    let choice = |number| proposal.votes.iter().find(|vote| vote.member == number).map(|vote| vote.approve);
    let choices = life.members(proposal.thread).map(|member| (member.number, choice(member.number)));
    let (mut approvers, mut denials) = (vec![], 0);
    for (number, choice) in choices {
        match choice {
            Some(true) => approvers.push(number),
            Some(false) => denials += 1,
            None => {}
        }
    }
    (approvers, denials)
}

fn approved(
    life: &Life,
    (proposal, state): (&Proposal, &Thread),
    approvers: Vec<u32>,
    settled_by: Wallet,
    at: Moment,
) -> Option<Event> {
    let Proposal { thread, hash, author, stake, .. } = *proposal;
    let split = split_approved(stake.0, count(&approvers));
    let seat = life.member(thread, author).map(|member| member.number);
    Some(Event::ProposalApproved {
        thread,
        hash,
        author,
        settled_by,
        member: seat.unwrap_or(state.next_member),
        sequence: state.content_log.count,
        approvers,
        share: Amount(split.share),
        to_treasury: Amount(split.treasury),
        approved_at: at.time,
        escrow: Amount(state.escrow.0.checked_sub(stake.0)?),
        treasury: Amount(life.treasury() + split.treasury),
    })
}

fn rejected(
    life: &Life,
    (proposal, state): (&Proposal, &Thread),
    tally: Tally,
    settled_by: Wallet,
    at: Moment,
) -> Option<Event> {
    let Proposal { thread, hash, author, stake, .. } = *proposal;
    let split = split_rejected(stake.0, tally);
    Some(Event::ProposalRejected {
        thread,
        hash,
        author,
        settled_by,
        to_treasury: Amount(split.treasury),
        to_thread: Amount(split.thread),
        rejected_at: at.time,
        escrow: Amount(state.escrow.0.checked_sub(stake.0)?),
        token_balance: Amount(state.token_balance.0 + split.thread),
        treasury: Amount(life.treasury() + split.treasury),
    })
}
