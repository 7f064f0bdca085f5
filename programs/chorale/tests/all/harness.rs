//! A deployment in LiteSVM: the built program, a mint, and wallets with tokens.

use anchor_lang::AccountDeserialize;
use anchor_lang::event::EVENT_IX_TAG_LE;
use chorale::build::{self, Deployment};
use chorale::error::ChoraleError;
use chorale::state::{Config, Message, Proposal, Settings, Thread, Treasury};
use chorale::{address, event};
use chorale_domain::content::ContentHash;
use chorale_domain::event::Event;
use chorale_domain::id::{Hash32, ThreadId, Wallet};
use litesvm::LiteSVM;
use litesvm::types::TransactionMetadata;
use solana_account::Account;
use solana_address::Address;
use solana_clock::Clock;
use solana_instruction::{Instruction, error::InstructionError};
use solana_keypair::Keypair;
use solana_signer::Signer;
use solana_transaction::Transaction;
use solana_transaction_error::TransactionError;

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

const SETTINGS: Settings =
    Settings { min_stake: MIN_STAKE, proposal_ttl: TTL, divest_cooldown: 60, min_thread_balance: 10 };

/// A refusal by name where the program gave one, the runtime's words otherwise.
pub type Refused = String;

/// The chain with one deployment.
pub struct Chain {
    pub svm: LiteSVM,
    pub deployment: Deployment,
    pub authority: Keypair,
}

/// The id of a keypair as the domain writes it.
pub fn wallet(keypair: &Keypair) -> Wallet {
    Wallet(keypair.pubkey().to_bytes())
}

/// A content hash that differs from others' by its number.
pub fn hash(n: u8) -> ContentHash {
    Hash32([n; 32])
}

impl Chain {
    /// The program deployed and initialized.
    pub fn new() -> Self {
        let mut chain = Self::deployed();
        let initialize = build::initialize(&chain.deployment, wallet(&chain.authority), SETTINGS);
        let authority = chain.authority.insecure_clone();
        chain.send(&[initialize], &authority).expect("initialize goes through");
        chain
    }

    /// The program deployed, not yet initialized.
    pub fn deployed() -> Self {
        let mut svm = LiteSVM::new();
        svm.add_program(chorale::ID, PROGRAM).expect("the built program loads");
        let authority = Keypair::new();
        svm.airdrop(&authority.pubkey(), 10_000_000_000).expect("airdrop");
        let mint = Address::new_unique();
        svm.set_account(mint, mint_account(address::TOKEN_PROGRAM)).expect("mint");
        let deployment = Deployment { mint, token_program: address::TOKEN_PROGRAM };
        let mut chain = Self { svm, deployment, authority };
        chain.set_time(1_000_000);
        chain
    }

    /// A new wallet with lamports and [`TOKENS`].
    pub fn wallet(&mut self) -> Keypair {
        let keypair = Keypair::new();
        self.svm.airdrop(&keypair.pubkey(), 1_000_000_000).expect("airdrop");
        let account = token_account(&self.deployment, wallet(&keypair), TOKENS);
        self.svm.set_account(self.token_address(&keypair), account).expect("token account");
        keypair
    }

    pub fn token_address(&self, keypair: &Keypair) -> Address {
        address::associated_token(wallet(keypair), &self.deployment.mint, &self.deployment.token_program)
    }

    /// Moves the chain's clock, in Unix seconds.
    pub fn set_time(&mut self, unix_timestamp: i64) {
        let clock: Clock = self.svm.get_sysvar();
        self.svm.set_sysvar(&Clock { unix_timestamp, ..clock });
    }

    pub fn time(&self) -> i64 {
        self.svm.get_sysvar::<Clock>().unix_timestamp
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

    pub fn create_thread(&mut self, creator: &Keypair, approval_bps: u16) -> Result<Sent, Refused> {
        self.send(&[build::create_thread(wallet(creator), THREAD, approval_bps)], creator)
    }

    pub fn publish(&mut self, author: &Keypair, hash: ContentHash) -> Result<Sent, Refused> {
        self.send(&[build::publish(wallet(author), THREAD, hash)], author)
    }

    pub fn propose(&mut self, author: &Keypair, hash: ContentHash, stake: u64) -> Result<Sent, Refused> {
        let propose = build::propose(&self.deployment, wallet(author), THREAD, hash, stake);
        self.send(&[propose], author)
    }

    pub fn vote(
        &mut self,
        voter: &Keypair,
        hash: ContentHash,
        author: &Keypair,
        approve: bool,
    ) -> Result<Sent, Refused> {
        self.send(&[build::vote(wallet(voter), THREAD, hash, wallet(author), approve)], voter)
    }

    pub fn claim(&mut self, wallet_keypair: &Keypair) -> Result<Sent, Refused> {
        let claim = build::claim(&self.deployment, wallet(wallet_keypair), THREAD);
        self.send(&[claim], wallet_keypair)
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

    pub fn thread(&self) -> Thread {
        self.read(&address::thread(THREAD)).expect("thread")
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

    /// Base units in a wallet's token account.
    pub fn tokens(&self, keypair: &Keypair) -> u64 {
        self.token_amount(&self.token_address(keypair))
    }

    pub fn token_amount(&self, address: &Address) -> u64 {
        let account = self.svm.get_account(address).expect("token account");
        u64::from_le_bytes(account.data[64..72].try_into().expect("8 bytes"))
    }

    /// Rule 5: vault = thread balances + escrow + claimable + treasury, after every transaction.
    fn check_conservation(&self) {
        let threads = self.svm.get_program_accounts(&chorale::ID);
        let threads = threads
            .iter()
            .filter_map(|(_, account)| Thread::try_deserialize(&mut account.data.as_slice()).ok());
        let owed: u64 = threads
            .map(|thread| {
                let claimable: u64 = thread.members().iter().map(|member| member.claimable.get()).sum();
                thread.token_balance.get() + thread.escrow.get() + claimable
            })
            .sum();
        let treasury = self.treasury();
        assert_eq!(
            self.token_amount(&address::vault()),
            owed + treasury.balance.get(),
            "tokens are not conserved"
        );
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
    pub fn kinds(&self) -> Vec<&'static str> {
        self.events.iter().map(Event::kind).collect()
    }
}

fn events(meta: &TransactionMetadata) -> Vec<Event> {
    let inner = meta.inner_instructions.iter().flatten().map(|inner| inner.instruction.data.as_slice());
    let bodies = inner.filter_map(|data| data.strip_prefix(EVENT_IX_TAG_LE));
    bodies.map(|body| event::decode(body).expect("every event decodes").1).collect()
}

fn refusal(error: &TransactionError) -> Refused {
    match error {
        TransactionError::InstructionError(_, InstructionError::Custom(code)) => {
            ChoraleError::from_code(*code)
                .map_or_else(|| format!("Custom({code})"), |error| error.name().to_owned())
        }
        TransactionError::InstructionError(_, error) => format!("{error:?}"),
        error => format!("{error:?}"),
    }
}

/// A mint with 6 decimals.
pub fn mint_account(owner: Address) -> Account {
    let mut data = vec![0; 82];
    data[36..44].copy_from_slice(&u64::MAX.to_le_bytes());
    (data[44], data[45]) = (6, 1);
    Account { lamports: 1_461_600, data, owner, ..Account::default() }
}

/// A token account that holds `amount`.
pub fn token_account(deployment: &Deployment, owner: Wallet, amount: u64) -> Account {
    let mut data = vec![0; 165];
    data[..32].copy_from_slice(deployment.mint.as_ref());
    data[32..64].copy_from_slice(&owner.0);
    data[64..72].copy_from_slice(&amount.to_le_bytes());
    data[108] = 1;
    Account { lamports: 2_039_280, data, owner: deployment.token_program, ..Account::default() }
}
