//! What would be sent, as the documented messages.

use std::collections::HashMap;

use ::qdrant_client::qdrant::{
    CollectionConfig, CollectionInfo, CollectionParams, Condition as Qdrant, Filter, Query, Range,
    RetrievedPoint, SparseVectorConfig, SparseVectorParams, UpdateMode, Value, Vector, VectorInput, query,
    vectors::VectorsOptions,
};

use crate::bm25::SparseVector;
use crate::embedding::ApiKey;
use crate::engine::server::connection::{check, client};
use crate::engine::server::request::Requests;
use crate::engine::server::{answer, condition};
use crate::engine::{Nearest, Ranking, ServerOptions};
use crate::error::ContentError;
use crate::filter::Condition;
use crate::payload::Payload;
use crate::point::{Point, PointId};
use crate::tests::{POLICY, new};

fn requests() -> Requests {
    Requests::to("bodies".into())
}

fn id() -> PointId {
    PointId::of(POLICY, new("text").hash)
}

fn words() -> SparseVector {
    SparseVector { indices: vec![3, 7], values: vec![1.0, 0.5] }
}

fn point() -> Point {
    Point { id: id(), words: words(), payload: new("text").into() }
}

fn written() -> Qdrant {
    Qdrant::matches("status", ["draft", "pending", "approved", "rejected"].map(String::from).to_vec())
}

#[test]
fn an_insert_leaves_alone_what_is_there_and_waits() {
    let request = requests().insert(point()).unwrap();
    assert_eq!((request.collection_name.as_str(), request.wait), ("bodies", Some(true)));
    assert_eq!(request.update_mode, Some(UpdateMode::InsertOnly.into()));
    assert!(request.ordering.is_some(), "two writes of one point must come in one order");
    let sent = &request.points[0];
    assert_eq!(sent.id, Some(id().0.to_string().into()));
    let Some(VectorsOptions::Vectors(named)) = sent.vectors.clone().unwrap().vectors_options else {
        panic!("the vectors have no names: {sent:?}");
    };
    assert_eq!(
        named.vectors,
        HashMap::from([("bm25".into(), Vector::new_sparse(vec![3, 7], vec![1.0, 0.5]))])
    );
    assert_eq!(sent.payload["body"], Value::from("text"));
    assert_eq!(sent.payload["created_at"], Value::from(100_i64));
}

#[test]
fn a_payload_comes_back_as_it_was_sent() {
    let sent = requests().insert(point()).unwrap().points.remove(0);
    let back = RetrievedPoint { id: sent.id, payload: sent.payload, ..RetrievedPoint::default() };
    assert_eq!(answer::record(back).unwrap(), Payload::from(new("text")));
    let unreadable = RetrievedPoint { id: Some(id().0.to_string().into()), ..RetrievedPoint::default() };
    let refused = answer::record(unreadable).unwrap_err();
    assert!(refused.to_string().contains(&id().0.to_string()), "{refused}");
}

#[test]
fn a_tombstone_replaces_the_point_with_all_its_vectors() {
    let request = requests().bury(id(), &Payload::from(new("text")).erased()).unwrap();
    assert_eq!(request.update_mode, None);
    let sent = &request.points[0];
    assert_eq!((&sent.payload["body"], &sent.payload["status"]), (&Value::from(""), &Value::from("erased")));
    let Some(VectorsOptions::Vectors(named)) = sent.vectors.clone().unwrap().vectors_options else {
        panic!("no vectors are not none at all: {sent:?}");
    };
    assert!(named.vectors.is_empty());
}

#[test]
fn every_condition_has_its_words() {
    let conditions = [
        Condition::Is("thread", "abc".into()),
        Condition::In("status", vec!["draft".into(), "pending".into()]),
        Condition::Within { field: "created_at", from: Some(5), until: None },
        Condition::Any(vec![vec![Condition::Is("author", "me".into())], vec![]]),
        Condition::Lacks("dense-one".into()),
        Condition::Except(vec![id()]),
    ];
    let expected = Filter {
        must: vec![
            Qdrant::matches("thread", "abc".to_owned()),
            Qdrant::matches("status", vec!["draft".to_owned(), "pending".to_owned()]),
            Qdrant::range("created_at", Range { gte: Some(5.0), ..Range::default() }),
            Filter::should([
                Filter::must([Qdrant::matches("author", "me".to_owned())]).into(),
                Filter::default().into(),
            ])
            .into(),
        ],
        must_not: vec![Qdrant::has_vector("dense-one"), Qdrant::has_id([id().0.to_string()])],
        ..Filter::default()
    };
    assert_eq!(condition::filter(&conditions), expected);
}

#[test]
fn changes_touch_only_what_is_not_erased() {
    let only_written = Filter::must([written(), Qdrant::has_id([id().0.to_string()])]);
    let request = requests().set_stage(id(), crate::Stage::Proposed);
    assert_eq!(request.points_selector, Some(only_written.into()));
    assert_eq!(request.payload, HashMap::from([("status".into(), Value::from("pending"))]));
    let request = requests().embed("dense-one", vec![(id(), vec![0.6, 0.8])]);
    assert_eq!(request.update_filter, Some(Filter::must([written()])));
    assert_eq!(request.points.len(), 1);
}

#[test]
fn both_lists_are_filtered_before_they_are_fused() {
    let nearest = Nearest { name: "dense-one".into(), vector: vec![0.6, 0.8] };
    let filter = [Condition::Is("thread", "abc".into())];
    let request = requests().ranked(Ranking::Both(words(), nearest), &filter, 7).unwrap();
    assert_eq!((request.limit, request.prefetch.len()), (Some(7), 2));
    assert!(matches!(request.query.unwrap().variant, Some(query::Variant::Rrf(rrf)) if rrf.k == Some(2)));
    for (list, name) in request.prefetch.iter().zip(["bm25", "dense-one"]) {
        assert_eq!(list.using.as_deref(), Some(name));
        assert_eq!(list.filter, Some(condition::filter(&filter)), "{name}");
    }
    let dense = Query::new_nearest(VectorInput::new_dense(vec![0.6, 0.8]));
    assert_eq!(request.prefetch[1].query, Some(dense));
}

#[test]
fn a_search_for_no_words_asks_nothing() {
    let nothing = SparseVector { indices: vec![], values: vec![] };
    assert_eq!(requests().ranked(Ranking::Words(nothing), &[], 7), None);
}

#[test]
fn a_collection_of_someone_else_is_left_alone() {
    let with = |name: &str| {
        let map = HashMap::from([(name.to_owned(), SparseVectorParams::default())]);
        let params = CollectionParams {
            sparse_vectors_config: Some(SparseVectorConfig { map }),
            ..CollectionParams::default()
        };
        let config = CollectionConfig { params: Some(params), ..CollectionConfig::default() };
        CollectionInfo { config: Some(config), ..CollectionInfo::default() }
    };
    check("bodies", &with("bm25")).unwrap();
    let refused = check("bodies", &with("theirs")).unwrap_err();
    assert!(refused.to_string().contains("bodies"), "{refused}");
}

#[test]
fn an_address_that_is_none_is_said_to_be() {
    let refused = client(&ServerOptions::at("not an address")).err().expect("it took anything");
    assert!(matches!(refused, ContentError::Settings(_)), "{refused:?}");
}

#[test]
fn the_key_is_not_shown() {
    let api_key = Some(ApiKey::from("hunter2".to_owned()));
    let shown =
        format!("{:?}", ServerOptions { api_key, ..ServerOptions::at("https://qdrant.example:6334") });
    assert!(!shown.contains("hunter2"), "{shown}");
}
