//! Chains in which one instruction is about to be measured.

use crate::harness::*;
use chorale::address;
use chorale::state::Thread;
use chorale_domain::content::ContentHash;
use chorale_domain::content_log::MAX_PEAKS;
use chorale_domain::id::Hash32;
use solana_address::Address;
use solana_keypair::Keypair;

/// Everyone must agree.
pub const UNANIMOUS: u16 = 10_000;
/// Half of them must.
pub const HALF: u16 = 5_000;
/// One of them is enough.
const ANYONE: u16 = 1;
/// What is staked on the open proposal.
const STAKE: u64 = 1_000;

/// A thread of n co-authors with an open proposal, and a content log that merges nothing at the next append.
pub struct Setup {
    pub chain: Chain,
    pub co_authors: Vec<Keypair>,
    /// The open proposal.
    pub hash: ContentHash,
    /// Its author: the last co-author, by another proposal, or an outsider where there is one co-author.
    pub author: Keypair,
}

impl Setup {
    pub fn new(n: usize, approval_bps: u16) -> Self {
        let mut chain = Chain::new();
        let mut co_authors = vec![chain.wallet()];
        chain.create_thread(&co_authors[0], ANYONE).expect("create_thread");
        for seat in 1..n.saturating_sub(1) {
            let author = chain.wallet();
            admit(&mut chain, &co_authors[0], &author, found_at(1, seat));
            co_authors.push(author);
        }
        let (author, hash) = (chain.wallet(), found_at(1, 0));
        chain.propose(&author, hash, STAKE).expect("propose");
        if n > 1 {
            admit(&mut chain, &co_authors[0], &author, found_at(1, n));
            co_authors.push(author.insecure_clone());
        }
        edit_thread(&mut chain, |thread| thread.approval_bps = approval_bps.into());
        set_messages(&mut chain, 0);
        Self { chain, co_authors, hash, author }
    }

    /// Votes as the co-author in that seat; the units it took.
    pub fn vote(&mut self, seat: usize, approve: bool) -> u64 {
        let voter = &self.co_authors[seat];
        self.chain.vote(voter, self.hash, &self.author, approve).expect("vote").units
    }
}

fn admit(chain: &mut Chain, voter: &Keypair, author: &Keypair, hash: ContentHash) {
    chain.propose(author, hash, STAKE).expect("propose");
    chain.vote(voter, hash, author, true).expect("vote");
}

/// Changes the thread's account behind the program's back: what it would take a million messages to reach.
fn edit_thread(chain: &mut Chain, edit: impl FnOnce(&mut Thread)) {
    let address = address::thread(THREAD);
    let mut account = chain.svm.get_account(&address).expect("thread");
    edit(bytemuck::from_bytes_mut(&mut account.data[8..]));
    chain.svm.set_account(address, account).expect("edited");
}

/// Makes the content log one of so many messages, whatever they were.
pub fn set_messages(chain: &mut Chain, count: u64) {
    edit_thread(chain, |thread| {
        thread.log_count = count.into();
        thread.log_peaks = [[0x5a; 32]; MAX_PEAKS];
    });
}

/// The n-th hash whose address is found at the given try.
pub fn found_at(tries: u8, n: usize) -> ContentHash {
    let thread = address::thread(THREAD);
    let found = |hash: &ContentHash| {
        let seeds: [&[u8]; 3] = [chorale::seeds::CONTENT, thread.as_ref(), &hash.0];
        Address::find_program_address(&seeds, &chorale::ID).1 == u8::MAX - (tries - 1)
    };
    let hashes = (1_u32..).map(|number| {
        let mut hash = [0xc0; 32];
        hash[..4].copy_from_slice(&number.to_le_bytes());
        Hash32(hash)
    });
    hashes.filter(found).nth(n).expect("half of all hashes are found at the first try")
}
