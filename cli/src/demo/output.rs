//! Where the demo shows itself.

use super::DemoReport;
use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{CellAlignment, Table};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::Write;

/// Shows a demo as it happens.
pub trait Output {
    /// A line of text.
    fn line(&mut self, text: &str);

    /// How far the long part is: `done` of `total` messages.
    fn progress(&mut self, done: usize, total: usize);

    /// A line between two parts.
    fn heading(&mut self, text: &str) {
        self.line(&format!("\n== {text}"));
    }
}

/// Lines to a writer, and a progress bar on standard error where that is a terminal.
pub struct Screen<W> {
    out: W,
    bar: Option<ProgressBar>,
}

impl<W: Write> Screen<W> {
    /// A screen whose lines go to `out`.
    pub fn new(out: W) -> Self {
        Self { out, bar: None }
    }

    fn write(&mut self, text: &str) {
        // A closed pipe is the reader's way to say it has seen enough; the demo's outcome is its exit code.
        let _ = writeln!(self.out, "{text}").and_then(|()| self.out.flush());
    }
}

impl<W: Write> Output for Screen<W> {
    fn line(&mut self, text: &str) {
        match self.bar.clone() {
            Some(bar) => bar.suspend(|| self.write(text)),
            None => self.write(text),
        }
    }

    fn progress(&mut self, done: usize, total: usize) {
        let bar = self.bar.get_or_insert_with(|| new_bar(total));
        bar.set_position(done as u64);
        if done == total {
            bar.finish_and_clear();
            self.bar = None;
        }
    }
}

fn new_bar(total: usize) -> ProgressBar {
    const STYLE: &str = "{bar:40} {pos}/{len} messages  {per_sec}  {eta} left";
    // The template is a constant that the tests draw; the default is good enough should it ever be wrong.
    let style = ProgressStyle::with_template(STYLE).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(total as u64).with_style(style)
}

/// What a report says, as text: delays, then differences.
#[must_use]
pub fn summary(report: &DemoReport) -> String {
    let mut text = String::new();
    text += "Milliseconds until the checked event is in another client's state; nothing is left out. Sent: since the\n";
    text += "sender began to send. Confirmed: since the chain's own notice reached this process; negative where the\n";
    text += "push was faster.\n";
    text += &delays(report).to_string();
    text += "\n\n";
    text += &differences(report);
    text
}

fn delays(report: &DemoReport) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_BORDERS_ONLY);
    table.set_header(["step", "measured", "sent: min", "median", "max", "confirmed: min", "median", "max"]);
    let overall = report.delays.overall().map(|both| ("all", both));
    for (step, both) in report.delays.by_step().chain(overall) {
        let mut row = vec![step.to_owned(), both.from_sending.count.to_string()];
        for summary in [both.from_sending, both.from_confirmation] {
            row.extend([summary.min, summary.median, summary.max].map(|value| format!("{value:.1}")));
        }
        table.add_row(row);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn differences(report: &DemoReport) -> String {
    if report.differences.is_empty() {
        return format!(
            "No differences: {} facts, each the same in {}.",
            report.facts,
            report.places.join(", ")
        );
    }
    let lines = report.differences.iter().map(|difference| format!("\n  {difference}"));
    format!("{} DIFFERENCES:{}", report.differences.len(), lines.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::compare::Difference;
    use crate::demo::delay::{Delay, Delays};

    fn report(differences: Vec<Difference>) -> DemoReport {
        let mut delays = Delays::default();
        delays.note("claimed", Delay { from_sending: 1.25, from_confirmation: -0.5 });
        DemoReport {
            delays,
            transactions: 1,
            threads: 1,
            facts: 7,
            places: vec!["the store".into()],
            conservation: String::new(),
            differences,
        }
    }

    #[test]
    fn agreement_is_said_with_what_was_compared() {
        let text = summary(&report(vec![]));
        assert!(text.contains("No differences: 7 facts, each the same in the store."), "{text}");
        assert!(text.contains("claimed"), "{text}");
    }

    #[test]
    fn every_difference_is_printed() {
        let difference = |what: &str| Difference {
            what: what.into(),
            place: "the store".into(),
            on_chain: Some("1".into()),
            found: None,
        };
        let text = summary(&report(vec![difference("escrow"), difference("balance")]));
        assert!(text.contains("2 DIFFERENCES"), "{text}");
        assert!(text.contains("escrow: 1 on chain, nothing in the store"), "{text}");
        assert!(text.contains("balance: 1 on chain, nothing in the store"), "{text}");
    }

    #[test]
    fn a_screen_writes_lines_beside_its_progress() {
        let mut screen = Screen::new(Vec::new());
        screen.progress(0, 2);
        screen.line("between");
        screen.progress(2, 2);
        screen.heading("after");
        assert_eq!(String::from_utf8(screen.out).unwrap(), "between\n\n== after\n");
    }
}
