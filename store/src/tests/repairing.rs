//! Every column of every table is corrupted in turn: it is named, and repaired to the byte.

mod bit_by_bit;

use super::lived::{all_rows, lived, name, rows, told};
use super::rows::tamper;
use super::story::on_each_engine;
use super::verifying::findings;
use crate::verify::row::{EVENTS, HISTORY, Kind, STATES, Table, TextRow};
use crate::{Corrupt, Repair, ScrubReport, Writer};

/// SQL's word for a row.
fn key(row: &TextRow) -> String {
    match row.table.name {
        "event_store" => format!("sequence = {}", row.text("sequence")),
        "state_history" => {
            format!(
                "entity_id = '{}' AND state_version = {}",
                row.text("entity_id"),
                row.text("state_version")
            )
        }
        _ => format!("entity_id = '{}'", row.text("entity_id")),
    }
}

/// Changes a column; gives the row's name before and after it.
async fn corrupt(writer: &Writer, row: &TextRow, (column, kind): (&str, Kind)) -> [String; 2] {
    let damaged = match kind {
        Kind::Text => format!("{}x", row.text(column)),
        Kind::Number => (row.number(column).unwrap_or(0) + 1000).to_string(),
    };
    let quote = if kind == Kind::Text { "'" } else { "" };
    let table = row.table.name;
    tamper(writer, &format!("UPDATE {table} SET {column} = {quote}{damaged}{quote} WHERE {}", key(row)))
        .await;
    [name(row), name(&row.clone().with(column, &damaged))]
}

/// Tries every transaction there ever was, where an event's row is gone and nothing says which one it was of.
async fn from_any(writer: &Writer, corrupt: &Corrupt) -> bool {
    for transaction in told() {
        if corrupt.table == "event_store"
            && writer.repair_event(corrupt.row.parse().unwrap(), &transaction).await.unwrap()
                == Repair::FromChain
        {
            return true;
        }
    }
    false
}

/// Repairs a row, from the chain where it must. Gives why it could not.
async fn mend_row(writer: &Writer, corrupt: &Corrupt) -> Option<String> {
    let mut repair = writer.repair(corrupt).await.unwrap();
    if let Repair::NeedsChain { signature } = repair {
        let told = told();
        let transaction = told.iter().find(|told| told.signature == signature).unwrap();
        repair = writer.repair_event(corrupt.row.parse().unwrap(), transaction).await.unwrap();
    }
    match repair {
        Repair::NeedsChain { .. } => Some(format!("{corrupt}: {repair:?}")),
        Repair::Impossible { reason } if !from_any(writer, corrupt).await => {
            Some(format!("{corrupt}: {reason}"))
        }
        _ => None,
    }
}

/// Scrubs and repairs until there is nothing left to do. Gives what could not be done.
async fn mend(writer: &Writer, mut report: ScrubReport) -> Vec<String> {
    let mut failed = vec![];
    for _ in 0..3 {
        assert!(report.finished);
        failed.clear();
        if report.corrupted.is_empty() {
            break;
        }
        for corrupt in &report.corrupted {
            failed.extend(mend_row(writer, corrupt).await);
        }
        report = writer.scrub(1_000_000).await.unwrap();
    }
    failed
}

/// Corrupts every column of some rows of a table, one at a time.
async fn every_column(writer: &Writer, table: &'static Table, wanted: impl Fn(usize, &TextRow) -> bool) {
    let (before, all) = (all_rows(writer.store()).await, rows(writer.store(), table).await);
    let chosen = all.iter().enumerate().filter(|(index, row)| wanted(*index, row));
    for (_, row) in chosen {
        for column in table.columns {
            let names = corrupt(writer, row, *column).await;
            let what = format!("{} of {} row {}", column.0, table.name, names[0]);
            let found = findings(writer.store()).await;
            let named = found.iter().any(|found| found.table == table.name && names.contains(&found.row));
            assert!(named, "verify does not name {what}: {found:#?}");
            let report = writer.scrub(1_000_000).await.unwrap();
            let mut scrubbed = report.corrupted.iter();
            let named = scrubbed.any(|found| found.table == table.name && names.contains(&found.row));
            assert!(named, "the scrubber does not name {what}: {:#?}", report.corrupted);
            let failed = mend(writer, report).await;
            let after = all_rows(writer.store()).await;
            assert!(after == before, "{what} was not repaired: {failed:#?}; found: {found:#?}");
        }
    }
}

#[tokio::test]
async fn any_column_of_any_event_is_named_and_repaired() {
    on_each_engine(async |location| {
        let writer = lived(&location).await;
        // The first, one of several in a transaction, one that was taken back for good, its retraction, the last.
        let for_good =
            |row: &TextRow| row.get("event_data").is_some_and(|data| data.contains("message_published"));
        every_column(&writer, &EVENTS, |index, row| {
            let taken_back = row.get("commitment") == Some("retracted") && for_good(row);
            [0, 6, 35].contains(&index) || taken_back
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn any_column_of_any_version_is_named_and_repaired() {
    on_each_engine(async |location| {
        let writer = lived(&location).await;
        every_column(&writer, &HISTORY, |index, _| index % 13 == 0).await;
    })
    .await;
}

#[tokio::test]
async fn any_column_of_any_state_is_named_and_repaired() {
    on_each_engine(async |location| {
        let writer = lived(&location).await;
        every_column(&writer, &STATES, |index, _| index % 4 == 0).await;
    })
    .await;
}

#[tokio::test]
async fn any_row_that_is_gone_is_named_and_put_back() {
    on_each_engine(async |location| {
        let writer = lived(&location).await;
        let before = all_rows(writer.store()).await;
        let sampled = |(index, row): &(usize, &TextRow)| row.table.name == "event_store" || index % 4 == 0;
        for (_, row) in before.iter().enumerate().filter(sampled) {
            tamper(&writer, &format!("DELETE FROM {} WHERE {}", row.table.name, key(row))).await;
            let found = findings(writer.store()).await;
            let named = found.iter().any(|found| found.table == row.table.name && found.row == name(row));
            assert!(named, "{} {}: {found:#?}", row.table.name, name(row));
            let report = writer.scrub(1_000_000).await.unwrap();
            let failed = mend(&writer, report).await;
            let after = all_rows(writer.store()).await;
            assert!(after == before, "{} {} {failed:#?}", row.table.name, name(row));
        }
    })
    .await;
}
