//! The replacements that are allowed, with the reason. Each row must be needed, and everything it fits must go through.

use super::scenarios::Scenario;
use super::substitution::Substitution::{self, Copy, Pool, Twin};

pub struct Exception {
    /// The instructions, or one scenario of an instruction where the others refuse it.
    scenarios: &'static [&'static str],
    account: &'static str,
    by: fn(&Substitution) -> bool,
    pub reason: &'static str,
}

/// Where in the table the exception for a replacement stands.
pub fn find(scenario: &Scenario, account: &str, by: &Substitution) -> Option<usize> {
    let name = scenario.name();
    EXCEPTIONS.iter().position(|exception| {
        let named = |known: &&str| *known == scenario.instruction || *known == name;
        exception.scenarios.iter().any(named) && exception.account == account && (exception.by)(by)
    })
}

fn is(by: &Substitution, names: &[&str]) -> bool {
    matches!(by, Pool(name) if names.contains(&name.as_str()))
}

fn a_wallet(by: &Substitution) -> bool {
    is(by, &["alice", "bob", "carol", "dave", "eve", "anchor", "heir", "authority"])
}

fn the_author(by: &Substitution) -> bool {
    matches!(by, Twin(of) if of == "author")
}

/// Anyone's token account of the deployment's mint, the vault's owner's among them, but never the vault.
fn tokens_of_the_mint(by: &Substitution) -> bool {
    matches!(by, Pool(name) if name.ends_with("'s tokens")) || *by == Copy
}

pub const EXCEPTIONS: &[Exception] = &[
    Exception {
        scenarios: &["settle", "expire"],
        account: "settler",
        by: |by| a_wallet(by) || the_author(by),
        reason: "anyone ends what the votes or the clock have decided, the author too: nothing depends on who does",
    },
    Exception {
        scenarios: &["cancel", "claim", "divest", "withdraw_treasury"],
        account: "destination",
        by: tokens_of_the_mint,
        reason: "whoever is paid signs, and says to which token account of the mint",
    },
    Exception {
        scenarios: &["propose"],
        account: "source",
        by: |by| *by == Copy,
        reason: "the author stakes from any token account that is theirs; the token program refuses all others",
    },
    Exception {
        scenarios: &["vote that leaves it open", "vote that rejects"],
        account: "voter",
        by: |by| is(by, &["bob"]),
        reason: "another co-author who signs votes for themselves, unless they voted already",
    },
    Exception {
        scenarios: &["publish"],
        account: "author",
        by: |by| is(by, &["bob"]),
        reason: "another co-author who signs is the message's author",
    },
    Exception {
        scenarios: &["divest"],
        account: "wallet",
        by: |by| is(by, &["bob"]),
        reason: "another co-author who signs leaves with what is theirs",
    },
    Exception {
        scenarios: &["create_thread"],
        account: "creator",
        by: a_wallet,
        reason: "anyone begins a thread, as its co-author; thread ids are random, so nobody waits for one",
    },
    Exception {
        scenarios: &["vote", "expire", "cancel"],
        account: "proposal",
        by: |by| is(by, &["carol's second proposal"]),
        reason: "another proposal by the same author to the same thread: the other accounts are right for it too",
    },
    Exception {
        scenarios: &["claim", "divest"],
        account: "thread",
        by: |by| is(by, &["the other thread"]),
        reason: "another thread that the wallet co-authors and has something in",
    },
    Exception {
        scenarios: &["divest"],
        account: "thread",
        by: |by| is(by, &["the sole thread", "the other sole thread"]),
        reason: "another thread that the wallet co-authors, alone",
    },
    Exception {
        scenarios: &["archive"],
        account: "thread",
        by: |by| is(by, &["the other sole thread"]),
        reason: "another thread whose sole co-author the wallet is",
    },
    Exception {
        scenarios: &["initialize"],
        account: "mint",
        by: |by| is(by, &["another mint"]) || *by == Copy,
        reason: "the upgrade authority chooses the token, among the mints of the token program it names",
    },
];
