//! Entities by their keys: as they are, as they were, and how they came to it. A key goes into a path with its slashes
//! written as `%2F`.

use super::extract::{Asked, Named};
use super::page::{Number, Page, cut};
use crate::app::App;
use crate::error::ApiError;
use axum::Json;
use axum::extract::State;
use chorale_domain::state::EntityKey;
use chorale_store::Version;
use chorale_wire::Code;
use chorale_wire::http::{Entities, EntityVersion, Versions};
use chorale_wire::socket::VersionedEntity;
use serde::Deserialize;

/// `?slot=`.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AsOf {
    /// As of the end of this slot; as it is now where not given.
    #[param(inline)]
    slot: Option<Number>,
}

/// The whole state, now or as of a slot
#[utoipa::path(
    get, path = "/v1/entities", tag = "history", operation_id = "list_entities",
    params(Page<EntityKey>, AsOf),
    responses((status = OK, description = "One page, in the order of the keys' text.", body = Entities)),
)]
pub(crate) async fn list(
    State(app): State<App>,
    Asked(page): Asked<Page<EntityKey>>,
    Asked(AsOf { slot }): Asked<AsOf>,
) -> Result<Json<Entities>, ApiError> {
    let limit = page.limit()?;
    let mut entities = match slot {
        None => app.store.state(page.after, limit + 1).await?,
        Some(slot) => app.store.state_at(slot.unsigned(), page.after, limit + 1).await?,
    };
    let next = cut(&mut entities, limit, |entity| entity.key);
    Ok(Json(Entities { entities, next }))
}

/// One entity, now or as of a slot
#[utoipa::path(
    get, path = "/v1/entities/{key}", tag = "history", operation_id = "show_entity",
    params(("key" = EntityKey, Path, description = "Its key, with slashes as %2F."), AsOf),
    responses((status = OK, description = "The entity.", body = VersionedEntity)),
    extensions(("x-problems" = json!([Code::UnknownEntity])))
)]
pub(crate) async fn show(
    State(app): State<App>,
    Named(key): Named<EntityKey>,
    Asked(AsOf { slot }): Asked<AsOf>,
) -> Result<Json<VersionedEntity>, ApiError> {
    let found = match slot {
        None => app.store.entity(&key).await?,
        Some(slot) => app.store.entity_at(&key, slot.unsigned()).await?,
    };
    found.map(Json).ok_or_else(|| ApiError::unknown_entity(&key))
}

/// Every version an entity has had
#[utoipa::path(
    get, path = "/v1/entities/{key}/versions", tag = "history", operation_id = "list_versions",
    params(("key" = EntityKey, Path, description = "Its key, with slashes as %2F."), Page<Number>),
    responses((status = OK, description = "One page, oldest first.", body = Versions)),
    extensions(("x-problems" = json!([Code::UnknownEntity])))
)]
pub(crate) async fn versions(
    State(app): State<App>,
    Named(key): Named<EntityKey>,
    Asked(page): Asked<Page<Number>>,
) -> Result<Json<Versions>, ApiError> {
    let limit = page.limit()?;
    let after = page.after.map_or(0, Number::signed);
    let mut versions = app.store.versions(&key, after, limit + 1).await?;
    if versions.is_empty() && app.store.versions(&key, 0, 1).await?.is_empty() {
        return Err(ApiError::unknown_entity(&key));
    }
    let next = cut(&mut versions, limit, |version| version.version);
    Ok(Json(Versions { versions: versions.into_iter().map(view).collect(), next }))
}

fn view(version: Version) -> EntityVersion {
    EntityVersion {
        version: version.version,
        change_type: version.change_type,
        reason: version.reason,
        actor: version.actor,
        cursor: version.event_sequence,
        slot: version.slot,
        live: version.live,
        entity: version.state,
        checksum: version.checksum,
    }
}
