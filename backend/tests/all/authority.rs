//! Every route and every message of the socket: what it takes to be let in, and whose authority it acts under.

use crate::sessions::agent;
use crate::socket::Socket;
use crate::story::THREAD;
use crate::wallet::Keys;
use crate::world::{NO_CHAIN, World};
use chorale_backend::Limits;
use chorale_wire::Code;
use chorale_wire::http::Scope;
use chorale_wire::socket::{ClientFrame, Room, ServerFrame, Subscription};
use reqwest::Method;
use serde_json::Value;

/// What a caller needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Needs {
    Nothing,
    /// Nothing, but a token that comes along must be good for this: what is answered goes by its wallet.
    IfAny(Scope),
    /// A session, whatever it may be used for.
    Session,
    Scope(Scope),
    /// A wallet that signed in itself.
    Person,
}
use Needs::{IfAny, Nothing, Person, Session};

/// Whose authority a route or a message of the socket acts under. Under the chain's none does: there is no name for that.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Touches {
    /// It reads.
    Reads,
    /// Sessions, rooms and presence, which the backend decides.
    Sessions,
    /// Bodies, which the content module decides.
    Bodies,
    /// What is put together here, for a wallet to sign or not.
    Prepared,
    /// What a wallet has signed, as it is.
    Signed,
    /// The faucet of a local chain, which signs with a key of its own.
    Faucet,
}
use Touches::{Bodies, Faucet, Prepared, Reads, Sessions, Signed};

/// None of them may change who owns what: a write stores a body, or hands over what only a wallet could have signed.
const ROUTES: [(Method, &str, Needs, Touches); 31] = [
    (Method::GET, "/v1/health", Nothing, Reads),
    (Method::GET, "/v1/info", Nothing, Reads),
    (Method::POST, "/v1/auth/nonce", Nothing, Sessions),
    (Method::POST, "/v1/auth/session", Nothing, Sessions),
    (Method::DELETE, "/v1/auth/session", Session, Sessions),
    (Method::GET, "/v1/auth/sessions", Person, Reads),
    (Method::DELETE, "/v1/auth/sessions", Person, Sessions),
    (Method::DELETE, "/v1/auth/sessions/nonsense", Person, Sessions),
    (Method::POST, "/v1/auth/tokens", Person, Sessions),
    (Method::POST, "/v1/contents", Needs::Scope(Scope::Upload), Bodies),
    (Method::GET, "/v1/threads", Nothing, Reads),
    (Method::GET, "/v1/threads/nonsense", IfAny(Scope::Read), Reads),
    (Method::GET, "/v1/threads/nonsense/members", Nothing, Reads),
    (Method::GET, "/v1/threads/nonsense/messages", IfAny(Scope::Read), Reads),
    (Method::GET, "/v1/threads/nonsense/messages/nonsense", IfAny(Scope::Read), Reads),
    (Method::GET, "/v1/threads/nonsense/history", Nothing, Reads),
    (Method::GET, "/v1/threads/nonsense/proposals", IfAny(Scope::Read), Reads),
    (Method::GET, "/v1/threads/nonsense/proposals/nonsense", IfAny(Scope::Read), Reads),
    (Method::GET, "/v1/wallets/nonsense", Nothing, Reads),
    (Method::GET, "/v1/events", Nothing, Reads),
    (Method::GET, "/v1/entities", Nothing, Reads),
    (Method::GET, "/v1/entities/nonsense", Nothing, Reads),
    (Method::GET, "/v1/entities/nonsense/versions", Nothing, Reads),
    (Method::GET, "/v1/threads/nonsense/contents/nonsense", IfAny(Scope::Read), Reads),
    (Method::DELETE, "/v1/threads/nonsense/contents/nonsense", Person, Bodies),
    (Method::GET, "/v1/search?q=a", IfAny(Scope::Read), Reads),
    (Method::POST, "/v1/transactions/prepare", Needs::Scope(Scope::Relay), Prepared),
    (Method::POST, "/v1/transactions", Needs::Scope(Scope::Relay), Signed),
    (Method::GET, "/v1/transactions/nonsense", Session, Reads),
    (Method::POST, "/v1/faucet", Nothing, Faucet),
    (Method::GET, "/v1/ws", Nothing, Reads),
];

impl Needs {
    /// What keeps a caller without a token out.
    fn of_nobody(self) -> Option<(u16, Code)> {
        let open = matches!(self, Nothing | IfAny(_));
        (!open).then_some((401, Code::NotSignedIn))
    }

    /// What keeps an agent with this scope alone out.
    fn of_agent(self, scope: Scope) -> Option<(u16, Code)> {
        let enough = match self {
            Nothing | Session => true,
            IfAny(needed) | Self::Scope(needed) => needed == scope,
            Person => false,
        };
        (!enough).then_some((403, Code::ScopeMissing))
    }
}

/// What keeps out whoever comes with this token. Whatever else is wrong with the request is another matter.
async fn kept_out(world: &World, method: Method, path: &str, token: Option<&str>) -> Option<(u16, Code)> {
    let body = (method == Method::POST).then(|| b"{}".to_vec());
    let answer = world.send(method, path, token, body).await;
    if ![401, 403].contains(&answer.status().as_u16()) {
        return None;
    }
    Some(answer.refusal().await)
}

#[tokio::test]
async fn every_documented_route_is_tried_here() {
    let world = World::start(NO_CHAIN, Limits::default()).await;
    let document: Value = world.get("/v1/openapi.json").await.good().await;
    for (path, item) in document["paths"].as_object().unwrap() {
        let segments =
            path.split('/').map(|segment| if segment.starts_with('{') { "nonsense" } else { segment });
        let path = segments.collect::<Vec<_>>().join("/");
        for method in item.as_object().unwrap().keys() {
            let tried = ROUTES.iter().any(|(tried, place, ..)| {
                tried.as_str().eq_ignore_ascii_case(method) && place.split('?').next() == Some(&*path)
            });
            assert!(tried, "say in ROUTES what {method} {path} needs");
        }
    }
}

#[tokio::test]
async fn every_route_lets_in_who_has_what_it_needs_and_nobody_else() {
    let world = World::start(NO_CHAIN, Limits { rates: None, ..Limits::default() }).await;
    for (method, path, needs, _) in ROUTES {
        // A new one each time: some of the routes end it.
        let owner = world.sign_in(&Keys::new(10)).await;
        let shown = format!("{method} {path}");
        for scope in [Scope::Read, Scope::Upload, Scope::Relay] {
            let token = agent(&world, &owner, &[scope]).await;
            let found = kept_out(&world, method.clone(), path, Some(&token)).await;
            assert_eq!(found, needs.of_agent(scope), "{shown} with the scope {scope}");
        }
        assert_eq!(
            kept_out(&world, method.clone(), path, None).await,
            needs.of_nobody(),
            "{shown} of nobody"
        );
        assert_eq!(kept_out(&world, method, path, Some(&owner)).await, None, "{shown} of a person");
    }
}

#[test]
fn only_what_reads_is_asked_for_with_get() {
    for (method, path, _, touches) in ROUTES {
        assert_eq!(method == Method::GET, touches == Reads, "{method} {path} touches {touches:?}");
    }
}

/// Asked by a person who may do everything there, about a thread of their own.
#[tokio::test]
async fn no_route_changes_what_the_chain_decides() {
    let keys = Keys::new(10);
    let world = World::with_thread(keys.wallet()).await;
    let before = (world.store.mark().await.unwrap(), world.store.snapshot(Room::Lobby).await.unwrap());
    for (method, path, ..) in ROUTES {
        let owner = world.sign_in(&keys).await;
        let path = path.replacen("nonsense", &THREAD.to_string(), 1);
        let body = (method == Method::POST).then(|| b"{}".to_vec());
        world.send(method, &path, Some(&owner), body).await;
    }
    let after = (world.store.mark().await.unwrap(), world.store.snapshot(Room::Lobby).await.unwrap());
    assert_eq!(after, before);
}

/// What a message of the socket needs, and under whose authority it acts. The compiler asks for every new one.
fn of_frame(frame: &ClientFrame) -> (Needs, Touches) {
    match frame {
        ClientFrame::Ping => (Nothing, Sessions),
        // The token is what it needs, and that is looked at with it.
        ClientFrame::Authenticate { .. } => (Needs::Scope(Scope::Read), Sessions),
        ClientFrame::Subscribe(_) | ClientFrame::Unsubscribe { .. } | ClientFrame::Ack { .. } => {
            (Needs::Scope(Scope::Read), Sessions)
        }
    }
}

fn frames(token: &str) -> [ClientFrame; 5] {
    let room = Room::Lobby;
    [
        ClientFrame::Ping,
        ClientFrame::Authenticate { token: token.to_owned() },
        ClientFrame::Subscribe(Subscription::to(room)),
        ClientFrame::Unsubscribe { room },
        ClientFrame::Ack { room, cursor: 0 },
    ]
}

#[tokio::test]
async fn every_message_lets_in_who_has_what_it_needs_and_nobody_else() {
    let world = World::start(NO_CHAIN, Limits { rates: None, ..Limits::default() }).await;
    let owner = world.sign_in(&Keys::new(10)).await;
    let token = agent(&world, &owner, &[Scope::Upload, Scope::Relay]).await;
    let mut socket = Socket::connect(&world).await;
    for frame in frames(&token) {
        let (needs, touches) = of_frame(&frame);
        assert_eq!(touches, Sessions, "a message acts on connections and rooms only");
        socket.send(&frame).await;
        let answer = socket.frame().await;
        let refused = matches!(answer, ServerFrame::Error { .. });
        assert_eq!(refused, needs != Nothing, "{frame:?} of an agent that may not read: {answer:?}");
    }
    // Who may read is let in by the same messages; nothing says more of one that was taken.
    let token = agent(&world, &owner, &[Scope::Read]).await;
    for frame in &frames(&token)[1..3] {
        socket.send(frame).await;
        let answer = socket.frame().await;
        assert!(!matches!(answer, ServerFrame::Error { .. }), "{frame:?}: {answer:?}");
    }
}
