//! Two states of the same things, field by field.

use chorale_domain::state::{Entities, EntityKey, FieldDifference, optional_difference};
use std::collections::BTreeSet;

/// Every field in which two states differ, by entity; an entity that only one of them has differs as a whole.
pub(crate) fn differences(left: &Entities, right: &Entities) -> Vec<(EntityKey, FieldDifference)> {
    let keys: BTreeSet<_> = left.keys().chain(right.keys()).collect();
    let of = |key: &EntityKey| {
        let fields = optional_difference(left.get(key), right.get(key)).into_iter();
        fields.map(|field| (*key, field)).collect::<Vec<_>>()
    };
    keys.into_iter().flat_map(of).collect()
}

/// The field in words.
pub(crate) fn field_text(difference: &FieldDifference) -> &str {
    if difference.field.is_empty() { "as a whole" } else { &difference.field }
}
