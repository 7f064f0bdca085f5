//! A deployment in LiteSVM: the built program, a mint, and wallets with tokens.

// Paths, so that a target elsewhere can include this file.
#[path = "harness/actions.rs"]
mod actions;
#[path = "harness/refused.rs"]
mod refused;
#[path = "harness/tokens.rs"]
mod tokens;
#[path = "harness/upgrade.rs"]
mod upgrade;

pub use refused::*;
pub use tokens::*;

use anchor_lang::AccountDeserialize;
use anchor_lang::event::EVENT_IX_TAG_LE;
use chorale::build::{self, Deployment};
use chorale::state::{Config, Member, Message, Proposal, Roots, Settings, Thread, Treasury};
use chorale::{address, event};
use chorale_domain::content::ContentHash;
use chorale_domain::event::Event;
use chorale_domain::id::{Hash32, ThreadId, Wallet};
use litesvm::LiteSVM;
use litesvm::types::TransactionMetadata;
use solana_account::Account;
use solana_address::Address;
use solana_clock::Clock;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use solana_transaction::Transaction;
use std::sync::LazyLock;

/// The program as it is deployed.
pub const PROGRAM: &[u8] = include_bytes!("../../chorale.so");
/// What every wallet starts with, in base units of the token.
pub const TOKENS: u64 = 1_000_000;
/// The least stake in these tests.
pub const MIN_STAKE: u64 = 100;
/// Seconds a proposal stays open in these tests.
pub const TTL: i64 = 1_000;
/// The thread most tests use.
pub const THREAD: ThreadId = ThreadId([7; 32]);

/// Seconds before a co-author may leave in these tests.
pub const COOLDOWN: i64 = 60;
/// What a thread keeps when a co-author leaves in these tests.
pub const MIN_THREAD_BALANCE: u64 = 10;

/// The settings that tests begin with.
pub const SETTINGS: Settings = Settings {
    min_stake: MIN_STAKE,
    proposal_ttl: TTL,
    divest_cooldown: COOLDOWN,
    min_thread_balance: MIN_THREAD_BALANCE,
};

/// The program deployed. Loading it takes a thousand times longer than copying what was loaded.
static DEPLOYED: LazyLock<LiteSVM> = LazyLock::new(|| {
    let mut svm = LiteSVM::new();
    svm.add_program(chorale::ID, PROGRAM).expect("the built program loads");
    svm
});

/// The chain with one deployment.
pub struct Chain {
    pub svm: LiteSVM,
    pub deployment: Deployment,
    pub authority: Keypair,
    /// Base units that someone sent to the vault without owing them.
    pub donated: u64,
}

/// The id of a keypair as the domain writes it.
pub fn wallet(keypair: &Keypair) -> Wallet {
    Wallet(keypair.pubkey().to_bytes())
}

/// A content hash that differs from others' by its number.
pub fn hash(n: u8) -> ContentHash {
    Hash32([n; 32])
}

/// A thread of one co-author, and a wallet that is none.
pub fn alice_and_bob(chain: &mut Chain) -> (Keypair, Keypair) {
    (chain.thread_of(1, 10_000).remove(0), chain.wallet())
}

impl Chain {
    /// The program deployed and initialized.
    pub fn new() -> Self {
        Self::of_mint(mint_account(address::TOKEN_PROGRAM))
    }

    /// The same with this account as its mint.
    pub fn of_mint(mint: Account) -> Self {
        let mut chain = Self::deployed_beside(mint);
        let initialize = build::initialize(&chain.deployment, wallet(&chain.authority), SETTINGS);
        let authority = chain.authority.insecure_clone();
        chain.send(&[initialize], &authority).expect("initialize goes through");
        chain
    }

    /// The program deployed, not yet initialized.
    pub fn deployed() -> Self {
        Self::deployed_beside(mint_account(address::TOKEN_PROGRAM))
    }

    /// The same with this account as the mint to use.
    pub fn deployed_beside(mint: Account) -> Self {
        let mut svm = DEPLOYED.clone();
        let authority = Keypair::new();
        svm.airdrop(&authority.pubkey(), 10_000_000_000).expect("airdrop");
        let deployment = Deployment { mint: Address::new_unique(), token_program: mint.owner };
        svm.set_account(deployment.mint, mint).expect("mint");
        let mut chain = Self { svm, deployment, authority: authority.insecure_clone(), donated: 0 };
        chain.give_tokens(&authority, 0);
        chain.set_time(1_000_000);
        chain
    }

    /// A new wallet with lamports and [`TOKENS`].
    pub fn wallet(&mut self) -> Keypair {
        let keypair = Keypair::new();
        self.svm.airdrop(&keypair.pubkey(), 1_000_000_000).expect("airdrop");
        self.give_tokens(&keypair, TOKENS);
        keypair
    }

    /// Moves the chain's clock, in Unix seconds.
    pub fn set_time(&mut self, unix_timestamp: i64) {
        let clock: Clock = self.svm.get_sysvar();
        self.svm.set_sysvar(&Clock { unix_timestamp, ..clock });
    }

    pub fn time(&self) -> i64 {
        self.svm.get_sysvar::<Clock>().unix_timestamp
    }

    /// Lets seconds pass.
    pub fn wait(&mut self, seconds: i64) {
        self.set_time(self.time() + seconds);
    }

    /// Sends instructions in one transaction signed by `payer`; the events it emitted, or why it was refused.
    pub fn send(&mut self, instructions: &[Instruction], payer: &Keypair) -> Result<Sent, Refused> {
        self.send_signed(instructions, &[payer])
    }

    /// The same with several signers, of whom the first pays.
    pub fn send_signed(
        &mut self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<Sent, Refused> {
        self.svm.expire_blockhash();
        let transaction = Transaction::new_signed_with_payer(
            instructions,
            Some(&signers[0].pubkey()),
            signers,
            self.svm.latest_blockhash(),
        );
        let meta = self.svm.send_transaction(transaction).map_err(|failed| refusal(&failed.err))?;
        self.check_conservation();
        Ok(Sent { events: events(&meta), units: meta.compute_units_consumed })
    }

    /// A thread of `n` co-authors, the creator first, the others proposed and approved one by one.
    pub fn thread_of(&mut self, n: usize, approval_bps: u16) -> Vec<Keypair> {
        let mut co_authors = vec![self.wallet()];
        self.create_thread(&co_authors[0], approval_bps).expect("create_thread");
        for seat in 1..n {
            let author = self.wallet();
            let hash = Hash32([0x80 | u8::try_from(seat).expect("few seats"); 32]);
            self.propose(&author, hash, MIN_STAKE).expect("propose");
            for voter in &co_authors {
                if self.proposal(hash).is_some() {
                    self.vote(voter, hash, &author, true).expect("vote");
                }
            }
            co_authors.push(author);
        }
        co_authors
    }

    fn read<T: AccountDeserialize>(&self, address: &Address) -> Option<T> {
        let account = self.svm.get_account(address)?;
        T::try_deserialize(&mut account.data.as_slice()).ok()
    }

    pub fn config(&self) -> Config {
        self.read(&address::config()).expect("config")
    }

    pub fn treasury(&self) -> Treasury {
        self.read(&address::treasury()).expect("treasury")
    }

    pub fn roots(&self) -> Roots {
        self.read(&address::roots()).expect("roots")
    }

    pub fn thread(&self) -> Thread {
        self.read(&address::thread(THREAD)).expect("thread")
    }

    /// A co-author's seat in the thread.
    pub fn member(&self, keypair: &Keypair) -> Option<Member> {
        self.thread().members().find(|member| member.wallet == keypair.pubkey()).copied()
    }

    /// What a co-author can claim, in base units.
    pub fn claimable(&self, keypair: &Keypair) -> u64 {
        self.member(keypair).expect("a co-author").claimable.get()
    }

    pub fn proposal(&self, hash: ContentHash) -> Option<Proposal> {
        self.read(&address::content(THREAD, hash))
    }

    pub fn message(&self, hash: ContentHash) -> Option<Message> {
        self.read(&address::content(THREAD, hash))
    }

    pub fn lamports(&self, address: &Address) -> u64 {
        self.svm.get_balance(address).unwrap_or(0)
    }

    /// Rule 5: vault = thread balances + escrow + claimable + treasury, after every transaction.
    fn check_conservation(&self) {
        let Some(treasury) = self.read::<Treasury>(&address::treasury()) else { return };
        let threads = self.svm.get_program_accounts(&chorale::ID);
        let threads = threads
            .iter()
            .filter_map(|(_, account)| Thread::try_deserialize(&mut account.data.as_slice()).ok());
        let owed: u64 = threads
            .map(|thread| {
                let claimable: u64 = thread.members().map(|member| member.claimable.get()).sum();
                thread.token_balance.get() + thread.escrow.get() + claimable
            })
            .sum();
        let expected = owed + treasury.balance.get() + self.donated;
        assert_eq!(self.token_amount(&address::vault()), expected, "tokens are not conserved");
        assert_eq!(treasury.held.get(), owed + treasury.balance.get(), "the vault's books are wrong");
    }
}

/// What a transaction did.
#[derive(Debug)]
pub struct Sent {
    pub events: Vec<Event>,
    pub units: u64,
}

impl Sent {
    /// What kinds of events it emitted, in order.
    pub fn kinds(&self) -> Vec<&'static str> {
        self.events.iter().map(Event::kind).collect()
    }
}

fn events(meta: &TransactionMetadata) -> Vec<Event> {
    let inner = meta.inner_instructions.iter().flatten().map(|inner| inner.instruction.data.as_slice());
    let bodies = inner.filter_map(|data| data.strip_prefix(EVENT_IX_TAG_LE));
    bodies.map(|body| event::decode(body).expect("every event decodes").1).collect()
}
