//! The same as the indexer does it: a step at a time, repairing what each step finds, and the damage comes right after
//! the scrubber was there.

use super::super::lived::{all_rows, lived, name};
use super::super::rows::tamper;
use super::super::story::on_each_engine;
use super::{corrupt, key, mend_row};
use crate::Writer;
use crate::verify::row::{EVENTS, HISTORY, STATES, Table, TextRow};

/// One damage, and what was right.
struct Case<'a> {
    writer: &'a Writer,
    what: String,
    before: &'a [TextRow],
    damaged: Vec<TextRow>,
    said: Vec<String>,
}

impl<'a> Case<'a> {
    async fn new(writer: &'a Writer, what: String, before: &'a [TextRow]) -> Self {
        Self { writer, what, before, damaged: all_rows(writer.store()).await, said: vec![] }
    }

    /// Goes round until everything is as it was, beginning just after `event`.
    async fn mend(mut self, event: i64) {
        self.writer.set_position("scrub", event).await.unwrap();
        for _ in 0..3 {
            // Nothing may keep the indexer from going on meanwhile: what cannot be told yet is left.
            while !self.step().await {}
            if all_rows(self.writer.store()).await == self.before {
                return;
            }
        }
        panic!("{} was not repaired: {:#?}", self.what, self.said);
    }

    /// Says whether it was the last of a round.
    async fn step(&mut self) -> bool {
        let report = self.writer.scrub(1).await.unwrap();
        for corrupt in &report.corrupted {
            self.said.push(format!("found: {corrupt}"));
            let failed = mend_row(self.writer, corrupt).await;
            assert_eq!(failed, None, "{}: {:#?}", self.what, self.said);
            self.does_no_harm().await;
        }
        self.writer.confirm_scrub(&report).await.unwrap();
        report.finished
    }

    /// Right rows stay, and the others are the damage itself.
    async fn does_no_harm(&self) {
        let now = all_rows(self.writer.store()).await;
        let (what, said) = (&self.what, &self.said);
        for row in self.before.iter().filter(|row| self.damaged.contains(row)) {
            assert!(now.contains(row), "{what}: {} row {} is gone: {said:#?}", row.table.name, name(row));
        }
        for row in now.iter().filter(|row| !self.before.contains(row)) {
            let known = self.damaged.contains(row);
            assert!(known, "{what}: {} row {} is made up: {row:?} {said:#?}", row.table.name, name(row));
        }
    }
}

/// The event that a row follows from.
fn event(row: &TextRow) -> i64 {
    let column = if row.table.name == "event_store" { "sequence" } else { "event_sequence" };
    row.number(column).unwrap()
}

async fn every_column(table: &'static Table, wanted: impl Fn(usize, &TextRow) -> bool) {
    on_each_engine(async |location| {
        let writer = lived(&location).await;
        let before = all_rows(writer.store()).await;
        let rows = before.iter().filter(|row| row.table.name == table.name).enumerate();
        for (_, row) in rows.filter(|(index, row)| wanted(*index, row)) {
            for column in table.columns {
                corrupt(&writer, row, *column).await;
                let what = format!("{} of {} row {}", column.0, table.name, name(row));
                Case::new(&writer, what, &before).await.mend(event(row)).await;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn any_column_of_any_event_is_repaired() {
    every_column(&EVENTS, |index, _| index % 18 == 0).await;
}

#[tokio::test]
async fn any_column_of_any_version_is_repaired() {
    every_column(&HISTORY, |index, _| index % 30 == 4).await;
}

#[tokio::test]
async fn any_column_of_any_state_is_repaired() {
    every_column(&STATES, |index, _| index % 11 == 4).await;
}

#[tokio::test]
async fn any_row_that_is_gone_is_put_back() {
    on_each_engine(async |location| {
        let writer = lived(&location).await;
        let before = all_rows(writer.store()).await;
        for row in before.iter().step_by(8) {
            tamper(&writer, &format!("DELETE FROM {} WHERE {}", row.table.name, key(row))).await;
            let what = format!("{} row {}", row.table.name, name(row));
            Case::new(&writer, what, &before).await.mend(event(row)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_version_that_names_another_event_is_not_taken_for_one_too_many() {
    on_each_engine(async |location| {
        let writer = lived(&location).await;
        let before = all_rows(writer.store()).await;
        let last = before.iter().filter(|row| row.table.name == "event_store").count();
        for row in before.iter().filter(|row| row.table.name == "state_history").step_by(12) {
            let (own, last) = (event(row), i64::try_from(last).unwrap());
            for other in [-5, own - 1, own + 1, last].into_iter().filter(|other| *other != own) {
                let text = format!("UPDATE state_history SET event_sequence = {other} WHERE {}", key(row));
                tamper(&writer, &text).await;
                let what = format!("state_history row {} of event {own}, not {other}", name(row));
                Case::new(&writer, what, &before).await.mend(own).await;
            }
        }
    })
    .await;
}
