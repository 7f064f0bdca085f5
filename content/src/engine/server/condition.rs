//! Our conditions in Qdrant's words. Pure.

use ::qdrant_client::qdrant::{Filter, PointId as QdrantId, Range};

use crate::filter::Condition;
use crate::point::PointId;

pub(super) fn id(id: PointId) -> QdrantId {
    id.0.to_string().into()
}

pub(super) fn filter(conditions: &[Condition]) -> Filter {
    let mut filter = Filter::default();
    for condition in conditions {
        match condition {
            Condition::Lacks(name) => {
                filter.must_not.push(::qdrant_client::qdrant::Condition::has_vector(name.clone()));
            }
            Condition::Except(ids) => filter.must_not.push(among(ids)),
            Condition::Is(..) | Condition::In(..) | Condition::Within { .. } | Condition::Any(_) => {
                filter.must.push(positive(condition));
            }
        }
    }
    filter
}

/// Like [`filter`], among these points.
pub(super) fn only(ids: &[PointId], conditions: &[Condition]) -> Filter {
    let mut filter = filter(conditions);
    filter.must.push(among(ids));
    filter
}

fn among(ids: &[PointId]) -> ::qdrant_client::qdrant::Condition {
    ::qdrant_client::qdrant::Condition::has_id(ids.iter().copied().map(id))
}

fn positive(condition: &Condition) -> ::qdrant_client::qdrant::Condition {
    use ::qdrant_client::qdrant::Condition as Qdrant;
    match condition {
        Condition::Is(field, word) => Qdrant::matches(*field, word.clone()),
        Condition::In(field, words) => Qdrant::matches(*field, words.clone()),
        Condition::Within { field, from, until } => Qdrant::range(*field, range(*from, *until)),
        Condition::Any(lists) => Filter::should(lists.iter().map(|list| filter(list).into())).into(),
        Condition::Lacks(_) | Condition::Except(_) => filter(std::slice::from_ref(condition)).into(),
    }
}

/// Floats are exact for the seconds that records may have, see `NewContent::checked`.
fn range(from: Option<i64>, until: Option<i64>) -> Range {
    let float = |seconds: i64| seconds as f64;
    Range { gte: from.map(float), lt: until.map(float), gt: None, lte: None }
}
