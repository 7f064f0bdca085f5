//! What was found.

use super::row::{TextRow, shown};
use chorale_domain::state::{Entity, difference};
use std::collections::BTreeMap;
use std::fmt;

/// What stands for a row where there is none.
const NOTHING: &str = "nothing";
const A_ROW: &str = "a row";

/// A value in the store that is not what follows from the events.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// The table.
    pub table: &'static str,
    /// The row: a sequence number, an entity, or an entity and its version.
    pub row: String,
    /// The column, with the path inside where it holds JSON; `row` for a row that is missing or too many.
    pub field: String,
    /// What is stored.
    pub stored: String,
    /// What should be.
    pub derived: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { table, row, field, stored, derived } = self;
        write!(f, "{table} row {row}: {field} is {stored}, but should be {derived}")
    }
}

/// Names a row, also one that is missing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Place {
    /// Of `event_store`.
    Event(i64),
    /// Of `state_history`.
    Version(String, i64),
    /// Of `canonical_state`.
    State(String),
    /// Of `unfinalized`.
    Unfinalized(String),
    /// Of `positions`.
    Position(&'static str),
}

impl Place {
    pub(crate) fn table(&self) -> &'static str {
        match self {
            Self::Event(_) => "event_store",
            Self::Version(..) => "state_history",
            Self::State(_) => "canonical_state",
            Self::Unfinalized(_) => "unfinalized",
            Self::Position(_) => "positions",
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event(sequence) => write!(f, "{sequence}"),
            Self::Version(entity, version) => write!(f, "{entity} version {version}"),
            Self::State(row) | Self::Unfinalized(row) => f.write_str(row),
            Self::Position(row) => f.write_str(row),
        }
    }
}

/// What was found of one row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Corrupt {
    /// Its table.
    pub table: &'static str,
    /// Its name.
    pub row: String,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
    pub(crate) place: Place,
    /// The event that the row follows from.
    pub(crate) event: Option<i64>,
}

impl fmt::Display for Corrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, finding) in self.findings.iter().enumerate() {
            write!(f, "{}{finding}", if number == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

/// Everything found so far, by row.
#[derive(Default)]
pub(crate) struct Findings {
    rows: BTreeMap<Place, Corrupt>,
    count: usize,
}

impl Findings {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    pub(crate) fn has(&self, place: &Place) -> bool {
        self.rows.contains_key(place)
    }

    /// The rows, by table and key.
    pub(crate) fn into_rows(self) -> Vec<Corrupt> {
        self.rows.into_values().collect()
    }

    /// Every finding, by table and row.
    pub(crate) fn into_list(self) -> Vec<Finding> {
        self.rows.into_values().flat_map(|row| row.findings).collect()
    }

    /// Takes over what was found elsewhere.
    pub(crate) fn take(&mut self, other: Self) {
        for (place, row) in other.rows {
            for Finding { field, stored, derived, .. } in &row.findings {
                self.add(&place, field, stored, derived);
            }
            if let Some(event) = row.event {
                self.follows_from(&place, event);
            }
        }
    }

    /// Keeps that a value is not what it should be.
    pub(crate) fn add(&mut self, place: &Place, field: &str, stored: &str, derived: &str) {
        let row = self.row(place);
        let finding = Finding {
            table: row.table,
            row: row.row.clone(),
            field: field.into(),
            stored: stored.into(),
            derived: derived.into(),
        };
        if !row.findings.contains(&finding) {
            row.findings.push(finding);
            self.count += 1;
        }
    }

    /// Keeps that a row is missing.
    pub(crate) fn missing(&mut self, place: &Place) {
        self.add(place, "row", NOTHING, A_ROW);
    }

    /// Keeps that a row follows from nothing, unless it is known to be wrong in another way.
    pub(crate) fn extra(&mut self, place: &Place) {
        if !self.has(place) {
            self.add(place, "row", A_ROW, NOTHING);
        }
    }

    /// Keeps what a row that was taken for one too many really is.
    pub(crate) fn forget_extra(&mut self, place: &Place) {
        let is_extra = |row: &Corrupt| row.findings.iter().all(|finding| finding.stored == A_ROW);
        if self.rows.get(place).is_some_and(is_extra) && self.rows.remove(place).is_some() {
            self.count -= 1;
        }
    }

    /// Keeps which event a row follows from.
    pub(crate) fn follows_from(&mut self, place: &Place, event: i64) {
        if let Some(row) = self.rows.get_mut(place) {
            row.event = Some(event);
        }
    }

    /// Keeps each column in which a row is not as derived, and says whether there is one.
    pub(crate) fn compare(&mut self, place: &Place, stored: &TextRow, derived: &TextRow) -> bool {
        let before = self.count;
        for (column, stored, derived) in stored.differences(derived) {
            match states(column, stored, derived) {
                Some((stored, derived)) => self.states(place, &stored, &derived),
                None => self.add(place, column, shown(stored), shown(derived)),
            }
        }
        self.count > before
    }

    /// Names the fields inside of a state.
    fn states(&mut self, place: &Place, stored: &Entity, derived: &Entity) {
        for found in difference(stored, derived) {
            self.add(place, &format!("state_data.{}", found.field), &found.left, &found.right);
        }
    }

    fn row(&mut self, place: &Place) -> &mut Corrupt {
        self.rows.entry(place.clone()).or_insert_with(|| Corrupt {
            table: place.table(),
            row: place.to_string(),
            findings: vec![],
            place: place.clone(),
            event: None,
        })
    }
}

/// Two states that can be told apart by their fields: not those that differ in their spelling only.
fn states(column: &str, stored: Option<&str>, derived: Option<&str>) -> Option<(Entity, Entity)> {
    let read = |text: Option<&str>| serde_json::from_str::<Entity>(text?).ok();
    let (stored, derived) = (read(stored)?, read(derived)?);
    (column == "state_data" && stored != derived).then_some((stored, derived))
}
