//! What the store says of a thread as of a slot, and after each event since.

use chorale_domain::id::ThreadId;
use chorale_domain::state::{Entities, Entity, EntityKey};
use chorale_store::{Store, StoreError};
use std::collections::BTreeMap;

/// So many changes of one entity are looked at. An account shows the slot that is open at most.
const MOST: usize = 64;

/// The thread and its members now, as its account would show them.
pub(super) async fn now(store: &Store, thread: ThreadId) -> Result<Entities, StoreError> {
    let Some(found) = store.entity(&EntityKey::Thread(thread)).await? else {
        return Ok(Entities::new());
    };
    let members = store.members(thread).await?.into_iter();
    let members = members.map(|member| (EntityKey::Member(thread, member.number), Entity::Member(member)));
    Ok(shown(&members.chain([(found.key, found.entity)]).collect()))
}

/// The same as of the end of a slot, and after each event since then.
pub(super) async fn since(store: &Store, thread: ThreadId, slot: u64) -> Result<Vec<Entities>, StoreError> {
    let members = store.members(thread).await?.into_iter();
    let members = members.map(|member| EntityKey::Member(thread, member.number));
    let (mut state, mut changes) = (Entities::new(), BTreeMap::<i64, Entities>::new());
    for key in members.chain([EntityKey::Thread(thread)]) {
        let then = store.entity_at(&key, slot).await?;
        let version = then.as_ref().map_or(0, |then| then.version);
        state.extend(then.map(|then| (key, then.entity)));
        for later in store.versions(&key, version, MOST).await?.into_iter().filter(|later| later.live) {
            changes.entry(later.event_sequence).or_default().extend(later.state.map(|state| (key, state)));
        }
    }
    let mut moments = vec![shown(&state)];
    for change in changes.into_values() {
        state.extend(change);
        moments.push(shown(&state));
    }
    Ok(moments)
}

/// Members who left have no place in an account.
fn shown(state: &Entities) -> Entities {
    let is_shown = |entity: &Entity| !matches!(entity, Entity::Member(member) if !member.current);
    state.iter().filter(|(_, entity)| is_shown(entity)).map(|(key, entity)| (*key, entity.clone())).collect()
}
