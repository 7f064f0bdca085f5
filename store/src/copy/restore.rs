//! A new store from a backup, up to any event.

use super::backup::{goes_on, hash_of};
use super::error::CopyError;
use super::file;
use super::finish::Finish;
use super::line::Chain;
use super::manifest::{self, Manifest};
use super::place;
use super::segment::Segment;
use super::steps::{Deed, Step, Steps, Unsettled};
use super::tables::{self, number};
use crate::chain::EventRow;
use crate::error::StoreError;
use crate::verify::Progress;
use crate::{Batch, Clock, Location, Store, Writer};
use chorale_domain::id::Hash32;
use sqlx::Row as _;
use std::path::Path;

/// The position that a store has until it is restored to the end: 1 more than the last event that is wanted.
pub(super) const UNFINISHED: &str = "restore";

/// Refuses a store that an interrupted restore has left: only a restore may open it.
pub(crate) async fn check_finished(store: &Store, location: &Location) -> Result<(), StoreError> {
    if store.position(UNFINISHED).await? == 0 {
        return Ok(());
    }
    Err(StoreError::Unfinished { store: location.to_string() })
}

/// All events, how many ever there are when it is taken up again.
const ALL: i64 = i64::MAX - 1;

/// Makes a new store at `location` from the backup in `folder`, up to and with the event `through`, or all of it. The
/// events are applied again as the indexer did, by whichever engine; the hashes must come out the same. The indexer
/// can go on from the result: its cursor is the last transaction that is in as a whole. Interrupted, it goes on where
/// it was when it is begun again. Holds a segment in memory.
///
/// The result is the last event's number. It is `through`, unless that is in the middle of something that a fork
/// could still drop: a transaction of which only a part is in is taken back then, and a retraction that has begun is
/// done to the end of its transaction, both by retractions after `through`.
///
/// # Errors
/// [`CopyError::Exists`] if there is a store already, [`CopyError::NoBackup`], [`CopyError::Newer`] or
/// [`CopyError::Damaged`] if there is no backup that can be read (before anything is written), [`CopyError::Busy`] if
/// one is being written, [`CopyError::NotInBackup`], [`CopyError::OtherRestore`], [`CopyError::Differs`], and
/// [`CopyError::Store`].
pub async fn restore(
    folder: &Path,
    location: &Location,
    through: Option<i64>,
    clock: Clock,
    on_progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<i64, CopyError> {
    let _lock = file::share(folder)?;
    let (manifest, asked) = (Manifest::load(folder)?, through.unwrap_or(ALL));
    let through = check_through(&manifest, through)?;
    let segments = manifest.segments.iter().filter(|segment| segment.first <= through);
    segments.clone().try_for_each(|segment| segment.check(folder))?;
    place::check(location, asked, clock.clone()).await?;
    let writer = Writer::open_unfinished(location, clock).await?;
    writer.set_position(UNFINISHED, asked + 1).await?;
    let restore = Restore { folder, manifest: &manifest, asked, through, writer: &writer };
    let restored = restore.run(location, on_progress).await;
    writer.close().await;
    restored
}

fn check_through(manifest: &Manifest, through: Option<i64>) -> Result<i64, CopyError> {
    let last = manifest.last_sequence;
    let through = through.unwrap_or(last);
    if (0..=last).contains(&through) { Ok(through) } else { Err(CopyError::NotInBackup { through, last }) }
}

struct Restore<'r> {
    folder: &'r Path,
    manifest: &'r Manifest,
    /// [`ALL`], or `through`.
    asked: i64,
    through: i64,
    writer: &'r Writer,
}

impl Restore<'_> {
    async fn run(
        &self,
        location: &Location,
        on_progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<i64, CopyError> {
        self.check_schema().await?;
        let begun = self.begun(location).await?;
        self.promote().await?;
        let (mut steps, mut ending) = (Steps::new(self.manifest), Ending::default());
        for (segment, previous) in self.segments(begun) {
            for (row, hash) in segment.read(self.folder, previous)? {
                ending.see(&row, self.through);
                if row.sequence > begun && row.sequence <= self.through {
                    steps.push(row, hash)?;
                }
            }
            self.take(&mut steps, on_progress).await?;
        }
        steps.end();
        self.take(&mut steps, on_progress).await?;
        let partial = ending.partial(self.last_segment());
        Finish { manifest: self.manifest, through: self.through, writer: self.writer }.run(partial).await
    }

    /// What a later version wrote may mean something else.
    async fn check_schema(&self) -> Result<(), CopyError> {
        let known = manifest::schema(&mut self.writer.store().database.read().await?).await?;
        let found = self.manifest.schema;
        if found <= known {
            return Ok(());
        }
        Err(CopyError::Newer { what: format!("the store in {}", self.folder.display()), found, known })
    }

    /// The last event of this backup that is in already.
    async fn begun(&self, location: &Location) -> Result<i64, CopyError> {
        let (last, _) = self.writer.store().last_event().await?;
        let begun = last.min(self.through);
        if self.is_beyond().await? {
            return Err(CopyError::OtherRestore(location.to_string()));
        }
        if begun > 0 && self.hash(begun)? != hash_of(self.writer.store(), begun).await? {
            return Err(CopyError::OtherRestore(location.to_string()));
        }
        Ok(begun)
    }

    /// Whether there is what this restore cannot have written: beyond its end it only takes back, and that only where
    /// the backup has more.
    async fn is_beyond(&self) -> Result<bool, StoreError> {
        const BEYOND: &str =
            "SELECT 1 AS found FROM event_store WHERE sequence > $1 AND (retracts IS NULL OR $2 = 1) LIMIT 1";
        let nothing = i64::from(self.asked == ALL);
        let query = sqlx::query(BEYOND).bind(self.through).bind(nothing);
        Ok(query.fetch_optional(self.writer.store().database.reader()).await?.is_some())
    }

    /// The hash that an event has in the backup.
    fn hash(&self, sequence: i64) -> Result<Option<Hash32>, CopyError> {
        let within = |(segment, _): &(&Segment, Chain)| (segment.first..=segment.last).contains(&sequence);
        let Some((segment, previous)) = self.with_previous().find(within) else { return Ok(None) };
        let rows = segment.read(self.folder, previous)?;
        Ok(rows.into_iter().find(|(row, _)| row.sequence == sequence).map(|(_, hash)| hash))
    }

    /// What was applied before an interruption, and is final by now.
    async fn promote(&self) -> Result<(), CopyError> {
        const EVENTS: &str =
            "SELECT sequence FROM event_store WHERE signature = $1 AND commitment <> 'retracted'";
        let (store, unsettled) = (self.writer.store(), Unsettled::of(self.manifest));
        for listed in store.unfinalized().await? {
            let signature = listed.signature.to_string();
            let rows = sqlx::query(EVENTS).bind(&signature).fetch_all(store.database.reader()).await;
            for row in rows.map_err(StoreError::from)? {
                if unsettled.has(row.try_get("sequence").map_err(StoreError::from)?, &signature) {
                    return Ok(());
                }
            }
            self.writer.promote(listed.signature).await?;
        }
        Ok(())
    }

    /// The segments that are needed after `begun`, each with where it begins. The last one always is, to know how it
    /// ends.
    fn segments(&self, begun: i64) -> impl Iterator<Item = (&Segment, Chain)> {
        let needed = move |(segment, _): &(&Segment, Chain)| {
            segment.first <= self.through && segment.last >= self.through.min(begun + 1)
        };
        self.with_previous().filter(needed)
    }

    fn with_previous(&self) -> impl Iterator<Item = (&Segment, Chain)> {
        let ends = self.manifest.segments.iter().map(Segment::end);
        self.manifest.segments.iter().zip(std::iter::once(Chain::BEGINNING).chain(ends))
    }

    fn last_segment(&self) -> Option<&Segment> {
        self.manifest.segments.iter().find(|segment| segment.last >= self.through)
    }

    async fn take(
        &self,
        steps: &mut Steps,
        on_progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<(), CopyError> {
        while let Some(step) = steps.ready() {
            let (done, total) = (step.end.sequence, self.through);
            self.stop_threads(step.first).await?;
            self.step(step).await?;
            on_progress(Progress { table: "event_store", done, total });
        }
        Ok(())
    }

    /// Stops the threads that were stopped before the event `first`.
    async fn stop_threads(&self, first: i64) -> Result<(), CopyError> {
        let stopped = self.manifest.stopped.iter().filter(|row| number(row, "event_sequence") < first);
        let stopped: Vec<_> = stopped.cloned().collect();
        if !stopped.is_empty() {
            let mut tx = self.writer.begin().await?;
            tables::add(&mut tx, &tables::STOPPED, &stopped).await?;
            tx.commit().await.map_err(StoreError::from)?;
        }
        Ok(())
    }

    async fn step(&self, step: Step) -> Result<(), CopyError> {
        match step.deed {
            Deed::Apply(transactions) => self.writer.apply(Batch { transactions }).await.map(drop)?,
            Deed::Retract(from) => self.writer.retract(from).await.map(drop)?,
        }
        // It is over all events before it too.
        if hash_of(self.writer.store(), step.end.sequence).await? == Some(step.end.hash) {
            return Ok(());
        }
        Err(CopyError::Differs { sequence: step.end.sequence })
    }
}

/// The last event that is wanted, and the one after it.
#[derive(Default)]
struct Ending {
    last: Option<EventRow>,
    next: Option<EventRow>,
}

impl Ending {
    fn see(&mut self, row: &EventRow, through: i64) {
        if row.sequence == through {
            self.last = Some(row.clone());
        } else if row.sequence == through + 1 {
            self.next = Some(row.clone());
        }
    }

    /// The transaction of which only a part is wanted, if so.
    fn partial(self, segment: Option<&Segment>) -> Option<String> {
        let (last, segment) = (self.last?, segment?);
        let goes_on = match &self.next {
            Some(next) => goes_on(&last, next),
            None => !segment.whole,
        };
        goes_on.then_some(last.signature)
    }
}
