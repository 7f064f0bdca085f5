//! How far this process follows the store, and since when a cached value is no answer any more.
//!
//! A value is read at a mark: the last event that this process had followed when it began to read. Such a value holds as
//! long as no event after the mark touched what it depends on. The follower notes each event here before anyone is
//! told of it, so that whoever was told of an event never reads a value from before it.
//!
//! A process knows nothing of what happened before it began to follow, nor of what is behind its window: values from
//! there do not hold. Neither do those with a mark of another store, which a rebuild put in this one's place.

use super::scope::Scope;
use chorale_store::StoredEvent;
use chorale_wire::socket::{Mark, Tag};
use std::collections::{HashMap, VecDeque};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, timeout};

/// Events whose marks are remembered; older values are read anew.
pub(crate) const WINDOW: usize = 65_536;

/// A point in this process's following.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(crate) struct Moment {
    /// How often the follower had begun: cursors of a store that was replaced compare with no others.
    life: u64,
    /// The last event followed.
    cursor: i64,
}

/// How far this process follows the store. The follower writes it, all readers ask it.
pub(crate) struct Followed {
    state: RwLock<State>,
    cursor: watch::Sender<i64>,
    wanted: Notify,
    window: usize,
}

#[derive(Default)]
struct State {
    life: u64,
    /// The cursor of the first tag in the window.
    first: i64,
    /// Of every event from `first` on; nothing before the follower began.
    tags: VecDeque<Tag>,
    /// The last event that touched it, where there was one in the window.
    floors: HashMap<Scope, i64>,
    /// When the store answered last.
    heard: Option<Instant>,
}

impl Followed {
    /// Not following yet.
    pub(crate) fn new() -> Self {
        Self::with_window(WINDOW)
    }

    fn with_window(window: usize) -> Self {
        let (cursor, _) = watch::channel(0);
        Self { state: RwLock::default(), cursor, wanted: Notify::new(), window }
    }

    /// Begins, or begins anew: of what was before `mark`, nothing is known.
    pub(crate) fn begin(&self, mark: Mark) {
        let mut state = self.write();
        state.life += 1;
        (state.first, state.tags) = (mark.cursor, VecDeque::from([mark.tag]));
        state.floors.clear();
        drop(state);
        self.cursor.send_replace(mark.cursor);
    }

    /// Takes in the next event, before anyone is told of it.
    pub(crate) fn note(&self, stored: &StoredEvent) {
        let mark = stored.mark();
        let mut state = self.write();
        // Telling of it was given up, and is tried again.
        if state.last() == Some(mark) {
            return;
        }
        if state.last().is_none_or(|last| last.cursor + 1 != mark.cursor) {
            drop(state);
            return self.begin(mark);
        }
        state.tags.push_back(mark.tag);
        state.floors.extend(Scope::touched(stored).into_iter().map(|scope| (scope, mark.cursor)));
        if state.tags.len() > self.window {
            state.forget_half();
        }
        drop(state);
        self.cursor.send_replace(mark.cursor);
    }

    /// The store answered: what is noted is all there was.
    pub(crate) fn heard(&self) {
        self.write().heard = Some(Instant::now());
    }

    /// Whether the store answered within this time.
    pub(crate) fn heard_within(&self, time: Duration) -> bool {
        self.read().heard.is_some_and(|heard| heard.elapsed() <= time)
    }

    /// Now.
    pub(crate) fn moment(&self) -> Moment {
        let state = self.read();
        Moment { life: state.life, cursor: state.last().unwrap_or_default().cursor }
    }

    /// The mark of what was read from then on, if the event is still remembered.
    pub(crate) fn mark_of(&self, moment: Moment) -> Option<Mark> {
        let state = self.read();
        state.mark(moment.cursor).filter(|_| state.life == moment.life)
    }

    /// The last event's cursor, 0 before the follower began.
    pub(crate) fn cursor(&self) -> i64 {
        *self.cursor.borrow()
    }

    /// The mark of an event in the window.
    pub(crate) fn mark_at(&self, cursor: i64) -> Option<Mark> {
        self.read().mark(cursor)
    }

    /// Whether what was read at this mark is still all there is to say.
    pub(crate) fn holds(&self, as_of: Mark, scope: Scope) -> bool {
        let state = self.read();
        let floor = |scope: Scope| state.floors.get(&scope).copied().unwrap_or(state.first);
        state.mark(as_of.cursor) == Some(as_of)
            && as_of.cursor >= floor(scope)
            && scope.wider().is_none_or(|wider| as_of.cursor >= floor(wider))
    }

    /// Waits until this event is followed. False if it was not within that time.
    pub(crate) async fn reach(&self, cursor: i64, within: Duration) -> bool {
        if self.cursor() >= cursor {
            return true;
        }
        self.wanted.notify_one();
        let mut follows = self.cursor.subscribe();
        let reached = timeout(within, follows.wait_for(|at| *at >= cursor)).await;
        matches!(reached, Ok(Ok(_)))
    }

    /// Completes when someone waits for more than is followed.
    pub(crate) async fn wanted(&self) {
        self.wanted.notified().await;
    }

    /// A panic elsewhere cannot leave it half written: nothing in between panics.
    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn mark(&self, cursor: i64) -> Option<Mark> {
        let place = usize::try_from(cursor.checked_sub(self.first)?).ok()?;
        self.tags.get(place).map(|tag| Mark { cursor, tag: *tag })
    }

    fn last(&self) -> Option<Mark> {
        let tag = *self.tags.back()?;
        let place = i64::try_from(self.tags.len() - 1).unwrap_or(i64::MAX);
        Some(Mark { cursor: self.first + place, tag })
    }

    /// Half at a time, so that the floors are looked through once in many events.
    fn forget_half(&mut self) {
        let half = self.tags.len() / 2;
        self.tags.drain(..half);
        self.first += i64::try_from(half).unwrap_or(0);
        let first = self.first;
        self.floors.retain(|_, floor| *floor > first);
    }
}

#[cfg(test)]
#[path = "followed_tests.rs"]
mod tests;
