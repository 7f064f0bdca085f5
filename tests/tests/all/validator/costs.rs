//! Compute units on the validator beside those of the committed table, which were measured in LiteSVM.
//!
//! A few units can be missing where a story is not exactly in the table's situation: with several proposals open, a
//! thread's invariant is checked sooner. None may be left over.

use std::fmt::Write;
use std::sync::Mutex;

/// What instructions took in situations that the table has, too.
#[derive(Default)]
pub struct Costs(Mutex<Vec<Measured>>);

struct Measured {
    instruction: &'static str,
    /// The table's column; `None` where the table has no such situation.
    co_authors: Option<usize>,
    units: u64,
}

impl Costs {
    /// Notes what an instruction took with so many co-authors, as the table counts them.
    pub fn note(&self, instruction: &'static str, co_authors: usize, units: u64) {
        self.add(Measured { instruction, co_authors: Some(co_authors), units });
    }

    /// Notes what an instruction took in a situation that the table does not have.
    pub fn note_unlisted(&self, instruction: &'static str, units: u64) {
        self.add(Measured { instruction, co_authors: None, units });
    }

    fn add(&self, measured: Measured) {
        self.0.lock().expect("nobody panicked").push(measured);
    }

    /// Each instruction with the committed and the measured units; fails if one took more than is committed.
    pub fn compare(&self) -> String {
        let table = committed();
        let mut lines = String::from("compute units: instruction, co-authors, committed, on the validator\n");
        let mut dearer = vec![];
        for measured in self.0.lock().expect("nobody panicked").iter() {
            let committed = measured.co_authors.map(|n| cell(&table, measured.instruction, n));
            let line = measured.line(committed);
            writeln!(lines, "{line}").expect("a string takes everything");
            if committed.is_some_and(|committed| measured.units > committed) {
                dearer.push(line);
            }
        }
        assert!(dearer.is_empty(), "dearer than docs/costs.md says: {dearer:#?}\n{lines}");
        lines
    }
}

impl Measured {
    fn line(&self, committed: Option<u64>) -> String {
        let co_authors = self.co_authors.map_or("-".into(), |n| n.to_string());
        let committed = committed.map_or("-".into(), |units| units.to_string());
        format!("{:<36} {co_authors:>2} {committed:>6} {:>6}", self.instruction, self.units)
    }
}

fn committed() -> String {
    // Asked when the test runs: clones that share their build output share this binary too.
    let folder = std::env::var("CARGO_MANIFEST_DIR").expect("cargo test says which folder this is");
    std::fs::read_to_string(format!("{folder}/../docs/costs.md")).expect("the committed table of costs")
}

/// The figure in the row of that instruction and the column of that many co-authors.
fn cell(table: &str, instruction: &str, co_authors: usize) -> u64 {
    let row = |name: &str| {
        let found = table.lines().map(cells).find(|cells| cells.first() == Some(&name));
        found.unwrap_or_else(|| panic!("docs/costs.md has no row {name:?}"))
    };
    let (head, co_authors) = (row("instruction"), co_authors.to_string());
    let column = head.iter().position(|cell| *cell == co_authors);
    let column = column.unwrap_or_else(|| panic!("docs/costs.md has no column {co_authors:?}"));
    let figure = row(instruction)[column];
    figure.parse().unwrap_or_else(|_| panic!("{instruction}, {co_authors}: {figure:?} is no number"))
}

fn cells(line: &str) -> Vec<&str> {
    line.trim_matches('|').split('|').map(str::trim).collect()
}
