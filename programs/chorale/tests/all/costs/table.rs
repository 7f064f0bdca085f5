//! The committed table: compute units, sizes and rents.

use super::measure::{COLUMNS, Costs, Row};
use crate::harness::PROGRAM;
use chorale::state::{Config, Message, Proposal, Roots, Thread, Treasury};

const HEAD: &str = "\
# What the program costs

Made by `CHORALE_UPDATE=1 cargo test -p chorale --test all costs`, and held to by the same test without the variable: a
program that costs one unit more, or less, than this fails it. All of it is of the committed `chorale.so`.

## Compute units

By the number of co-authors, events included. Where it matters, each figure is that of the dearest case: the last
co-author acts, everyone else has voted. Not measured here: what the runtime charges for the transaction itself.

";

const NOTES: &str = "
`settle` follows a departure: 2, 8 and 32 co-authors of whom one left. `propose` in the last column: 31, since a full
thread takes no proposals. `divest` of one: the last one leaves, and the thread is archived.

What depends on neither:
";

/// Lamports for a byte of an account, and the bytes that every account is charged for besides its own.
const LAMPORTS_PER_BYTE: usize = 6_960;
const OVERHEAD_BYTES: usize = 128;
/// Bytes of a token account.
const TOKEN_ACCOUNT: usize = 165;

pub fn render(costs: &Costs) -> String {
    let mut table = HEAD.to_owned();
    let [one, eight, all] = COLUMNS;
    table += &format!("| instruction | {one} | {eight} | {all} |\n|---|---:|---:|---:|\n");
    for (name, row) in &costs.rows {
        table += &format!("| {name} | {} |\n", cells(row));
    }
    table += NOTES;
    table += &format!(
        "- `create_thread`, `publish`, `propose`: {} more for each further try until the new account's address is off \
         the curve (one in two is found at the first, three in four within two).\n",
        costs.per_try
    );
    table += &format!(
        "- `publish` and whatever approves: {} more for each pair of subtrees that the content log merges: none for every \
         second message, one on average, 19 at most (message 524,288 of a thread).\n",
        costs.per_merge
    );
    table += "\n## Sizes and rent\n\nRent is Solana's 6,960 lamports for each byte and 128 bytes more.\n\n";
    table += "| account | bytes | lamports | paid by | returned |\n|---|---:|---:|---|---|\n";
    for (name, bytes, by, returned) in accounts() {
        table += &format!("| {name} | {bytes} | {} | {by} | {returned} |\n", rent(bytes));
    }
    let freed = rent(size_of::<Proposal>()) - rent(size_of::<Message>());
    table += &format!(
        "\nAn approved proposal's account shrinks to the message's: {freed} lamports go back to its author.\n\n\
         The program, `chorale.so`: {} bytes.\n",
        PROGRAM.len()
    );
    table
}

fn cells(row: &Row) -> String {
    row.map(|units| units.map_or("-".to_owned(), |units| units.to_string())).join(" | ")
}

fn accounts() -> [(&'static str, usize, &'static str, &'static str); 7] {
    let account = |bytes| bytes + 8;
    [
        ("Thread", account(size_of::<Thread>()), "its creator", "never"),
        (
            "Proposal",
            account(size_of::<Proposal>()),
            "its author",
            "to the author: all when it ends, part when approved",
        ),
        ("Message", account(size_of::<Message>()), "its author", "never"),
        ("Config", account(size_of::<Config>()), "the authority", "never"),
        ("Treasury", account(size_of::<Treasury>()), "the authority", "never"),
        ("Roots", account(size_of::<Roots>()), "the authority", "never"),
        ("vault", TOKEN_ACCOUNT, "the authority", "never"),
    ]
}

fn rent(bytes: usize) -> usize {
    (bytes + OVERHEAD_BYTES) * LAMPORTS_PER_BYTE
}
