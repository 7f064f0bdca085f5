use chorale_store::Progress;
use indicatif::{ProgressBar, ProgressStyle};
use std::time::Duration;

const KNOWN: &str = "{msg:<24} {bar:30} {human_pos} of {human_len}, {per_sec:.0}, {eta} to go";
const UNKNOWN: &str = "{msg:<24} {spinner} {human_pos}, {per_sec:.0}";

/// A progress bar on the standard error, where that is a terminal.
pub(in crate::command) struct Bar(ProgressBar);

impl Bar {
    pub(in crate::command) fn new() -> Self {
        let bar = ProgressBar::no_length();
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    /// Shows how much of `what` is done, of `total` where that is known.
    pub(in crate::command) fn show(&self, what: &str, done: u64, total: Option<u64>) {
        let template = if total.is_some() { KNOWN } else { UNKNOWN };
        if self.0.message() != what || self.0.length() != total {
            let style = ProgressStyle::with_template(template);
            self.0.set_style(style.expect("the templates are constants that a test reads"));
            total.map_or_else(|| self.0.unset_length(), |total| self.0.set_length(total));
            self.0.set_message(what.to_owned());
        }
        self.0.set_position(done);
    }

    /// Shows how far the store is with its rows.
    pub(in crate::command) fn rows(&self, progress: Progress) {
        let whole = |rows: i64| u64::try_from(rows).unwrap_or(0);
        self.show(progress.table, whole(progress.done), Some(whole(progress.total)));
    }

    /// Says something above it.
    pub(in crate::command) fn say(&self, text: &str) {
        self.0.suspend(|| eprintln!("{text}"));
    }

    /// Takes it off the screen.
    pub(in crate::command) fn done(self) {
        self.0.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_templates_can_be_shown() {
        let bar = Bar::new();
        bar.show("events", 1, None);
        bar.show("events", 1, Some(2));
        bar.done();
    }
}
