//! Rows as text, column by column: what is corrupt need not have the type it should.

use crate::database::Row;
use crate::error::StoreError;
use sqlx::Row as _;
use std::fmt::Display;

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Text,
    Number,
}
use Kind::{Number, Text};

/// A table with its columns.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Table {
    pub name: &'static str,
    pub columns: &'static [(&'static str, Kind)],
}

pub(crate) static EVENTS: Table = Table {
    name: "event_store",
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
};

pub(crate) static HISTORY: Table = Table {
    name: "state_history",
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
};

pub(crate) static STATES: Table = Table {
    name: "canonical_state",
    columns: &[
        ("entity_id", Text),
        ("entity_type", Text),
        ("thread", Text),
        ("ordinal", Number),
        ("status", Text),
        ("wallet", Text),
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
};

impl Table {
    /// `SELECT` every column `FROM` the table, to be continued.
    pub(crate) fn select(&self) -> String {
        let names: Vec<_> = self.columns.iter().map(|(name, _)| *name).collect();
        format!("SELECT {} FROM {}", names.join(", "), self.name)
    }
}

/// A row as text; `None` is NULL.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct TextRow {
    pub table: &'static Table,
    pub values: Vec<Option<String>>,
}

impl TextRow {
    /// Reads what [`Table::select`] selected.
    pub(crate) fn read(table: &'static Table, row: &Row) -> Result<Self, StoreError> {
        let values = table.columns.iter().map(|(name, _)| text(row, name));
        Ok(Self { table, values: values.collect::<Result<_, _>>()? })
    }

    /// A row of nothing but NULLs.
    pub(crate) fn empty(table: &'static Table) -> Self {
        Self { table, values: vec![None; table.columns.len()] }
    }

    pub(crate) fn get(&self, column: &str) -> Option<&str> {
        self.values[self.index(column)].as_deref()
    }

    /// The column's text; empty for NULL, which no column has whose text is asked for.
    pub(crate) fn text(&self, column: &str) -> &str {
        self.get(column).unwrap_or_default()
    }

    /// The column's number, `None` where it is NULL or no number.
    pub(crate) fn number(&self, column: &str) -> Option<i64> {
        self.get(column)?.parse().ok()
    }

    pub(crate) fn set(&mut self, column: &str, value: Option<String>) {
        let index = self.index(column);
        self.values[index] = value;
    }

    /// The same row with another value in a column.
    pub(crate) fn with(mut self, column: &str, value: &dyn Display) -> Self {
        self.set(column, Some(value.to_string()));
        self
    }

    /// The columns in which two rows differ, with the values of both.
    pub(crate) fn differences<'a>(
        &'a self,
        other: &'a Self,
    ) -> impl Iterator<Item = (&'static str, Option<&'a str>, Option<&'a str>)> {
        let pairs = self.values.iter().zip(&other.values);
        let columns = self.table.columns.iter().zip(pairs);
        columns
            .filter(|(_, (left, right))| left != right)
            .map(|((name, _), (left, right))| (*name, left.as_deref(), right.as_deref()))
    }

    fn index(&self, column: &str) -> usize {
        let found = self.table.columns.iter().position(|(name, _)| *name == column);
        found.expect("columns are named by this folder alone, and tests name each of them")
    }
}

/// A value as findings show it.
pub(crate) fn shown(value: Option<&str>) -> &str {
    value.unwrap_or("NULL")
}

/// A column's value whatever its type: SQLite takes any type in any column.
fn text(row: &Row, column: &str) -> Result<Option<String>, StoreError> {
    if let Ok(text) = row.try_get::<Option<String>, _>(column) {
        return Ok(text);
    }
    if let Ok(number) = row.try_get::<Option<i64>, _>(column) {
        return Ok(number.map(|number| number.to_string()));
    }
    if let Ok(number) = row.try_get::<Option<f64>, _>(column) {
        return Ok(number.map(|number| number.to_string()));
    }
    let bytes: Option<Vec<u8>> = row.try_get(column)?;
    Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}
