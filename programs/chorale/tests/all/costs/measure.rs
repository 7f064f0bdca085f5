//! Measuring each instruction with 1, 8 and 32 co-authors.

use super::setup::{HALF, Setup, UNANIMOUS, found_at, set_messages};
use crate::harness::*;
use chorale::build;
use chorale::state::ConfigUpdate;
use chorale_domain::content::ContentHash;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;

/// Co-authors in each column.
pub const COLUMNS: [usize; 3] = [1, 8, 32];

/// Units with so many co-authors, as far as it makes sense.
pub type Row = [Option<u64>; 3];

/// What one instruction costs with so many co-authors, if it makes sense.
type Measure = fn(usize) -> Option<u64>;

/// What everything costs.
pub struct Costs {
    pub rows: Vec<(&'static str, Row)>,
    /// One more try to find an address.
    pub per_try: u64,
    /// Merging one more pair of subtrees of the content log.
    pub per_merge: u64,
}

impl Costs {
    pub fn row(&self, instruction: &str) -> Row {
        let row = self.rows.iter().find(|(name, _)| *name == instruction);
        row.unwrap_or_else(|| panic!("{instruction} was not measured")).1
    }
}

pub fn measure() -> Costs {
    let in_threads: [(&str, Measure); 12] = [
        ("create_thread", create_thread),
        ("publish", publish),
        ("propose", propose),
        ("vote", open_vote),
        ("vote that approves", |n| Some(last_vote(n, true))),
        ("vote that rejects", |n| Some(last_vote(n, false))),
        ("settle that approves", |n| Some(settle_approval(n))),
        ("settle that rejects", |n| Some(settle_rejection(n))),
        ("expire", expire),
        ("cancel", cancel),
        ("claim", claim),
        ("divest", divest),
    ];
    let mut rows: Vec<_> = in_threads.into_iter().map(|(name, cost)| (name, COLUMNS.map(cost))).collect();
    rows.push(("archive", [Some(archive()), None, None]));
    rows.extend(governance().map(|(name, units)| (name, [Some(units), None, None])));
    Costs { rows, per_try: per_try(), per_merge: per_merge() }
}

fn units(chain: &mut Chain, instruction: Instruction, signer: &Keypair) -> u64 {
    chain.send(&[instruction], signer).expect("what is measured goes through").units
}

fn create_thread(n: usize) -> Option<u64> {
    let mut chain = Chain::new();
    let creator = chain.wallet();
    (n == 1).then(|| chain.create_thread(&creator, UNANIMOUS).expect("create_thread").units)
}

fn publish(n: usize) -> Option<u64> {
    let mut setup = Setup::new(n, UNANIMOUS);
    let author = setup.co_authors.last().expect("one");
    Some(setup.chain.publish(author, found_at(1, 40)).expect("publish").units)
}

/// A full thread takes no proposals: measured with a seat less.
fn propose(n: usize) -> Option<u64> {
    let mut setup = Setup::new(n.min(31), UNANIMOUS);
    let author = setup.chain.wallet();
    Some(setup.chain.propose(&author, found_at(1, 40), MIN_STAKE).expect("propose").units)
}

/// The last but one vote; the only vote of one co-author decides.
fn open_vote(n: usize) -> Option<u64> {
    let mut setup = Setup::new(n, UNANIMOUS);
    (0..n - 1).map(|seat| setup.vote(seat, true)).last()
}

fn last_vote(n: usize, approve: bool) -> u64 {
    let mut setup = Setup::new(n, UNANIMOUS);
    for seat in 0..n - 1 {
        setup.vote(seat, true);
    }
    setup.vote(n - 1, approve)
}

/// A co-author leaves who would have had to vote. With one column less there would be nobody to leave: two, then one.
fn settle_approval(n: usize) -> u64 {
    let mut setup = Setup::new(n.max(2), UNANIMOUS);
    for seat in 1..n.max(2) {
        setup.vote(seat, true);
    }
    leave_and_settle(setup)
}

/// A co-author leaves without whom the denials are too many.
fn settle_rejection(n: usize) -> u64 {
    let mut setup = Setup::new(n.max(2), HALF);
    let half = n.max(2) / 2;
    for seat in 1..=half {
        setup.vote(seat, false);
    }
    // As many votes as can be without a decision.
    for seat in half + 1..n.max(2) {
        setup.vote(seat, true);
    }
    leave_and_settle(setup)
}

fn leave_and_settle(mut setup: Setup) -> u64 {
    let leaver = setup.co_authors[0].insecure_clone();
    setup.chain.set_time(setup.chain.time() + 60);
    let divest = build::divest(&setup.chain.deployment, wallet(&leaver), THREAD, 0);
    units(&mut setup.chain, divest, &leaver);
    let settle = build::settle(wallet(&leaver), THREAD, setup.hash, wallet(&setup.author));
    units(&mut setup.chain, settle, &leaver)
}

fn expire(n: usize) -> Option<u64> {
    let mut setup = Setup::new(n, UNANIMOUS);
    setup.chain.set_time(setup.chain.time() + TTL);
    let expire = build::expire(wallet(&setup.author), THREAD, setup.hash, wallet(&setup.author));
    Some(units(&mut setup.chain, expire, &setup.author))
}

fn cancel(n: usize) -> Option<u64> {
    let mut setup = Setup::new(n, UNANIMOUS);
    let cancel = build::cancel(&setup.chain.deployment, wallet(&setup.author), THREAD, setup.hash);
    Some(units(&mut setup.chain, cancel, &setup.author))
}

/// The last co-author to vote claims a share; where there is one, the only one.
fn claim(n: usize) -> Option<u64> {
    let mut setup = Setup::new(n, UNANIMOUS);
    for seat in 0..n {
        setup.vote(seat, true);
    }
    let claimant = setup.co_authors[n - 1].insecure_clone();
    let claim = build::claim(&setup.chain.deployment, wallet(&claimant), THREAD);
    Some(units(&mut setup.chain, claim, &claimant))
}

/// The last co-author leaves, with a share of the balance where they are the only one and a claimable amount otherwise.
fn divest(n: usize) -> Option<u64> {
    let mut setup = Setup::new(n, UNANIMOUS);
    for seat in 0..n {
        setup.vote(seat, n > 1);
    }
    setup.chain.set_time(setup.chain.time() + 60);
    let leaver = setup.co_authors[n - 1].insecure_clone();
    let divest = build::divest(&setup.chain.deployment, wallet(&leaver), THREAD, 0);
    Some(units(&mut setup.chain, divest, &leaver))
}

fn archive() -> u64 {
    let mut chain = Chain::new();
    let alice = chain.thread_of(1, UNANIMOUS).remove(0);
    units(&mut chain, build::archive(wallet(&alice), THREAD), &alice)
}

fn governance() -> [(&'static str, u64); 7] {
    let mut chain = Chain::deployed();
    let authority = chain.authority.insecure_clone();
    chain.set_upgrade_authority(Some(authority.pubkey()));
    let (by, deployment) = (wallet(&authority), chain.deployment);
    let settings = SETTINGS;
    let update = ConfigUpdate { settings, anchor_authority: authority.pubkey() };
    let measured = [
        ("initialize", build::initialize(&deployment, by, settings)),
        ("anchor_root", build::anchor_root(by, 0, [1; 32])),
        ("update_config", build::update_config(by, update)),
        ("set_paused", build::set_paused(by, false)),
        ("propose_authority", build::propose_authority(by, Some(by))),
        ("accept_authority", build::accept_authority(by)),
    ];
    let measured = measured.map(|(name, instruction)| (name, units(&mut chain, instruction, &authority)));
    let [a, b, c, d, e, f] = measured;
    [a, b, c, d, e, f, ("withdraw_treasury", withdraw_treasury())]
}

/// After a proposal expired.
fn withdraw_treasury() -> u64 {
    let mut setup = Setup::new(1, UNANIMOUS);
    setup.chain.set_time(setup.chain.time() + TTL);
    let expire = build::expire(wallet(&setup.author), THREAD, setup.hash, wallet(&setup.author));
    units(&mut setup.chain, expire, &setup.author);
    let authority = setup.chain.authority.insecure_clone();
    let account = token_account(&setup.chain.deployment, wallet(&authority), 0);
    let address = setup.chain.token_address(&authority);
    setup.chain.svm.set_account(address, account).expect("token account");
    let withdraw = build::withdraw_treasury(&setup.chain.deployment, wallet(&authority), 1);
    units(&mut setup.chain, withdraw, &authority)
}

fn publish_after(messages: u64, hash: ContentHash) -> u64 {
    let mut setup = Setup::new(1, UNANIMOUS);
    set_messages(&mut setup.chain, messages);
    setup.chain.publish(&setup.co_authors[0], hash).expect("publish").units
}

fn per_try() -> u64 {
    publish_after(0, found_at(2, 0)) - publish_after(0, found_at(1, 40))
}

/// The most merges there can be: 19.
fn per_merge() -> u64 {
    let most = publish_after((1 << 19) - 1, found_at(1, 40));
    (most - publish_after(0, found_at(1, 40))).div_ceil(19)
}
