//! `idl/chorale.json`: what Anchor's macros say of the program, completed where they leave something out.
//!
//! The macros write test functions that print the parts of the IDL, which `anchor idl build` collects from a build of
//! its own. Here the binary of the unit tests runs them itself: no other tool and no second build is needed.
//! These files stand outside of `src` because they are no part of the program: changing them does not make its build
//! stale.

mod checks;
mod completed;
mod constants;
mod documented;
mod layouts;
mod printed;

use anchor_lang_idl_spec::Idl;
use serde_json::from_str;
use std::path::PathBuf;

/// Writes the file anew.
const COMMAND: &str = "CHORALE_IDL=write cargo test -p chorale --features idl-build --lib idl";

/// The IDL as the code gives it.
fn generated() -> Idl {
    let mut idl = printed::collect();
    completed::add_accounts(&mut idl);
    idl.constants = constants::all();
    layouts::complete(&mut idl);
    completed::complete(&mut idl);
    documented::complete(&mut idl);
    sort(&mut idl);
    idl
}

/// By name, as Anchor does, so that moving code around changes nothing.
fn sort(idl: &mut Idl) {
    idl.instructions.sort_by(|a, b| a.name.cmp(&b.name));
    idl.accounts.sort_by(|a, b| a.name.cmp(&b.name));
    idl.events.sort_by(|a, b| a.name.cmp(&b.name));
    idl.types.sort_by(|a, b| a.name.cmp(&b.name));
    idl.constants.sort_by(|a, b| a.name.cmp(&b.name));
}

/// This package's folder. Asked when the tests run: clones that share their build output share this binary too.
fn folder() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo test says which folder this is").into()
}

fn file() -> PathBuf {
    folder().join("../../idl/chorale.json")
}

#[test]
fn the_committed_idl_says_what_the_code_says() {
    let idl = generated();
    let fresh = serde_json::to_string_pretty(&idl).expect("an IDL is JSON") + "\n";
    if std::env::var("CHORALE_IDL").is_ok_and(|wish| wish == "write") {
        std::fs::write(file(), &fresh).expect("idl/chorale.json can be written");
    }
    let committed = std::fs::read_to_string(file()).unwrap_or_default();
    let line =
        fresh.lines().zip(committed.lines()).take_while(|(fresh, committed)| fresh == committed).count();
    assert!(committed == fresh, "idl/chorale.json is stale from line {} on. Run: {COMMAND}", line + 1);
    assert_eq!(from_str::<Idl>(&committed).expect("it reads back"), idl, "and loses nothing");
}
