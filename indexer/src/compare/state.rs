//! All accounts of the program against the store's entities as of the same slot.

use super::{CompareError, Compared, Comparison, Difference, Progress};
use crate::accounts::{ProgramState, kept, kept_of};
use crate::chain::Chain;
use crate::error::Trouble;
use crate::reconcile::{LATER, is_settled};
use crate::source::SourceError;
use chorale_domain::state::{Entities, Entity, EntityKey, optional_difference};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Entities that are read at a time.
const PAGE: usize = 500;
/// Looks that must show a difference: surfpool's accounts show the open slot, and two may do so by chance.
const LOOKS: u32 = 3;
/// How often, and how long, it is waited for a moment at which the store has all that the accounts show.
const ATTEMPTS: u32 = 60;
const BETWEEN: Duration = Duration::from_secs(1);

/// Compares them. Only what all looks show counts, whatever the values: the chain goes on while it is looked at, and
/// what is wrong goes on with it.
pub(super) async fn compare(
    comparison: &Comparison<'_>,
    progress: Progress<'_>,
) -> Result<Vec<Difference>, CompareError> {
    let (mut slot, mut found) = look(comparison, 0, &mut *progress).await?;
    for _ in 1..LOOKS {
        if found.is_empty() {
            break;
        }
        let (later, mut again) = look(comparison, slot.saturating_add(LATER), &mut *progress).await?;
        let before: BTreeSet<_> = found.iter().map(place).collect();
        again.retain(|difference| before.contains(&place(difference)));
        (slot, found) = (later, again);
    }
    Ok(found)
}

fn place(difference: &Difference) -> (String, String) {
    (difference.entity.clone(), difference.field.clone())
}

/// The differences at one moment, at `min_slot` or later, and its slot.
async fn look(
    comparison: &Comparison<'_>,
    min_slot: u64,
    progress: Progress<'_>,
) -> Result<(u64, Vec<Difference>), CompareError> {
    let (slot, on_chain) = accounts(comparison, min_slot, &mut *progress).await?;
    Ok((slot, against(comparison, slot, &on_chain, progress).await?))
}

/// The accounts at a slot, once the store has everything up to it. On a busy chain it always lacks what came last.
async fn accounts(
    comparison: &Comparison<'_>,
    min_slot: u64,
    progress: Progress<'_>,
) -> Result<(u64, Entities), CompareError> {
    let Comparison { source, store, time, .. } = *comparison;
    let wanted = min_slot.max(store.index_cursor().await?.map_or(0, |cursor| cursor.slot));
    let (slot, accounts) = source.program_accounts(wanted).await?;
    for _ in 0..ATTEMPTS {
        if settled(comparison, slot).await? {
            let state = ProgramState::read(accounts.iter().map(|(_, data)| data.as_slice()))?;
            return Ok((slot, kept(&state.entities)));
        }
        progress(Compared::Waiting(format!("the store does not have everything up to slot {slot} yet")));
        time.sleep(BETWEEN).await;
    }
    Err(CompareError::Behind { slot })
}

/// Whether the store has everything up to `slot`, and nothing else.
async fn settled(comparison: &Comparison<'_>, slot: u64) -> Result<bool, CompareError> {
    // Nothing cuts a question short here.
    let chain = Chain { source: comparison.source, shutdown: &CancellationToken::new() };
    match is_settled(chain, comparison.store, slot).await {
        Ok(settled) => Ok(settled),
        Err(Trouble::Store(error)) => Err(error.into()),
        Err(Trouble::Source(error @ (SourceError::Gap { .. } | SourceError::Forgotten { .. }))) => {
            Err(error.into())
        }
        Err(trouble) => {
            tracing::debug!("{trouble}; trying again");
            Ok(false)
        }
    }
}

/// Every entity of the store as of `slot` against the accounts, and what accounts there are besides.
async fn against(
    comparison: &Comparison<'_>,
    slot: u64,
    on_chain: &Entities,
    progress: Progress<'_>,
) -> Result<Vec<Difference>, CompareError> {
    let is_current = |thread, number| on_chain.contains_key(&EntityKey::Member(thread, number));
    let mut missing: BTreeSet<_> = on_chain.keys().copied().collect();
    let (mut found, mut after, mut done) = (vec![], None, 0);
    loop {
        let page = comparison.store.state_at(slot, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.key);
        for stored in &page {
            missing.remove(&stored.key);
            let entity = kept_of(&stored.entity, is_current);
            found.extend(differences(stored.key, entity.as_ref(), on_chain.get(&stored.key)));
        }
        done += page.len() as u64;
        progress(Compared::Accounts(done));
    }
    let unknown = missing.into_iter().flat_map(|key| differences(key, None, on_chain.get(&key)));
    found.extend(unknown);
    Ok(found)
}

fn differences(key: EntityKey, store: Option<&Entity>, chain: Option<&Entity>) -> Vec<Difference> {
    let fields = optional_difference(store, chain).into_iter();
    let told = fields.map(|field| Difference {
        entity: key.to_string(),
        field: field.field,
        store: field.left,
        chain: field.right,
    });
    told.collect()
}
