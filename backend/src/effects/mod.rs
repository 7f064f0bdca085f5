//! What signing a prepared transaction will do: the simulation, in words and in figures. What the endpoint does not
//! show is named, not guessed.

mod figures;
mod sentences;

use crate::app::App;
use crate::chain::Simulation;
use crate::error::ApiError;
use chorale_domain::event::Event;
use chorale_domain::id::Wallet;
use chorale_domain::state::{Config, Entities, Entity};
use chorale_domain::transition::Transition;
use chorale_wire::http::{Effects, EntityChange};
use figures::Balances;
use sentences::Teller;

const BEHIND: &str =
    "which of the entities change: the store is behind the chain, or was never given its events";

/// What `simulation` will do to and for `wallet`, who is to sign.
pub(crate) async fn of(app: &App, wallet: Wallet, simulation: &Simulation) -> Result<Effects, ApiError> {
    let config = app.store.config().await?;
    let mut effects = Effects::default();
    balances(&mut effects, wallet, config.as_ref(), simulation);
    match &simulation.events {
        Ok(events) => {
            effects.events.clone_from(events);
            changes(&mut effects, app).await?;
        }
        Err(reason) => effects.unknown.push(format!("what the program would say happened: {reason}")),
    }
    let decimals = decimals(config.as_ref(), &effects.events);
    effects.sentences = Teller { wallet, decimals }.sentences(&effects);
    Ok(effects)
}

/// The token's, also where this transaction is what sets the deployment up.
fn decimals(config: Option<&Config>, events: &[Event]) -> u8 {
    let set_up = events.iter().find_map(|event| match event {
        Event::ConfigInitialized { decimals, .. } => Some(*decimals),
        _ => None,
    });
    config.map(|config| config.decimals).or(set_up).unwrap_or_default()
}

fn balances(effects: &mut Effects, wallet: Wallet, config: Option<&Config>, simulation: &Simulation) {
    match &simulation.accounts {
        Ok(accounts) => {
            let found = Balances::of(wallet, config, accounts);
            (effects.balances, effects.rent) = (found.changes, Some(found.rent));
        }
        Err(reason) => effects.unknown.push(format!("how balances change: {reason}")),
    }
}

/// Works the events into the state as the store has it, as the indexer will.
async fn changes(effects: &mut Effects, app: &App) -> Result<(), ApiError> {
    let mut now = Entities::new();
    for key in effects.events.iter().flat_map(Transition::touches) {
        if let Some(found) = app.store.entity(&key).await? {
            now.insert(key, found.entity);
        }
    }
    match after(&effects.events, &now) {
        Some(after) => effects.changes = differences(&now, after),
        None => effects.unknown.push(BEHIND.into()),
    }
    Ok(())
}

fn after(events: &[Event], now: &Entities) -> Option<Entities> {
    let mut entities = now.clone();
    for event in events {
        Transition::plan(event, &entities).ok()?.apply(&mut entities);
    }
    Some(entities)
}

fn differences(now: &Entities, after: Entities) -> Vec<EntityChange> {
    let change = |(key, after): (_, Entity)| {
        let before = now.get(&key).cloned();
        (before.as_ref() != Some(&after)).then_some(EntityChange { key, before, after })
    };
    after.into_iter().filter_map(change).collect()
}
