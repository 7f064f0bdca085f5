//! What becomes of proposals.

use super::life::{Dice, Life, count};
use crate::content::ContentHash;
use crate::event::Event;
use crate::id::{Amount, Hash32, ThreadId};
use crate::rule::ApprovalRule;
use crate::settlement::{Decision, Tally, decide, split_approved, split_rejected};
use crate::state::{EntityKey, Member, Proposal, ThreadStatus, Vote};

/// Few, so that what was turned down comes again.
const HASHES: u8 = 12;

/// A hash that is not live in the thread.
pub(super) fn free_hash(life: &Life, dice: &mut Dice, thread: ThreadId) -> Option<ContentHash> {
    let pending = |hash| life.pending().iter().any(|open| open.thread == thread && open.hash == hash);
    let taken = |hash| life.has(&EntityKey::Message(thread, hash)) || pending(hash);
    let free = (0..HASHES).map(|n| Hash32([100 + n; 32])).filter(|hash| !taken(*hash));
    dice.one_of(free.collect())
}

pub(super) fn propose(life: &Life, dice: &mut Dice) -> Option<Vec<Event>> {
    let active = life.threads().into_iter().filter(|thread| thread.status == ThreadStatus::Active);
    let state = dice.one_of(active.collect()).filter(|_| !life.config().paused)?;
    let (thread, author) = (state.thread, dice.wallet());
    let hash = free_hash(life, dice, thread).filter(|_| life.seat(thread, author).is_none())?;
    let stake = dice.amount(life.config().min_stake.0);
    Some(vec![Event::ProposalCreated {
        thread,
        hash,
        author,
        stake,
        created_at: life.now,
        expires_at: life.now + life.config().proposal_ttl,
        escrow: Amount(state.escrow.0 + stake.0),
    }])
}

/// Proposals that can be voted on and settled.
fn open(life: &Life) -> Vec<&Proposal> {
    let open = |proposal: &&Proposal| {
        life.now < proposal.expires_at && life.thread(proposal.thread).status == ThreadStatus::Active
    };
    life.pending().into_iter().filter(open).collect()
}

pub(super) fn vote(life: &Life, dice: &mut Dice) -> Option<Vec<Event>> {
    let mut proposal = dice.one_of(open(life))?.clone();
    let votes = |member: &&Member| {
        member.thread == proposal.thread && proposal.votes.iter().all(|vote| vote.member != member.number)
    };
    let Member { wallet: voter, number: member, .. } =
        *dice.one_of(life.co_authors().into_iter().filter(votes).collect())?;
    let (thread, hash, approve) = (proposal.thread, proposal.hash, dice.roll(3) > 0);
    proposal.votes.push(Vote { voter, member, approve });
    let cast = Event::VoteCast { thread, hash, voter, member, approve, voted_at: life.now };
    Some([cast].into_iter().chain(settled(life, &proposal, dice)).collect())
}

/// What someone who left has decided.
pub(super) fn settle(life: &Life, dice: &mut Dice) -> Option<Vec<Event>> {
    let decided: Vec<_> = open(life).into_iter().filter_map(|open| settled(life, open, dice)).collect();
    dice.one_of(decided).map(|event| vec![event])
}

fn settled(life: &Life, proposal: &Proposal, dice: &mut Dice) -> Option<Event> {
    let (tally, approvers) = life.tally(proposal);
    let rule = ApprovalRule::from_bps(life.thread(proposal.thread).approval_bps)?;
    match decide(rule, tally) {
        Decision::Open => None,
        Decision::Approved => Some(approved(life, proposal, approvers, dice)),
        Decision::Rejected => Some(rejected(life, proposal, tally, dice)),
    }
}

fn approved(life: &Life, proposal: &Proposal, approvers: Vec<u32>, dice: &mut Dice) -> Event {
    let Proposal { thread, hash, author, stake, .. } = *proposal;
    let (state, split) = (life.thread(thread), split_approved(stake.0, count(&approvers)));
    Event::ProposalApproved {
        thread,
        hash,
        author,
        settled_by: dice.wallet(),
        member: life.seat(thread, author).unwrap_or(state.next_member),
        sequence: state.content_log.count,
        approvers,
        share: Amount(split.share),
        to_treasury: Amount(split.treasury),
        approved_at: life.now,
        escrow: Amount(state.escrow.0 - stake.0),
        treasury: Amount(life.treasury() + split.treasury),
    }
}

fn rejected(life: &Life, proposal: &Proposal, tally: Tally, dice: &mut Dice) -> Event {
    let Proposal { thread, hash, author, stake, .. } = *proposal;
    let (state, split) = (life.thread(thread), split_rejected(stake.0, tally));
    Event::ProposalRejected {
        thread,
        hash,
        author,
        settled_by: dice.wallet(),
        to_treasury: Amount(split.treasury),
        to_thread: Amount(split.thread),
        rejected_at: life.now,
        escrow: Amount(state.escrow.0 - stake.0),
        token_balance: Amount(state.token_balance.0 + split.thread),
        treasury: Amount(life.treasury() + split.treasury),
    }
}

pub(super) fn expire(life: &Life, dice: &mut Dice) -> Option<Vec<Event>> {
    let over = life.pending().into_iter().filter(|proposal| proposal.expires_at <= life.now);
    let Proposal { thread, hash, author, stake, .. } = *dice.one_of(over.collect())?;
    Some(vec![Event::ProposalExpired {
        thread,
        hash,
        author,
        settled_by: dice.wallet(),
        to_treasury: stake,
        expired_at: life.now,
        escrow: Amount(life.thread(thread).escrow.0 - stake.0),
        treasury: Amount(life.treasury() + stake.0),
    }])
}

/// Taken back before anyone voted, or once the thread is archived.
pub(super) fn cancel(life: &Life, dice: &mut Dice) -> Option<Vec<Event>> {
    let archived = |proposal: &Proposal| life.thread(proposal.thread).status == ThreadStatus::Archived;
    let pending = life.pending().into_iter();
    let free = pending.filter(|proposal| proposal.votes.is_empty() || archived(proposal));
    let Proposal { thread, hash, author, stake: refund, .. } = *dice.one_of(free.collect())?;
    let escrow = Amount(life.thread(thread).escrow.0 - refund.0);
    Some(vec![Event::ProposalCancelled { thread, hash, author, refund, cancelled_at: life.now, escrow }])
}
