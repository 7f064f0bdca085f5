//! What the program's accounts say, in the words of the domain.

mod entity;
mod kept;

use anchor_lang::AccountDeserialize;
use chorale::state::{Config, Message, Proposal, Roots, Thread, Treasury};
use chorale_domain::id::ThreadId;
use chorale_domain::state::{Entities, Entity, EntityKey};
use solana_address::Address;
use std::collections::HashMap;

pub use kept::{kept, kept_of};

/// Why accounts make no state.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AccountsError {
    /// An account of no type this build knows.
    #[error(
        "the program has an account of {bytes} bytes that is of no known type: is the program newer than this build?"
    )]
    Unknown {
        /// Its length.
        bytes: usize,
    },
    /// One of the accounts that the program always has once it is set up.
    #[error("the program has no account for its {0}: has it been initialized?")]
    Missing(&'static str),
    /// A message or proposal of a thread that has no account.
    #[error("the program has a message or proposal, but not its thread at {0}")]
    Orphan(String),
}

/// All accounts of the program at one moment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProgramState {
    /// The accounts as entities. Of what the chain does not keep, there is none: see [`kept`].
    pub entities: Entities,
    /// Base units the treasury's books say the vault must hold.
    pub held: u64,
}

impl ProgramState {
    /// Reads all accounts of the program, in any order.
    ///
    /// # Errors
    /// [`AccountsError`].
    pub fn read<'a>(accounts: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, AccountsError> {
        let mut sorted = Accounts::default();
        accounts.into_iter().try_for_each(|data| sorted.add(data))?;
        sorted.state()
    }
}

/// A thread's account as its thread and members; `None` if it is no thread's account.
#[must_use]
pub fn thread(data: &[u8]) -> Option<Entities> {
    decode(data).map(|thread| entity::thread_entities(&thread).into_iter().collect())
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
    fn add(&mut self, data: &[u8]) -> Result<(), AccountsError> {
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
            return Err(AccountsError::Unknown { bytes: data.len() });
        }
        Ok(())
    }

    fn state(&self) -> Result<ProgramState, AccountsError> {
        let config = self.config.as_ref().ok_or(AccountsError::Missing("configuration"))?;
        let treasury = self.treasury.as_ref().ok_or(AccountsError::Missing("treasury"))?;
        let roots = self.roots.as_ref().ok_or(AccountsError::Missing("state roots"))?;
        let mut entities = Entities::from([
            (EntityKey::Config, Entity::Config(entity::config(config))),
            (EntityKey::Treasury, Entity::Treasury(entity::treasury(treasury))),
            (EntityKey::Roots, Entity::Roots(entity::roots(roots))),
        ]);
        entities.extend(self.threads.iter().flat_map(entity::thread_entities));
        entities.extend(self.contents()?);
        Ok(ProgramState { entities, held: treasury.held.get() })
    }

    /// Messages and proposals name their thread by its account's address.
    fn contents(&self) -> Result<Vec<(EntityKey, Entity)>, AccountsError> {
        let addressed =
            self.threads.iter().map(|thread| (chorale::address::thread(ThreadId(thread.id)), thread));
        let threads: HashMap<Address, &Thread> = addressed.collect();
        let find = |address: &Address| {
            threads.get(address).copied().ok_or_else(|| AccountsError::Orphan(address.to_string()))
        };
        let messages =
            self.messages.iter().map(|message| Ok(entity::message(find(&message.thread)?, message)));
        let proposals =
            self.proposals.iter().map(|proposal| Ok(entity::proposal(find(&proposal.thread)?, proposal)));
        messages.chain(proposals).collect()
    }
}
