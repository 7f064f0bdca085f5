//! A chain on which everything there can be exists twice, so that each account has others to be mistaken for.

use crate::harness::*;
use anchor_lang::AccountDeserialize as _;
use chorale::build::{self, Deployment};
use chorale::state::{ConfigUpdate, Proposal};
use chorale::{address, state::Settings};
use chorale_domain::content::ContentHash;
use chorale_domain::id::{ThreadId, Wallet};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;

/// Another thread of the same co-authors.
pub const OTHER: ThreadId = ThreadId([8; 32]);
/// Two threads of alice alone, without proposals.
pub const SOLE: ThreadId = ThreadId([9; 32]);
pub const OTHER_SOLE: ThreadId = ThreadId([10; 32]);

/// Alice and bob are co-authors of both threads, carol and dave propose, eve is a stranger with tokens, the anchor
/// authority and the heir have a part in governing.
const WALLETS: [&str; 7] = ["alice", "bob", "carol", "dave", "eve", "anchor", "heir"];

pub struct World {
    pub chain: Chain,
    /// Pays every transaction and has no part in it.
    pub payer: Keypair,
    wallets: Vec<(&'static str, Keypair)>,
    /// What can stand in the place of an account, by a name.
    pub pool: Vec<(String, Address)>,
}

impl World {
    /// The program deployed and not set up; the authority of its upgrades is the harness's authority.
    pub fn bare() -> Self {
        let mut chain = Chain::deployed();
        chain.set_upgrade_authority(Some(chain.authority.pubkey()));
        Self::around(chain)
    }

    /// Everything.
    pub fn full() -> Self {
        let mut world = Self::around(Chain::new());
        world.begin_threads();
        world.fill_balances();
        world.govern();
        world.propose_and_publish();
        world.add_accounts_of_the_program();
        world
    }

    fn around(mut chain: Chain) -> Self {
        let payer = chain.wallet();
        let mut wallets: Vec<_> = WALLETS.into_iter().map(|name| (name, chain.wallet())).collect();
        wallets.push(("authority", chain.authority.insecure_clone()));
        let mut world = Self { chain, payer, wallets, pool: vec![] };
        world.add_wallets();
        world.add_tokens();
        world.add_programs();
        world
    }

    pub fn who(&self, name: &str) -> Keypair {
        let found = self.wallets.iter().find(|(known, _)| *known == name);
        found.unwrap_or_else(|| panic!("there is no {name}")).1.insecure_clone()
    }

    /// As the domain writes a wallet.
    pub fn id(&self, name: &str) -> Wallet {
        wallet(&self.who(name))
    }

    pub fn keypair(&self, address: &Address) -> Option<&Keypair> {
        self.wallets.iter().map(|(_, keypair)| keypair).find(|keypair| keypair.pubkey() == *address)
    }

    /// Sends what must work, signed by whoever it needs.
    pub fn run(&mut self, instruction: Instruction) {
        let needed = instruction.accounts.iter().filter(|meta| meta.is_signer);
        let signers: Vec<_> = needed.filter_map(|meta| self.keypair(&meta.pubkey)).collect();
        let signers: Vec<_> = [&self.payer].into_iter().chain(signers).map(Keypair::insecure_clone).collect();
        let sent = self.chain.send_signed(&[instruction], &signers.iter().collect::<Vec<_>>());
        sent.expect("what prepares a scenario works");
    }

    pub fn propose(&mut self, author: &str, thread: ThreadId, hash: ContentHash, stake: u64) {
        let deployment = self.chain.deployment;
        self.run(build::propose(&deployment, self.id(author), thread, hash, stake, 0));
    }

    pub fn vote(&mut self, voter: &str, thread: ThreadId, hash: ContentHash, author: &str, approve: bool) {
        let stake = self.stake(thread, hash);
        self.run(build::vote(self.id(voter), thread, hash, self.id(author), stake, approve));
    }

    /// What is staked on a proposal.
    pub fn stake(&self, thread: ThreadId, hash: ContentHash) -> u64 {
        let account = self.chain.svm.get_account(&address::content(thread, hash)).expect("a proposal");
        Proposal::try_deserialize(&mut account.data.as_slice()).expect("a proposal").stake.get()
    }

    fn begin_threads(&mut self) {
        for thread in [THREAD, OTHER, SOLE, OTHER_SOLE] {
            self.run(build::create_thread(self.id("alice"), thread, 10_000));
        }
        for thread in [THREAD, OTHER] {
            self.propose("bob", thread, hash(0x81), MIN_STAKE);
            self.vote("alice", thread, hash(0x81), "bob", true);
        }
        self.chain.wait(COOLDOWN);
    }

    /// A balance for both threads and for the treasury. Alice can claim something in both already.
    fn fill_balances(&mut self) {
        for thread in [THREAD, OTHER] {
            self.propose("eve", thread, hash(0x82), 500);
            self.vote("alice", thread, hash(0x82), "eve", false);
        }
        self.propose("eve", THREAD, hash(0x83), 500);
        self.chain.wait(TTL);
        self.run(build::expire(self.id("eve"), THREAD, hash(0x83), self.id("eve")));
    }

    fn govern(&mut self) {
        let anchor_authority = self.who("anchor").pubkey();
        let update = ConfigUpdate { settings: SETTINGS, anchor_authority };
        self.run(build::update_config(self.id("authority"), update));
        self.run(build::propose_authority(self.id("authority"), Some(self.id("heir"))));
        self.chain.svm.warp_to_slot(10);
        self.run(build::anchor_root(self.id("anchor"), 5, [5; 32]));
    }

    fn propose_and_publish(&mut self) {
        self.propose("carol", THREAD, hash(1), 250);
        self.propose("carol", THREAD, hash(2), 250);
        self.propose("dave", THREAD, hash(3), 250);
        self.propose("carol", OTHER, hash(1), 250);
        self.run(build::publish(self.id("alice"), THREAD, hash(0x61)));
        self.run(build::publish(self.id("alice"), OTHER, hash(0x61)));
    }

    fn add(&mut self, name: &str, address: Address) {
        self.pool.push((name.to_owned(), address));
    }

    fn add_wallets(&mut self) {
        let wallets = self.wallets.iter().map(|(name, keypair)| ((*name).to_owned(), keypair.pubkey()));
        self.pool.extend(wallets);
        let lamports_only = Address::new_unique();
        self.chain.svm.airdrop(&lamports_only, 1_000_000_000).expect("airdrop");
        self.add("an address with lamports only", lamports_only);
    }

    /// Everyone's tokens, of the deployment's mint and of another, and tokens that the vault's owner holds elsewhere.
    fn add_tokens(&mut self) {
        let ours = self.chain.deployment;
        let other = Deployment { mint: Address::new_unique(), ..ours };
        let newer = Deployment { mint: Address::new_unique(), token_program: address::TOKEN_2022_PROGRAM };
        for (name, mint) in [("another mint", other), ("a Token-2022 mint", newer)] {
            self.chain.svm.set_account(mint.mint, mint_account(mint.token_program)).expect("mint");
            self.add(name, mint.mint);
        }
        let owners = self.wallets.iter().map(|(name, keypair)| ((*name).to_owned(), wallet(keypair)));
        let config = ("config".to_owned(), Wallet(address::config().to_bytes()));
        for (name, owner) in owners.chain([config]).collect::<Vec<_>>() {
            self.hold(&format!("{name}'s tokens"), &ours, owner);
            self.hold(&format!("{name}'s tokens of another mint"), &other, owner);
        }
    }

    fn hold(&mut self, name: &str, deployment: &Deployment, owner: Wallet) {
        let place = address::associated_token(owner, &deployment.mint, &deployment.token_program);
        self.chain.svm.set_account(place, token_account(deployment, owner, TOKENS)).expect("token account");
        self.add(name, place);
    }

    fn add_programs(&mut self) {
        self.add("the program", chorale::ID);
        self.add("its code", address::program_data());
        self.add("its event authority", address::event_authority());
        self.add("the system program", address::SYSTEM_PROGRAM);
        self.add("the Token program", address::TOKEN_PROGRAM);
        self.add("the Token-2022 program", address::TOKEN_2022_PROGRAM);
    }

    fn add_accounts_of_the_program(&mut self) {
        self.add("config", address::config());
        self.add("treasury", address::treasury());
        self.add("roots", address::roots());
        self.add("vault", address::vault());
        self.add("the thread", address::thread(THREAD));
        self.add("the other thread", address::thread(OTHER));
        self.add("the sole thread", address::thread(SOLE));
        self.add("the other sole thread", address::thread(OTHER_SOLE));
        self.add("carol's proposal", address::content(THREAD, hash(1)));
        self.add("carol's second proposal", address::content(THREAD, hash(2)));
        self.add("dave's proposal", address::content(THREAD, hash(3)));
        self.add("carol's proposal to the other thread", address::content(OTHER, hash(1)));
        self.add("a message", address::content(THREAD, hash(0x61)));
        self.add("a message of the other thread", address::content(OTHER, hash(0x61)));
        self.add("the other thread's free address of a hash", address::content(OTHER, hash(0x71)));
        self.add("the free address of another hash", address::content(THREAD, hash(0x72)));
    }

    /// A thread in which one of two approvals is enough, with a proposal of carol's.
    pub fn threshold_thread(&mut self) -> ThreadId {
        let thread = ThreadId([12; 32]);
        self.run(build::create_thread(self.id("alice"), thread, 5_000));
        self.propose("bob", thread, hash(0x81), MIN_STAKE);
        self.vote("alice", thread, hash(0x81), "bob", true);
        self.propose("carol", thread, hash(1), 250);
        self.chain.wait(COOLDOWN);
        self.add("the threshold thread", address::thread(thread));
        self.add("carol's proposal to it", address::content(thread, hash(1)));
        thread
    }

    /// Settings that differ from those in force.
    pub fn new_settings(&self) -> ConfigUpdate {
        let settings = Settings { min_stake: MIN_STAKE + 1, ..SETTINGS };
        ConfigUpdate { settings, anchor_authority: self.who("anchor").pubkey() }
    }
}
