//! What the nodes behind the endpoint answer.

use super::account;
use super::block::Landed;
use super::encode::encoded;
use super::world::World;
use chorale_domain::id::{Signature, Wallet};
use chorale_indexer::source::{AccountsAt, EncodedTransaction, Page, SignatureInfo, SourceError, Tip};
use chorale_wire::socket::Commitment;
use rand::Rng;

/// Accounts by address.
type Accounts = Vec<(Wallet, Vec<u8>)>;

/// Where every answer says it comes from.
pub const URL: &str = "sim://chain";

/// What nodes give at most in one page.
const LONGEST_PAGE: usize = 1000;

/// One node.
#[derive(Clone, Copy, Default, Debug)]
pub struct Node {
    /// How far it is behind the chain, in microseconds.
    pub lag: u64,
    /// It knows nothing of slots before this one.
    pub begins: u64,
    /// Since then, in microseconds, it has heard of nothing, and answers all the same.
    pub frozen: Option<u64>,
}

impl World {
    /// How far a node is.
    pub fn tip(&mut self, node: Node) -> Tip {
        let head = self.view(node);
        let tip = Tip {
            confirmed: self.chain.block(head.confirmed).slot,
            finalized: self.chain.block(head.finalized).slot,
        };
        self.told(tip);
        tip
    }

    /// A page of a node's list.
    ///
    /// # Errors
    /// If it is behind.
    pub fn signatures(&mut self, node: Node, page: &Page) -> Result<Vec<SignatureInfo>, SourceError> {
        self.require(node, page.min_slot)?;
        let limit = page.limit.min(LONGEST_PAGE).min(self.page_length());
        let head = self.view(node);
        let finalized = self.chain.block(head.finalized).slot;
        let known = self.chain.landed(head.confirmed).take_while(|(slot, _)| *slot >= node.begins);
        let mut after = known.skip_while(|(_, landed)| {
            page.before.is_some_and(|before| landed.transaction.signature != before)
        });
        if page.before.is_some() {
            after.next();
        }
        let wanted = after.take_while(|(_, landed)| Some(landed.transaction.signature) != page.until);
        Ok(wanted.take(limit).map(|(slot, landed)| info(slot, landed, finalized)).collect())
    }

    /// A transaction, if a node knows it.
    pub fn transaction(&mut self, node: Node, signature: Signature) -> Option<EncodedTransaction> {
        let (head, strips, now) = (self.view(node), self.strips(), self.now());
        let mut known = self.chain.landed(head.confirmed).take_while(|(slot, _)| *slot >= node.begins);
        let (slot, landed) = known.find(|(_, landed)| landed.transaction.signature == signature)?;
        if landed.withheld_until > now {
            self.tally.count("transactions listed, but not given out");
            return None;
        }
        let mut transaction = encoded(landed, slot);
        if strips {
            transaction.transaction.meta = None;
        }
        Some(transaction)
    }

    /// Accounts, as a node knows them.
    ///
    /// # Errors
    /// If it is behind.
    pub fn accounts(
        &mut self,
        node: Node,
        wanted: &[Wallet],
        min_slot: u64,
    ) -> Result<AccountsAt, SourceError> {
        self.require(node, min_slot)?;
        let block = self.chain.block(self.view(node).confirmed);
        let accounts = wanted.iter().map(|address| account::data(&block.life, *address));
        Ok(AccountsAt { slot: block.slot, accounts: accounts.collect() })
    }

    /// All threads' accounts, as a node knows them.
    ///
    /// # Errors
    /// If it is behind.
    pub fn all_accounts(&mut self, node: Node, min_slot: u64) -> Result<(u64, Accounts), SourceError> {
        self.require(node, min_slot)?;
        let block = self.chain.block(self.view(node).confirmed);
        Ok((block.slot, account::all(&block.life)))
    }

    fn require(&mut self, node: Node, wanted: u64) -> Result<(), SourceError> {
        let slot = self.chain.block(self.view(node).confirmed).slot;
        if slot >= wanted {
            return Ok(());
        }
        self.tally.count("answers of a node that is behind");
        Err(SourceError::Behind { url: URL.into(), slot: Some(slot), wanted })
    }

    fn page_length(&mut self) -> usize {
        let longest = self.plan.page;
        if longest < LONGEST_PAGE { self.rng.random_range(1..=longest) } else { longest }
    }
}

fn info(slot: u64, landed: &Landed, finalized: u64) -> SignatureInfo {
    let commitment = if slot <= finalized { Commitment::Finalized } else { Commitment::Confirmed };
    SignatureInfo {
        signature: landed.transaction.signature,
        slot,
        failed: landed.calls.is_none(),
        commitment,
    }
}
