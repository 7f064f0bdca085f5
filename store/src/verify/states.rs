//! The states as the events so far leave them, as many as fit.
//!
//! What was not used for long is forgotten, and read again from the history, whose rows were examined before.

use super::row::{HISTORY, TextRow};
use crate::database::{Row, Transaction};
use crate::error::StoreError;
use chorale_domain::id::{Hash32, sha256};
use chorale_domain::state::{Entity, EntityKey};
use hashlink::LruCache;
use std::collections::{BTreeMap, BTreeSet};

/// Entities that are remembered: some tens of megabytes.
const CAPACITY: usize = 50_000;

/// Keys that are looked up by one statement.
const KEYS: usize = 100;

/// What an entity is at a version.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum State {
    /// There is no such entity.
    Nothing,
    /// This.
    Is(Entity),
    /// Its row is corrupt: nothing can be derived from it.
    Unknown,
}

impl State {
    pub(crate) fn entity(&self) -> Option<&Entity> {
        match self {
            Self::Is(entity) => Some(entity),
            Self::Nothing | Self::Unknown => None,
        }
    }

    /// What a row of the history says, if its checksum agrees.
    pub(crate) fn of(row: &TextRow) -> Self {
        match (row.get("state_data"), row.get("checksum")) {
            (None, None) => Self::Nothing,
            (Some(data), Some(checksum)) if checksum_of(data) == checksum => {
                serde_json::from_str(data).map_or(Self::Unknown, Self::Is)
            }
            _ => Self::Unknown,
        }
    }
}

pub(crate) fn checksum_of(data: &str) -> String {
    Hash32(sha256(&[data.as_bytes()])).to_string()
}

/// An entity at the version that the events so far give it.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    /// 0 before it was ever created.
    pub version: i64,
    pub state: State,
    /// The event that its row was read of; `None` if it was derived here.
    pub read_from: Option<i64>,
}

impl Known {
    const NEVER: Self = Self { version: 0, state: State::Nothing, read_from: None };
}

/// Rows of the history as they should be, where they are not: `None` for one that should not be there.
#[derive(Clone, Default)]
pub(crate) struct Corrections(pub BTreeMap<(String, i64), Option<TextRow>>);

impl Corrections {
    /// The row as it should be, where it is not.
    pub(crate) fn get(&self, id: &str, version: i64) -> Option<Option<&TextRow>> {
        self.0.get(&(id.to_owned(), version)).map(Option::as_ref)
    }

    /// Whether a row of an entity is not as it should be.
    fn concern(&self, id: &str) -> bool {
        self.of_entity(id).next().is_some()
    }

    pub(crate) fn put(&mut self, id: &str, version: i64, row: Option<TextRow>) {
        self.0.insert((id.to_owned(), version), row);
    }

    /// The entities after the key `after`, up to and with `until`, of which a row is not as it should be.
    pub(crate) fn ids(&self, after: &str, until: Option<&str>) -> BTreeSet<String> {
        let ids = self.0.keys().map(|(id, _)| id);
        ids.filter(|id| id.as_str() > after && until.is_none_or(|until| id.as_str() <= until))
            .cloned()
            .collect()
    }

    /// The rows of an entity as they should be, as far as they are not.
    pub(crate) fn of_entity(&self, id: &str) -> impl DoubleEndedIterator<Item = (i64, Option<&TextRow>)> {
        let range = (id.to_owned(), i64::MIN)..=(id.to_owned(), i64::MAX);
        self.0.range(range).map(|((_, version), row)| (*version, row.as_ref()))
    }

    /// The rows of an event as they should be, as far as they are not.
    pub(crate) fn of_event(&self, event: i64) -> impl Iterator<Item = &TextRow> {
        let rows = self.0.values().filter_map(Option::as_ref);
        rows.filter(move |row| row.number("event_sequence") == Some(event))
    }

    /// The rows of an entity as they should be, as far as they are not, of events up to `until`.
    fn of(&self, id: &str, until: i64) -> impl DoubleEndedIterator<Item = &TextRow> {
        let rows = self.of_entity(id).filter_map(|(_, row)| row);
        rows.filter(move |row| row.number("event_sequence").is_some_and(|sequence| sequence <= until))
    }
}

pub(crate) struct States {
    known: LruCache<EntityKey, Known>,
}

impl Default for States {
    fn default() -> Self {
        Self { known: LruCache::new(CAPACITY) }
    }
}

impl States {
    pub(crate) fn put(&mut self, key: EntityKey, known: Known) {
        self.known.insert(key, known);
    }

    /// Makes the next use read it again.
    pub(crate) fn forget(&mut self, key: &EntityKey) {
        self.known.remove(key);
    }

    /// An entity as events up to `until` leave it.
    pub(crate) async fn get(
        &mut self,
        tx: &mut Transaction,
        key: EntityKey,
        until: i64,
        corrections: &Corrections,
    ) -> Result<Known, StoreError> {
        if let Some(known) = self.known.get(&key) {
            return Ok(known.clone());
        }
        self.prefetch(tx, &[key], until, corrections).await?;
        Ok(self.known.get(&key).cloned().unwrap_or(Known::NEVER))
    }

    /// Reads those of `keys` that are not known, as events up to `until` leave them.
    pub(crate) async fn prefetch(
        &mut self,
        tx: &mut Transaction,
        keys: &[EntityKey],
        until: i64,
        corrections: &Corrections,
    ) -> Result<(), StoreError> {
        let mut missing: Vec<_> = keys.iter().filter(|key| !self.known.contains_key(key)).copied().collect();
        missing.sort_unstable();
        missing.dedup();
        let (corrected, plain): (Vec<_>, Vec<_>) =
            missing.into_iter().partition(|key| corrections.concern(&key.to_string()));
        for keys in plain.chunks(KEYS) {
            let mut found = last_rows(tx, keys, until).await?;
            for key in keys {
                self.known.insert(*key, known(found.remove(&key.to_string())));
            }
        }
        for key in corrected {
            self.known.insert(key, known(last_right(tx, &key.to_string(), until, corrections).await?));
        }
        Ok(())
    }
}

fn known(row: Option<TextRow>) -> Known {
    row.map_or(Known::NEVER, |row| Known {
        version: row.number("state_version").unwrap_or(0),
        state: State::of(&row),
        read_from: row.number("event_sequence"),
    })
}

/// The last version of an entity of events up to `until`, from the rows that are right and those that should be.
async fn last_right(
    tx: &mut Transaction,
    id: &str,
    until: i64,
    corrections: &Corrections,
) -> Result<Option<TextRow>, StoreError> {
    let text =
        format!("{} WHERE entity_id = $1 AND event_sequence <= $2 ORDER BY state_version", HISTORY.select());
    let rows = sqlx::query(&text).bind(id).bind(until).fetch_all(&mut **tx).await?;
    let mut last = corrections.of(id, until).next_back().cloned();
    for row in &rows {
        let row = TextRow::read(&HISTORY, row)?;
        let version = row.number("state_version");
        let right = corrections.get(id, version.unwrap_or(0)).is_none();
        if right && last.as_ref().is_none_or(|last| last.number("state_version") < version) {
            last = Some(row);
        }
    }
    Ok(last)
}

/// The stored row of each entity with its last version of events up to `until`.
async fn last_rows(
    tx: &mut Transaction,
    keys: &[EntityKey],
    until: i64,
) -> Result<BTreeMap<String, TextRow>, StoreError> {
    let names: Vec<_> = HISTORY.columns.iter().map(|(name, _)| format!("h.{name}")).collect();
    let places: Vec<_> = (2..KEYS + 2).map(|number| format!("(${number})")).collect();
    let text = format!(
        "SELECT {} FROM (VALUES {}) AS k JOIN state_history h ON h.entity_id = k.column1 AND h.state_version = \
         (SELECT MAX(l.state_version) FROM state_history l WHERE l.entity_id = k.column1 AND l.event_sequence <= $1)",
        names.join(", "),
        places.join(", ")
    );
    // Keys of nothing fill what is left, so that there is one text, which stays prepared.
    let ids = keys.iter().map(ToString::to_string).chain(std::iter::repeat_with(String::new)).take(KEYS);
    let query = ids.fold(sqlx::query(&text).bind(until), sqlx::query::Query::bind);
    let rows = query.fetch_all(&mut **tx).await?;
    let rows = rows.iter().map(|row: &Row| TextRow::read(&HISTORY, row));
    rows.map(|row| row.map(|row| (row.text("entity_id").to_owned(), row))).collect()
}
