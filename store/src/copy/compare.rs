//! Two stores of the same chain: what they say differently.
//!
//! They may have come to it in different ways: what forks dropped, the numbers of events, versions and times are left
//! out.

use crate::Store;
use crate::database::{Row, Transaction};
use crate::entity::unchecked;
use crate::error::StoreError;
use crate::verify::{Finding, Progress};
use chorale_domain::state::{Entity, difference};
use sqlx::Row as _;
use std::collections::VecDeque;

/// What stands for a row, or for its absence.
const A_ROW: &str = "a row";
const NOTHING: &str = "nothing";

/// Rows that are held of each store.
const PAGE: i64 = 500;

/// Differences after which it is clear that the stores are not alike.
const ENOUGH: usize = 10_000;

/// Compares `old` with `new`, which is taken to be right: the events that count, by their place in the chain, the
/// entities as they are now, field by field, and what could not be decoded. What cannot be read of `old` is a
/// difference too. Holds a page of each store in memory, and stops at thousands of differences.
///
/// # Errors
/// [`StoreError::Database`] if a database fails in a way that may pass, and whatever fails in `new`.
pub async fn compare(
    old: &Store,
    new: &Store,
    on_progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Vec<Finding>, StoreError> {
    let (mut new, mut findings) = (new.database.read().await?, vec![]);
    for kind in [&EVENTS, &ENTITIES, &DEAD_LETTERS] {
        // After an error PostgreSQL reads nothing more in a transaction.
        let mut old = old.database.read().await?;
        compare_rows(kind, (&mut old, &mut new), &mut findings, on_progress).await?;
    }
    Ok(findings)
}

/// Compares rows of one kind, as far as the old ones can be read at all.
async fn compare_rows(
    kind: &Kind,
    (old, new): (&mut Transaction, &mut Transaction),
    findings: &mut Vec<Finding>,
    on_progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<(), StoreError> {
    let total = rows(new, kind).await?;
    let (mut left, mut right, mut done) = (Side::default(), Side::default(), 0);
    while findings.len() < ENOUGH {
        let filled = match left.fill(kind, old).await {
            Err(error) if !error.is_passing() => {
                findings.push(unreadable(kind, &left.last, &error));
                return Ok(());
            }
            filled => filled?,
        };
        if !(right.fill(kind, new).await? | filled) {
            return Ok(());
        }
        done += merge(kind, &mut left, &mut right, findings)?;
        on_progress(Progress { table: kind.table, done, total });
    }
    Ok(())
}

/// What comes after a row cannot be read, so that nothing can be said of any row there.
fn unreadable(kind: &Kind, last: &Key, error: &StoreError) -> Finding {
    let row = format!("after {:?}", name(kind, last));
    let (stored, derived) = (error.to_string(), "rows that can be read".into());
    Finding { table: kind.table, row, field: "row".into(), stored, derived }
}

/// Rows that both stores should have, in the order of their keys.
struct Kind {
    table: &'static str,
    count: &'static str,
    /// At most `$1` rows after the key `$2`, or `$2`, `$3`, `$4`.
    page: &'static str,
    key: fn(&Row) -> Result<Key, StoreError>,
    /// Whether a key is more than its text.
    numbered: bool,
    content: fn(&Row) -> Result<Content, StoreError>,
}

/// It compares as in the database.
type Key = (String, i64, i64);

/// What is compared of a row.
enum Content {
    Columns(Vec<(&'static str, String)>),
    Entity(Box<Entity>),
}

/// Along the index on what makes an event the same.
static EVENTS: Kind = Kind {
    table: "event_store",
    count: "SELECT COUNT(*) AS found FROM event_store WHERE commitment <> 'retracted'",
    page: "SELECT signature, instruction, inner_instruction, slot, block_time, event_type, schema_version, \
         event_data FROM event_store WHERE commitment <> 'retracted' \
         AND (signature, instruction, inner_instruction) > ($2, $3, $4) \
         ORDER BY signature, instruction, inner_instruction LIMIT $1",
    key: |row| {
        Ok((row.try_get("signature")?, row.try_get("instruction")?, row.try_get("inner_instruction")?))
    },
    numbered: true,
    content: event,
};

static ENTITIES: Kind = Kind {
    table: "canonical_state",
    count: "SELECT COUNT(*) AS found FROM canonical_state",
    page: "SELECT entity_id, state_data FROM canonical_state WHERE entity_id > $2 ORDER BY entity_id LIMIT $1",
    key: |row| Ok((row.try_get("entity_id")?, 0, 0)),
    numbered: false,
    content: |row| Ok(Content::Entity(Box::new(unchecked(row)?))),
};

static DEAD_LETTERS: Kind = Kind {
    table: "dead_letters",
    count: "SELECT COUNT(*) AS found FROM dead_letters",
    page: "SELECT signature, slot, reason FROM dead_letters WHERE signature > $2 ORDER BY signature LIMIT $1",
    key: |row| Ok((row.try_get("signature")?, 0, 0)),
    numbered: false,
    content: |row| {
        Ok(Content::Columns(vec![("slot", number(row, "slot")?), ("reason", row.try_get("reason")?)]))
    },
};

fn event(row: &Row) -> Result<Content, StoreError> {
    Ok(Content::Columns(vec![
        ("slot", number(row, "slot")?),
        ("block_time", number(row, "block_time")?),
        ("event_type", row.try_get("event_type")?),
        ("schema_version", number(row, "schema_version")?),
        ("event_data", row.try_get("event_data")?),
    ]))
}

fn number(row: &Row, column: &str) -> Result<String, StoreError> {
    let number: Option<i64> = row.try_get(column)?;
    Ok(number.map_or_else(|| NOTHING.into(), |number| number.to_string()))
}

async fn rows(tx: &mut Transaction, kind: &Kind) -> Result<i64, StoreError> {
    Ok(sqlx::query(kind.count).fetch_one(&mut **tx).await?.try_get("found")?)
}

/// One store's rows, as far as they are read.
#[derive(Default)]
struct Side {
    /// Each with what is wrong with it, if it cannot be read.
    held: VecDeque<(Key, Result<Content, StoreError>)>,
    last: Key,
    ended: bool,
}

impl Side {
    /// Sees to it that a row is held, and says whether one is.
    async fn fill(&mut self, kind: &Kind, tx: &mut Transaction) -> Result<bool, StoreError> {
        if self.held.is_empty() && !self.ended {
            let query = sqlx::query(kind.page).bind(PAGE).bind(&self.last.0);
            let query = if kind.numbered { query.bind(self.last.1).bind(self.last.2) } else { query };
            for row in &query.fetch_all(&mut **tx).await? {
                self.held.push_back(((kind.key)(row)?, (kind.content)(row)));
            }
            self.ended = self.held.is_empty();
            self.last = self.held.back().map(|(key, _)| key.clone()).unwrap_or_default();
        }
        Ok(!self.held.is_empty())
    }

    fn first(&self) -> Option<&Key> {
        self.held.front().map(|(key, _)| key)
    }

    /// Takes the row with this key, if it is the next.
    fn take(&mut self, key: &Key) -> Result<Option<Content>, StoreError> {
        self.held.pop_front_if(|(next, _)| next == key).map(|(_, content)| content).transpose()
    }
}

/// Compares what is held, as long as both sides are known to be complete. Says how many rows that were.
fn merge(
    kind: &Kind,
    left: &mut Side,
    right: &mut Side,
    findings: &mut Vec<Finding>,
) -> Result<i64, StoreError> {
    let mut done = 0;
    while let Some(key) = lesser(left, right) {
        let (old, new) = (left.take(&key), right.take(&key)?);
        let found = match old {
            Err(error) if !error.is_passing() => {
                vec![("row".into(), error.to_string(), shown(new.as_ref()))]
            }
            old => differences(old?.as_ref(), new.as_ref()),
        };
        for (field, stored, derived) in found {
            findings.push(Finding { table: kind.table, row: name(kind, &key), field, stored, derived });
        }
        done += 1;
    }
    Ok(done)
}

/// The key to go on with, `None` if a side has to be read first.
fn lesser(left: &Side, right: &Side) -> Option<Key> {
    match (left.first(), right.first()) {
        (Some(left), Some(right)) => Some(left.min(right).clone()),
        (Some(key), None) if right.ended => Some(key.clone()),
        (None, Some(key)) if left.ended => Some(key.clone()),
        _ => None,
    }
}

fn name(kind: &Kind, key: &Key) -> String {
    if kind.numbered { format!("{}/{}/{}", key.0, key.1, key.2) } else { key.0.clone() }
}

/// What two rows say differently: field, left, right.
fn differences(old: Option<&Content>, new: Option<&Content>) -> Vec<(String, String, String)> {
    match (old, new) {
        (Some(Content::Entity(old)), Some(Content::Entity(new))) => {
            difference(old, new).into_iter().map(|found| (found.field, found.left, found.right)).collect()
        }
        (Some(Content::Columns(old)), Some(Content::Columns(new))) => {
            let both = old.iter().zip(new).filter(|(old, new)| old != new);
            both.map(|((field, old), (_, new))| ((*field).into(), old.clone(), new.clone())).collect()
        }
        (old, new) => vec![("row".into(), shown(old), shown(new))],
    }
}

fn shown(row: Option<&Content>) -> String {
    if row.is_some() { A_ROW } else { NOTHING }.into()
}
