//! At least one frame of every kind, with everything in it that can be.

use chorale_domain::event::{ChainEvent, Event, EventId};
use chorale_domain::id::{Amount, Hash32, Signature, ThreadId, Wallet};
use chorale_domain::state::{Entity, EntityKey, Member, Proposal, ProposalStatus, Treasury};
use chorale_wire::socket::{
    ClientFrame, Commitment, Encoding, Heartbeats, Hello, MAX_FRAME_BYTES, Mark, PROTOCOL, RemovedEntity,
    Request, Room, ServerFrame, SocketLimits, Subscription, Tag, VersionedEntity,
};
use chorale_wire::{Code, Problem};

const THREAD: ThreadId = ThreadId([1; 32]);
const ALICE: Wallet = Wallet([10; 32]);
const BOB: Wallet = Wallet([11; 32]);
const HASH: Hash32 = Hash32([20; 32]);
const ROOM: Room = Room::Thread(THREAD);
const TAG: Tag = Tag([0xc0, 0xff, 0xee, 0x00]);

/// What clients send.
pub fn requests() -> Vec<Request> {
    let after = Some(Mark { cursor: 41, tag: TAG });
    let frames = [
        ClientFrame::Authenticate { token: "4Nd1mBQtrMJVYVfKf2PJy9NZUZdTAsp7D4xWLs4gDB4T".into() },
        ClientFrame::Subscribe(Subscription::to(Room::Lobby)),
        ClientFrame::Subscribe(Subscription { room: ROOM, after, acks: true, presence: true }),
        ClientFrame::Unsubscribe { room: Room::Wallet(ALICE) },
        ClientFrame::Ack { room: ROOM, cursor: 42 },
        ClientFrame::Ping,
    ];
    (1..).zip(frames).map(|(id, frame)| Request { id: Some(id), frame }).collect()
}

/// What the server sends.
pub fn frames() -> Vec<ServerFrame> {
    [greetings(), states(), deltas(), notices()].concat()
}

fn greetings() -> Vec<ServerFrame> {
    let hello = Hello {
        protocol: PROTOCOL,
        server: "0.1.0".into(),
        program: Wallet([99; 32]),
        handshake: "55-45-17".into(),
        heartbeat: Heartbeats { ping_every: 30, pong_within: 10 },
        limits: SocketLimits { frame_bytes: MAX_FRAME_BYTES, rooms: 256, queue_frames: 256, unacked: 64 },
        encodings: vec![Encoding::Json],
    };
    vec![
        ServerFrame::Hello(hello),
        ServerFrame::Authenticated { id: Some(1), wallet: ALICE },
        ServerFrame::Subscribed { id: Some(3), room: ROOM },
        ServerFrame::Unsubscribed { id: Some(4), room: Room::Wallet(ALICE) },
        ServerFrame::Pong { id: Some(6) },
    ]
}

fn states() -> Vec<ServerFrame> {
    let treasury = versioned(EntityKey::Treasury, 3, Entity::Treasury(Treasury { balance: Amount(5) }));
    let (room, cursor, tag, finalized) = (Room::Lobby, 40, TAG, 38);
    vec![
        ServerFrame::Snapshot { room, cursor, tag, finalized, entities: vec![treasury] },
        ServerFrame::Resumed { room: ROOM, cursor: 45, tag, finalized: 40 },
    ]
}

fn deltas() -> Vec<ServerFrame> {
    let (tag, commitment, version) = (TAG, Commitment::Confirmed, 2);
    let proposed = versioned(EntityKey::Proposal(THREAD, HASH), 1, proposal());
    let removed = RemovedEntity { key: proposed.key, version };
    vec![
        ServerFrame::Event {
            room: ROOM,
            cursor: 42,
            tag,
            previous: 41,
            commitment,
            event: asked(BOB),
            changes: vec![proposed],
            removed: vec![],
        },
        ServerFrame::Event {
            room: Room::Wallet(BOB),
            cursor: 50,
            tag,
            previous: 42,
            commitment,
            event: asked(ALICE),
            changes: vec![],
            removed: vec![removed],
        },
        ServerFrame::Retracted {
            room: ROOM,
            cursor: 43,
            tag,
            previous: 42,
            retracts: 42,
            event: asked(BOB),
            restored: vec![versioned(EntityKey::Member(THREAD, 0), 4, seat())],
            removed: vec![removed],
        },
    ]
}

fn notices() -> Vec<ServerFrame> {
    let detail = "what happened in lobby since cursor 41 cannot be told any more: subscribe without `after` for its state";
    let problem = Problem {
        status: 410,
        code: Code::CursorTooOld,
        detail: detail.into(),
        program_error: None,
        retry_after: None,
    };
    vec![
        ServerFrame::Finalized { room: ROOM, through: 41, slot: 1_290 },
        ServerFrame::Presence { room: ROOM, clients: 3, wallets: vec![ALICE, BOB] },
        ServerFrame::Error { id: Some(3), problem, room: Some(Room::Lobby) },
    ]
}

fn versioned(key: EntityKey, version: i64, entity: Entity) -> VersionedEntity {
    VersionedEntity { key, version, checksum: entity.checksum(), entity }
}

fn asked(author: Wallet) -> ChainEvent {
    let id = EventId { signature: Signature([6; 64]), instruction: 0, inner: 1 };
    let (thread, hash, stake, escrow) = (THREAD, HASH, Amount(7), Amount(7));
    let (created_at, expires_at) = (1_764_000_000, 1_764_604_800);
    let event = Event::ProposalCreated { thread, hash, author, stake, created_at, expires_at, escrow };
    ChainEvent { id, slot: 1_300, schema: 1, event }
}

fn proposal() -> Entity {
    Entity::Proposal(Proposal {
        thread: THREAD,
        hash: HASH,
        author: BOB,
        stake: Amount(7),
        status: ProposalStatus::Pending,
        votes: vec![],
        created_at: 1_764_000_000,
        expires_at: 1_764_604_800,
        decided_at: None,
    })
}

fn seat() -> Entity {
    let (joined_at, claimable) = (1_763_000_000, Amount(2));
    Entity::Member(Member { thread: THREAD, number: 0, wallet: ALICE, joined_at, claimable, current: true })
}
