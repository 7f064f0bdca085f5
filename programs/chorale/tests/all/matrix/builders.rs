//! The instruction builders against the IDL: the same accounts in the same order with the same flags, and every
//! address that the IDL says how to derive.

use super::idl;
use super::scenarios::SCENARIOS;
use anchor_lang_idl_spec::{
    Idl, IdlArrayLen, IdlDefinedFields, IdlField, IdlInstruction, IdlPda, IdlSeed, IdlType, IdlTypeDefTy,
};
use solana_address::Address;
use solana_instruction::Instruction;

#[test]
fn every_builder_gives_the_accounts_of_the_idl() {
    for scenario in SCENARIOS {
        let built = (scenario.prepare)(&mut (scenario.begin)());
        let described = idl::instruction(scenario.instruction);
        assert_eq!(built.program_id, chorale::ID);
        assert_eq!(built.data[..8], described.discriminator, "{}", described.name);
        let flags = |signer, writable| (signer, writable);
        let ours: Vec<_> =
            built.accounts.iter().map(|meta| flags(meta.is_signer, meta.is_writable)).collect();
        let accounts = idl::accounts(&described);
        let theirs: Vec<_> = accounts.iter().map(|account| flags(account.signer, account.writable)).collect();
        assert_eq!(ours, theirs, "signer and writable flags of {}", described.name);
    }
}

#[test]
fn every_address_in_the_idl_is_the_builders() {
    let whole = idl::read();
    for scenario in SCENARIOS {
        let built = (scenario.prepare)(&mut (scenario.begin)());
        let described = idl::instruction(scenario.instruction);
        for (account, meta) in idl::accounts(&described).into_iter().zip(&built.accounts) {
            let fixed = account.address.as_ref().map(|address| address.parse().expect("an address"));
            let derived = account.pda.as_ref().map(|pda| derive(&whole, &described, &built, pda));
            for address in fixed.into_iter().chain(derived) {
                assert_eq!(meta.pubkey, address, "{}'s {}", described.name, account.name);
            }
        }
    }
}

fn derive(idl: &Idl, described: &IdlInstruction, built: &Instruction, pda: &IdlPda) -> Address {
    let value = |seed: &IdlSeed| match seed {
        IdlSeed::Const(constant) => constant.value.clone(),
        IdlSeed::Account(account) => {
            let accounts = idl::accounts(described);
            let place =
                accounts.iter().position(|candidate| candidate.name == account.path).expect("an account");
            built.accounts[place].pubkey.to_bytes().to_vec()
        }
        IdlSeed::Arg(argument) => {
            let (start, length) = locate(idl, &described.args, &argument.path);
            built.data[8 + start..][..length].to_vec()
        }
    };
    let seeds: Vec<_> = pda.seeds.iter().map(value).collect();
    let seeds: Vec<_> = seeds.iter().map(Vec::as_slice).collect();
    let program =
        pda.program.as_ref().map(value).map(|bytes| Address::try_from(bytes.as_slice()).expect("an address"));
    Address::find_program_address(&seeds, &program.unwrap_or(chorale::ID)).0
}

/// Where a field of the arguments begins, and its bytes. Arguments have fixed lengths and lie one after the other.
fn locate(idl: &Idl, fields: &[IdlField], path: &str) -> (usize, usize) {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let place = fields.iter().position(|field| field.name == first).expect("a field");
    let start: usize = fields[..place].iter().map(|field| bytes(idl, &field.ty)).sum();
    match (rest, &fields[place].ty) {
        (Some(rest), IdlType::Defined { name, .. }) => {
            let (inside, length) = locate(idl, fields_of(idl, name), rest);
            (start + inside, length)
        }
        (_, ty) => (start, bytes(idl, ty)),
    }
}

fn bytes(idl: &Idl, ty: &IdlType) -> usize {
    match ty {
        IdlType::U8 | IdlType::Bool => 1,
        IdlType::U16 => 2,
        IdlType::U64 | IdlType::I64 => 8,
        IdlType::Pubkey => 32,
        IdlType::Array(inner, IdlArrayLen::Value(length)) => length * bytes(idl, inner),
        IdlType::Defined { name, .. } => fields_of(idl, name).iter().map(|field| bytes(idl, &field.ty)).sum(),
        other => panic!("no argument has been a {other:?} yet"),
    }
}

fn fields_of<'a>(idl: &'a Idl, name: &str) -> &'a [IdlField] {
    match &idl.types.iter().find(|ty| ty.name == name).expect("a type").ty {
        IdlTypeDefTy::Struct { fields: Some(IdlDefinedFields::Named(fields)) } => fields,
        other => panic!("{name} has no named fields: {other:?}"),
    }
}
