//! The constants a client needs, with the comments they have in the code.

use crate::event::EVENT_VERSION;
use crate::state::{LAYOUT_VERSION, MAX_CO_AUTHORS, MAX_ROOTS, Member, Settings};
use crate::{error::ChoraleError, seeds};
use anchor_lang_idl_spec::{IdlConst, IdlType};
use chorale_domain::{content_log, rule};
use core::fmt::Debug;

/// A type a constant can have in the IDL.
trait Constant: Debug {
    const TYPE: IdlType;
}

impl Constant for u8 {
    const TYPE: IdlType = IdlType::U8;
}
impl Constant for u16 {
    const TYPE: IdlType = IdlType::U16;
}
impl Constant for u32 {
    const TYPE: IdlType = IdlType::U32;
}
impl Constant for u64 {
    const TYPE: IdlType = IdlType::U64;
}
impl Constant for i64 {
    const TYPE: IdlType = IdlType::I64;
}
impl Constant for &[u8] {
    const TYPE: IdlType = IdlType::Bytes;
}
/// Counts; the IDL knows no machine-sized numbers.
impl Constant for usize {
    const TYPE: IdlType = IdlType::U64;
}

pub(super) fn all() -> Vec<IdlConst> {
    vec![
        constant("SEED_CONFIG", &seeds::CONFIG, "src/seeds.rs", "CONFIG"),
        constant("SEED_TREASURY", &seeds::TREASURY, "src/seeds.rs", "TREASURY"),
        constant("SEED_ROOTS", &seeds::ROOTS, "src/seeds.rs", "ROOTS"),
        constant("SEED_VAULT", &seeds::VAULT, "src/seeds.rs", "VAULT"),
        constant("SEED_THREAD", &seeds::THREAD, "src/seeds.rs", "THREAD"),
        constant("SEED_CONTENT", &seeds::CONTENT, "src/seeds.rs", "CONTENT"),
        constant("SEED_EVENT_AUTHORITY", &seeds::EVENT_AUTHORITY, "src/seeds.rs", "EVENT_AUTHORITY"),
        constant("EVENT_VERSION", &EVENT_VERSION, "src/event.rs", "EVENT_VERSION"),
        constant("LAYOUT_VERSION", &LAYOUT_VERSION, "src/state/mod.rs", "LAYOUT_VERSION"),
        constant("FIRST_ERROR_CODE", &ChoraleError::FIRST_CODE, "src/error.rs", "FIRST_CODE"),
        constant("MAX_CO_AUTHORS", &MAX_CO_AUTHORS, "src/state/seats.rs", "MAX_CO_AUTHORS"),
        constant("MEMBER_NOBODY", &Member::NOBODY, "src/state/seats.rs", "NOBODY"),
        constant("MAX_ROOTS", &MAX_ROOTS, "src/state/roots.rs", "MAX_ROOTS"),
        constant("LONGEST_SETTING", &Settings::LONGEST, "src/state/config.rs", "LONGEST"),
        constant(
            "DEFAULT_PROPOSAL_TTL",
            &Settings::DEFAULT_PROPOSAL_TTL,
            "src/state/config.rs",
            "DEFAULT_PROPOSAL_TTL",
        ),
        constant("MAX_LOG_PEAKS", &content_log::MAX_PEAKS, "../../domain/src/content_log.rs", "MAX_PEAKS"),
        constant("MAX_LOG_COUNT", &content_log::MAX_COUNT, "../../domain/src/content_log.rs", "MAX_COUNT"),
        constant("UNANIMOUS_BPS", &rule::UNANIMOUS_BPS, "../../domain/src/rule.rs", "UNANIMOUS_BPS"),
    ]
}

fn constant<T: Constant>(name: &str, value: &T, file: &str, in_code: &str) -> IdlConst {
    IdlConst { name: name.to_owned(), docs: docs(file, in_code), ty: T::TYPE, value: format!("{value:?}") }
}

/// The comment above a constant.
fn docs(file: &str, constant: &str) -> Vec<String> {
    let source = std::fs::read_to_string(super::folder().join(file)).expect("the source is there");
    let lines: Vec<_> = source.lines().map(str::trim).collect();
    let start = format!("pub const {constant}:");
    let place = lines.iter().position(|line| line.starts_with(&start));
    let place = place.unwrap_or_else(|| panic!("{file} has no constant {constant}"));
    let above = lines[..place].iter().rev().map_while(|line| line.strip_prefix("/// "));
    let mut docs: Vec<_> = above.map(ToOwned::to_owned).collect();
    docs.reverse();
    docs
}
