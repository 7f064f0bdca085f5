//! Examining the store in the background, a little at a time, round and round.

use crate::database::Transaction;
use crate::error::StoreError;
use crate::verify::examination::{ENOUGH, Examination, PAGE};
use crate::verify::{self, Corrupt, Progress};
use crate::{Store, Writer};
use sqlx::Row as _;

/// The position that remembers where the scrubber is: the last event, or how many entities, and in place of a
/// signature the key of the last of those.
const SCRUB: &str = "scrub";

/// What a scrub found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScrubReport {
    /// Where it stopped: the next one goes on from there.
    pub position: Progress,
    /// Whether it came to the end of the store: the next one begins at its beginning.
    pub finished: bool,
    /// The rows that are not what they should be.
    pub corrupted: Vec<Corrupt>,
}

/// Where the scrubber is.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Place {
    /// After this event. What events changed is examined with them.
    Events(i64),
    /// After the entity with this key, so many of them.
    States(String, i64),
}

impl Writer {
    /// Examines about `budget_rows` events or entities, as [`Store::verify`] does, going on where the last scrub
    /// stopped. At the end of the store it stops and remembers to begin anew.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn scrub(&self, budget_rows: usize) -> Result<ScrubReport, StoreError> {
        let (place, report) = self.store().scrub_on(budget_rows).await?;
        self.bounded(async {
            let mut tx = self.begin().await?;
            remember(&mut tx, &place, self.now()).await?;
            Ok(tx.commit().await?)
        })
        .await?;
        Ok(report)
    }
}

impl Store {
    async fn scrub_on(&self, budget_rows: usize) -> Result<(Place, ScrubReport), StoreError> {
        let mut tx = self.database.read().await?;
        let mut place = remembered(&mut tx).await?;
        let after = if let Place::Events(after) = place { after } else { i64::MIN };
        let mut examination = Examination::begin(&mut tx, after).await?;
        let (mut left, mut finished) = (budget_rows.max(1), false);
        while left > 0 && !finished {
            let page = left.min(PAGE);
            left -= page;
            place = step(&mut examination, &mut tx, place, page).await?;
            finished = place == Place::Events(i64::MIN);
        }
        let position = progress(&mut tx, &place).await?;
        Ok((place, ScrubReport { position, finished, corrupted: examination.findings.into_rows() }))
    }
}

/// Examines a page and says where the next one begins.
async fn step(
    examination: &mut Examination,
    tx: &mut Transaction,
    place: Place,
    page: usize,
) -> Result<Place, StoreError> {
    match place {
        Place::Events(after) => match examination.events(tx, after, page).await? {
            Some(last) => Ok(Place::Events(last)),
            None => {
                examination.orphans(tx, ENOUGH).await?;
                examination.cursors(tx).await?;
                Ok(Place::States(String::new(), 0))
            }
        },
        Place::States(after, done) => {
            let done = done.saturating_add(i64::try_from(page).unwrap_or(i64::MAX));
            let last = examination.current(tx, &after, page).await?;
            Ok(last.map_or(Place::Events(i64::MIN), |last| Place::States(last, done)))
        }
    }
}

async fn progress(tx: &mut Transaction, place: &Place) -> Result<Progress, StoreError> {
    match place {
        Place::Events(after) => {
            let total = verify::last_sequence(tx).await?;
            Ok(Progress { table: "event_store", done: (*after).max(0), total })
        }
        Place::States(_, done) => {
            let total = verify::states(tx).await?;
            Ok(Progress { table: "canonical_state", done: *done.min(&total), total })
        }
    }
}

async fn remembered(tx: &mut Transaction) -> Result<Place, StoreError> {
    let query = sqlx::query("SELECT value, signature FROM positions WHERE name = $1").bind(SCRUB);
    let Some(row) = query.fetch_optional(&mut **tx).await? else { return Ok(Place::Events(i64::MIN)) };
    let (value, key): (i64, Option<String>) = (row.try_get("value")?, row.try_get("signature")?);
    Ok(key.map_or(Place::Events(value), |key| Place::States(key, value)))
}

async fn remember(tx: &mut Transaction, place: &Place, now: i64) -> Result<(), StoreError> {
    const UPSERT: &str = "INSERT INTO positions (name, value, signature, updated_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (name) DO UPDATE SET value = excluded.value, signature = excluded.signature, \
         updated_at = excluded.updated_at";
    let (value, key) = match place {
        Place::Events(after) => (*after, None),
        Place::States(after, done) => (*done, Some(after.as_str())),
    };
    let query = sqlx::query(UPSERT).bind(SCRUB).bind(value).bind(key).bind(now);
    query.execute(&mut **tx).await?;
    Ok(())
}
