//! Ranked reads: every point is looked at, so that none is missed.

use super::id::Id;
use super::memory::{Collection, Memory, Point, Stored, unknown, wrong};
use super::reading::Fields;
use ::qdrant_client::qdrant::{
    Filter, Modifier, PrefetchQuery, Query, QueryPoints, QueryResponse, Rrf, ScoredPoint, SparseVectorParams,
    VectorInput, query::Variant, vector::Vector, vector_input,
};
use std::collections::{BTreeMap, HashMap};
use tonic::Status;

/// How many results there are where nothing is said.
const LIMIT: u64 = 10;

/// What is added to each place when lists are fused, where nothing is said.
const FUSION_K: u32 = 2;

/// Points with their scores, best first.
type Ranked<'a> = Vec<(Id, &'a Point, f32)>;

pub(super) fn query(memory: &mut Memory, asked: QueryPoints) -> Result<QueryResponse, Status> {
    let QueryPoints {
        collection_name,
        prefetch,
        query: Some(Query { variant: Some(variant) }),
        using,
        filter,
        params: _,
        score_threshold: None,
        limit,
        offset: None,
        with_vectors: None,
        with_payload,
        read_consistency: None,
        shard_key_selector: None,
        lookup_from: None,
        timeout: _,
    } = asked
    else {
        return Err(unknown("a query beyond vector, filter, limit and payload"));
    };
    let collection = memory.collection(&collection_name)?;
    let mut found = match (variant, prefetch.is_empty()) {
        (Variant::Nearest(input), true) => collection.nearest(input, using, filter)?,
        (Variant::Rrf(rrf), false) if filter.is_none() => collection.fused(prefetch, &rrf)?,
        _ => return Err(unknown("a query of another kind")),
    };
    found.truncate(size(limit)?);
    let fields = Fields::of(with_payload, false);
    let result = found.into_iter().map(|(id, point, score)| scored(id, point, score, &fields)).collect();
    Ok(QueryResponse { result, ..Default::default() })
}

fn size(limit: Option<u64>) -> Result<usize, Status> {
    usize::try_from(limit.unwrap_or(LIMIT)).map_err(wrong)
}

fn scored(id: Id, point: &Point, score: f32, fields: &Fields) -> ScoredPoint {
    ScoredPoint { id: Some(id.into()), payload: fields.of_point(point), score, ..Default::default() }
}

impl Collection {
    /// The points that have a vector of this name and fit.
    fn nearest(
        &self,
        input: VectorInput,
        using: Option<String>,
        filter: Option<Filter>,
    ) -> Result<Ranked<'_>, Status> {
        let name = using.unwrap_or_default();
        let wanted = match self.stored(&name, Some(vector(input)?))? {
            Stored::Sparse(wanted) => Stored::Sparse(self.weighed(&name, wanted)),
            dense => dense,
        };
        let fitting = self.fitting(filter)?.into_iter();
        let compared = fitting
            .filter_map(|(id, point)| Some((id, point, similarity(&wanted, point.vectors.get(&name)?)?)));
        Ok(best_first(compared.collect()))
    }

    /// By reciprocal rank: each list gives its places, whatever the scores in it.
    fn fused(&self, lists: Vec<PrefetchQuery>, rrf: &Rrf) -> Result<Ranked<'_>, Status> {
        if !rrf.weights.is_empty() {
            return Err(unknown("lists of different weights"));
        }
        let k = rrf.k.unwrap_or(FUSION_K);
        let mut fused: HashMap<Id, (&Point, f32)> = HashMap::new();
        for list in lists {
            for (place, (id, point, _)) in (k..).zip(self.list(list)?) {
                fused.entry(id).or_insert((point, 0.0)).1 += reciprocal(place);
            }
        }
        let mut fused: Ranked<'_> =
            fused.into_iter().map(|(id, (point, score))| (id, point, score)).collect();
        fused.sort_by_key(|(id, ..)| *id);
        Ok(best_first(fused))
    }

    fn list(&self, asked: PrefetchQuery) -> Result<Ranked<'_>, Status> {
        let PrefetchQuery {
            prefetch,
            query: Some(Query { variant: Some(Variant::Nearest(input)) }),
            using,
            filter,
            params: _,
            score_threshold: None,
            limit,
            lookup_from: None,
        } = asked
        else {
            return Err(unknown("a list of another kind"));
        };
        if !prefetch.is_empty() {
            return Err(unknown("lists of lists"));
        }
        let mut list = self.nearest(input, using, filter)?;
        list.truncate(size(limit)?);
        Ok(list)
    }

    /// Where the vectors are modified so, each value weighed by how few points have it: the rarer, the more.
    fn weighed(&self, name: &str, wanted: BTreeMap<u32, f32>) -> BTreeMap<u32, f32> {
        if self.sparse.get(name).map(SparseVectorParams::modifier) != Some(Modifier::Idf) {
            return wanted;
        }
        let stored = self.points.values().filter_map(|point| match point.vectors.get(name) {
            Some(Stored::Sparse(stored)) => Some(stored),
            _ => None,
        });
        let stored: Vec<_> = stored.collect();
        let all = stored.len() as f32;
        let weigh = |(index, value): (u32, f32)| {
            let having = stored.iter().filter(|stored| stored.contains_key(&index)).count() as f32;
            (index, value * ((all - having + 0.5) / (having + 0.5) + 1.0).ln())
        };
        wanted.into_iter().map(weigh).collect()
    }
}

/// The first of a list has the place `k`: Qdrant counts from 0.
fn reciprocal(place: u32) -> f32 {
    1.0 / place as f32
}

fn vector(input: VectorInput) -> Result<Vector, Status> {
    match input.variant {
        Some(vector_input::Variant::Dense(vector)) => Ok(Vector::Dense(vector)),
        Some(vector_input::Variant::Sparse(vector)) => Ok(Vector::Sparse(vector)),
        _ => Err(unknown("to be near to something other than a vector")),
    }
}

/// `None` for sparse vectors that share nothing, which are not found.
fn similarity(wanted: &Stored, stored: &Stored) -> Option<f32> {
    match (wanted, stored) {
        (Stored::Dense(wanted), Stored::Dense(stored)) => {
            Some(wanted.iter().zip(stored).map(|(one, other)| one * other).sum())
        }
        (Stored::Sparse(wanted), Stored::Sparse(stored)) => {
            let shared = wanted.iter().filter_map(|(index, value)| Some(value * stored.get(index)?));
            shared.reduce(|sum, product| sum + product)
        }
        _ => None,
    }
}

/// The sort is stable: of two alike the one with the smaller id is first.
fn best_first(mut found: Ranked<'_>) -> Ranked<'_> {
    found.sort_by(|(.., one), (.., other)| other.total_cmp(one));
    found
}
