//! That the IDL is whole and true, whatever wrote it.

use super::{documented, generated, layouts};
use crate::error::ChoraleError;
use crate::state::{Config, Message, Proposal, Roots, Thread, Treasury};
use anchor_lang_idl_spec::{IDL_SPEC, IdlDiscriminator, IdlSerialization};

#[test]
fn it_names_the_program_and_the_version_of_its_own_format() {
    let idl = generated();
    assert_eq!((idl.metadata.spec.as_str(), idl.address), (IDL_SPEC, crate::ID.to_string()));
}

#[test]
fn every_error_stands_in_it_with_code_name_and_text() {
    let errors = generated().errors;
    let listed: Vec<_> =
        errors.iter().map(|error| (error.code, error.name.as_str(), error.msg.clone())).collect();
    let known = ChoraleError::ALL.iter().map(|error| (error.code(), error.name(), Some(error.to_string())));
    assert_eq!(listed, known.collect::<Vec<_>>());
}

#[test]
fn everything_in_it_has_a_comment() {
    let mut idl = generated();
    let silent: Vec<_> = documented::all(&mut idl)
        .into_iter()
        .filter(|(_, docs)| docs.is_empty())
        .map(|(name, _)| name)
        .collect();
    assert!(silent.is_empty(), "these say nothing of themselves: {silent:?}");
}

#[test]
fn accounts_and_events_are_as_long_as_it_says() {
    let idl = generated();
    let accounts = [
        ("Config", size_of::<Config>()),
        ("Message", size_of::<Message>()),
        ("Proposal", size_of::<Proposal>()),
        ("Roots", size_of::<Roots>()),
        ("Thread", size_of::<Thread>()),
        ("Treasury", size_of::<Treasury>()),
    ];
    let listed =
        idl.accounts.iter().map(|account| (account.name.as_str(), layouts::bytes_of(&idl, &account.name)));
    assert_eq!(listed.collect::<Vec<_>>(), accounts);
    for event in &idl.events {
        let fields = [vec![crate::event::EVENT_VERSION], vec![0; layouts::bytes_of(&idl, &event.name) - 1]];
        let data = [event.discriminator.clone(), fields.concat()].concat();
        let (_, read) = crate::event::decode(&data).unwrap_or_else(|error| panic!("{}: {error}", event.name));
        assert_eq!(read.kind().replace('_', ""), event.name.to_lowercase());
    }
}

#[test]
fn types_are_used_and_laid_out_as_they_are() {
    let idl = generated();
    let used = layouts::used(&idl);
    for ty in &idl.types {
        assert!(used.contains(&ty.name), "nothing uses {}", ty.name);
        let in_place = ty.serialization == IdlSerialization::Bytemuck;
        assert_eq!(in_place, ty.repr.is_some(), "{} is either read in place or Borsh", ty.name);
    }
}

#[test]
fn discriminators_tell_everything_apart() {
    let idl = generated();
    let lists: [Vec<&IdlDiscriminator>; 3] = [
        idl.instructions.iter().map(|instruction| &instruction.discriminator).collect(),
        idl.accounts.iter().map(|account| &account.discriminator).collect(),
        idl.events.iter().map(|event| &event.discriminator).collect(),
    ];
    for list in &lists {
        assert!(list.iter().all(|one| one.len() == 8 && one.iter().any(|byte| *byte != 0)));
        let distinct: std::collections::BTreeSet<_> = list.iter().collect();
        assert_eq!(distinct.len(), list.len());
    }
}
