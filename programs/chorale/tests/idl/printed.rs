//! What Anchor's own test functions print.

use anchor_lang_idl_spec::{Idl, IdlErrorCode, IdlEvent, IdlTypeDef};
use serde_json::{Value, from_str, from_value};
use std::process::Command;

/// All test functions that Anchor's macros write have this in their names.
const PRINTING: &str = "__anchor_private_print_idl";

/// Collects the parts into one IDL.
pub(super) fn collect() -> Idl {
    let output = output();
    let sections = sections(&output);
    let one = |kind| sections.iter().find(|(found, _)| *found == kind).expect("Anchor prints it").1.as_str();
    let mut idl: Idl = from_str(one("program")).expect("Anchor prints an IDL");
    one("address").clone_into(&mut idl.address);
    idl.errors = from_str::<Vec<IdlErrorCode>>(one("errors")).expect("Anchor prints errors");
    for (_, event) in sections.iter().filter(|(kind, _)| *kind == "event") {
        add_event(&mut idl, from_str(event).expect("Anchor prints events"));
    }
    idl
}

/// An event comes with its type and the types of its fields.
fn add_event(idl: &mut Idl, mut printed: Value) {
    idl.events.push(from_value::<IdlEvent>(printed["event"].take()).expect("name and discriminator"));
    for new in from_value::<Vec<IdlTypeDef>>(printed["types"].take()).expect("types") {
        match idl.types.iter().find(|known| known.name == new.name) {
            Some(known) => assert_eq!(*known, new, "two types have the same name"),
            None => idl.types.push(new),
        }
    }
}

/// Runs the printing functions among this binary's own tests.
fn output() -> String {
    let binary = std::env::current_exe().expect("the tests have a binary");
    let run = Command::new(binary)
        .args([PRINTING, "--show-output"])
        .env_remove("RUST_TEST_NOCAPTURE")
        .output()
        .expect("the tests' binary runs again");
    assert!(run.status.success(), "Anchor's printing failed: {}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).expect("the IDL is UTF-8")
}

/// What stands between the markers, with the kind the first one names.
fn sections(output: &str) -> Vec<(&str, String)> {
    let mut sections = vec![];
    let mut lines = output.lines();
    while let Some(line) = lines.next() {
        if let Some(kind) = line.strip_prefix("--- IDL begin ").and_then(|rest| rest.strip_suffix(" ---")) {
            let body = lines.by_ref().take_while(|line| !line.starts_with("--- IDL end ")).collect();
            sections.push((kind, body));
        }
    }
    sections
}
