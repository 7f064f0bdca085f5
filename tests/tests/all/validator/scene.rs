//! One thread on the stage: a method for each instruction, in which the accounts are as they should be.

use super::node::Refused;
use super::stage::{MIN_STAKE, Sent, Stage, wallet};
use chorale::state::{Member, Message, Proposal, Thread};
use chorale::{address, build, seeds};
use chorale_domain::content::ContentHash;
use chorale_domain::id::{Hash32, ThreadId};
use futures::future::join_all;
use solana_address::Address;
use solana_keypair::Keypair;
use solana_signer::Signer;

/// A thread, whether it exists yet or not.
pub struct Scene<'a> {
    pub stage: &'a Stage,
    pub id: ThreadId,
}

/// The n-th of these 32 bytes whose address is found at the first try, as in the committed table of costs.
fn found_at_once(n: usize, address: impl Fn(&[u8; 32]) -> (Address, u8)) -> [u8; 32] {
    let numbered = (1_u32..).map(|number| {
        let mut bytes = [0xc0; 32];
        bytes[..4].copy_from_slice(&number.to_le_bytes());
        bytes
    });
    let mut found = numbered.filter(|bytes| address(bytes).1 == u8::MAX);
    found.nth(n).expect("every second address is found at the first try")
}

impl<'a> Scene<'a> {
    /// The n-th thread.
    pub fn new(stage: &'a Stage, n: usize) -> Self {
        let find = |id: &[u8; 32]| Address::find_program_address(&[seeds::THREAD, id], &chorale::ID);
        Self { stage, id: ThreadId(found_at_once(n, find)) }
    }

    /// The n-th content of this thread.
    pub fn hash(&self, n: usize) -> ContentHash {
        let thread = address::thread(self.id);
        let find = |hash: &[u8; 32]| {
            let seeds: [&[u8]; 3] = [seeds::CONTENT, thread.as_ref(), hash];
            Address::find_program_address(&seeds, &chorale::ID)
        };
        Hash32(found_at_once(n, find))
    }

    pub async fn create(&self, creator: &Keypair, approval_bps: u16) -> Result<Sent, Refused> {
        self.stage.send(build::create_thread(wallet(creator), self.id, approval_bps), creator).await
    }

    pub async fn publish(&self, author: &Keypair, hash: ContentHash) -> Result<Sent, Refused> {
        self.stage.send(build::publish(wallet(author), self.id, hash), author).await
    }

    pub async fn propose(&self, author: &Keypair, hash: ContentHash, stake: u64) -> Result<Sent, Refused> {
        let propose = build::propose(&self.stage.deployment, wallet(author), self.id, hash, stake, 0);
        self.stage.send(propose, author).await
    }

    /// Looks at the stake first, as everyone should.
    pub async fn vote(
        &self,
        voter: &Keypair,
        hash: ContentHash,
        author: &Keypair,
        approve: bool,
    ) -> Result<Sent, Refused> {
        let stake = self.proposal(hash).await.expect("a proposal to vote on").stake.get();
        let vote = build::vote(wallet(voter), self.id, hash, wallet(author), stake, approve);
        self.stage.send(vote, voter).await
    }

    pub async fn settle(
        &self,
        settler: &Keypair,
        hash: ContentHash,
        author: &Keypair,
    ) -> Result<Sent, Refused> {
        self.stage.send(build::settle(wallet(settler), self.id, hash, wallet(author)), settler).await
    }

    pub async fn expire(
        &self,
        settler: &Keypair,
        hash: ContentHash,
        author: &Keypair,
    ) -> Result<Sent, Refused> {
        self.stage.send(build::expire(wallet(settler), self.id, hash, wallet(author)), settler).await
    }

    pub async fn cancel(&self, author: &Keypair, hash: ContentHash) -> Result<Sent, Refused> {
        self.stage.send(build::cancel(&self.stage.deployment, wallet(author), self.id, hash), author).await
    }

    pub async fn claim(&self, wallet_: &Keypair) -> Result<Sent, Refused> {
        self.stage.send(build::claim(&self.stage.deployment, wallet(wallet_), self.id), wallet_).await
    }

    pub async fn divest(&self, leaver: &Keypair) -> Result<Sent, Refused> {
        self.divest_for(leaver, 0).await
    }

    /// Leaves only if that pays so many base units.
    pub async fn divest_for(&self, leaver: &Keypair, at_least: u64) -> Result<Sent, Refused> {
        let divest = build::divest(&self.stage.deployment, wallet(leaver), self.id, at_least);
        self.stage.send(divest, leaver).await
    }

    pub async fn archive(&self, co_author: &Keypair) -> Result<Sent, Refused> {
        self.stage.send(build::archive(wallet(co_author), self.id), co_author).await
    }

    /// All of them approve, in whatever order the chain takes them.
    pub async fn approve_all(&self, voters: &[Keypair], hash: ContentHash, author: &Keypair) {
        let votes = voters.iter().map(|voter| self.vote(voter, hash, author, true));
        for vote in join_all(votes).await {
            vote.expect("vote");
        }
    }

    /// The author asks to join and everyone agrees.
    pub async fn admit(&self, voters: &[Keypair], author: &Keypair, hash: ContentHash) {
        self.propose(author, hash, MIN_STAKE).await.expect("propose");
        self.approve_all(voters, hash, author).await;
    }

    pub async fn thread(&self) -> Thread {
        self.stage.node.read(&address::thread(self.id)).await.expect("the thread")
    }

    pub async fn proposal(&self, hash: ContentHash) -> Option<Proposal> {
        self.stage.node.read(&address::content(self.id, hash)).await
    }

    pub async fn message(&self, hash: ContentHash) -> Option<Message> {
        self.stage.node.read(&address::content(self.id, hash)).await
    }

    /// A co-author's seat.
    pub async fn member(&self, keypair: &Keypair) -> Option<Member> {
        self.thread().await.members().find(|member| member.wallet == keypair.pubkey()).copied()
    }
}
