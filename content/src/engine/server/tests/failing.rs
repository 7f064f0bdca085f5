//! A server that is there and of no use: its collection is gone, or it answers with errors.

use chorale_testing::QdrantStandIn;

use super::away::{NAME, every_call, fixture};
use crate::engine::contract::{id, insert_all};
use crate::engine::server::connection::check_version;
use crate::engine::{Engine, ServerEngine, ServerOptions};
use crate::error::ContentError;
use crate::tests::new;

#[tokio::test]
async fn whoever_asks_first_misses_a_collection_that_is_gone_and_the_next_one_has_it_anew() {
    let (server, engine) = fixture().await;
    let mut times = 1;
    for (name, call) in every_call(&*engine) {
        server.forget();
        let missed = call.await;
        assert!(missed.as_ref().is_err_and(ContentError::is_away), "{name}: {missed:?}");
        assert_eq!(engine.vectors().await.unwrap(), [NAME], "{name}");
        times += 1;
        assert_eq!(server.calls("Collections.create"), times, "{name}");
    }
    insert_all(&*engine, [new("text")]).await;
    assert_eq!(engine.fetch(vec![id(&new("text"))]).await.unwrap()[0].body, "text");
}

/// By the numbers of gRPC.
#[tokio::test]
async fn only_a_request_that_is_wrong_refused_or_failed_at_is_told_from_a_server_that_is_away() {
    let (server, engine) = fixture().await;
    for its_own in [2, 3, 6, 11, 12, 13, 15] {
        server.fail(its_own);
        let refused = engine.count(vec![]).await.unwrap_err();
        assert!(matches!(refused, ContentError::Engine(_)), "{its_own}: {refused:?}");
    }
    for away in [1, 4, 5, 8, 9, 10, 14] {
        server.fail(away);
        let refused = engine.count(vec![]).await.unwrap_err();
        assert!(refused.is_away(), "{away}: {refused:?}");
    }
    for key in [7, 16] {
        server.fail(key);
        let refused = engine.count(vec![]).await.unwrap_err();
        assert!(matches!(refused, ContentError::Settings(_)), "{key}: {refused:?}");
    }
    server.recover();
    assert_eq!(engine.count(vec![]).await.unwrap(), 1, "what it holds is there");
}

#[tokio::test]
async fn a_server_that_fails_at_its_collection_is_away_until_it_does_not() {
    let server = QdrantStandIn::start();
    for code in [2, 13, 15] {
        server.fail(code);
        let engine = ServerEngine::open(ServerOptions::at(server.url()), vec![]).await.unwrap();
        let refused = engine.count(vec![]).await.unwrap_err();
        assert!(refused.is_away(), "{code}: {refused:?}");
        server.recover();
        assert_eq!(engine.count(vec![]).await.unwrap(), 0, "{code}");
    }
}

#[tokio::test]
async fn a_collection_that_is_there_after_all_is_not_made_anew() {
    let (server, engine) = fixture().await;
    server.fail(5);
    let missed = engine.count(vec![]).await.unwrap_err();
    assert!(missed.is_away(), "{missed:?}");
    server.recover();
    assert_eq!(engine.count(vec![]).await.unwrap(), 1, "what it holds is there");
    assert_eq!(server.calls("Collections.create"), 1);
}

#[tokio::test]
async fn a_server_that_is_too_old_is_said_at_the_start() {
    let open = async |version: &str| {
        let server = QdrantStandIn::of_version(version);
        ServerEngine::open(ServerOptions::at(server.url()), vec![]).await.err()
    };
    for old in ["1.17.1", "0.11.0", "v1.9.0-dev"] {
        let Some(ContentError::Settings(reason)) = open(old).await else { panic!("{old} is let pass") };
        assert!(reason.contains(old) && reason.contains("1.18") && reason.contains("update"), "{reason}");
    }
    for new in ["1.18.0", "1.18.0-dev", "1.20.3", "2.0.0"] {
        assert!(open(new).await.is_none(), "{new} is refused");
    }
}

#[test]
fn a_server_that_does_not_name_its_version_is_let_pass() {
    for said in ["", "dev", "1", "nightly.1"] {
        check_version(said).unwrap();
    }
}
