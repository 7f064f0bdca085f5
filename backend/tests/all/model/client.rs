//! A client of the model: it keeps the states of its rooms over every break.

use crate::socket::Socket;
use crate::wallet::Keys;
use crate::world::World;
use chorale_client::RoomState;
use chorale_wire::Code;
use chorale_wire::socket::{ClientFrame, Mark, Room, ServerFrame, Subscription};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::time::Duration;

/// Carried by the request whose answer says that everything was heard.
const END: u64 = 99;

pub struct Client {
    keys: Keys,
    /// By the address of the backend that gave it.
    tokens: BTreeMap<String, String>,
    socket: Option<Socket>,
    /// What it wants to follow, with the state where it has one.
    wanted: BTreeMap<Room, Option<RoomState>>,
}

impl Client {
    pub async fn new(nodes: &[World], keys: Keys) -> Self {
        let mut tokens = BTreeMap::new();
        for node in nodes {
            tokens.insert(node.address.clone(), node.sign_in(&keys).await);
        }
        Self { keys, tokens, socket: None, wanted: BTreeMap::new() }
    }

    /// The states of the rooms it follows.
    pub fn rooms(&self) -> BTreeMap<&Room, &RoomState> {
        self.wanted.iter().filter_map(|(room, state)| Some((room, state.as_ref()?))).collect()
    }

    /// Its own room where a wallet's is meant.
    fn own(&self, room: Room) -> Room {
        if matches!(room, Room::Wallet(_)) { Room::Wallet(self.keys.wallet()) } else { room }
    }

    /// Whatever was under way is lost.
    pub fn drop_out(&mut self) {
        self.socket = None;
    }

    /// Goes on, at this backend or another, where it was.
    pub async fn come_back(&mut self, node: &World) {
        self.drop_out();
        let mut socket = Socket::connect(node).await;
        let token = self.tokens[&node.address].clone();
        socket.send(&ClientFrame::Authenticate { token }).await;
        let wallet = self.keys.wallet();
        assert_eq!(socket.frame().await, ServerFrame::Authenticated { id: None, wallet });
        self.socket = Some(socket);
        for room in self.wanted.keys().copied().collect::<Vec<_>>() {
            self.ask(room).await;
        }
    }

    pub async fn subscribe(&mut self, room: Room) {
        let room = self.own(room);
        // A state that is moved on by frames under way is no mark to go on from.
        if let Entry::Vacant(place) = self.wanted.entry(room) {
            place.insert(None);
            self.ask(room).await;
        }
    }

    pub async fn unsubscribe(&mut self, room: Room) {
        let room = self.own(room);
        if self.wanted.contains_key(&room) {
            self.send(ClientFrame::Unsubscribe { room }).await;
            self.read_until(|frame| matches!(frame, ServerFrame::Unsubscribed { .. })).await;
            self.wanted.remove(&room);
        }
    }

    /// Asks for the state of a room anew, whatever it has.
    pub async fn begin_anew(&mut self, room: Room) {
        let room = self.own(room);
        if self.wanted.contains_key(&room) {
            self.send(ClientFrame::Subscribe(Subscription::to(room))).await;
        }
    }

    async fn ask(&mut self, room: Room) {
        let after = self.wanted.get(&room).and_then(Option::as_ref).map(RoomState::mark);
        self.send(ClientFrame::Subscribe(Subscription::to(room).after(after))).await;
    }

    async fn send(&mut self, frame: ClientFrame) {
        if let Some(socket) = &mut self.socket {
            socket.send(&frame).await;
        }
    }

    /// Reads what is there.
    pub async fn read_some(&mut self) {
        while let Some(socket) = &mut self.socket {
            let Ok(frame) = tokio::time::timeout(Duration::from_millis(5), socket.frame()).await else {
                return;
            };
            self.take(frame).await;
        }
    }

    /// A mark from the future is answered once everything that is in the store was told.
    pub async fn hear_everything(&mut self) {
        let future = Some(Mark { cursor: i64::MAX, ..Mark::default() });
        let question = ClientFrame::Subscribe(Subscription::to(Room::Lobby).after(future));
        // What could not be resumed is asked for anew: that has to arrive as well.
        for _ in 0..2 {
            if let Some(socket) = &mut self.socket {
                socket.ask(END, question.clone()).await;
            }
            self.read_until(|frame| matches!(frame, ServerFrame::Error { id: Some(END), .. })).await;
        }
    }

    async fn read_until(&mut self, is_it: impl Fn(&ServerFrame) -> bool) {
        while let Some(socket) = &mut self.socket {
            let frame = socket.frame().await;
            if is_it(&frame) {
                return;
            }
            self.take(frame).await;
        }
    }

    async fn take(&mut self, frame: ServerFrame) {
        match frame {
            ServerFrame::Snapshot { room, cursor, tag, finalized, entities } => {
                let state = RoomState::from_snapshot(room, Mark { cursor, tag }, finalized, entities);
                let state = state.unwrap_or_else(|error| panic!("{room}: {error}"));
                self.wanted.entry(room).and_modify(|held| *held = Some(state));
            }
            ServerFrame::Error { problem, room: Some(room), .. } => self.refused(problem.code, room).await,
            ServerFrame::Event { room, .. }
            | ServerFrame::Retracted { room, .. }
            | ServerFrame::Resumed { room, .. }
            | ServerFrame::Finalized { room, .. } => self.follow(room, &frame),
            ServerFrame::Subscribed { .. } => {}
            other => panic!("nobody asked for {other:?}"),
        }
    }

    async fn refused(&mut self, code: Code, room: Room) {
        match code {
            Code::CursorTooOld => {
                self.wanted.insert(room, None);
                self.ask(room).await;
            }
            // It has not begun yet, or a fork left nothing of it.
            Code::UnknownThread => drop(self.wanted.remove(&room)),
            other => panic!("{room} was refused: {other:?}"),
        }
    }

    fn follow(&mut self, room: Room, frame: &ServerFrame) {
        if let Some(Some(state)) = self.wanted.get_mut(&room) {
            state.follow(frame.clone()).unwrap_or_else(|error| panic!("{room}: {error} by {frame:?}"));
        }
    }
}
