//! What an account is replaced by.

use super::world::World;
use solana_account::Account;
use solana_address::Address;
use solana_instruction::Instruction;
use std::fmt;

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Substitution {
    /// The same account, not signing where it must.
    Unsigned,
    /// The same account, not writable where it must be.
    ReadOnly,
    /// Another account of the same instruction, by its name in the IDL.
    Twin(String),
    /// Something else that is on the chain, by its name in the world's pool: of another thread, wallet or proposal, of
    /// another type, another program.
    Pool(String),
    /// The same data at another address, owned by another program.
    Foreign,
    /// The same data with the same owner at another address.
    Copy,
    /// An address where nothing is.
    Nothing,
}

impl fmt::Display for Substitution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsigned => f.write_str("not signing"),
            Self::ReadOnly => f.write_str("not writable"),
            Self::Twin(of) => write!(f, "replaced by the instruction's {of}"),
            Self::Pool(name) => write!(f, "replaced by {name}"),
            Self::Foreign => f.write_str("replaced by a look-alike of another program"),
            Self::Copy => f.write_str("replaced by a copy elsewhere"),
            Self::Nothing => f.write_str("replaced by an address where nothing is"),
        }
    }
}

/// Where an account stands in an instruction, and what the IDL says of it.
#[derive(Clone, Debug)]
pub struct Slot {
    pub index: usize,
    pub name: String,
    pub signer: bool,
    pub writable: bool,
}

/// Accounts that exist only where the program put them, so that there can be no copy with the right owner and data: the
/// program looks at owner and discriminator and does not derive their addresses again.
const EXIST_ONCE: &[&str] = &["thread", "proposal"];

impl Slot {
    /// Everything that is to be tried in this place, with the address it means.
    pub fn substitutions(
        &self,
        world: &mut World,
        instruction: &Instruction,
        slots: &[Self],
    ) -> Vec<(Substitution, Address)> {
        let own = instruction.accounts[self.index].pubkey;
        let mut all = vec![(Substitution::Nothing, Address::new_unique())];
        all.extend(self.signer.then_some((Substitution::Unsigned, own)));
        all.extend(self.writable.then_some((Substitution::ReadOnly, own)));
        all.extend(self.twins(instruction, slots));
        let taken = |address: &Address| instruction.accounts.iter().any(|meta| meta.pubkey == *address);
        let others = world.pool.iter().filter(|(_, address)| !taken(address));
        all.extend(others.map(|(name, address)| (Substitution::Pool(name.clone()), *address)));
        all.extend(self.look_alikes(world, &own));
        all
    }

    fn twins(&self, instruction: &Instruction, slots: &[Self]) -> Vec<(Substitution, Address)> {
        let others = slots.iter().filter(|slot| slot.index != self.index);
        let twin = |slot: &Self| Substitution::Twin(slot.name.clone());
        others.map(|slot| (twin(slot), instruction.accounts[slot.index].pubkey)).collect()
    }

    /// Puts copies of an account with data on the chain. Programs, wallets and addresses that are still empty have
    /// none: what is in the pool stands for them.
    fn look_alikes(&self, world: &mut World, own: &Address) -> Vec<(Substitution, Address)> {
        let existing = world.chain.svm.get_account(own);
        let Some(account) = existing.filter(|account| !account.executable && !account.data.is_empty()) else {
            return vec![];
        };
        let (foreign, copy) = (Address::new_unique(), Address::new_unique());
        let stranger = Account { owner: Address::new_unique(), ..account.clone() };
        world.chain.svm.set_account(foreign, stranger).expect("a look-alike");
        let mut made = vec![(Substitution::Foreign, foreign)];
        if !EXIST_ONCE.contains(&self.name.as_str()) {
            world.chain.svm.set_account(copy, account).expect("a copy");
            made.push((Substitution::Copy, copy));
        }
        made
    }

    /// The instruction with another account in this place. Who has a key signs, where a signature is asked for.
    pub fn replace(
        &self,
        world: &World,
        instruction: &Instruction,
        by: &(Substitution, Address),
    ) -> Instruction {
        let mut changed = instruction.clone();
        let meta = &mut changed.accounts[self.index];
        meta.pubkey = by.1;
        meta.is_signer &= by.0 != Substitution::Unsigned && world.keypair(&by.1).is_some();
        meta.is_writable &= by.0 != Substitution::ReadOnly;
        changed
    }
}
