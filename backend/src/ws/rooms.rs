//! Who is in which room, and what each room is told. Nothing here waits for anything.

use super::builds::Built;
use super::entry::Entry;
use super::happening::Happening;
use super::outbox::{ClientId, Frame, Outbox};
use super::presence::Presence;
use super::room::{Guest, OpenRoom, delta};
use crate::shared::{Crowd, Heads};
use chorale_store::{Finality, Snapshot};
use chorale_wire::Problem;
use chorale_wire::socket::{Mark, Room, ServerFrame};
use std::collections::HashMap;
use std::slice;
use std::sync::Arc;
use tokio::time::Instant;

/// Rooms with someone in them.
#[derive(Default)]
pub(crate) struct OpenRooms {
    rooms: HashMap<Room, OpenRoom>,
    presence: Presence,
    /// Who is at other backends, where those can be asked.
    heads: Option<Arc<Heads>>,
}

impl OpenRooms {
    /// None open yet.
    pub(crate) fn new(heads: Option<Arc<Heads>>) -> Self {
        Self { heads, ..Self::default() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rooms.is_empty()
    }

    /// How many have someone in them.
    pub(crate) fn count(&self) -> usize {
        self.rooms.len()
    }

    /// Those with someone in them.
    pub(crate) fn open(&self) -> Vec<Room> {
        self.rooms.keys().copied().collect()
    }

    /// The outboxes that others should wait for; whose is in several rooms is there several times.
    pub(crate) fn late(&self) -> Vec<Outbox> {
        let outboxes = self.rooms.values().flat_map(OpenRoom::outboxes);
        outboxes.filter(|outbox| outbox.deserves_time()).cloned().collect()
    }

    /// Those of a room.
    pub(crate) fn late_in(&self, room: Room) -> Vec<Outbox> {
        let outboxes = self.rooms.get(&room).into_iter().flat_map(OpenRoom::outboxes);
        outboxes.filter(|outbox| outbox.deserves_time()).cloned().collect()
    }

    /// How many frames wait for the client that has most waiting.
    pub(crate) fn deepest(&self) -> usize {
        let outboxes = self.rooms.values().flat_map(OpenRoom::outboxes);
        outboxes.map(Outbox::waiting).max().unwrap_or(0)
    }

    /// Lets a client in where the room's snapshot is at hand. False where it is not.
    pub(crate) fn join_at_hand(&mut self, entry: &Entry) -> bool {
        let Some(snapshot) = self.rooms.get(&entry.room()).and_then(OpenRoom::snapshot) else { return false };
        let told = entry.tell_subscribed() && entry.client.push(snapshot);
        self.admit(entry, told);
        true
    }

    /// Lets a client in with a snapshot. Every event up to the snapshot's cursor must have been published.
    pub(crate) fn join(&mut self, entry: &Entry, snapshot: Snapshot, Finality { through, .. }: Finality) {
        let (room, Snapshot { mark, entities }) = (entry.room(), snapshot);
        let open = self.rooms.entry(room).or_insert_with(|| OpenRoom::new(room, mark, through));
        let frame = open.keep_snapshot(through, entities);
        let told = entry.tell_subscribed() && entry.client.push(frame);
        self.admit(entry, told);
    }

    /// Lets clients into a room with its state as of a while ago, and with what they missed since. Every event there is
    /// must have been published, and `now` be as of the last. Gives those back for whom that is too much to
    /// be told: they are not in.
    pub(crate) fn join_later(
        &mut self,
        (room, entries): (Room, Vec<Entry>),
        built: &Built,
        missed: &[Happening],
        now: Finality,
    ) -> Vec<Entry> {
        let (frames, last) = since(room, built, missed, now);
        let (inside, outside): (Vec<_>, _) = entries.into_iter().partition(|entry| entry.takes(frames.len()));
        for entry in &inside {
            let open = self.rooms.entry(room).or_insert_with(|| OpenRoom::new(room, last, now.through));
            open.begin_with(&frames, last, now.through);
            let told = entry.tell_subscribed() && frames.iter().all(|frame| entry.client.push(frame.clone()));
            self.let_in(entry, told);
        }
        self.greet(room, &inside);
        outside
    }

    /// Lets a client in that has everything up to `after`, with what it missed up to `until`. Every event up to there
    /// must have been published.
    pub(crate) fn resume(
        &mut self,
        entry: &Entry,
        missed: &[Happening],
        (after, until): (Mark, Mark),
        Finality { through: finalized, .. }: Finality,
    ) {
        let (room, Mark { cursor, tag }) = (entry.room(), until);
        let (mut previous, mut told) = (after.cursor, entry.tell_subscribed());
        for happening in missed {
            if let Some(frame) = delta(room, happening, previous) {
                told = told && entry.client.tell(&frame);
                previous = happening.stored.sequence;
            }
        }
        told = told && entry.client.tell(&ServerFrame::Resumed { room, cursor, tag, finalized });
        let open = self.rooms.entry(room).or_insert_with(|| OpenRoom::new(room, until, finalized));
        open.expect(cursor, finalized);
        self.admit(entry, told);
    }

    /// Gives every client in a room its state anew; what comes next follows that.
    pub(crate) fn renew(&mut self, room: Room, snapshot: Snapshot, finality: Finality) {
        let Snapshot { mark, entities } = snapshot;
        self.change(room, |open| open.renew(mark, finality.through, entities));
    }

    /// Everyone in a room is told why it ends, and is out.
    pub(crate) fn close(&mut self, room: Room, problem: Problem) {
        self.change(room, |open| open.close(problem));
        self.presence.changed(room, Instant::now());
    }

    fn admit(&mut self, entry: &Entry, told: bool) {
        self.let_in(entry, told);
        self.greet(entry.room(), slice::from_ref(entry));
    }

    /// Lets a client in that took everything before this, and out one that did not.
    fn let_in(&mut self, entry: &Entry, told: bool) {
        let (room, client) = (entry.room(), &entry.client);
        let Some(open) = self.rooms.get_mut(&room) else { return };
        if told {
            let presence = entry.subscription.presence;
            open.admit(Guest { outbox: client.clone(), wallet: entry.wallet, presence });
            self.presence.changed(room, Instant::now());
        } else {
            self.leave(room, client.client());
        }
    }

    /// Tells those who just came and want to know who is there: counted once for all of them.
    fn greet(&mut self, room: Room, entries: &[Entry]) {
        let curious = entries.iter().filter(|entry| entry.subscription.presence);
        let clients: Vec<_> = curious.map(|entry| &entry.client).collect();
        let Some(open) = self.rooms.get_mut(&room).filter(|_| !clients.is_empty()) else { return };
        let elsewhere = self.heads.as_ref().map(|heads| heads.elsewhere(room)).unwrap_or_default();
        open.tell_attendance_to(&clients, &elsewhere);
    }

    /// Takes a client out of a room; the last one closes it.
    pub(crate) fn leave(&mut self, room: Room, client: ClientId) {
        self.change(room, |open| open.dismiss(client));
        self.presence.changed(room, Instant::now());
    }

    /// Tells every client in the event's rooms that it happened, or that it is taken back.
    pub(crate) fn publish(&mut self, happening: &Happening) {
        for room in happening.rooms() {
            self.change(room, |open| open.publish(happening));
        }
    }

    /// Whether something that was told may still be taken back.
    pub(crate) fn is_unsettled(&self) -> bool {
        self.rooms.values().any(OpenRoom::is_unsettled)
    }

    /// Tells every room that was told something not final yet how far it is now.
    pub(crate) fn settle(&mut self, finality: Finality) {
        self.rooms.values_mut().for_each(|open| open.settle(finality));
        self.rooms.retain(|_, open| !open.is_empty());
    }

    /// Tells those who want to know who is there, where that changed a while ago.
    pub(crate) fn tell_presence(&mut self, now: Instant) {
        let mut rooms = self.presence.due(now);
        let Some(heads) = self.heads.clone() else {
            return rooms.into_iter().for_each(|room| self.tell_presence_in(room, &Crowd::default()));
        };
        rooms.iter().for_each(|room| heads.set(*room, self.crowd(*room)));
        rooms.extend(heads.changed());
        rooms.into_iter().for_each(|room| self.tell_presence_in(room, &heads.elsewhere(room)));
    }

    fn tell_presence_in(&mut self, room: Room, elsewhere: &Crowd) {
        self.change(room, |open| open.tell_attendance(elsewhere));
    }

    fn crowd(&self, room: Room) -> Crowd {
        self.rooms.get(&room).map(OpenRoom::crowd).unwrap_or_default()
    }

    /// Does something to a room, if there is someone in it, and closes it if there is nobody left.
    fn change(&mut self, room: Room, change: impl FnOnce(&mut OpenRoom)) {
        let Some(open) = self.rooms.get_mut(&room) else { return };
        change(open);
        if open.is_empty() {
            self.rooms.remove(&room);
        }
    }
}

/// A room's state as of a while ago and what happened after it, for those who come in; and the mark they are at then.
fn since(room: Room, built: &Built, missed: &[Happening], now: Finality) -> (Vec<Arc<Frame>>, Mark) {
    let (mut frames, mut last) = (vec![built.frame.clone()], built.mark);
    for happening in missed {
        if let Some(frame) = delta(room, happening, last.cursor) {
            frames.push(Frame::of(&frame));
            last = happening.stored.mark();
        }
    }
    let Finality { through, slot } = now;
    // The others in the room may have been told of it, and nobody would be told again.
    if built.finalized < last.cursor && built.finalized < through {
        frames.push(Frame::of(&ServerFrame::Finalized { room, through, slot }));
    }
    (frames, last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ws::outbox::{About, Waiting};
    use chorale_domain::event::{ChainEvent, Event, EventId};
    use chorale_domain::id::{Hash32, Signature, ThreadId, Wallet};
    use chorale_store::{Record, StoredEvent};
    use chorale_wire::socket::{Commitment, Subscription};

    const THREAD: ThreadId = ThreadId([1; 32]);
    const ROOM: Room = Room::Thread(THREAD);

    fn published(sequence: i64) -> Happening {
        let id = EventId { signature: Signature([1; 64]), instruction: 0, inner: 0 };
        let (hash, author) = (Hash32([2; 32]), Wallet([3; 32]));
        let event = Event::MessagePublished { thread: THREAD, hash, author, sequence: 0, published_at: 1 };
        let record = Record::Happened(ChainEvent { id, slot: 1, schema: 1, event });
        let (commitment, changes, removed) = (Commitment::Confirmed, vec![], vec![]);
        Happening {
            stored: StoredEvent { sequence, hash, commitment, record, changes, removed },
            departed: vec![],
        }
    }

    fn enter(rooms: &mut OpenRooms, client: ClientId) -> Waiting {
        let (entry, mut waiting) = entry(client);
        if !rooms.join_at_hand(&entry) {
            let snapshot = Snapshot { mark: Mark::default(), entities: vec![] };
            rooms.join(&entry, snapshot, Finality::default());
        }
        waiting.try_next().expect("it is told that it is in");
        waiting
    }

    #[test]
    fn whatever_a_room_is_told_is_serialized_once_for_all() {
        let mut rooms = OpenRooms::default();
        let mut all: Vec<_> = (0..3).map(|client| enter(&mut rooms, client)).collect();
        rooms.publish(&published(4));
        rooms.settle(Finality { through: 4, slot: 7 });
        // The state, the event, and that it is final.
        for _ in 0..3 {
            let frames: Vec<_> = all.iter_mut().map(|waiting| waiting.try_next().unwrap()).collect();
            assert!(frames.iter().all(|frame| Arc::ptr_eq(frame, &frames[0])), "{frames:?}");
        }
    }

    fn entry(client: ClientId) -> (Entry, Waiting) {
        let (outbox, waiting) = Outbox::new(client, 16);
        let (wallet, subscription) = (Wallet([9; 32]), Subscription::to(ROOM));
        (Entry { client: outbox, wallet, id: None, subscription }, waiting)
    }

    /// The state as of a cursor, built beside the follower.
    fn built(cursor: i64, finalized: i64) -> Built {
        let mark = Mark { cursor, ..Mark::default() };
        let (tag, entities) = (mark.tag, vec![]);
        let frame = ServerFrame::Snapshot { room: ROOM, cursor, tag, finalized, entities };
        Built { mark, finalized, frame: Frame::of(&frame) }
    }

    /// What waits for a client, after it was told that it is in.
    fn told(waiting: &mut Waiting) -> Vec<ServerFrame> {
        assert_eq!(waiting.try_next().map(|frame| frame.about), Some(About::Other), "`subscribed`");
        let frames = std::iter::from_fn(|| waiting.try_next());
        frames.map(|frame| serde_json::from_slice(frame.message.as_payload()).unwrap()).collect()
    }

    /// Cursors and what they follow, of events.
    fn chain(frames: &[ServerFrame]) -> Vec<(i64, i64)> {
        let link = |frame: &ServerFrame| match frame {
            ServerFrame::Event { cursor, previous, .. } => Some((*previous, *cursor)),
            _ => None,
        };
        frames.iter().filter_map(link).collect()
    }

    #[test]
    fn whoever_comes_with_an_older_state_is_told_what_happened_after_it_and_goes_on_with_all() {
        let mut rooms = OpenRooms::default();
        let _early = enter(&mut rooms, 1);
        let missed = [published(4), published(6)];
        missed.iter().for_each(|happening| rooms.publish(happening));
        let (late, mut waiting) = entry(2);
        let now = Finality { through: 4, slot: 7 };
        assert!(rooms.join_later((ROOM, vec![late]), &built(3, 3), &missed, now).is_empty());
        rooms.publish(&published(9));
        let frames = told(&mut waiting);
        assert!(matches!(frames[0], ServerFrame::Snapshot { cursor: 3, .. }), "{frames:?}");
        assert!(matches!(frames[3], ServerFrame::Finalized { through: 4, .. }), "{frames:?}");
        assert_eq!(chain(&frames), [(3, 4), (4, 6), (6, 9)]);
    }

    #[test]
    fn whoever_comes_first_with_an_older_state_begins_the_room_where_that_ends() {
        let mut rooms = OpenRooms::default();
        let ((first, mut waiting), (second, mut beside)) = (entry(1), entry(2));
        let now = Finality { through: 8, slot: 7 };
        let entries = vec![first, second];
        assert!(rooms.join_later((ROOM, entries), &built(3, 3), &[published(4)], now).is_empty());
        rooms.publish(&published(9));
        for waiting in [&mut waiting, &mut beside] {
            assert_eq!(chain(&told(waiting)), [(3, 4), (4, 9)]);
        }
    }

    #[test]
    fn a_state_after_which_nothing_happened_is_at_hand_for_whoever_comes_next() {
        let mut rooms = OpenRooms::default();
        let ((first, mut waiting), (second, mut beside)) = (entry(1), entry(2));
        let now = Finality { through: 5, slot: 7 };
        assert!(rooms.join_later((ROOM, vec![first]), &built(5, 5), &[], now).is_empty());
        assert!(rooms.join_at_hand(&second));
        assert_eq!(told(&mut waiting), told(&mut beside));
    }

    #[test]
    fn more_than_who_comes_in_can_be_told_lets_nobody_in() {
        let mut rooms = OpenRooms::default();
        let (late, mut waiting) = entry(1);
        let missed: Vec<_> = (4..=100).map(published).collect();
        let outside = rooms.join_later((ROOM, vec![late]), &built(3, 3), &missed, Finality::default());
        assert_eq!(outside.len(), 1);
        assert!(rooms.is_empty() && waiting.try_next().is_none());
    }

    #[test]
    fn whoever_comes_into_an_open_room_ahead_of_it_is_told_once_its_state_is_final() {
        let mut rooms = OpenRooms::default();
        let _early = enter(&mut rooms, 1);
        let ((late, mut waiting), (next, _)) = (entry(2), entry(3));
        let now = Finality { through: 12, slot: 7 };
        assert!(rooms.join_later((ROOM, vec![late]), &built(15, 12), &[], now).is_empty());
        assert!(rooms.is_unsettled());
        rooms.settle(Finality { through: 15, slot: 8 });
        let frames = told(&mut waiting);
        assert!(matches!(frames[0], ServerFrame::Snapshot { cursor: 15, finalized: 12, .. }), "{frames:?}");
        assert!(matches!(frames[1], ServerFrame::Finalized { through: 15, .. }), "{frames:?}");
        assert!(!rooms.join_at_hand(&next), "what it says of that is old");
    }

    #[test]
    fn a_room_that_everyone_left_is_closed() {
        let mut rooms = OpenRooms::default();
        let (_first, second) = (enter(&mut rooms, 1), enter(&mut rooms, 2));
        rooms.leave(ROOM, 1);
        drop(second);
        assert!(!rooms.is_empty());
        rooms.publish(&published(4));
        assert!(rooms.is_empty(), "who is gone is noticed with the next frame");
    }
}
