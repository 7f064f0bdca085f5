//! Types as they lie in memory.
//!
//! Accounts and events are read in place: plain bytes of alignment 1, one field after the other. Anchor's generator
//! writes their `PodU64` as `u64` and says `repr(C)`, which would leave gaps; packed says what is so. It also leaves out
//! how the types inside of them are laid out, and lists aliases that nothing uses.

use anchor_lang_idl_spec::{
    Idl, IdlArrayLen, IdlDefinedFields, IdlRepr, IdlReprModifier, IdlSerialization, IdlType, IdlTypeDef,
    IdlTypeDefTy,
};

pub(super) fn complete(idl: &mut Idl) {
    for root in read_in_place(idl) {
        for name in reached(idl, root) {
            let packed = IdlReprModifier { packed: true, align: None };
            let ty = idl.types.iter_mut().find(|ty| ty.name == name).expect("reached");
            (ty.serialization, ty.repr) = (IdlSerialization::Bytemuck, Some(IdlRepr::C(packed)));
        }
    }
    let used = used(idl);
    idl.types.retain(|ty| used.contains(&ty.name));
}

fn read_in_place(idl: &Idl) -> Vec<String> {
    let types = idl.types.iter().filter(|ty| ty.serialization == IdlSerialization::Bytemuck);
    types.map(|ty| ty.name.clone()).collect()
}

/// The types that accounts, events and arguments are made of.
pub(super) fn used(idl: &Idl) -> Vec<String> {
    let accounts = idl.accounts.iter().map(|account| account.name.clone());
    let events = idl.events.iter().map(|event| event.name.clone());
    let arguments = idl.instructions.iter().flat_map(|instruction| &instruction.args);
    let arguments = arguments.filter_map(|argument| defined(&argument.ty)).map(ToOwned::to_owned);
    accounts.chain(events).chain(arguments).flat_map(|name| reached(idl, name)).collect()
}

/// A type and all types inside of it.
fn reached(idl: &Idl, name: String) -> Vec<String> {
    let inside = fields(find(idl, &name)).filter_map(defined).map(ToOwned::to_owned).collect::<Vec<_>>();
    let deeper = inside.into_iter().flat_map(|inner| reached(idl, inner));
    [name].into_iter().chain(deeper).collect()
}

fn find<'a>(idl: &'a Idl, name: &str) -> &'a IdlTypeDef {
    idl.types.iter().find(|ty| ty.name == name).unwrap_or_else(|| panic!("the IDL does not define {name}"))
}

fn fields(ty: &IdlTypeDef) -> impl Iterator<Item = &IdlType> {
    let IdlTypeDefTy::Struct { fields: Some(IdlDefinedFields::Named(fields)) } = &ty.ty else {
        panic!("{} is no struct with named fields: say here how it is laid out", ty.name);
    };
    fields.iter().map(|field| &field.ty)
}

/// The name of the type of our own that a field is made of.
fn defined(ty: &IdlType) -> Option<&str> {
    match ty {
        IdlType::Defined { name, .. } => Some(name),
        IdlType::Array(inner, _) | IdlType::Option(inner) | IdlType::Vec(inner) => defined(inner),
        _ => None,
    }
}

/// The bytes of a type, one field after the other.
pub(super) fn bytes_of(idl: &Idl, name: &str) -> usize {
    fields(find(idl, name)).map(|ty| bytes(idl, ty)).sum()
}

fn bytes(idl: &Idl, ty: &IdlType) -> usize {
    match ty {
        IdlType::Bool | IdlType::U8 | IdlType::I8 => 1,
        IdlType::U16 | IdlType::I16 => 2,
        IdlType::U32 | IdlType::I32 => 4,
        IdlType::U64 | IdlType::I64 => 8,
        IdlType::Pubkey => 32,
        IdlType::Array(inner, IdlArrayLen::Value(length)) => length * bytes(idl, inner),
        IdlType::Defined { name, .. } => bytes_of(idl, name),
        other => panic!("nothing read in place has a {other:?}"),
    }
}
