//! The numbers that decide how well and how fast is searched, in one place.

use crate::filter::Condition;
use crate::payload::field;

/// Links of each vector in the graph of the dense index: more find better, and take more memory.
pub(crate) const HNSW_LINKS: usize = 16;

/// Candidates looked at for each link when the graph is built: more find better, and build longer.
pub(crate) const HNSW_BUILD_CANDIDATES: usize = 200;

/// Candidates looked at in a search of the graph: more find better, and search longer.
const HNSW_SEARCH_CANDIDATES: usize = 256;

/// The same within a thread, where nearly all that is looked at may be found.
const HNSW_THREAD_CANDIDATES: usize = 32;

/// Candidates for a search among what fulfils the conditions.
pub(crate) fn candidates(conditions: &[Condition]) -> usize {
    let in_thread = |condition: &Condition| matches!(condition, Condition::Is(field::THREAD, _));
    if conditions.iter().any(in_thread) { HNSW_THREAD_CANDIDATES } else { HNSW_SEARCH_CANDIDATES }
}

/// Vectors of so many KiB get a graph.
pub(crate) const GRAPH_KIB: usize = 10_000;

/// Where a filter leaves no more KiB of vectors than that they are compared one by one instead, which finds all; beyond
/// it the graph has links of its own among those of a thread.
pub(crate) const SCAN_KIB: usize = 4_500;

/// The share of a vector's numbers that is kept to scale when they are rounded to bytes; the others are cut off.
pub(crate) const ROUNDED_SHARE: f32 = 0.99;

/// Results by rounded vectors for each one that is asked for, of which the best by the vectors themselves are taken.
pub(crate) const ROUNDED_RESULTS: f64 = 1.5;

/// Results of each way of comparing that a hybrid search fuses.
pub(crate) const FUSED: usize = 100;

/// What is added to each place when they are fused: 1 / (2 + place), the first place being 0.
pub(crate) const FUSION_K: u32 = 2;

/// Texts embedded at a time.
pub(crate) const EMBEDDED_AT_ONCE: usize = 32;

/// Changed points after which the engine in the process rebuilds its index, away from whoever reads.
pub(crate) const REBUILD_AFTER: usize = 1_000;
