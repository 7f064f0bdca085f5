//! What Anchor's generator cannot know or does not say: the package's version, accounts that no instruction names by
//! type, and addresses that the program checks by itself. `tests/all/matrix/builders.rs` derives every address of the IDL and
//! compares it with the builders'.

use crate::state::{Config, Message, Proposal, Roots, Thread, Treasury};
use crate::{seeds, upgrade_authority};
use anchor_lang::IdlAccountType;
use anchor_lang_idl_spec::{
    Idl, IdlInstructionAccount, IdlInstructionAccountItem, IdlPda, IdlSeed, IdlSeedAccount, IdlSeedArg,
    IdlSeedConst,
};
use serde_json::from_str;

pub(super) fn complete(idl: &mut Idl) {
    env!("CARGO_PKG_VERSION").clone_into(&mut idl.metadata.version);
    derived(idl, "create_thread", "thread", vec![bytes(seeds::THREAD), argument("args.id")], None);
    let content = |hash| vec![bytes(seeds::CONTENT), account("thread"), argument(hash)];
    derived(idl, "propose", "proposal", content("args.hash"), None);
    derived(idl, "publish", "message", content("hash"), None);
    let loader = bytes(upgrade_authority::LOADER.as_ref());
    derived(idl, "initialize", "program_data", vec![bytes(crate::ID.as_ref())], Some(loader));
    name_the_program(idl);
}

/// Every type of account the program keeps, with the types inside of it, whether Anchor met it or not.
pub(super) fn add_accounts(idl: &mut Idl) {
    add::<Config>(idl);
    add::<Message>(idl);
    add::<Proposal>(idl);
    add::<Roots>(idl);
    add::<Thread>(idl);
    add::<Treasury>(idl);
}

fn add<T: IdlAccountType>(idl: &mut Idl) {
    let (mut accounts, mut types) = (vec![], vec![]);
    T::__register_idl_deps(&mut accounts, &mut types);
    for account in accounts {
        add_new(&mut idl.accounts, from_str(account).expect("name and discriminator"));
    }
    for ty in types {
        add_new(&mut idl.types, from_str(ty).expect("a type"));
    }
}

fn add_new<T: PartialEq>(list: &mut Vec<T>, new: T) {
    if !list.contains(&new) {
        list.push(new);
    }
}

/// The account that every instruction with an event ends with.
fn name_the_program(idl: &mut Idl) {
    let address = idl.address.clone();
    let names: Vec<_> = idl.instructions.iter().map(|instruction| instruction.name.clone()).collect();
    for name in names {
        find(idl, &name, "program").address = Some(address.clone());
    }
}

fn derived(idl: &mut Idl, instruction: &str, account: &str, seeds: Vec<IdlSeed>, program: Option<IdlSeed>) {
    let found = find(idl, instruction, account);
    let pda = IdlPda { seeds, program };
    assert!(
        found.pda.as_ref().is_none_or(|given| *given == pda),
        "Anchor derives {instruction}'s {account} otherwise"
    );
    found.pda = Some(pda);
}

fn find<'a>(idl: &'a mut Idl, instruction: &str, account: &str) -> &'a mut IdlInstructionAccount {
    let found = idl.instructions.iter_mut().find(|candidate| candidate.name == instruction);
    let accounts = found.map(|instruction| &mut instruction.accounts).into_iter().flatten();
    let mut single = accounts.map(|item| match item {
        IdlInstructionAccountItem::Single(account) => account,
        IdlInstructionAccountItem::Composite(group) => {
            panic!("Anchor flattens groups, but not {}", group.name)
        }
    });
    single
        .find(|candidate| candidate.name == account)
        .unwrap_or_else(|| panic!("{instruction} has no {account}"))
}

fn bytes(value: &[u8]) -> IdlSeed {
    IdlSeed::Const(IdlSeedConst { value: value.to_vec() })
}

fn argument(path: &str) -> IdlSeed {
    IdlSeed::Arg(IdlSeedArg { path: path.to_owned() })
}

fn account(path: &str) -> IdlSeed {
    IdlSeed::Account(IdlSeedAccount { path: path.to_owned(), account: None })
}
