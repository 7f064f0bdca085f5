//! The small tables, which do not follow from the events: they are copied as they are.

use crate::database::{Row, Transaction};
use crate::error::StoreError;
use crate::statement::Bound;
use crate::verify::row::{Kind, Table};
use Kind::{Number, Text};
use serde_json::{Map, Value};
use sqlx::Row as _;

/// A row by its columns' names.
pub(super) type Columns = Map<String, Value>;

/// In the chain's order.
pub(super) static UNFINALIZED: Table = Table {
    name: "unfinalized",
    columns: &[("place", Number), ("signature", Text), ("slot", Number), ("failed", Number)],
};

pub(super) static DEAD_LETTERS: Table = Table {
    name: "dead_letters",
    columns: &[("signature", Text), ("slot", Number), ("reason", Text), ("recorded_at", Number)],
};

pub(super) static INCIDENTS: Table = Table {
    name: "incidents",
    columns: &[
        ("number", Number),
        ("kind", Text),
        ("subject", Text),
        ("detail", Text),
        ("repair", Text),
        ("recorded_at", Number),
    ],
};

pub(super) static STOPPED: Table = Table {
    name: "stopped_threads",
    columns: &[
        ("thread", Text),
        ("event_sequence", Number),
        ("entity_id", Text),
        ("reason", Text),
        ("derived", Text),
        ("on_chain", Text),
        ("recorded_at", Number),
    ],
};

pub(super) static POSITIONS: Table = Table {
    name: "positions",
    columns: &[("name", Text), ("value", Number), ("signature", Text), ("updated_at", Number)],
};

/// Reads a table in the order of its first column.
pub(super) async fn read(tx: &mut Transaction, table: &Table) -> Result<Vec<Columns>, StoreError> {
    let (names, first) = (names(table), table.columns[0].0);
    let text = format!("SELECT {names} FROM {} ORDER BY {first}", table.name);
    let rows = sqlx::query(&text).fetch_all(&mut **tx).await?;
    rows.iter().map(|row| columns(table, row)).collect()
}

fn columns(table: &Table, row: &Row) -> Result<Columns, StoreError> {
    let value = |(name, kind): &(&str, Kind)| -> Result<_, sqlx::Error> {
        let value = match kind {
            Text => row.try_get::<Option<String>, _>(*name)?.map(Value::from),
            Number => row.try_get::<Option<i64>, _>(*name)?.map(Value::from),
        };
        Ok(((*name).to_owned(), value.unwrap_or_default()))
    };
    Ok(table.columns.iter().map(value).collect::<Result<_, _>>()?)
}

/// Makes a table hold exactly `rows`.
pub(super) async fn replace(tx: &mut Transaction, table: &Table, rows: &[Columns]) -> Result<(), StoreError> {
    sqlx::query(&format!("DELETE FROM {}", table.name)).execute(&mut **tx).await?;
    add(tx, table, rows).await
}

/// Adds rows, but for those that are there.
pub(super) async fn add(tx: &mut Transaction, table: &Table, rows: &[Columns]) -> Result<(), StoreError> {
    let places: Vec<_> = (1..=table.columns.len()).map(|number| format!("${number}")).collect();
    let text = format!(
        "INSERT INTO {} ({}) VALUES ({}) ON CONFLICT DO NOTHING",
        table.name,
        names(table),
        places.join(", ")
    );
    for row in rows {
        let query = table.columns.iter().fold(sqlx::query(&text), |query, column| bind(query, *column, row));
        query.execute(&mut **tx).await?;
    }
    Ok(())
}

fn bind<'q>(query: Bound<'q>, (name, kind): (&str, Kind), row: &'q Columns) -> Bound<'q> {
    let value = row.get(name);
    match kind {
        Text => query.bind(value.and_then(Value::as_str)),
        Number => query.bind(value.and_then(Value::as_i64)),
    }
}

fn names(table: &Table) -> String {
    table.columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

/// A column with text, empty where there is none.
pub(super) fn text<'r>(row: &'r Columns, name: &str) -> &'r str {
    row.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A column with a number, 0 where there is none.
pub(super) fn number(row: &Columns, name: &str) -> i64 {
    row.get(name).and_then(Value::as_i64).unwrap_or_default()
}
