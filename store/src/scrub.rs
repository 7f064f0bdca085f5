//! Examining the store in the background, a little at a time, round and round.

use crate::database::Transaction;
use crate::error::StoreError;
use crate::verify::examination::{ENOUGH, Examination, PAGE};
use crate::verify::{self, Corrupt, Progress};
use crate::{Store, Writer, position};
use sqlx::Row as _;

/// The position that remembers where the scrubber is: the last event, or how many entities, and in place of a
/// signature the key of the last of those.
const SCRUB: &str = "scrub";

/// What a scrub found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScrubReport {
    /// How far it came.
    pub position: Progress,
    /// Whether it came to the end of the store: the next one begins at its beginning.
    pub finished: bool,
    /// The rows that are not what they should be.
    pub corrupted: Vec<Corrupt>,
    began: Place,
    stopped: Place,
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
    /// stopped that was [confirmed](Self::confirm_scrub). At the end of the store it stops.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn scrub(&self, budget_rows: usize) -> Result<ScrubReport, StoreError> {
        self.store().scrub_on(budget_rows).await
    }

    /// Remembers where a scrub stopped, once everything that it found is dealt with: until then, what it found is
    /// known to its report alone. Changes nothing if another scrub was confirmed meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn confirm_scrub(&self, report: &ScrubReport) -> Result<(), StoreError> {
        self.bounded(async {
            let mut tx = self.begin().await?;
            if remembered(&mut tx).await? == report.began {
                remember(&mut tx, &report.stopped, self.now()).await?;
            }
            Ok(tx.commit().await?)
        })
        .await
    }
}

impl Store {
    async fn scrub_on(&self, budget_rows: usize) -> Result<ScrubReport, StoreError> {
        let mut tx = self.database.read().await?;
        let began = remembered(&mut tx).await?;
        let mut examination = Examination::begin(&mut tx, began.after()).await?;
        let (mut left, mut finished, mut stopped) = (budget_rows.max(1), false, began.clone());
        while left > 0 && !finished {
            let page = left.min(PAGE);
            left -= page;
            stopped = step(&mut examination, &mut tx, stopped, page).await?;
            finished = stopped == Place::Events(i64::MIN);
        }
        let position = progress(&mut tx, &stopped).await?;
        let corrupted = examination.findings.into_rows();
        Ok(ScrubReport { position, finished, corrupted, began, stopped })
    }
}

impl Place {
    /// The last event that is behind it.
    fn after(&self) -> i64 {
        match self {
            Self::Events(after) => *after,
            Self::States(..) => i64::MAX,
        }
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
    match place {
        Place::Events(after) => position::put(tx, SCRUB, *after, None, now).await,
        Place::States(after, done) => position::put(tx, SCRUB, *done, Some(after), now).await,
    }
}
