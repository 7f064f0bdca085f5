//! Sessions, nonces and repeated writes, by two backends of one database.

use super::story::{ALICE, BOB, on_each_engine, write_at};
use crate::{Claim, Claimed, IssuedNonce, KeptAnswer, Location, Sessions, StoredSession};
use chorale_domain::id::{Hash32, Wallet};
use chorale_testing::Postgres;
use chorale_wire::http::{Scope, Scopes, SessionKind};
use sqlx::any::AnyConnectOptions;
use sqlx::{ConnectOptions as _, Executor as _};
use tokio::task::JoinSet;

const REQUEST: Hash32 = Hash32([1; 32]);
const OTHER_REQUEST: Hash32 = Hash32([2; 32]);
const KEY: (Wallet, &str) = (ALICE, "key-1");

async fn open(store: &Location) -> Sessions {
    Sessions::open(&store.sessions().unwrap()).await.unwrap()
}

/// Runs a test on each engine, with two backends' handles on one database.
async fn shared(test: impl AsyncFn(Sessions, Sessions)) {
    on_each_engine(async |store| test(open(&store).await, open(&store).await).await).await;
}

/// Runs everything at once.
async fn at_once<T: Send + 'static>(
    all: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    all.into_iter().collect::<JoinSet<T>>().join_all().await
}

fn issued_to(wallet: Wallet, expires_at: i64) -> IssuedNonce {
    IssuedNonce { wallet, message: Hash32([3; 32]), expires_at }
}

fn session(wallet: Wallet, token: &str, expires_at: i64) -> StoredSession {
    StoredSession {
        id: StoredSession::id_of(token),
        wallet,
        kind: SessionKind::Agent,
        scopes: Scopes::from_iter([Scope::Read, Scope::Relay]),
        label: "the “bot”".into(),
        created_at: 100,
        used_at: 100,
        expires_at,
    }
}

async fn claimed(sessions: &Sessions, now: i64, until: i64) -> Claimed {
    match sessions.claim(KEY, REQUEST, now, until).await.unwrap() {
        Claim::Mine(claimed) => claimed,
        other => panic!("it was free, but: {other:?}"),
    }
}

fn answer(body: &str) -> KeptAnswer {
    KeptAnswer { status: 201, body: body.into() }
}

#[tokio::test]
async fn of_all_that_take_a_nonce_at_two_backends_one_gets_it() {
    shared(async |here, there| {
        here.issue_nonce("nonce", &issued_to(ALICE, 300)).await.unwrap();
        let backends = [here, there].into_iter().cycle().take(16);
        let takes = backends.map(|backend| async move { backend.take_nonce("nonce").await.unwrap() });
        let taken: Vec<_> = at_once(takes).await.into_iter().flatten().collect();
        assert_eq!(taken, [issued_to(ALICE, 300)]);
    })
    .await;
}

#[tokio::test]
async fn a_session_is_found_listed_and_ended_at_any_backend() {
    shared(async |here, there| {
        let (first, second) = (session(ALICE, "first", 200), session(ALICE, "second", 300));
        let (ended, bobs) = (session(ALICE, "ended", 150), session(BOB, "bobs", 300));
        for new in [&first, &second, &ended, &bobs] {
            here.open_session(new).await.unwrap();
        }
        assert_eq!(there.session(first.id).await.unwrap().as_ref(), Some(&first));
        let listed = there.sessions_of(ALICE, 150).await.unwrap();
        assert!(listed.len() == 2 && listed.contains(&first) && listed.contains(&second), "{listed:?}");

        assert!(!there.end_session(BOB, first.id).await.unwrap(), "it is not Bob's to end");
        assert!(there.end_session(ALICE, first.id).await.unwrap());
        assert!(!here.end_session(ALICE, first.id).await.unwrap(), "it is gone");
        assert_eq!(here.session(first.id).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn signing_out_everywhere_ends_all_of_one_wallet_and_none_of_anothers() {
    shared(async |here, there| {
        let all = [session(ALICE, "first", 200), session(ALICE, "second", 300)];
        let bobs = session(BOB, "bobs", 300);
        for new in all.iter().chain([&bobs]) {
            here.open_session(new).await.unwrap();
        }
        let mut ended = there.end_sessions(ALICE).await.unwrap();
        let mut expected = all.map(|session| session.id).to_vec();
        ended.sort();
        expected.sort();
        assert_eq!(ended, expected);
        assert_eq!(here.sessions_of(ALICE, 0).await.unwrap(), []);
        assert_eq!(here.sessions_of(BOB, 0).await.unwrap(), [bobs]);
    })
    .await;
}

#[tokio::test]
async fn the_time_of_the_last_use_only_grows() {
    shared(async |here, there| {
        let [first, second] = ["first", "second"].map(|token| session(ALICE, token, 900));
        for new in [&first, &second] {
            here.open_session(new).await.unwrap();
        }
        here.note_uses(&[(first.id, 500), (second.id, 400), (Hash32([9; 32]), 500)]).await.unwrap();
        there.note_uses(&[(second.id, 450), (first.id, 450)]).await.unwrap();
        there.note_uses(&[]).await.unwrap();
        for (id, expected) in [(first.id, 500), (second.id, 450)] {
            assert_eq!(here.session(id).await.unwrap().unwrap().used_at, expected);
        }
    })
    .await;
}

#[tokio::test]
async fn of_all_that_claim_a_write_at_two_backends_one_runs_it() {
    shared(async |here, there| {
        let backends = [here, there].into_iter().cycle().take(16);
        let claims = backends.map(|backend| async move { backend.claim(KEY, REQUEST, 0, 60).await.unwrap() });
        let claims = at_once(claims).await;
        let mine = claims.iter().filter(|claim| matches!(claim, Claim::Mine(_))).count();
        let running = claims.iter().filter(|claim| matches!(claim, Claim::Running)).count();
        assert_eq!((mine, running), (1, 15), "{claims:?}");
    })
    .await;
}

#[tokio::test]
async fn the_answer_is_given_again_until_it_expires_and_to_the_same_request_only() {
    shared(async |here, there| {
        let claim = claimed(&here, 0, 60).await;
        assert_eq!(there.claim(KEY, OTHER_REQUEST, 1, 61).await.unwrap(), Claim::OtherRequest);
        here.keep_answer(&claim, &answer("{}"), 1_000).await.unwrap();
        assert_eq!(there.claim(KEY, REQUEST, 999, 1_059).await.unwrap(), Claim::Answered(answer("{}")));
        assert_eq!(there.claim(KEY, OTHER_REQUEST, 999, 1_059).await.unwrap(), Claim::OtherRequest);
        let of_another = there.claim((BOB, KEY.1), OTHER_REQUEST, 999, 1_059).await.unwrap();
        assert!(matches!(of_another, Claim::Mine(_)), "keys are each wallet's own: {of_another:?}");
        claimed(&there, 1_000, 1_060).await;
    })
    .await;
}

#[tokio::test]
async fn what_was_released_runs_again_and_what_ran_too_long_answers_for_nobody() {
    shared(async |here, there| {
        let released = claimed(&here, 0, 60).await;
        here.release(&released).await.unwrap();
        let dead = claimed(&there, 10, 70).await;
        let later = claimed(&here, 70, 130).await;
        there.keep_answer(&dead, &answer("\"late\""), 1_000).await.unwrap();
        there.release(&dead).await.unwrap();
        assert_eq!(there.claim(KEY, REQUEST, 71, 131).await.unwrap(), Claim::Running);
        here.keep_answer(&later, &answer("\"mine\""), 1_000).await.unwrap();
        assert_eq!(there.claim(KEY, REQUEST, 71, 131).await.unwrap(), Claim::Answered(answer("\"mine\"")));
    })
    .await;
}

#[tokio::test]
async fn what_has_expired_is_purged_and_nothing_else() {
    shared(async |here, there| {
        for (name, end) in [("old", 100), ("new", 101)] {
            here.issue_nonce(name, &issued_to(ALICE, end)).await.unwrap();
            here.open_session(&session(ALICE, name, end)).await.unwrap();
            here.claim((ALICE, name), REQUEST, 0, end).await.unwrap();
        }
        assert_eq!(there.purge(100).await.unwrap(), 3);
        assert_eq!(there.purge(100).await.unwrap(), 0);
        assert_eq!(here.take_nonce("old").await.unwrap(), None);
        assert!(here.take_nonce("new").await.unwrap().is_some());
        assert_eq!(here.sessions_of(ALICE, 0).await.unwrap(), [session(ALICE, "new", 101)]);
        assert_eq!(here.claim((ALICE, "new"), REQUEST, 100, 160).await.unwrap(), Claim::Running);
    })
    .await;
}

#[tokio::test]
async fn sessions_survive_a_restart() {
    on_each_engine(async |store| {
        let before = open(&store).await;
        before.open_session(&session(ALICE, "token", 900)).await.unwrap();
        before.close().await;
        let after = open(&store).await;
        let found = after.session(StoredSession::id_of("token")).await.unwrap();
        assert_eq!(found, Some(session(ALICE, "token", 900)));
    })
    .await;
}

#[tokio::test]
async fn two_backends_that_start_at_once_make_one_database() {
    let store: Location = Postgres::shared().fresh().parse().unwrap();
    let starts = (0..6).map(|_| {
        let store = store.clone();
        async move { open(&store).await.purge(0).await.unwrap() }
    });
    assert_eq!(at_once(starts).await, [0; 6]);
}

#[tokio::test]
async fn who_may_only_read_the_store_keeps_sessions_in_a_schema_of_their_own_which_no_reader_reads() {
    let server = Postgres::shared();
    let store: Location = server.fresh().parse().unwrap();
    write_at(&store).await;
    let Location::Postgres { schema, .. } = &store else { panic!("{store} is not PostgreSQL") };
    let mut owner = server.url().parse::<AnyConnectOptions>().unwrap().connect().await.unwrap();
    let (role, reader) = (format!("keeper_{schema}"), format!("reader_{schema}"));
    for statement in [
        format!("CREATE ROLE {role} LOGIN IN ROLE chorale_reader"),
        format!("CREATE ROLE {reader} LOGIN IN ROLE chorale_reader"),
        format!("CREATE SCHEMA {schema}_sessions AUTHORIZATION {role}"),
    ] {
        owner.execute(statement.as_str()).await.unwrap();
    }
    let of = |role: &str| Location::Postgres { url: server.url_of(role), schema: schema.clone() };
    let sessions = open(&of(&role)).await;
    sessions.open_session(&session(ALICE, "token", 900)).await.unwrap();
    let refused = Sessions::open(&of(&reader).sessions().unwrap()).await.err().expect("a reader opened it");
    assert!(refused.to_string().contains("what it may do"), "{refused}");
    let mut reader = server.url_of(&reader).parse::<AnyConnectOptions>().unwrap().connect().await.unwrap();
    let read = format!("SELECT id FROM {schema}_sessions.sessions");
    reader.execute(read.as_str()).await.expect_err("a reader of the store saw who is signed in");
}

#[tokio::test]
async fn a_database_that_is_gone_is_an_error_that_says_so() {
    shared(async |here, there| {
        here.close().await;
        let error = here.take_nonce("nonce").await.expect_err("it is closed");
        assert!(error.to_string().starts_with("the database of sessions"), "{error}");
        there.take_nonce("nonce").await.unwrap();
    })
    .await;
}

#[test]
fn sessions_are_beside_their_store() {
    for (store, expected) in [
        ("data/store.sqlite", "data/store.sqlite.sessions"),
        ("postgres://me@host/data?schema=a", "postgres://me@host/data?schema=a_sessions"),
    ] {
        assert_eq!(store.parse::<Location>().unwrap().sessions().unwrap().to_string(), expected);
    }
}
