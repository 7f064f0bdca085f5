//! One method for each instruction, for tests in which the accounts are as they should be.

use super::{Chain, Refused, Sent, THREAD, wallet};
use chorale::build;
use chorale::state::{ConfigUpdate, Settings};
use chorale_domain::content::ContentHash;
use chorale_domain::id::Wallet;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;

impl Chain {
    pub fn create_thread(&mut self, creator: &Keypair, approval_bps: u16) -> Result<Sent, Refused> {
        self.send(&[build::create_thread(wallet(creator), THREAD, approval_bps)], creator)
    }

    pub fn publish(&mut self, author: &Keypair, hash: ContentHash) -> Result<Sent, Refused> {
        self.send(&[build::publish(wallet(author), THREAD, hash)], author)
    }

    pub fn propose(&mut self, author: &Keypair, hash: ContentHash, stake: u64) -> Result<Sent, Refused> {
        let propose = build::propose(&self.deployment, wallet(author), THREAD, hash, stake, 0);
        self.send(&[propose], author)
    }

    pub fn vote(
        &mut self,
        voter: &Keypair,
        hash: ContentHash,
        author: &Keypair,
        approve: bool,
    ) -> Result<Sent, Refused> {
        let stake = self.proposal(hash).map_or(0, |proposal| proposal.stake.get());
        self.send(&[build::vote(wallet(voter), THREAD, hash, wallet(author), stake, approve)], voter)
    }

    pub fn settle(
        &mut self,
        settler: &Keypair,
        hash: ContentHash,
        author: &Keypair,
    ) -> Result<Sent, Refused> {
        self.send(&[build::settle(wallet(settler), THREAD, hash, wallet(author))], settler)
    }

    pub fn expire(
        &mut self,
        settler: &Keypair,
        hash: ContentHash,
        author: &Keypair,
    ) -> Result<Sent, Refused> {
        self.send(&[build::expire(wallet(settler), THREAD, hash, wallet(author))], settler)
    }

    pub fn cancel(&mut self, author: &Keypair, hash: ContentHash) -> Result<Sent, Refused> {
        self.send(&[build::cancel(&self.deployment, wallet(author), THREAD, hash)], author)
    }

    pub fn claim(&mut self, co_author: &Keypair) -> Result<Sent, Refused> {
        self.send(&[build::claim(&self.deployment, wallet(co_author), THREAD)], co_author)
    }

    pub fn divest(&mut self, co_author: &Keypair) -> Result<Sent, Refused> {
        self.send(&[build::divest(&self.deployment, wallet(co_author), THREAD, 0)], co_author)
    }

    pub fn archive(&mut self, co_author: &Keypair) -> Result<Sent, Refused> {
        self.send(&[build::archive(wallet(co_author), THREAD)], co_author)
    }

    /// Sends what `instruction` makes of the authority, signed by it.
    pub fn govern(&mut self, instruction: impl FnOnce(Wallet) -> Instruction) -> Result<Sent, Refused> {
        let authority = self.authority.insecure_clone();
        self.send(&[instruction(wallet(&authority))], &authority)
    }

    /// Changes settings; the authority keeps the right to anchor roots.
    pub fn configure(&mut self, settings: Settings) -> Result<Sent, Refused> {
        let update = ConfigUpdate { settings, anchor_authority: self.authority.pubkey() };
        self.govern(|authority| build::update_config(authority, update))
    }

    pub fn set_paused(&mut self, paused: bool) -> Result<Sent, Refused> {
        self.govern(|authority| build::set_paused(authority, paused))
    }

    pub fn anchor_root(&mut self, slot: u64, root: [u8; 32]) -> Result<Sent, Refused> {
        self.govern(|authority| build::anchor_root(authority, slot, root))
    }

    pub fn withdraw(&mut self, amount: u64) -> Result<Sent, Refused> {
        let deployment = self.deployment;
        self.govern(|authority| build::withdraw_treasury(&deployment, authority, amount))
    }

    /// Gives a unanimous thread a balance: `denier` rejects a proposal with this stake.
    pub fn endow(&mut self, denier: &Keypair, amount: u64) {
        let (author, hash) = (self.wallet(), super::hash(0x7f));
        self.propose(&author, hash, amount).expect("propose");
        self.vote(denier, hash, &author, false).expect("one denial rejects");
    }

    /// Gives the treasury a balance: a proposal with this stake expires.
    pub fn enrich_treasury(&mut self, amount: u64) {
        let (author, hash) = (self.wallet(), super::hash(0x7e));
        self.propose(&author, hash, amount).expect("propose");
        self.wait(self.config().proposal_ttl.get());
        self.expire(&author, hash, &author).expect("expire");
    }
}
