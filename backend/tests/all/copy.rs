//! A client's copy of a room, which refuses to go on if a frame is missing or comes twice.

use crate::socket::Socket;
use crate::story::THREAD;
use chorale_domain::event::Event;
use chorale_domain::state::EntityKey;
use chorale_store::Store;
use chorale_wire::socket::{Mark, Room, ServerFrame, Subscription, Tag, VersionedEntity};
use std::collections::BTreeMap;

pub struct Copy {
    pub room: Room,
    pub cursor: i64,
    pub tag: Tag,
    pub entities: BTreeMap<EntityKey, VersionedEntity>,
    /// Versions of what was removed.
    removed: BTreeMap<EntityKey, i64>,
    /// Cursors of the frames that were taken.
    pub events: Vec<i64>,
}

impl Copy {
    pub async fn subscribe(socket: &mut Socket, room: Room) -> Self {
        socket.subscribe(Subscription::to(room)).await;
        Self::from_snapshot(socket, room).await
    }

    /// What the next frame, which must be a snapshot of the room, says.
    pub async fn from_snapshot(socket: &mut Socket, room: Room) -> Self {
        match socket.frame().await {
            ServerFrame::Snapshot { room: of, cursor, tag, entities, .. } if of == room => {
                let entities = entities.into_iter().map(|entity| (entity.key, entity)).collect();
                Self { room, cursor, tag, entities, removed: BTreeMap::new(), events: vec![] }
            }
            other => panic!("expected a snapshot of {room}, not {other:?}"),
        }
    }

    /// Goes on where it was on another socket; gives back the events that it had missed.
    pub async fn resume(&mut self, socket: &mut Socket) -> Vec<Event> {
        let after = Some(Mark { cursor: self.cursor, tag: self.tag });
        socket.subscribe(Subscription::to(self.room).after(after)).await;
        let mut missed = vec![];
        loop {
            match socket.frame().await {
                ServerFrame::Resumed { room, cursor, tag, .. } => {
                    assert!(room == self.room && cursor >= self.cursor, "{room} {cursor}");
                    (self.cursor, self.tag) = (cursor, tag);
                    return missed;
                }
                frame => missed.push(self.go_on(frame)),
            }
        }
    }

    /// Takes an event in.
    pub fn take(&mut self, frame: ServerFrame) -> Event {
        match frame {
            ServerFrame::Event { .. } => self.go_on(frame),
            other => panic!("expected an event, not {other:?}"),
        }
    }

    /// Takes an event back.
    pub fn take_back(&mut self, frame: ServerFrame) -> Event {
        match frame {
            ServerFrame::Retracted { .. } => self.go_on(frame),
            other => panic!("expected a retraction, not {other:?}"),
        }
    }

    /// Takes an event in or back.
    pub fn go_on(&mut self, frame: ServerFrame) -> Event {
        match frame {
            ServerFrame::Event { room, cursor, tag, previous, event, changes, .. } => {
                self.move_on(room, Mark { cursor, tag }, previous);
                self.put(changes);
                event.event
            }
            ServerFrame::Retracted { room, cursor, tag, previous, retracts, event, restored, removed } => {
                assert!(retracts < cursor, "{cursor} takes back {retracts}, which comes later");
                self.move_on(room, Mark { cursor, tag }, previous);
                self.put(restored);
                for removed in removed {
                    self.expect_next(removed.key, removed.version);
                    self.entities.remove(&removed.key).expect("what is removed was there");
                    self.removed.insert(removed.key, removed.version);
                }
                event.event
            }
            other => panic!("expected an event or a retraction, not {other:?}"),
        }
    }

    fn move_on(&mut self, room: Room, Mark { cursor, tag }: Mark, previous: i64) {
        assert_eq!(room, self.room);
        assert!(previous <= self.cursor, "a frame between {} and {cursor} was lost", self.cursor);
        assert!(cursor > self.cursor, "{cursor} came before");
        (self.cursor, self.tag) = (cursor, tag);
        self.events.push(cursor);
    }

    fn put(&mut self, changes: Vec<VersionedEntity>) {
        for change in changes {
            self.expect_next(change.key, change.version);
            self.entities.insert(change.key, change);
        }
    }

    /// What this client never held may have been there before.
    fn expect_next(&self, key: EntityKey, version: i64) {
        assert!(self.room.covers(&key), "{key} is not the business of {}", self.room);
        let held = self.entities.get(&key).map(|entity| entity.version);
        if let Some(known) = held.or_else(|| self.removed.get(&key).copied()) {
            assert_eq!(version, known + 1, "{key} skipped or repeated a version");
        }
    }

    /// Reads until the thread's last message is number `sequence`.
    pub async fn until_messages(mut self, socket: &mut Socket, sequence: u64) -> Self {
        while self.last_message() != Some(sequence) {
            let frame = socket.frame().await;
            self.take(frame);
        }
        self
    }

    /// Reads until the frame at `cursor`.
    pub async fn until(mut self, socket: &mut Socket, cursor: i64) -> Self {
        while self.cursor < cursor {
            let frame = socket.frame().await;
            self.go_on(frame);
        }
        self
    }

    fn last_message(&self) -> Option<u64> {
        let key = EntityKey::Thread(THREAD);
        let json = serde_json::to_value(&self.entities.get(&key)?.entity).unwrap();
        json["content_log"]["count"].as_u64()?.checked_sub(1)
    }

    pub async fn assert_same_as(&self, store: &Store) {
        let stored = store.snapshot(self.room).await.unwrap().entities;
        assert!(self.entities.values().eq(stored.iter()), "{} differs from the store", self.room);
    }
}
