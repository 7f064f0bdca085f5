//! The numbers that decide how well and how fast is searched, in one place.

/// Links of each vector in the graph of the dense index: more find better, and take more memory.
pub(crate) const HNSW_LINKS: usize = 16;

/// Candidates looked at for each link when the graph is built: more find better, and build longer.
pub(crate) const HNSW_BUILD_CANDIDATES: usize = 200;

/// Candidates looked at in a search of the graph: more find better, and search longer.
pub(crate) const HNSW_SEARCH_CANDIDATES: usize = 256;

/// Vectors of so many KiB are compared one by one instead, which finds all; where a filter leaves no more than that, too.
pub(crate) const SCAN_KIB: usize = 10_000;

/// Results of each way of comparing that a hybrid search fuses.
pub(crate) const FUSED: usize = 100;

/// What is added to each place when they are fused: 1 / (2 + place), the first place being 0.
pub(crate) const FUSION_K: u32 = 2;

/// Texts embedded at a time.
pub(crate) const EMBEDDED_AT_ONCE: usize = 32;

/// Changed points after which the engine in the process rebuilds its index, away from whoever reads.
pub(crate) const REBUILD_AFTER: usize = 1_000;
