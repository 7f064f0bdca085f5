//! Comments: those of arguments, which Rust has no place for, and all of them without what only rustdoc understands.

use anchor_lang_idl_spec::{
    Idl, IdlDefinedFields, IdlField, IdlInstruction, IdlInstructionAccountItem, IdlType, IdlTypeDef,
    IdlTypeDefTy,
};

/// Arguments of plain types. An argument of a type of our own takes that type's comment.
const ARGUMENTS: &[(&str, &str, &str)] = &[
    ("publish", "hash", "Hash of the content."),
    ("propose_authority", "pending", "Who may accept the authority; all zero takes an invitation back."),
    (
        "divest",
        "at_least",
        "What the co-author wants to leave with, in base units of the token: refused below.",
    ),
    ("set_paused", "paused", "Stops new threads, messages and proposals, or resumes them."),
    ("withdraw_treasury", "amount", "In base units of the token."),
];

pub(super) fn complete(idl: &mut Idl) {
    for &(instruction, argument, text) in ARGUMENTS {
        let found = idl.instructions.iter_mut().find(|candidate| candidate.name == instruction);
        let arguments = found.map(|instruction| &mut instruction.args).into_iter().flatten();
        let found = arguments.into_iter().find(|candidate| candidate.name == argument);
        found.unwrap_or_else(|| panic!("{instruction} takes no {argument}")).docs = vec![text.to_owned()];
    }
    let types = idl.types.clone();
    for argument in idl.instructions.iter_mut().flat_map(|instruction| &mut instruction.args) {
        take_over(argument, &types);
    }
    for line in all(idl).into_iter().flat_map(|(_, docs)| docs) {
        *line = plain(line);
    }
}

fn take_over(argument: &mut IdlField, types: &[IdlTypeDef]) {
    if let IdlType::Defined { name, .. } = &argument.ty {
        let ty = types.iter().find(|ty| ty.name == *name).expect("every type is defined");
        argument.docs.clone_from(&ty.docs);
    }
}

/// Without rustdoc's links and paths, and Anchor's mark of accounts that it does not check.
fn plain(line: &str) -> String {
    let line = line.replace("[`", "`").replace("`]", "`").replace("crate::", "");
    match line.strip_prefix("CHECK: ") {
        Some(text) => text[..1].to_uppercase() + &text[1..],
        None => line,
    }
}

/// The comments of everything that should have one, by name.
pub(super) fn all(idl: &mut Idl) -> Vec<(String, &mut Vec<String>)> {
    let instructions = idl.instructions.iter_mut().flat_map(of_instruction);
    let types = idl.types.iter_mut().flat_map(of_type);
    let constants = idl.constants.iter_mut().map(|constant| (constant.name.clone(), &mut constant.docs));
    instructions.chain(types).chain(constants).collect()
}

fn of_instruction(instruction: &mut IdlInstruction) -> Vec<(String, &mut Vec<String>)> {
    let name = instruction.name.clone();
    let accounts = instruction.accounts.iter_mut().filter_map(|item| match item {
        IdlInstructionAccountItem::Single(account) => Some((&account.name, &mut account.docs)),
        IdlInstructionAccountItem::Composite(_) => None,
    });
    let arguments = instruction.args.iter_mut().map(|argument| (&argument.name, &mut argument.docs));
    let parts = accounts.chain(arguments).map(|(part, docs)| (format!("{name}.{part}"), docs));
    [(name.clone(), &mut instruction.docs)].into_iter().chain(parts).collect()
}

fn of_type(ty: &mut IdlTypeDef) -> Vec<(String, &mut Vec<String>)> {
    let name = ty.name.clone();
    let fields = match &mut ty.ty {
        IdlTypeDefTy::Struct { fields: Some(IdlDefinedFields::Named(fields)) } => fields.as_mut_slice(),
        _ => &mut [],
    };
    let fields = fields.iter_mut().map(|field| (format!("{name}.{}", field.name), &mut field.docs));
    [(name.clone(), &mut ty.docs)].into_iter().chain(fields).collect()
}
