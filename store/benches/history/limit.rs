//! The limit: the rows of a store written by plain multi-row INSERTs, in transactions of the same size, into tables
//! with the same keys and indexes. Nothing is looked up, worked out or compared. Only writing is timed.

use chorale_store::{Location, Writer};
use sqlx::any::AnyArguments;
use sqlx::query::Query;
use sqlx::{Any, AnyConnection, Connection as _, Row as _};
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use crate::place::{clock, raw_url};

/// Rows of one statement: full ones stay prepared.
const ROWS: usize = 500;

enum Kind {
    Number,
    Text,
}

use Kind::{Number, Text};

/// A table, the column that tells which event wrote the row, and all columns.
struct Table {
    name: &'static str,
    sequence: &'static str,
    columns: &'static [(&'static str, Kind)],
}

const TABLES: [Table; 3] = [
    Table {
        name: "event_store",
        sequence: "sequence",
        columns: &[
            ("sequence", Number),
            ("signature", Text),
            ("instruction", Number),
            ("inner_instruction", Number),
            ("slot", Number),
            ("block_time", Number),
            ("commitment", Text),
            ("event_type", Text),
            ("schema_version", Number),
            ("event_data", Text),
            ("thread", Text),
            ("causation_id", Text),
            ("correlation_id", Text),
            ("handshake", Text),
            ("retracts", Number),
            ("previous_hash", Text),
            ("hash", Text),
            ("recorded_at", Number),
        ],
    },
    Table {
        name: "state_history",
        sequence: "event_sequence",
        columns: &[
            ("entity_id", Text),
            ("state_version", Number),
            ("state_data", Text),
            ("checksum", Text),
            ("change_type", Text),
            ("change_reason", Text),
            ("changed_by", Text),
            ("live", Number),
            ("event_sequence", Number),
            ("slot", Number),
            ("changed_at", Number),
        ],
    },
    // Each row as it is at the end, with the batch that wrote it last.
    Table {
        name: "canonical_state",
        sequence: "event_sequence",
        columns: &[
            ("entity_id", Text),
            ("entity_type", Text),
            ("thread", Text),
            ("ordinal", Number),
            ("status", Text),
            ("state_version", Number),
            ("state_data", Text),
            ("checksum", Text),
            ("handshake", Text),
            ("updated_by", Text),
            ("event_sequence", Number),
            ("slot", Number),
            ("created_at", Number),
            ("updated_at", Number),
        ],
    },
];

enum Value {
    Number(Option<i64>),
    Text(Option<String>),
}

/// Writes the rows of `from` into a new store at `to`; one transaction for each range of sequences that ends at one
/// of `ends`. Returns how long writing took.
pub async fn write_plainly(from: &Location, to: &Location, ends: &[i64]) -> anyhow::Result<Duration> {
    Writer::open(to, clock()).await?.close().await;
    let mut reader = AnyConnection::connect(&raw_url(from)).await?;
    let mut writer = AnyConnection::connect(&raw_url(to)).await?;
    for setting in to_settings(to) {
        sqlx::query(setting).execute(&mut writer).await?;
    }
    let (mut after, mut took) = (0, Duration::ZERO);
    for end in ends {
        let mut rows = vec![];
        for table in &TABLES {
            rows.push((table, read(&mut reader, table, after, *end).await?));
        }
        let began = Instant::now();
        write(&mut writer, rows).await?;
        took += began.elapsed();
        after = *end;
    }
    Ok(took)
}

/// What the product's own connection has.
fn to_settings(to: &Location) -> &'static [&'static str] {
    match to {
        Location::Sqlite(_) => &["PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL"],
        Location::Postgres { .. } => &[],
    }
}

async fn read(
    reader: &mut AnyConnection,
    table: &Table,
    after: i64,
    until: i64,
) -> anyhow::Result<Vec<Vec<Value>>> {
    let columns: Vec<_> = table.columns.iter().map(|(name, _)| *name).collect();
    let (name, sequence, columns) = (table.name, table.sequence, columns.join(", "));
    let text = format!("SELECT {columns} FROM {name} WHERE {sequence} > $1 AND {sequence} <= $2");
    let found = sqlx::query(&text).bind(after).bind(until).fetch_all(reader).await?;
    let rows = found.iter().map(|row| {
        let values = table.columns.iter().map(|(name, kind)| match kind {
            Number => row.try_get(name).map(Value::Number),
            Text => row.try_get(name).map(Value::Text),
        });
        values.collect::<Result<Vec<_>, _>>()
    });
    Ok(rows.collect::<Result<_, _>>()?)
}

async fn write(writer: &mut AnyConnection, tables: Vec<(&Table, Vec<Vec<Value>>)>) -> anyhow::Result<()> {
    let mut tx = writer.begin().await?;
    for (table, rows) in tables {
        for rows in rows.chunks(ROWS) {
            let text = insert(table, rows.len(), tx.backend_name() == "SQLite");
            let values = rows.iter().flatten();
            let query = values.fold(sqlx::query(&text), bind).persistent(rows.len() == ROWS);
            query.execute(&mut *tx).await?;
        }
    }
    Ok(tx.commit().await?)
}

fn bind<'q>(query: Query<'q, Any, AnyArguments<'q>>, value: &'q Value) -> Query<'q, Any, AnyArguments<'q>> {
    match value {
        Value::Number(number) => query.bind(*number),
        Value::Text(text) => query.bind(text.as_deref()),
    }
}

/// SQLite is slow with many placeholders that have names.
fn insert(table: &Table, rows: usize, plain: bool) -> String {
    let columns: Vec<_> = table.columns.iter().map(|(name, _)| *name).collect();
    let mut text = format!("INSERT INTO {} ({}) VALUES ", table.name, columns.join(", "));
    for row in 0..rows {
        let first = row * columns.len() + 1;
        let binds: Vec<_> = (first..first + columns.len())
            .map(|bind| if plain { "?".into() } else { format!("${bind}") })
            .collect();
        let comma = if row == 0 { "" } else { ", " };
        let _ = write!(text, "{comma}({})", binds.join(", "));
    }
    text
}
