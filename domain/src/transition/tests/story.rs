//! What happens, event by event.

use crate::content::ContentHash;
use crate::event::Event;
use crate::id::{Amount, Hash32, ThreadId, Wallet};

pub(super) const THREAD: ThreadId = ThreadId([1; 32]);
pub(super) const ALICE: Wallet = Wallet([10; 32]);
pub(super) const BOB: Wallet = Wallet([11; 32]);
pub(super) const CAROL: Wallet = Wallet([12; 32]);
pub(super) const OWNER: Wallet = Wallet([1; 32]);
pub(super) const HEIR: Wallet = Wallet([4; 32]);
pub(super) const FIRST: ContentHash = Hash32([20; 32]);
pub(super) const SECOND: ContentHash = Hash32([21; 32]);
pub(super) const THIRD: ContentHash = Hash32([22; 32]);

pub(super) fn initialized() -> Event {
    Event::ConfigInitialized {
        authority: OWNER,
        anchor_authority: OWNER,
        mint: Wallet([2; 32]),
        token_program: Wallet([3; 32]),
        decimals: 6,
        min_stake: Amount(5),
        proposal_ttl: 60,
        divest_cooldown: 60,
        min_thread_balance: Amount(1),
    }
}

pub(super) fn created() -> Event {
    Event::ThreadCreated { thread: THREAD, creator: ALICE, approval_bps: 10_000, created_at: 100 }
}

pub(super) fn proposed(hash: ContentHash, escrow: u64) -> Event {
    let (thread, author, stake, escrow) = (THREAD, BOB, Amount(7), Amount(escrow));
    Event::ProposalCreated { thread, hash, author, stake, created_at: 101, expires_at: 161, escrow }
}

pub(super) fn voted(hash: ContentHash, approve: bool) -> Event {
    Event::VoteCast { thread: THREAD, hash, voter: ALICE, member: 0, approve, voted_at: 102 }
}

pub(super) fn approved(treasury: u64) -> Event {
    Event::ProposalApproved {
        thread: THREAD,
        hash: FIRST,
        author: BOB,
        settled_by: ALICE,
        member: 1,
        sequence: 0,
        approvers: vec![0],
        share: Amount(7),
        to_treasury: Amount(0),
        approved_at: 102,
        escrow: Amount(0),
        treasury: Amount(treasury),
    }
}

pub(super) fn rejected() -> Event {
    Event::ProposalRejected {
        thread: THREAD,
        hash: SECOND,
        author: BOB,
        settled_by: ALICE,
        to_treasury: Amount(0),
        to_thread: Amount(7),
        rejected_at: 103,
        escrow: Amount(0),
        token_balance: Amount(7),
        treasury: Amount(0),
    }
}

pub(super) fn story() -> Vec<Event> {
    let claimed =
        Event::Claimed { thread: THREAD, wallet: ALICE, member: 0, amount: Amount(7), claimed_at: 104 };
    vec![
        initialized(),
        created(),
        proposed(FIRST, 7),
        voted(FIRST, true),
        approved(0),
        proposed(SECOND, 7),
        voted(SECOND, false),
        rejected(),
        claimed,
    ]
}

/// The small story, and what governance, departures and the other ends of proposals add to it.
pub(super) fn long_story() -> Vec<Event> {
    [story(), governance(), undecided(), leaving()].concat()
}

/// The settings change, the authority changes hands, a root is posted.
pub(super) fn governance() -> Vec<Event> {
    let paused = |authority, paused| Event::PausedSet { authority, paused, set_at: 105 };
    vec![
        paused(OWNER, true),
        Event::AuthorityProposed { authority: OWNER, pending: Some(HEIR), proposed_at: 105 },
        Event::AuthorityAccepted { previous: OWNER, authority: HEIR, accepted_at: 105 },
        paused(HEIR, false),
        Event::ConfigUpdated {
            authority: HEIR,
            anchor_authority: HEIR,
            min_stake: Amount(6),
            proposal_ttl: 60,
            divest_cooldown: 60,
            min_thread_balance: Amount(1),
            updated_at: 105,
        },
        anchored(90),
    ]
}

pub(super) fn anchored(slot: u64) -> Event {
    Event::RootAnchored { authority: HEIR, slot, root: Hash32([30; 32]), anchored_at: 105 }
}

pub(super) fn carols(created_at: i64) -> Event {
    Event::ProposalCreated {
        thread: THREAD,
        hash: THIRD,
        author: CAROL,
        stake: Amount(7),
        created_at,
        expires_at: created_at + 60,
        escrow: Amount(7),
    }
}

pub(super) fn cancelled(cancelled_at: i64) -> Event {
    let (thread, hash, author, refund, escrow) = (THREAD, THIRD, CAROL, Amount(7), Amount(0));
    Event::ProposalCancelled { thread, hash, author, refund, cancelled_at, escrow }
}

pub(super) fn expired(expired_at: i64) -> Event {
    Event::ProposalExpired {
        thread: THREAD,
        hash: THIRD,
        author: CAROL,
        settled_by: HEIR,
        to_treasury: Amount(7),
        expired_at,
        escrow: Amount(0),
        treasury: Amount(7),
    }
}

/// A proposal is taken back, the next one expires, part of the treasury is withdrawn.
pub(super) fn undecided() -> Vec<Event> {
    let withdrawn = Event::TreasuryWithdrawn {
        authority: HEIR,
        destination: Wallet([5; 32]),
        amount: Amount(3),
        withdrawn_at: 167,
        treasury: Amount(4),
    };
    vec![carols(106), cancelled(106), carols(106), expired(166), withdrawn]
}

pub(super) fn alices_vote(voted_at: i64) -> Event {
    Event::VoteCast { thread: THREAD, hash: THIRD, voter: ALICE, member: 0, approve: true, voted_at }
}

pub(super) fn divested(wallet: Wallet, member: u32, (share, claimed): (u64, u64), left: u64) -> Event {
    Event::Divested {
        thread: THREAD,
        wallet,
        member,
        share: Amount(share),
        claimed: Amount(claimed),
        divested_at: [175, 172, 243][member as usize],
        token_balance: Amount(left),
        archived: member == 2,
    }
}

/// Carol is let in, as anyone can settle once Bob, who had not voted, is gone.
pub(super) fn settled() -> Event {
    Event::ProposalApproved {
        thread: THREAD,
        hash: THIRD,
        author: CAROL,
        settled_by: HEIR,
        member: 2,
        sequence: 1,
        approvers: vec![0],
        share: Amount(7),
        to_treasury: Amount(0),
        approved_at: 173,
        escrow: Amount(0),
        treasury: Amount(4),
    }
}

/// Bob leaves, which completes a decision; then everyone else does.
pub(super) fn leaving() -> Vec<Event> {
    vec![
        carols(170),
        alices_vote(171),
        divested(BOB, 1, (3, 0), 4),
        settled(),
        Event::MessagePublished {
            thread: THREAD,
            hash: Hash32([23; 32]),
            author: CAROL,
            sequence: 2,
            published_at: 174,
        },
        divested(ALICE, 0, (2, 7), 2),
        Event::ThreadArchived { thread: THREAD, wallet: CAROL, member: 2, archived_at: 180 },
        divested(CAROL, 2, (1, 0), 1),
    ]
}
