//! The committed IDL, which a unit test keeps fresh.

use anchor_lang_idl_spec::{Idl, IdlInstruction, IdlInstructionAccount, IdlInstructionAccountItem};

pub fn read() -> Idl {
    // Asked when the test runs: clones that share their build output share this binary too.
    let folder = std::env::var("CARGO_MANIFEST_DIR").expect("cargo test says which folder this is");
    let file = std::fs::read_to_string(format!("{folder}/../../idl/chorale.json")).expect("the IDL");
    serde_json::from_str(&file).expect("an IDL")
}

pub fn instruction(name: &str) -> IdlInstruction {
    let found = read().instructions.into_iter().find(|instruction| instruction.name == name);
    found.unwrap_or_else(|| panic!("the IDL has no instruction {name}"))
}

pub fn accounts(instruction: &IdlInstruction) -> Vec<&IdlInstructionAccount> {
    let accounts = instruction.accounts.iter().map(|item| match item {
        IdlInstructionAccountItem::Single(account) => account,
        IdlInstructionAccountItem::Composite(group) => panic!("groups are flat, but not {}", group.name),
    });
    accounts.collect()
}
