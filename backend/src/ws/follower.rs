//! The one task that reads the store for all sockets. It alone lets clients into rooms and tells rooms what
//! happened, so that between a snapshot and the first event after it nothing can slip through.

use super::builds::{Builds, Built, LONGEST, Waiters};
use super::entry::Entry;
use super::happening::Happening;
use super::missed;
use super::outbox::{ClientId, Outbox};
use super::rooms::OpenRooms;
use crate::cache::Followed;
use crate::error::{ApiError, problem};
use crate::metrics::Metrics;
use crate::presence::Presence;
use crate::shared::Heads;
use axum::http::StatusCode;
use chorale_store::{Finality, Snapshot, Store, StoreError, StoredEvent};
use chorale_wire::socket::{Mark, Room, ServerFrame};
use chorale_wire::{Code, Problem};
use std::future::Future;
use std::mem;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};
use tokio_util::sync::CancellationToken;

/// How often the store is asked for what another process wrote: half of it is what an event waits on the way to clients.
const FOLLOW_EVERY: Duration = Duration::from_millis(50);
/// How often it is asked for what became final, and everything else is done that can wait.
const POLL_EVERY: Duration = Duration::from_millis(250);
/// Events published in one go. All rooms of an event may be one client's, and still it fits into its outbox.
const PAGE: usize = 64;
/// How long clients may take to make room for the next page.
const GRACE: Duration = Duration::from_millis(500);
/// How often they are looked at meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(2);
/// How long the store may take for one answer, and be it a large state.
const HANGS: Duration = Duration::from_secs(30);
/// Events that are looked through for what happened in a room after its state was built; after more, it is built anew.
const MOST_SINCE: usize = 1024;
/// Times that a state is built beside. Where so much happens that each is too old, the follower waits for one.
const BUILDS: u32 = 3;
/// Requests that may wait; a client that has one beyond waits with its next frame.
const WAITING: usize = 1024;

/// What a connection asks of the follower. Answers come through the client's outbox, in order with the events.
enum Command {
    Join(Entry),
    Leave { client: Outbox, room: Room, id: Option<u64> },
    Disconnect(ClientId, Vec<Room>),
}

/// A connection's way to the follower.
#[derive(Clone)]
pub(crate) struct Rooms(Sender<Command>);

impl Rooms {
    pub(crate) fn new(
        store: Store,
        followed: Arc<Followed>,
        presence: Arc<Presence>,
        metrics: Arc<Metrics>,
        heads: Option<Arc<Heads>>,
    ) -> (Self, Follower) {
        let (sender, commands) = mpsc::channel(WAITING);
        let (rooms, at, looked) = (OpenRooms::new(heads), None, Instant::now());
        let builds = Builds::new(store.clone());
        (Self(sender), Follower { store, followed, presence, metrics, commands, rooms, builds, at, looked })
    }

    /// Answered by `subscribed` and the room's snapshot, or by what came after a mark; or an error.
    pub(crate) async fn join(&self, entry: Entry) {
        self.ask(Command::Join(entry)).await;
    }

    /// Answered by `unsubscribed`.
    pub(crate) async fn leave(&self, client: Outbox, room: Room, id: Option<u64>) {
        self.ask(Command::Leave { client, room, id }).await;
    }

    pub(crate) async fn disconnect(&self, client: ClientId, rooms: Vec<Room>) {
        self.ask(Command::Disconnect(client, rooms)).await;
    }

    async fn ask(&self, command: Command) {
        if self.0.send(command).await.is_err() {
            tracing::debug!("the follower has stopped, and every socket with it");
        }
    }
}

/// Follows the store and serves the rooms.
pub(crate) struct Follower {
    store: Store,
    /// Where the caches learn what happened.
    followed: Arc<Followed>,
    presence: Arc<Presence>,
    metrics: Arc<Metrics>,
    commands: Receiver<Command>,
    rooms: OpenRooms,
    /// States for those who are not in yet.
    builds: Builds,
    /// The last event or retraction that was published, or that was in before this process followed; `None` before that.
    at: Option<Mark>,
    /// What the next look finds was committed after this, or after it was announced.
    looked: Instant,
}

impl Follower {
    pub(crate) async fn run(mut self, closing: CancellationToken) {
        let (mut committed, followed) = (self.store.watch(), self.followed.clone());
        let (mut follow, mut poll) = (interval(FOLLOW_EVERY), interval(POLL_EVERY));
        follow.set_missed_tick_behavior(MissedTickBehavior::Delay);
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = closing.cancelled() => return,
                Some(command) = self.commands.recv() => self.obey(command).await,
                Some((room, built, waiters)) = self.builds.next() => self.built(room, built, waiters).await,
                Ok(()) = committed.changed() => {
                    self.looked = Instant::now();
                    self.follow().await;
                }
                () = followed.wanted() => self.follow().await,
                _ = follow.tick() => self.follow().await,
                _ = poll.tick() => self.poll().await,
            }
        }
    }

    async fn obey(&mut self, command: Command) {
        match command {
            Command::Join(entry) => match self.join(&entry).await {
                Ok(true) => {}
                Ok(false) => {
                    // What happens in it meanwhile is told after the state.
                    self.rooms.leave(entry.room(), entry.client.client());
                    self.builds.begin(entry);
                }
                Err(failure) => self.refuse(&entry, ApiError::from(failure).into_problem()),
            },
            Command::Leave { client, room, id } => {
                self.leave(client.client(), room);
                client.tell(&ServerFrame::Unsubscribed { id, room });
            }
            Command::Disconnect(client, rooms) => {
                for room in rooms {
                    self.leave(client, room);
                }
            }
        }
    }

    fn leave(&mut self, client: ClientId, room: Room) {
        self.builds.forget(client, room);
        self.rooms.leave(room, client);
    }

    /// Answers at once where that is cheap; false where the room's state has to be built first.
    async fn join(&mut self, entry: &Entry) -> Result<bool, StoreError> {
        let at = self.catch_up(i64::MAX).await?;
        if let Some(after) = entry.subscription.after {
            self.resume(entry, (after, at)).await?;
            return Ok(true);
        }
        let at_hand = self.rooms.join_at_hand(entry);
        self.metrics.caches.snapshot(at_hand);
        Ok(at_hand)
    }

    /// Lets those in who waited for the state of a room.
    async fn built(&mut self, room: Room, built: Result<Built, StoreError>, mut waiters: Waiters) {
        let admitted = match built {
            Ok(built) => self.admit(room, &built, &mut waiters.entries).await,
            Err(failure) => Err(failure),
        };
        match admitted {
            Ok(()) if waiters.entries.is_empty() => {}
            Ok(()) if waiters.builds < BUILDS => self.builds.again(room, waiters),
            Ok(()) => self.admit_at_once(waiters.entries).await,
            Err(failure) => self.refuse_all(&waiters.entries, failure),
        }
    }

    /// With a state and what happened in the room after it, in one go with having published that. Leaves
    /// those for whom the state is too old: all of them where it is of another store.
    async fn admit(&mut self, room: Room, built: &Built, entries: &mut Vec<Entry>) -> Result<(), StoreError> {
        let at = self.catch_up(i64::MAX).await?;
        let missed = answered(missed::between(&self.store, room, (built.mark, at), MOST_SINCE)).await?;
        let Some(missed) = missed else { return Ok(()) };
        let finality = answered(self.store.finality(at.cursor)).await?;
        *entries = self.rooms.join_later((room, mem::take(entries)), built, &missed, finality);
        Ok(())
    }

    async fn admit_at_once(&mut self, entries: Vec<Entry>) {
        for entry in entries {
            if let Err(failure) = self.join_at_once(&entry).await {
                self.refuse(&entry, ApiError::from(failure).into_problem());
            }
        }
    }

    fn refuse_all(&mut self, entries: &[Entry], failure: StoreError) {
        let problem = ApiError::from(failure).into_problem();
        entries.iter().for_each(|entry| self.refuse(entry, problem.clone()));
    }

    /// It is not in the room then, also if it was before: its connection takes it so.
    fn refuse(&mut self, entry: &Entry, problem: Problem) {
        self.rooms.leave(entry.room(), entry.client.client());
        entry.refuse(problem);
    }

    /// While everybody waits, so that nothing happens meanwhile.
    async fn join_at_once(&mut self, entry: &Entry) -> Result<(), StoreError> {
        if self.rooms.join_at_hand(entry) {
            return Ok(());
        }
        let snapshot = answered(self.store.snapshot(entry.room())).await?;
        let cursor = snapshot.mark.cursor;
        self.catch_up(cursor).await?;
        let finality = answered(self.store.finality(cursor)).await?;
        self.rooms.join(entry, snapshot, finality);
        Ok(())
    }

    /// Not more than half of what the client's outbox takes: the rest is for what happens meanwhile.
    async fn resume(&mut self, entry: &Entry, (after, until): (Mark, Mark)) -> Result<(), StoreError> {
        let most = entry.client.room() / 2;
        let Some(missed) = answered(missed::between(&self.store, entry.room(), (after, until), most)).await?
        else {
            self.refuse(entry, too_old(entry.room(), after));
            return Ok(());
        };
        let finality = answered(self.store.finality(until.cursor)).await?;
        self.rooms.resume(entry, &missed, (after, until), finality);
        Ok(())
    }

    /// Also while nobody listens: what is cached is as new as what is followed.
    async fn follow(&mut self) {
        let begun = Instant::now();
        let outcome = self.catch_up(i64::MAX).await;
        if outcome.is_ok() {
            self.followed.heard();
        }
        self.presence.note(outcome.map(|_| ()));
        self.looked = begun;
    }

    async fn poll(&mut self) {
        if self.rooms.is_unsettled() {
            let outcome = self.settle().await;
            self.presence.note(outcome);
        }
        self.rooms.tell_presence(Instant::now());
        // Not with every commit: it looks at every client.
        self.metrics.sockets.rooms(self.rooms.count(), self.rooms.deepest());
    }

    /// Tells the rooms what became final.
    async fn settle(&mut self) -> Result<(), StoreError> {
        let Some(at) = self.at else { return Ok(()) };
        let finality = answered(self.store.finality(at.cursor)).await?;
        self.rooms.settle(finality);
        Ok(())
    }

    /// Publishes every event and retraction that is in the store, up to `until`; gives the last one's mark.
    async fn catch_up(&mut self, until: i64) -> Result<Mark, StoreError> {
        let mut at = match self.at {
            Some(at) => at,
            None => self.begin().await?,
        };
        loop {
            let Some(events) = answered(self.store.events_following(at, PAGE)).await? else {
                at = self.begin_anew().await?;
                continue;
            };
            let read = events.len();
            for event in events.into_iter().take_while(|event| event.sequence <= until) {
                // Before anyone is told of it: whoever is, and then reads, must not read what was before.
                self.followed.note(&event);
                at = self.publish(event).await?;
            }
            if read < PAGE || at.cursor >= until {
                return Ok(at);
            }
            give_time(self.rooms.late()).await;
        }
    }

    async fn publish(&mut self, event: StoredEvent) -> Result<Mark, StoreError> {
        let at = event.mark();
        if !self.rooms.is_empty() {
            let happening = answered(Happening::of(&self.store, event)).await?;
            self.rooms.publish(&happening);
            self.metrics.sockets.published(self.looked.elapsed());
        }
        self.at = Some(at);
        Ok(at)
    }

    async fn begin(&mut self) -> Result<Mark, StoreError> {
        let at = answered(self.store.mark()).await?;
        self.followed.begin(at);
        self.at = Some(at);
        Ok(at)
    }

    /// Another store was put in the place of the one whose events were published, as a rebuild does: no event leads from
    /// what the rooms were told to what it says.
    async fn begin_anew(&mut self) -> Result<Mark, StoreError> {
        let (at, mut states) = (answered(self.store.mark()).await?, vec![]);
        for room in self.rooms.open() {
            states.push((room, self.state_anew(room).await?));
        }
        tracing::warn!(rooms = states.len(), "the store was replaced: every room gets its state anew");
        self.followed.begin(at);
        self.at = Some(at);
        for (room, state) in states {
            // A client may be in many rooms.
            give_time(self.rooms.late_in(room)).await;
            match state {
                Ok((snapshot, finality)) => self.rooms.renew(room, snapshot, finality),
                Err(failure) => self.rooms.close(room, ApiError::from(failure).into_problem()),
            }
        }
        Ok(at)
    }

    /// A room's state, or why there is none although the store answers: one room must not keep all
    /// others from theirs.
    async fn state_anew(&self, room: Room) -> Result<Result<(Snapshot, Finality), StoreError>, StoreError> {
        let snapshot = match within(LONGEST, self.store.snapshot(room)).await {
            Ok(snapshot) => snapshot,
            Err(failure @ StoreError::NoAnswer { .. }) => {
                answered(self.store.mark()).await?;
                return Ok(Err(failure));
            }
            Err(failure) => return Err(failure),
        };
        let finality = answered(self.store.finality(snapshot.mark.cursor)).await?;
        Ok(Ok((snapshot, finality)))
    }
}

/// Between two pages, or states of rooms: much at once, as after an outage, must not look like clients being
/// slow. One that is holds the others up by no more than the grace, and only once: until less than half of
/// its outbox was taken in between, or it overflows.
async fn give_time(mut late: Vec<Outbox>) {
    let begun = Instant::now();
    while !late.is_empty() && begun.elapsed() < GRACE {
        sleep(LOOK_EVERY).await;
        late.retain(Outbox::is_crowded);
    }
    late.iter().for_each(Outbox::had_time);
}

/// What the store says, if it does: one that hangs must not have everybody wait for as long as the system does.
async fn answered<T>(asked: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    within(HANGS, asked).await
}

async fn within<T>(
    longest: Duration,
    asked: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let seconds = longest.as_secs();
    timeout(longest, asked).await.unwrap_or(Err(StoreError::NoAnswer { seconds }))
}

fn too_old(room: Room, after: Mark) -> Problem {
    let detail = format!(
        "what happened in {room} since cursor {} cannot be told any more: subscribe without `after` for its state",
        after.cursor
    );
    problem(StatusCode::GONE, Code::CursorTooOld, detail)
}
