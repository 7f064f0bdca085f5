//! Replacing rows.

use crate::database::Transaction;
use crate::error::StoreError;
use crate::verify::row::{Kind, TextRow};

/// Deletes the row that `old` has the key of.
pub(super) async fn delete(tx: &mut Transaction, old: &TextRow, key: &[&str]) -> Result<(), StoreError> {
    let conditions = key.iter().enumerate().map(|(index, name)| format!("{name} = ${}", index + 1));
    let text =
        format!("DELETE FROM {} WHERE {}", old.table.name, conditions.collect::<Vec<_>>().join(" AND "));
    let mut query = sqlx::query(&text);
    for (name, kind) in old.table.columns.iter().filter(|(name, _)| key.contains(name)) {
        query = match kind {
            Kind::Text => query.bind(old.get(name).map(str::to_owned)),
            Kind::Number => query.bind(old.number(name)),
        };
    }
    query.execute(&mut **tx).await?;
    Ok(())
}

/// Inserts a row.
pub(super) async fn insert(tx: &mut Transaction, row: &TextRow) -> Result<(), StoreError> {
    let names: Vec<_> = row.table.columns.iter().map(|(name, _)| *name).collect();
    let places: Vec<_> = (1..=names.len()).map(|number| format!("${number}")).collect();
    let text =
        format!("INSERT INTO {} ({}) VALUES ({})", row.table.name, names.join(", "), places.join(", "));
    let mut query = sqlx::query(&text);
    for (name, kind) in row.table.columns {
        query = match kind {
            Kind::Text => query.bind(row.get(name).map(str::to_owned)),
            Kind::Number => query.bind(row.number(name)),
        };
    }
    query.execute(&mut **tx).await?;
    Ok(())
}
