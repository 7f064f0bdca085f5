//! A difference that was seen, until it stands or passes.

use super::difference::{differences, field_text};
use chorale_domain::id::ThreadId;
use chorale_domain::state::{Entities, EntityKey};
use chorale_store::Stopped;
use std::collections::BTreeSet;

/// Slots between two looks that show the same difference: what the first one saw is final by then, even if every
/// other slot was skipped.
pub(crate) const LATER: u64 = 64;
/// Looks that must have shown it: two can be of two forks that both went.
pub(super) const LOOKS: u32 = 3;

/// The two sides of a thread.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Sides {
    pub derived: Entities,
    pub on_chain: Entities,
}

/// See the module. The values may change from look to look, as the thread lives on; what differs stays.
pub(super) struct Suspicion {
    /// Of the first look.
    slot: u64,
    looks: u32,
    /// What differed in every look.
    fields: BTreeSet<(EntityKey, String)>,
}

impl Suspicion {
    /// A look at `slot` shows a difference; `before` is what those before it showed, without one in between that
    /// showed none.
    pub(super) fn after(before: Option<Self>, slot: u64, sides: &Sides) -> Self {
        let found = differences(&sides.derived, &sides.on_chain).into_iter();
        let fields: BTreeSet<_> = found.map(|(key, field)| (key, field.field)).collect();
        match before {
            Some(before) if !before.fields.is_disjoint(&fields) => {
                let fields = &before.fields & &fields;
                Self { looks: before.looks.saturating_add(1), fields, ..before }
            }
            _ => Self { slot, looks: 1, fields },
        }
    }

    /// Whether it is one for good at `slot`.
    pub(super) fn stands(&self, slot: u64) -> bool {
        self.looks >= LOOKS && slot >= self.slot.saturating_add(LATER)
    }
}

/// What to keep of a difference: the first entity that differs with both states, and every field in words.
pub(super) fn stopped(thread: ThreadId, sides: &Sides) -> Option<Stopped> {
    let found = differences(&sides.derived, &sides.on_chain);
    let entity = found.first()?.0;
    let told: Vec<_> = found
        .iter()
        .map(|(key, field)| {
            format!("{key} {}: {} derived, {} on chain", field_text(field), field.left, field.right)
        })
        .collect();
    let (derived, on_chain) = (sides.derived.get(&entity).cloned(), sides.on_chain.get(&entity).cloned());
    Some(Stopped { thread, entity, reason: told.join("; "), derived, on_chain })
}
