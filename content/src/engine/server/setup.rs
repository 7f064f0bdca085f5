//! The collection and its indices, set up as the folder of the engine in the process is. Pure.

use ::qdrant_client::qdrant::{
    CreateCollection, CreateFieldIndexCollection, FieldType, HnswConfigDiff, KeywordIndexParams, Modifier,
    OptimizersConfigDiff, PayloadIndexParams, QuantizationConfig, QuantizationType, ScalarQuantization,
    SparseVectorConfig, SparseVectorParams, payload_index_params::IndexParams,
    quantization_config::Quantization,
};

use super::request::{Requests, named, ordered};
use crate::payload::{Index, WORDS_VECTOR};
use crate::tuning;

impl Requests {
    /// BM25 needs the server to weigh each word by how rare it is.
    pub(super) fn create_collection(&self) -> CreateCollection {
        let words = SparseVectorParams { modifier: Some(Modifier::Idf.into()), ..Default::default() };
        let rebuilding =
            OptimizersConfigDiff { indexing_threshold: Some(tuning::GRAPH_KIB as u64), ..Default::default() };
        CreateCollection {
            collection_name: self.collection().to_owned(),
            hnsw_config: Some(graph()),
            optimizers_config: Some(rebuilding),
            quantization_config: Some(rounding()),
            sparse_vectors_config: Some(SparseVectorConfig { map: named(WORDS_VECTOR, words) }),
            ..Default::default()
        }
    }

    pub(super) fn create_index(&self, field: &str, index: Index) -> CreateFieldIndexCollection {
        let kind = match index {
            Index::Keyword | Index::Together => FieldType::Keyword,
            Index::Integer => FieldType::Integer,
        };
        CreateFieldIndexCollection {
            collection_name: self.collection().to_owned(),
            wait: Some(true),
            field_name: field.into(),
            field_type: Some(kind.into()),
            field_index_params: (index == Index::Together).then(together),
            ordering: ordered(),
            ..Default::default()
        }
    }
}

fn graph() -> HnswConfigDiff {
    HnswConfigDiff {
        m: Some(tuning::HNSW_LINKS as u64),
        ef_construct: Some(tuning::HNSW_BUILD_CANDIDATES as u64),
        full_scan_threshold: Some(tuning::SCAN_KIB as u64),
        ..Default::default()
    }
}

/// Copies of the dense vectors in a quarter of their bytes, which are compared first.
fn rounding() -> QuantizationConfig {
    let (kind, quantile) = (QuantizationType::Int8.into(), Some(tuning::ROUNDED_SHARE));
    let scalar = ScalarQuantization { r#type: kind, quantile, ..Default::default() };
    QuantizationConfig { quantization: Some(Quantization::Scalar(scalar)) }
}

fn together() -> PayloadIndexParams {
    let params = KeywordIndexParams { is_tenant: Some(true), ..Default::default() };
    PayloadIndexParams { index_params: Some(IndexParams::KeywordIndexParams(params)) }
}
