//! A new version of an entity.

use crate::entity::{ordinal, owner, status};
use crate::touched::AllTouched;
use chorale_domain::id::{Hash32, sha256};
use chorale_domain::state::{Entity, EntityKey};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A row of `state_history`, and of `canonical_state` if it is an entity's last.
pub(crate) struct NewVersion {
    pub key: EntityKey,
    /// The key in words.
    pub id: Arc<str>,
    pub version: i64,
    /// `None` where a retraction leaves nothing.
    pub state: Option<NewState>,
    pub change_type: &'static str,
    pub reason: Cow<'static, str>,
    pub actor: Arc<str>,
    /// Whether the chain still says so.
    pub live: bool,
    pub sequence: i64,
    pub slot: i64,
}

impl NewVersion {
    /// The thread in words, which the words of the key contain.
    pub(crate) fn thread(&self) -> Option<&str> {
        self.key.thread().and_then(|_| self.id.split('/').nth(1))
    }
}

/// The last new version of each entity, by key, with the version it replaces (0 for none).
pub(crate) fn last_of_each<'v>(
    history: &'v [NewVersion],
    touched: &AllTouched,
) -> Vec<(i64, &'v NewVersion)> {
    let last: BTreeMap<_, _> = history.iter().map(|version| (version.key, version)).collect();
    let stored = |key| touched.get(&key).map_or(0, |touched| touched.stored);
    last.into_iter().map(|(key, version)| (stored(key), version)).collect()
}

/// An entity's state as rows hold it. Working it out is what writing costs beside the database: it is done once.
pub(crate) struct NewState {
    pub ordinal: i64,
    pub status: Option<&'static str>,
    pub wallet: Option<String>,
    /// Canonical JSON.
    pub data: String,
    /// SHA-256 of it.
    pub checksum: String,
}

impl NewState {
    pub(crate) fn of(entity: &Entity) -> Self {
        let data = entity.canonical_json();
        let checksum = Hash32(sha256(&[data.as_bytes()])).to_string();
        Self { ordinal: ordinal(entity), status: status(entity), wallet: owner(entity), data, checksum }
    }
}
