//! Comparing the current states with the ends of their histories.

use super::derive;
use super::examination::Examination;
use super::finding::Place;
use super::row::{HISTORY, STATES, TextRow};
use super::states::State;
use crate::database::Transaction;
use crate::error::StoreError;
use sqlx::Row as _;
use std::collections::{BTreeMap, BTreeSet};

/// What the current state of an entity follows from.
#[derive(Default)]
pub(crate) struct End {
    /// The last row of its history.
    pub last: Option<TextRow>,
    /// When its history began, the last time that it did.
    pub created_at: Option<String>,
    /// How many rows it has.
    pub rows: i64,
}

impl End {
    fn take(&mut self, row: &TextRow) {
        if row.get("change_type") == Some("create") {
            self.created_at = row.get("changed_at").map(str::to_owned);
        }
        self.last = Some(row.clone());
        self.rows += 1;
    }

    /// Whether a version before the last is missing. It is named where its event is examined, and until then nothing
    /// follows from what is left.
    fn has_hole(&self) -> bool {
        self.last.as_ref().is_some_and(|last| last.number("state_version") != Some(self.rows))
    }

    /// The current state.
    pub(crate) fn current(&self) -> Option<TextRow> {
        self.last.as_ref().and_then(|last| derive::current(last, self.created_at.as_deref()))
    }

    /// Whether it can be said what the current state is.
    pub(crate) fn is_known(&self) -> bool {
        !self.has_hole() && self.last.as_ref().map(State::of) != Some(State::Unknown)
    }
}

impl Examination {
    /// Examines the states of at most `limit` entities after the one with the key `after`. Gives the last one's key,
    /// `None` if there were no more.
    pub(crate) async fn current(
        &mut self,
        tx: &mut Transaction,
        after: &str,
        limit: usize,
    ) -> Result<Option<String>, StoreError> {
        let mut ends = ends(tx, after, limit).await?;
        let until = if ends.len() < limit { None } else { ends.keys().next_back().cloned() };
        let mut stored = stored(tx, after, until.as_deref()).await?;
        for id in self.corrections.ids(after, until.as_deref()) {
            ends.insert(id.clone(), self.end(tx, &id).await?);
        }
        let ids: BTreeSet<_> = ends.keys().chain(stored.keys()).cloned().collect();
        for id in ids {
            let end = ends.remove(&id).unwrap_or_default();
            self.state(tx, &id, end, stored.remove(&id)).await?;
        }
        Ok(until)
    }

    /// Examines the state of an entity with this history. Gives the history as it should be.
    pub(crate) async fn state(
        &mut self,
        tx: &mut Transaction,
        id: &str,
        mut end: End,
        stored: Option<TextRow>,
    ) -> Result<End, StoreError> {
        if end.is_known() && end.current() != stored {
            // Which of them is wrong: the state, or the history's end?
            let events = speakers(tx, id, &end, stored.as_ref()).await?;
            if self.go_back(tx, &events).await? {
                end = self.end(tx, id).await?;
            }
        }
        self.compare_state(id, &end, stored);
        Ok(end)
    }

    /// Where an entity's history ends, counting rows as they should be.
    pub(crate) async fn end(&self, tx: &mut Transaction, id: &str) -> Result<End, StoreError> {
        let text = format!("{} WHERE entity_id = $1", HISTORY.select());
        let mut rows = BTreeMap::new();
        for row in sqlx::query(&text).bind(id).fetch_all(&mut **tx).await? {
            let row = TextRow::read(&HISTORY, &row)?;
            rows.insert(row.number("state_version").unwrap_or_default(), row);
        }
        for (version, corrected) in self.corrections.of_entity(id) {
            match corrected {
                Some(row) => rows.insert(version, row.clone()),
                None => rows.remove(&version),
            };
        }
        let mut end = End::default();
        rows.values().for_each(|row| end.take(row));
        Ok(end)
    }

    fn compare_state(&mut self, id: &str, end: &End, stored: Option<TextRow>) {
        let place = Place::State(id.into());
        match (end.current(), stored) {
            // Its history is what is named.
            _ if !end.is_known() => {}
            (Some(derived), Some(stored)) => {
                self.findings.compare(&place, &stored, &derived);
            }
            (Some(_), None) => self.findings.missing(&place),
            (None, Some(_)) => self.findings.extra(&place),
            (None, None) => {}
        }
    }
}

/// The events that may have left an entity's last version: the one that its state names, the one that its history ends
/// with, and, where there is no state, those that took back what was done to it.
async fn speakers(
    tx: &mut Transaction,
    id: &str,
    end: &End,
    stored: Option<&TextRow>,
) -> Result<BTreeSet<i64>, StoreError> {
    const RETRACTIONS: &str = "SELECT MAX(e.sequence) AS last FROM state_history h \
         JOIN event_store e ON e.retracts = h.event_sequence WHERE h.entity_id = $1";
    let named = [end.last.as_ref(), stored].into_iter().flatten();
    let mut events: BTreeSet<_> = named.filter_map(|row| row.number("event_sequence")).collect();
    if stored.is_none() {
        let row = sqlx::query(RETRACTIONS).bind(id).fetch_one(&mut **tx).await?;
        events.extend(row.try_get::<Option<i64>, _>("last")?);
    }
    Ok(events)
}

/// The ends of at most `limit` histories.
async fn ends(tx: &mut Transaction, after: &str, limit: usize) -> Result<BTreeMap<String, End>, StoreError> {
    const LAST: &str = "SELECT entity_id, MAX(state_version) AS last, COUNT(*) AS versions, \
         MAX(CASE WHEN change_type = 'create' THEN state_version END) AS first \
         FROM state_history WHERE entity_id > $1 GROUP BY entity_id ORDER BY entity_id LIMIT";
    let names: Vec<_> = HISTORY.columns.iter().map(|(name, _)| format!("h.{name}")).collect();
    // The limit is in the text: PostgreSQL would not guess it, and read the whole table.
    let text = format!(
        "SELECT {}, c.changed_at AS created_at, e.versions FROM ({LAST} {limit}) e \
         JOIN state_history h ON h.entity_id = e.entity_id AND h.state_version = e.last \
         LEFT JOIN state_history c ON c.entity_id = e.entity_id AND c.state_version = e.first",
        names.join(", ")
    );
    let rows = sqlx::query(&text).bind(after).fetch_all(&mut **tx).await?;
    let rows = rows.iter().map(|row| {
        let last = TextRow::read(&HISTORY, row)?;
        let created_at: Option<i64> = row.try_get("created_at")?;
        let (created_at, rows) = (created_at.map(|time| time.to_string()), row.try_get("versions")?);
        let end = End { last: Some(last.clone()), created_at, rows };
        Ok((last.text("entity_id").to_owned(), end))
    });
    rows.collect()
}

/// The states of the entities after `after`, up to and with `until`.
async fn stored(
    tx: &mut Transaction,
    after: &str,
    until: Option<&str>,
) -> Result<BTreeMap<String, TextRow>, StoreError> {
    let mut text = format!("{} WHERE entity_id > $1", STATES.select());
    text.push_str(if until.is_some() { " AND entity_id <= $2" } else { "" });
    let query = sqlx::query(&text).bind(after);
    let query = match until {
        Some(until) => query.bind(until),
        None => query,
    };
    let rows = query.fetch_all(&mut **tx).await?;
    let rows = rows.iter().map(|row| TextRow::read(&STATES, row));
    rows.map(|row| row.map(|row| (row.text("entity_id").to_owned(), row))).collect()
}
