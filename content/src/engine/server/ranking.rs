//! What points are compared with, in Qdrant's words. Pure.

use ::qdrant_client::qdrant::{
    Filter, PrefetchQuery, QuantizationSearchParams, Query, QueryPoints, Rrf, SearchParams, VectorInput,
    query,
};

use super::condition::filter;
use super::request::Requests;
use crate::bm25::SparseVector;
use crate::engine::{Nearest, Ranking};
use crate::filter::Condition;
use crate::payload::WORDS_VECTOR;
use crate::tuning;

/// A query with the name of the vectors that it compares.
type Way = (Query, String);

impl Requests {
    /// `None` where nothing can be found.
    pub(super) fn ranked(
        &self,
        ranking: Ranking,
        conditions: &[Condition],
        limit: usize,
    ) -> Option<QueryPoints> {
        let (filter, params) = (filter(conditions), graph_search(conditions));
        let request = QueryPoints {
            collection_name: self.collection().to_owned(),
            limit: Some(limit as u64),
            with_payload: Some(true.into()),
            ..QueryPoints::default()
        };
        Some(match ranking {
            Ranking::Words(words) => one(request, sharing(words)?, filter, params),
            Ranking::Meaning(meaning) => one(request, near(meaning), filter, params),
            Ranking::Both(words, meaning) => {
                let ways = sharing(words).into_iter().chain([near(meaning)]);
                let prefetch = ways.map(|way| list(way, filter.clone(), params.clone())).collect();
                QueryPoints { prefetch, query: Some(fusion()), ..request }
            }
        })
    }
}

fn one(request: QueryPoints, (query, using): Way, filter: Filter, params: SearchParams) -> QueryPoints {
    let (query, using, filter) = (Some(query), Some(using), Some(filter));
    QueryPoints { query, using, filter, params: Some(params), ..request }
}

/// One of the lists that are fused.
fn list((query, using): Way, filter: Filter, params: SearchParams) -> PrefetchQuery {
    PrefetchQuery {
        query: Some(query),
        using: Some(using),
        filter: Some(filter),
        params: Some(params),
        limit: Some(tuning::FUSED as u64),
        ..PrefetchQuery::default()
    }
}

/// `None` for a text without words, which shares none.
fn sharing(words: SparseVector) -> Option<Way> {
    let input = (!words.is_empty()).then(|| VectorInput::new_sparse(words.indices, words.values));
    input.map(|input| (Query::new_nearest(input), WORDS_VECTOR.to_owned()))
}

fn near(Nearest { name, vector }: Nearest) -> Way {
    (Query::new_nearest(VectorInput::new_dense(vector)), name)
}

fn fusion() -> Query {
    let rrf = Rrf { k: Some(tuning::FUSION_K), weights: vec![] };
    Query { variant: Some(query::Variant::Rrf(rrf)) }
}

fn graph_search(conditions: &[Condition]) -> SearchParams {
    let (rescore, oversampling) = (Some(true), Some(tuning::ROUNDED_RESULTS));
    SearchParams {
        hnsw_ef: Some(tuning::candidates(conditions) as u64),
        quantization: Some(QuantizationSearchParams { ignore: None, rescore, oversampling }),
        ..SearchParams::default()
    }
}
