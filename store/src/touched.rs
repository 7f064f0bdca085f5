//! The entities a batch touches, as the batch so far leaves them.

use crate::database::Transaction;
use crate::entity::versioned;
use crate::error::StoreError;
use crate::remembered::Remembered;
use crate::statement;
use chorale_domain::state::{Entities, Entity, EntityKey};
use sqlx::Row as _;
use std::collections::{HashMap, HashSet};
use std::fmt::Display;
use std::sync::Arc;

/// An entity.
pub(crate) struct Touched {
    /// Its key in words.
    pub id: Arc<str>,
    /// The version that is stored, 0 if it is not there: what compare-and-set compares with.
    pub stored: i64,
    /// Its last version, also of one that was taken back.
    pub version: i64,
    pub entity: Option<Entity>,
}

/// All entities a batch touches.
pub(crate) struct AllTouched(HashMap<EntityKey, Touched>);

impl AllTouched {
    /// Loads `keys`, as far as there are such entities and they are not remembered.
    pub(crate) async fn load(
        tx: &mut Transaction,
        keys: impl Iterator<Item = EntityKey>,
        remembered: &mut Remembered,
    ) -> Result<Self, StoreError> {
        let (mut all, mut unknown) = (HashMap::new(), HashSet::new());
        for key in keys {
            if all.contains_key(&key) || unknown.contains(&key) {
                continue;
            }
            if let Some(touched) = remembered.take(&key) {
                all.insert(key, touched);
            } else {
                unknown.insert(key);
            }
        }
        all.extend(Self::read(tx, unknown.into_iter()).await?.0);
        Ok(Self(all))
    }

    /// Reads `keys`, as far as there are such entities. Their versions must be those that their histories end with:
    /// what is written builds on them, and no checksum is over them.
    pub(crate) async fn read(
        tx: &mut Transaction,
        keys: impl Iterator<Item = EntityKey>,
    ) -> Result<Self, StoreError> {
        const STATES: (&str, &str) = (
            "SELECT entity_id, state_version, state_data, checksum, (SELECT MAX(h.state_version) \
             FROM state_history h WHERE h.entity_id = canonical_state.entity_id) AS last \
             FROM canonical_state WHERE entity_id IN ",
            "",
        );
        let mut all: HashMap<_, _> = keys.map(|key| (key, Touched::none(key))).collect();
        let ids: Vec<_> = all.values().map(|touched| touched.id.to_string()).collect();
        for row in statement::find(tx, STATES, &ids).await? {
            let found = versioned(&row)?;
            let last: Option<i64> = row.try_get("last")?;
            if last != Some(found.version) {
                return Err(not_the_end(&found.key, &format!("version {}", found.version), last));
            }
            if let Some(touched) = all.get_mut(&found.key) {
                (touched.stored, touched.version) = (found.version, found.version);
                touched.entity = Some(found.entity);
            }
        }
        let mut all = Self(all);
        all.find_last_versions(tx).await?;
        Ok(all)
    }

    /// What is created again after it was taken back goes on from its last version.
    async fn find_last_versions(&mut self, tx: &mut Transaction) -> Result<(), StoreError> {
        const VERSIONS: (&str, &str) = (
            "SELECT entity_id, MAX(state_version) AS last, \
             MAX(CASE WHEN state_data IS NULL THEN 0 ELSE state_version END) AS something \
             FROM state_history WHERE entity_id IN ",
            " GROUP BY entity_id",
        );
        let gone = self.0.iter_mut().filter(|(_, touched)| touched.entity.is_none());
        let mut gone: HashMap<_, _> = gone.map(|(_, touched)| (touched.id.to_string(), touched)).collect();
        let ids: Vec<_> = gone.keys().cloned().collect();
        for row in statement::find(tx, VERSIONS, &ids).await? {
            if let Some(touched) = gone.get_mut(row.try_get::<&str, _>("entity_id")?) {
                touched.version = row.try_get("last")?;
                if row.try_get::<i64, _>("something")? == touched.version {
                    return Err(not_the_end(&touched.id, &"missing", Some(touched.version)));
                }
            }
        }
        Ok(())
    }

    /// All of them.
    pub(crate) fn into_entities(self) -> impl Iterator<Item = (EntityKey, Touched)> {
        self.0.into_iter()
    }

    pub(crate) fn get(&self, key: &EntityKey) -> Option<&Touched> {
        self.0.get(key)
    }

    /// The entity, also if nothing is known of it.
    pub(crate) fn entry(&mut self, key: EntityKey) -> &mut Touched {
        self.0.entry(key).or_insert_with(|| Touched::none(key))
    }

    pub(crate) fn entity(&self, key: &EntityKey) -> Option<&Entity> {
        self.get(key)?.entity.as_ref()
    }

    /// Those of `keys` that exist.
    pub(crate) fn entities(&self, keys: Vec<EntityKey>) -> Entities {
        let found = keys.into_iter().filter_map(|key| Some((key, self.entity(&key)?.clone())));
        found.collect()
    }
}

fn not_the_end(id: &dyn Display, what: &dyn Display, last: Option<i64>) -> StoreError {
    let reason = match last {
        Some(last) => format!("it is {what}, but its history ends with version {last}"),
        None => format!("it is {what}, but has no history"),
    };
    StoreError::corrupt("canonical_state", id, &reason)
}

impl Touched {
    /// As it is once it is written.
    pub(crate) fn into_stored(mut self) -> Self {
        self.stored = if self.entity.is_some() { self.version } else { 0 };
        self
    }

    fn none(key: EntityKey) -> Self {
        Self { id: key.to_string().into(), stored: 0, version: 0, entity: None }
    }
}
