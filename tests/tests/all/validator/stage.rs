//! A deployment on the validator: its token, its wallets, and everything that was heard of it.

use super::costs::Costs;
use super::node::{Landed, Node, Refused};
use chorale::address;
use chorale::build::Deployment;
use chorale::state::{Settings, Thread, Treasury};
use chorale_domain::event::{ChainEvent, Event};
use chorale_domain::id::Wallet;
use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use solana_system_interface::instruction::{create_account, transfer};
use spl_associated_token_account_interface::instruction::create_associated_token_account_idempotent;
use spl_token_2022_interface::instruction::{initialize_mint2, mint_to};
use std::sync::Mutex;

/// What every wallet starts with, in base units of the token.
pub const TOKENS: u64 = 1_000_000;
/// The same in lamports.
const LAMPORTS: u64 = 1_000_000_000;
/// The least stake.
pub const MIN_STAKE: u64 = 100;
/// What a thread keeps when a co-author leaves, in base units.
pub const MIN_THREAD_BALANCE: u64 = 10;
/// Bytes of a mint without extensions.
const MINT_BYTES: usize = 82;
const DECIMALS: u8 = 6;
/// Wallets that can be funded in one transaction.
const AT_ONCE: usize = 4;
const HOUR: i64 = 60 * 60;

/// Proposals live a moment, nobody may leave.
pub const HASTY: Settings = Settings {
    min_stake: MIN_STAKE,
    proposal_ttl: 2,
    divest_cooldown: HOUR,
    min_thread_balance: MIN_THREAD_BALANCE,
};
/// Proposals live as long as it takes, and everyone may leave at once.
pub const PATIENT: Settings = Settings { proposal_ttl: HOUR, divest_cooldown: 0, ..HASTY };

/// The chain with a mint; the authority is the mint's too, and pays for what has no other payer.
pub struct Stage {
    pub node: Node,
    pub deployment: Deployment,
    pub authority: Keypair,
    pub costs: Costs,
    heard: Mutex<Vec<ChainEvent>>,
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

/// The id of a keypair as the domain writes it.
pub fn wallet(keypair: &Keypair) -> Wallet {
    Wallet(keypair.pubkey().to_bytes())
}

impl Stage {
    /// Makes a mint of `token_program`; the authority must have lamports.
    pub async fn new(node: Node, authority: Keypair, token_program: Address) -> Self {
        let mint = Keypair::new();
        let deployment = Deployment { mint: mint.pubkey(), token_program };
        let (payer, rent) = (authority.pubkey(), node.rent(MINT_BYTES).await);
        let initialize = initialize_mint2(&token_program, &mint.pubkey(), &payer, None, DECIMALS);
        let create = create_account(&payer, &mint.pubkey(), rent, MINT_BYTES as u64, &token_program);
        let instructions = [create, initialize.expect("a token program")];
        node.send(&instructions, &[&authority, &mint]).await.expect("a mint");
        let (costs, heard) = (Costs::default(), Mutex::default());
        Self { node, deployment, authority, costs, heard }
    }

    /// New wallets with lamports and [`TOKENS`].
    pub async fn wallets<const N: usize>(&self) -> [Keypair; N] {
        let wallets = std::array::from_fn(|_| Keypair::new());
        for some in wallets.chunks(AT_ONCE) {
            let instructions: Vec<_> = some.iter().flat_map(|wallet| self.fund(&wallet.pubkey())).collect();
            self.node.send(&instructions, &[&self.authority]).await.expect("wallets are funded");
        }
        wallets
    }

    fn fund(&self, owner: &Address) -> [Instruction; 3] {
        let Deployment { mint, token_program } = self.deployment;
        let payer = self.authority.pubkey();
        let account = address::associated_token(Wallet(owner.to_bytes()), &mint, &token_program);
        let mint_tokens = mint_to(&token_program, &mint, &account, &payer, &[], TOKENS);
        [
            transfer(&payer, owner, LAMPORTS),
            create_associated_token_account_idempotent(&payer, owner, &mint, &token_program),
            mint_tokens.expect("a token program"),
        ]
    }

    /// Sends one instruction and remembers what it emitted.
    pub async fn send(&self, instruction: Instruction, signer: &Keypair) -> Result<Sent, Refused> {
        let Landed { events, units } = self.node.send(&[instruction], &[signer]).await?;
        let sent = Sent { events: events.iter().map(|event| event.event.clone()).collect(), units };
        self.heard.lock().expect("nobody panicked").extend(events);
        Ok(sent)
    }

    /// Every event so far.
    pub fn heard(&self) -> Vec<ChainEvent> {
        self.heard.lock().expect("nobody panicked").clone()
    }

    pub async fn treasury(&self) -> Treasury {
        self.node.read(&address::treasury()).await.expect("the treasury")
    }

    /// Base units in a wallet's token account.
    pub async fn tokens(&self, keypair: &Keypair) -> u64 {
        let Deployment { mint, token_program } = self.deployment;
        self.node.tokens(&address::associated_token(wallet(keypair), &mint, &token_program)).await
    }

    /// Vault = thread balances + escrow + claimable + treasury, over every account there is.
    pub async fn check_conservation(&self) {
        let (threads, treasury) = (self.node.all::<Thread>().await, self.treasury().await);
        let owed = |thread: &Thread| {
            let claimable: u64 = thread.members().map(|member| member.claimable.get()).sum();
            thread.token_balance.get() + thread.escrow.get() + claimable
        };
        let owed = threads.iter().map(owed).sum::<u64>() + treasury.balance.get();
        assert!(threads.len() > 5 && owed > 0, "too little happened: {} threads, {owed} owed", threads.len());
        assert_eq!(self.node.tokens(&address::vault()).await, owed, "tokens are not conserved");
        assert_eq!(treasury.held.get(), owed, "the vault's books are wrong");
    }
}
