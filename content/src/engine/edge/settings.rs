//! How Qdrant's shard is set up, built and searched.

use qdrant_edge::{
    EdgeConfig, EdgeConfigBuilder, EdgeOptimizersConfig, EdgeSparseVectorParamsBuilder, HnswIndexConfig,
    KeywordIndexParamsBuilder, Modifier, PayloadFieldSchema, PayloadSchemaParams, PayloadSchemaType,
    QuantizationConfig, QuantizationSearchParams, ScalarQuantizationConfig, ScalarType, SearchParams,
    WalOptions,
};

use crate::filter::Condition;
use crate::payload::{Index, WORDS_VECTOR};
use crate::tuning;

/// Bytes of one file of the log. An erasure writes two of them full, to be rid of the one that has the body.
const LOG_BYTES: usize = 4 * 1024 * 1024;

/// Nearly all points are in one segment, and each call has a thread of its own already: handing the segments of a
/// search to others costs more than it saves.
const SEARCHING_THREADS: usize = 1;

/// What every folder is opened with. BM25 needs the engine to weigh each word by how rare it is. Dense vectors are
/// not named here: which there are depends on the models that were used, and the folder knows.
pub(super) fn config() -> EdgeConfig {
    let words = EdgeSparseVectorParamsBuilder::new().modifier(Modifier::Idf).build();
    EdgeConfigBuilder::new()
        .sparse_vector(WORDS_VECTOR, words)
        .hnsw_config(graph())
        .quantization_config(rounding())
        .optimizers(rebuilding())
        .wal_options(WalOptions { segment_capacity: LOG_BYTES, ..WalOptions::default() })
        .max_search_threads(SEARCHING_THREADS)
        .build()
}

fn graph() -> HnswIndexConfig {
    HnswIndexConfig {
        m: tuning::HNSW_LINKS,
        ef_construct: tuning::HNSW_BUILD_CANDIDATES,
        full_scan_threshold: tuning::SCAN_KIB,
        ..HnswIndexConfig::default()
    }
}

/// Copies of the dense vectors in a quarter of their bytes, which are compared first.
#[expect(deprecated, reason = "the field is there, and another one took its place")]
fn rounding() -> QuantizationConfig {
    let quantile = Some(tuning::ROUNDED_SHARE);
    ScalarQuantizationConfig { r#type: ScalarType::Int8, quantile, always_ram: None, memory: None }.into()
}

/// When segments are rebuilt.
pub(super) fn rebuilding() -> EdgeOptimizersConfig {
    EdgeOptimizersConfig { indexing_threshold: Some(tuning::GRAPH_KIB), ..EdgeOptimizersConfig::default() }
}

/// Rebuilds every segment in which anything was deleted.
pub(super) fn rebuilding_all_littered() -> EdgeOptimizersConfig {
    EdgeOptimizersConfig { deleted_threshold: Some(0.0), vacuum_min_vector_number: Some(0), ..rebuilding() }
}

pub(super) fn index(index: Index) -> PayloadFieldSchema {
    let kind = match index {
        Index::Together => {
            let together = KeywordIndexParamsBuilder::new().is_tenant(true).build();
            return PayloadFieldSchema::FieldParams(PayloadSchemaParams::Keyword(together));
        }
        Index::Keyword => PayloadSchemaType::Keyword,
        Index::Integer => PayloadSchemaType::Integer,
    };
    PayloadFieldSchema::FieldType(kind)
}

/// How dense vectors are searched: more by their copies than are asked for, and the best of those by themselves.
pub(super) fn search(conditions: &[Condition]) -> SearchParams {
    let rounded = QuantizationSearchParams {
        ignore: false,
        rescore: Some(true),
        oversampling: Some(tuning::ROUNDED_RESULTS),
    };
    SearchParams {
        hnsw_ef: Some(tuning::candidates(conditions)),
        quantization: Some(rounded),
        ..SearchParams::default()
    }
}
