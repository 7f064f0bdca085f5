//! `docs/program.md` knows every name the program has, its accounts in order, and only tests that exist.

use serde_json::Value;
use std::path::{Path, PathBuf};

fn workspace() -> PathBuf {
    // Asked when the test runs: clones that share their build output share this binary too.
    let folder = std::env::var("CARGO_MANIFEST_DIR").expect("cargo test says which folder this is");
    Path::new(&folder).join("..")
}

fn read(path: &str) -> String {
    let file = workspace().join(path);
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn page() -> String {
    read("docs/program.md")
}

fn idl(list: &str) -> Vec<Value> {
    let idl: Value = serde_json::from_str(&read("idl/chorale.json")).expect("the IDL is JSON");
    idl[list].as_array().unwrap_or_else(|| panic!("the IDL has no {list}")).clone()
}

fn name(of: &Value) -> &str {
    of["name"].as_str().expect("everything in the IDL has a name")
}

/// Fails where the page lacks what `wanted` makes of an entry of that list.
fn require_all(list: &str, wanted: fn(&Value) -> String) {
    let page = page();
    let missing: Vec<_> = idl(list).iter().map(wanted).filter(|text| !page.contains(text)).collect();
    assert!(missing.is_empty(), "docs/program.md lacks these {list}, written like this: {missing:#?}");
}

#[test]
fn the_page_describes_every_instruction() {
    require_all("instructions", |instruction| format!("\n- **{}**(", name(instruction)));
}

#[test]
fn the_page_names_every_error() {
    require_all("errors", |error| format!("`{}`", name(error)));
}

#[test]
fn the_page_describes_every_event() {
    require_all("events", |event| format!("\n| {} | ", name(event)));
}

/// An instruction's accounts as the page writes them, without the two that every instruction ends with.
fn accounts(instruction: &Value) -> String {
    let accounts = instruction["accounts"].as_array().expect("a list");
    let flag = |account: &Value, name: &str, mark| if account[name] == true { mark } else { "" };
    let mut written: Vec<_> = accounts
        .iter()
        .map(|account| {
            format!("{}{}{}", name(account), flag(account, "signer", " s"), flag(account, "writable", " w"))
        })
        .collect();
    assert_eq!(written.split_off(written.len() - 2), ["event_authority", "program"], "{}", name(instruction));
    written.join(", ")
}

#[test]
fn the_page_lists_the_accounts_of_every_instruction_in_order() {
    let page = page();
    let pay_out = "config, treasury w, mint, destination w, vault w, token_program";
    assert!(page.contains(&format!("`{pay_out}`")), "the page no longer says what a pay-out is");
    for instruction in idl("instructions") {
        let start = format!("\n- **{}**(", name(&instruction));
        let entry = page.split_once(&start).expect("described").1.split("\n- **").next().expect("an entry");
        let all = accounts(&instruction);
        let written = match all.strip_suffix(&format!(", {pay_out}")) {
            Some(own) => format!("`{own}`, pay-out"),
            None => format!("`{all}`"),
        };
        let entry = entry.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            entry.contains(&written),
            "{} takes {written}, but docs/program.md says: {entry}",
            name(&instruction)
        );
    }
}

/// All sources below a folder, one after the other.
fn sources(folder: &Path) -> String {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.expect("a folder's entry").path());
    let texts = paths.filter_map(|path| match path.is_dir() {
        true => Some(sources(&path)),
        false if path.extension().is_some_and(|extension| extension == "rs") => {
            std::fs::read_to_string(path).ok()
        }
        false => None,
    });
    texts.collect()
}

#[test]
fn the_tests_that_the_page_names_exist() {
    let page = page();
    let table =
        page.split_once("| attack | what stops it | shown by a test |").expect("the table of attacks").1;
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let named =
        rows.filter_map(|row| row.split('|').nth(3)).flat_map(|cell| cell.split('`').skip(1).step_by(2));
    let tests: Vec<_> = named.filter(|name| !name.contains('/')).collect();
    let sources = sources(&workspace().join("programs")) + &sources(&workspace().join("domain"));
    let missing: Vec<_> = tests.iter().filter(|test| !sources.contains(&format!("fn {test}()"))).collect();
    assert!(tests.len() > 20, "the table of attacks was not found where it is expected");
    assert!(missing.is_empty(), "docs/program.md names tests that do not exist: {missing:#?}");
}
