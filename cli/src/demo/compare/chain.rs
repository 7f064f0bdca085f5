//! What the program's accounts say, in the words of the domain.

use anchor_lang::AccountDeserialize;
use anyhow::{Context, Result, bail};
use chorale::state::{Config, Message, Proposal, Roots, Thread, Treasury};
use chorale_domain::ContentLog;
use chorale_domain::id::{Amount, Hash32, ThreadId, Wallet};
use chorale_domain::state as domain;
use chorale_domain::state::{Entities, Entity, EntityKey, LogState, ThreadStatus};
use solana_address::Address;
use solana_client::nonblocking::rpc_client::RpcClient;
use solana_commitment_config::CommitmentConfig;
use std::collections::HashMap;

/// The chain's state: every account of the program, and what its vault holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChainState {
    /// The accounts as entities.
    pub entities: Entities,
    /// Base units in the vault's token account.
    pub vault: u64,
    /// Base units the treasury's books say the vault must hold.
    pub held: u64,
}

impl ChainState {
    /// Reads all accounts of the program at `rpc_url`, as confirmed.
    ///
    /// # Errors
    /// If the RPC endpoint does not answer or an account cannot be decoded.
    pub async fn read(rpc_url: &str) -> Result<Self> {
        let rpc = RpcClient::new_with_commitment(rpc_url.into(), CommitmentConfig::confirmed());
        let accounts = rpc
            .get_program_accounts(&chorale::ID)
            .await
            .with_context(|| format!("{rpc_url} does not list the program's accounts"))?;
        let vault = rpc
            .get_token_account_balance(&chorale::address::vault())
            .await
            .with_context(|| format!("{rpc_url} does not tell the vault's balance"))?;
        let vault = vault.amount.parse().context("the vault's balance is no number")?;
        let accounts = accounts.into_iter().map(|(_, account)| account.data).collect();
        Accounts::sort(accounts)?.state(vault)
    }

    /// Base units the program owes: balances, escrow and claimable amounts of every thread, and the treasury.
    #[must_use]
    pub fn owed(&self) -> u128 {
        let owed = self.entities.values().map(|entity| match entity {
            Entity::Thread(thread) => u128::from(thread.token_balance.0) + u128::from(thread.escrow.0),
            Entity::Member(member) => u128::from(member.claimable.0),
            Entity::Treasury(treasury) => u128::from(treasury.balance.0),
            Entity::Config(_) | Entity::Roots(_) | Entity::Proposal(_) | Entity::Message(_) => 0,
        });
        owed.sum()
    }
}

/// The program's accounts by type.
#[derive(Default)]
struct Accounts {
    config: Option<Config>,
    treasury: Option<Treasury>,
    roots: Option<Roots>,
    threads: Vec<Thread>,
    proposals: Vec<Proposal>,
    messages: Vec<Message>,
}

fn decode<T: AccountDeserialize>(data: &[u8]) -> Option<T> {
    T::try_deserialize(&mut &*data).ok()
}

impl Accounts {
    fn sort(accounts: Vec<Vec<u8>>) -> Result<Self> {
        let mut sorted = Self::default();
        for data in accounts {
            sorted.add(&data)?;
        }
        Ok(sorted)
    }

    fn add(&mut self, data: &[u8]) -> Result<()> {
        if let Some(thread) = decode(data) {
            self.threads.push(thread);
        } else if let Some(message) = decode(data) {
            self.messages.push(message);
        } else if let Some(proposal) = decode(data) {
            self.proposals.push(proposal);
        } else if let Some(treasury) = decode(data) {
            self.treasury = Some(treasury);
        } else if let Some(config) = decode(data) {
            self.config = Some(config);
        } else if let Some(roots) = decode(data) {
            self.roots = Some(roots);
        } else {
            bail!("the program has an account of {} bytes that is of no known type", data.len());
        }
        Ok(())
    }

    fn state(&self, vault: u64) -> Result<ChainState> {
        let config = self.config.as_ref().context("the program has no configuration")?;
        let treasury = self.treasury.as_ref().context("the program has no treasury")?;
        let roots = self.roots.as_ref().context("the program has no roots")?;
        let mut entities = Entities::from([
            (EntityKey::Config, Entity::Config(config_of(config))),
            (EntityKey::Treasury, Entity::Treasury(treasury_of(treasury))),
            (EntityKey::Roots, Entity::Roots(roots_of(roots))),
        ]);
        entities.extend(self.threads.iter().flat_map(thread_entities));
        entities.extend(self.contents()?);
        let held = treasury.held.get();
        Ok(ChainState { entities, vault, held })
    }

    fn contents(&self) -> Result<Vec<(EntityKey, Entity)>> {
        let ids = self.threads.iter().map(|thread| (chorale::address::thread(ThreadId(thread.id)), thread));
        let threads: HashMap<Address, &Thread> = ids.collect();
        let find =
            |address: &Address| threads.get(address).copied().context("an account's thread is missing");
        let messages =
            self.messages.iter().map(|message| Ok(message_entity(find(&message.thread)?, message)));
        let proposals =
            self.proposals.iter().map(|proposal| Ok(proposal_entity(find(&proposal.thread)?, proposal)));
        messages.chain(proposals).collect()
    }
}

fn wallet(address: &Address) -> Wallet {
    Wallet(address.to_bytes())
}

/// All zero is nobody.
fn invited(address: &Address) -> Option<Wallet> {
    (*address != Address::default()).then(|| wallet(address))
}

fn config_of(config: &Config) -> domain::Config {
    domain::Config {
        authority: wallet(&config.authority),
        pending_authority: invited(&config.pending_authority),
        anchor_authority: wallet(&config.anchor_authority),
        mint: wallet(&config.mint),
        token_program: wallet(&config.token_program),
        decimals: config.decimals,
        min_stake: Amount(config.min_stake.get()),
        proposal_ttl: config.proposal_ttl.get(),
        divest_cooldown: config.divest_cooldown.get(),
        min_thread_balance: Amount(config.min_thread_balance.get()),
        paused: config.paused != 0,
    }
}

fn treasury_of(treasury: &Treasury) -> domain::Treasury {
    domain::Treasury { balance: Amount(treasury.balance.get()) }
}

/// The chain does not keep when a root was posted.
fn roots_of(roots: &Roots) -> domain::Roots {
    let roots = roots.oldest_first().map(|anchored| domain::AnchoredRoot {
        slot: anchored.slot.get(),
        root: Hash32(anchored.root),
        anchored_at: 0,
    });
    domain::Roots { roots: roots.collect() }
}

fn thread_entities(thread: &Thread) -> Vec<(EntityKey, Entity)> {
    let id = ThreadId(thread.id);
    let members = thread.members().map(|member| {
        let number = member.number.get();
        let member = domain::Member {
            thread: id,
            number,
            wallet: wallet(&member.wallet),
            joined_at: member.joined_at.get(),
            claimable: Amount(member.claimable.get()),
            current: true,
        };
        (EntityKey::Member(id, number), Entity::Member(member))
    });
    let thread = (EntityKey::Thread(id), Entity::Thread(thread_of(thread)));
    members.chain([thread]).collect()
}

fn thread_of(thread: &Thread) -> domain::Thread {
    let log = ContentLog::from_parts(thread.log_count.get(), thread.log_peaks);
    domain::Thread {
        thread: ThreadId(thread.id),
        creator: wallet(&thread.creator),
        approval_bps: thread.approval_bps.get(),
        status: if thread.is_archived() { ThreadStatus::Archived } else { ThreadStatus::Active },
        co_authors: thread.seats.len(),
        next_member: thread.next_member.get(),
        token_balance: Amount(thread.token_balance.get()),
        escrow: Amount(thread.escrow.get()),
        open_proposals: thread.open_proposals.get(),
        content_log: LogState::from(&log),
        created_at: thread.created_at.get(),
        updated_at: thread.updated_at.get(),
    }
}

fn message_entity(thread: &Thread, message: &Message) -> (EntityKey, Entity) {
    let (thread, hash) = (ThreadId(thread.id), Hash32(message.hash));
    let message = domain::Message {
        thread,
        hash,
        author: wallet(&message.author),
        sequence: message.sequence.get(),
        approved_at: message.approved_at.get(),
    };
    (EntityKey::Message(thread, hash), Entity::Message(message))
}

fn proposal_entity(thread: &Thread, proposal: &Proposal) -> (EntityKey, Entity) {
    let (id, hash) = (ThreadId(thread.id), Hash32(proposal.hash));
    let votes = proposal.ballot.cast().filter_map(|vote| {
        let voter = thread.members().find(|member| member.number == vote.member)?;
        Some(domain::Vote {
            voter: wallet(&voter.wallet),
            member: vote.member.get(),
            approve: vote.approves(),
        })
    });
    let proposal = domain::Proposal {
        thread: id,
        hash,
        author: wallet(&proposal.author),
        stake: Amount(proposal.stake.get()),
        status: domain::ProposalStatus::Pending,
        votes: votes.collect(),
        created_at: proposal.created_at.get(),
        expires_at: proposal.expires_at.get(),
        decided_at: None,
    };
    (EntityKey::Proposal(id, hash), Entity::Proposal(proposal))
}
