//! Every route, and what it takes to be let in.

use crate::sessions::agent;
use crate::wallet::Keys;
use crate::world::{NO_CHAIN, World};
use chorale_backend::Limits;
use chorale_wire::Code;
use chorale_wire::http::Scope;
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

/// None of them may change who owns what: a write stores a body, or hands over what only a wallet could have signed.
const ROUTES: [(Method, &str, Needs); 31] = [
    (Method::GET, "/v1/health", Nothing),
    (Method::GET, "/v1/info", Nothing),
    (Method::POST, "/v1/auth/nonce", Nothing),
    (Method::POST, "/v1/auth/session", Nothing),
    (Method::DELETE, "/v1/auth/session", Session),
    (Method::GET, "/v1/auth/sessions", Person),
    (Method::DELETE, "/v1/auth/sessions", Person),
    (Method::DELETE, "/v1/auth/sessions/nonsense", Person),
    (Method::POST, "/v1/auth/tokens", Person),
    (Method::POST, "/v1/contents", Needs::Scope(Scope::Upload)),
    (Method::GET, "/v1/threads", Nothing),
    (Method::GET, "/v1/threads/nonsense", IfAny(Scope::Read)),
    (Method::GET, "/v1/threads/nonsense/members", Nothing),
    (Method::GET, "/v1/threads/nonsense/messages", IfAny(Scope::Read)),
    (Method::GET, "/v1/threads/nonsense/messages/nonsense", IfAny(Scope::Read)),
    (Method::GET, "/v1/threads/nonsense/history", Nothing),
    (Method::GET, "/v1/threads/nonsense/proposals", IfAny(Scope::Read)),
    (Method::GET, "/v1/threads/nonsense/proposals/nonsense", IfAny(Scope::Read)),
    (Method::GET, "/v1/wallets/nonsense", Nothing),
    (Method::GET, "/v1/events", Nothing),
    (Method::GET, "/v1/entities", Nothing),
    (Method::GET, "/v1/entities/nonsense", Nothing),
    (Method::GET, "/v1/entities/nonsense/versions", Nothing),
    (Method::GET, "/v1/threads/nonsense/contents/nonsense", IfAny(Scope::Read)),
    (Method::DELETE, "/v1/threads/nonsense/contents/nonsense", Person),
    (Method::GET, "/v1/search?q=a", IfAny(Scope::Read)),
    (Method::POST, "/v1/transactions/prepare", Needs::Scope(Scope::Relay)),
    (Method::POST, "/v1/transactions", Needs::Scope(Scope::Relay)),
    (Method::GET, "/v1/transactions/nonsense", Session),
    (Method::POST, "/v1/faucet", Nothing),
    (Method::GET, "/v1/ws", Nothing),
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
            let tried = ROUTES.iter().any(|(tried, place, _)| {
                tried.as_str().eq_ignore_ascii_case(method) && place.split('?').next() == Some(&*path)
            });
            assert!(tried, "say in ROUTES what {method} {path} needs");
        }
    }
}

#[tokio::test]
async fn every_route_lets_in_who_has_what_it_needs_and_nobody_else() {
    let world = World::start(NO_CHAIN, Limits { rates: None, ..Limits::default() }).await;
    for (method, path, needs) in ROUTES {
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
