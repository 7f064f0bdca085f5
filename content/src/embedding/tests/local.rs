//! The real model, against what sentence-transformers makes of the same texts (`reference.py`).

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use tokio::time::timeout;

use super::model::minilm;
use crate::embedding::{Embedder, Kind};

#[derive(Deserialize)]
struct Reference {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    text: String,
    vector: Vec<f32>,
}

fn reference() -> Vec<Case> {
    let reference: Reference = serde_json::from_str(include_str!("reference.json")).unwrap();
    reference.cases
}

fn cosine(one: &[f32], other: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f32>();
    dot(one, other) / (dot(one, one) * dot(other, other)).sqrt()
}

async fn documents(model: &Arc<dyn Embedder>, texts: &[String]) -> Vec<Vec<f32>> {
    model.embed(texts, Kind::Document).await.unwrap()
}

#[tokio::test]
async fn every_vector_is_that_of_the_reference() {
    let Some(model) = minilm().await else { return };
    let cases = reference();
    let texts: Vec<_> = cases.iter().map(|case| case.text.clone()).collect();
    for (case, vector) in cases.iter().zip(documents(&model, &texts).await) {
        let cosine = cosine(&case.vector, &vector);
        assert!(cosine > 0.9999, "{cosine} for {:?}", case.text.chars().take(60).collect::<String>());
    }
}

#[tokio::test]
async fn a_vector_does_not_depend_on_the_texts_beside_it() {
    let Some(model) = minilm().await else { return };
    let texts: Vec<_> = reference().into_iter().map(|case| case.text).collect();
    let together = documents(&model, &texts).await;
    for (text, together) in texts.iter().zip(together) {
        let alone = &documents(&model, std::slice::from_ref(text)).await[0];
        assert!(cosine(alone, &together) > 0.999_999, "{text:?}");
    }
}

#[tokio::test]
async fn vectors_have_length_one_and_the_dimensions_of_the_model() {
    let Some(model) = minilm().await else { return };
    assert_eq!(model.model().dimensions, 384);
    for vector in documents(&model, &["stake".into(), String::new()]).await {
        assert_eq!(vector.len(), 384);
        assert!((vector.iter().map(|x| x * x).sum::<f32>() - 1.0).abs() < 1e-5);
    }
}

#[tokio::test]
async fn a_question_is_nearest_to_what_answers_it() {
    let Some(model) = minilm().await else { return };
    let texts = [
        "The deposit goes back to the author when the co-authors turn the text down.",
        "Bring the water to the boil and add the pasta.",
        "The validator answers on port 8899.",
    ];
    let documents = documents(&model, &texts.map(String::from)).await;
    let question = ["Do I lose my money if my proposal is rejected?".to_owned()];
    let question = &model.embed(&question, Kind::Query).await.unwrap()[0];
    let scores: Vec<_> = documents.iter().map(|document| cosine(document, question)).collect();
    assert!(scores[0] > scores[1] + 0.1 && scores[0] > scores[2] + 0.1, "{scores:?}");
}

#[tokio::test]
async fn no_texts_have_no_vectors() {
    let Some(model) = minilm().await else { return };
    assert!(documents(&model, &[]).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_does_not_wait_for_all_of_a_long_list() {
    let Some(model) = minilm().await else { return };
    let long = Arc::clone(&model);
    let list = tokio::spawn(async move { documents(&long, &vec!["stake and vote ".repeat(100); 64]).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    let query = ["stake".to_owned()];
    let asked = model.embed(&query, Kind::Query);
    timeout(Duration::from_secs(60), asked).await.expect("a query waits for a batch at most").unwrap();
    assert!(!list.is_finished(), "the list is done already: make it longer");
    list.abort();
}
