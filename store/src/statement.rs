//! Statements with many rows, as text that both engines take.
//!
//! Rows go in groups of fixed sizes, so that there are few texts and each stays prepared: preparing a long statement
//! costs more than running it. Placeholders have numbers on PostgreSQL and none on SQLite, which searches through all
//! names before it at every one that has a name, even for binding.

use crate::database::{Db, Row, Transaction};
use crate::error::StoreError;
use sqlx::any::AnyArguments;
use sqlx::query::Query;
use std::sync::OnceLock;

/// A statement with its values, as far as they are bound.
pub(crate) type Bound<'q> = Query<'q, Db, AnyArguments<'q>>;

/// Values one statement may bind: the least of the limits of SQLite (32,766) and PostgreSQL (65,535).
const MAX_BINDS: usize = 32_766;

/// Rows of a statement, largest first.
const SIZES: [usize; 5] = [256, 64, 16, 4, 1];

/// A statement over rows of values: `before ($1, $2), ($3, $4) after`.
pub(crate) struct Rows {
    before: &'static str,
    columns: usize,
    after: &'static str,
    /// For each way to number values and each size, once it was needed.
    texts: [[OnceLock<String>; SIZES.len()]; 2],
}

impl Rows {
    /// A statement over rows of so many values.
    pub(crate) const fn new(before: &'static str, columns: usize, after: &'static str) -> Self {
        Self { before, columns, after, texts: [const { [const { OnceLock::new() }; SIZES.len()] }; 2] }
    }

    /// Runs the statement over all rows, in as many parts as it takes, and says how many rows it changed.
    pub(crate) async fn run<T, B>(&self, tx: &mut Transaction, rows: &[T], bind: B) -> Result<u64, StoreError>
    where
        B: for<'q> Fn(Bound<'q>, &'q T) -> Bound<'q>,
    {
        let (placeholders, mut rest, mut changed) = (Placeholders::of(tx), rows, 0);
        let texts = &self.texts[placeholders as usize];
        while let Some(index) = self.fitting(rest.len()) {
            let (now, later) = rest.split_at(SIZES[index]);
            let text = texts[index].get_or_init(|| self.text(SIZES[index], placeholders));
            let query = now.iter().fold(sqlx::query(text), &bind);
            changed += query.execute(&mut **tx).await?.rows_affected();
            rest = later;
        }
        Ok(changed)
    }

    /// The largest size that can be filled.
    fn fitting(&self, rows: usize) -> Option<usize> {
        SIZES.iter().position(|size| *size <= rows && size * self.columns <= MAX_BINDS)
    }

    fn text(&self, rows: usize, placeholders: Placeholders) -> String {
        let mut text = self.before.to_owned();
        for row in 0..rows {
            text.push_str(if row == 0 { "(" } else { ", (" });
            text.push_str(&placeholders.list(row * self.columns, self.columns));
            text.push(')');
        }
        text.push_str(self.after);
        text
    }
}

/// Runs `before ($1, $2, ..) after` for all keys, in as many parts as it takes, and gives the rows found.
pub(crate) async fn find(
    tx: &mut Transaction,
    statement: (&str, &str),
    keys: &[String],
) -> Result<Vec<Row>, StoreError> {
    let mut found = vec![];
    for keys in keys.chunks(SIZES[0]) {
        let text = keyed(statement, keys.len(), Placeholders::of(tx));
        found.extend(filled(&text, keys).fetch_all(&mut **tx).await?);
    }
    Ok(found)
}

/// As [`find`], and says how many rows it changed.
pub(crate) async fn change(
    tx: &mut Transaction,
    statement: (&str, &str),
    keys: &[String],
) -> Result<u64, StoreError> {
    let mut changed = 0;
    for keys in keys.chunks(SIZES[0]) {
        let text = keyed(statement, keys.len(), Placeholders::of(tx));
        changed += filled(&text, keys).execute(&mut **tx).await?.rows_affected();
    }
    Ok(changed)
}

fn keyed((before, after): (&str, &str), keys: usize, placeholders: Placeholders) -> String {
    format!("{before}({}){after}", placeholders.list(0, room_for(keys)))
}

/// The smallest size that holds so many keys.
fn room_for(keys: usize) -> usize {
    SIZES.into_iter().rev().find(|size| *size >= keys).unwrap_or(SIZES[0])
}

/// Binds the keys, the last of them as often as there is room left: it finds its row once all the same.
fn filled<'q>(text: &'q str, keys: &'q [String]) -> Bound<'q> {
    let rest = keys.last().into_iter().cycle().take(room_for(keys.len()) - keys.len());
    keys.iter().chain(rest).fold(sqlx::query(text), Bound::bind)
}

/// How an engine is told where values go.
#[derive(Clone, Copy)]
enum Placeholders {
    /// `$1, $2`
    Numbered,
    /// `?, ?`
    Plain,
}

impl Placeholders {
    fn of(tx: &Transaction) -> Self {
        if tx.backend_name() == "SQLite" { Self::Plain } else { Self::Numbered }
    }

    /// `count` of them, after the first `from`.
    fn list(self, from: usize, count: usize) -> String {
        let each = (from + 1..=from + count).map(|number| match self {
            Self::Numbered => format!("${number}"),
            Self::Plain => "?".to_owned(),
        });
        each.collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_numbered_through_or_not_at_all() {
        let rows = Rows::new("INSERT INTO t (a, b) VALUES ", 2, " ON CONFLICT");
        let (numbered, plain) = (rows.text(2, Placeholders::Numbered), rows.text(2, Placeholders::Plain));
        assert_eq!(numbered, "INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4) ON CONFLICT");
        assert_eq!(plain, "INSERT INTO t (a, b) VALUES (?, ?), (?, ?) ON CONFLICT");
    }

    #[test]
    fn no_statement_binds_more_than_both_engines_take() {
        for columns in [4, 17, 200] {
            let size = SIZES[Rows::new("", columns, "").fitting(10_000).unwrap()];
            assert!(size * columns <= MAX_BINDS, "{size} rows of {columns}");
        }
        assert_eq!(Rows::new("", 1, "").fitting(0), None);
    }
}
