use chorale_store::Progress;
use indicatif::{HumanFloatCount, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::fmt::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

const KNOWN: &str = "{msg:<24} {bar:30} {human_pos} of {human_len}, {rate}, {eta} to go";
const UNKNOWN: &str = "{msg:<24} {spinner} {human_pos}, {rate}";
const WAITING: &str = "{spinner} {wide_msg}";
const TICK: Duration = Duration::from_millis(200);

/// A progress bar on the standard error, where that is a terminal. Every phase of the work has one of its own: rates
/// and times begin with it.
pub(in crate::command) struct Bar {
    screen: fn() -> ProgressDrawTarget,
    phase: Mutex<ProgressBar>,
}

impl Bar {
    pub(in crate::command) fn new() -> Self {
        Self::on(ProgressDrawTarget::stderr)
    }

    fn on(screen: fn() -> ProgressDrawTarget) -> Self {
        Self { screen, phase: Mutex::new(ProgressBar::hidden()) }
    }

    /// Shows how much of `what` is done, of `total` where that is known.
    pub(in crate::command) fn show(&self, what: &str, done: u64, total: Option<u64>) {
        let mut phase = self.phase();
        if phase.message() != what || phase.length().is_some() != total.is_some() {
            self.begin(&mut phase, if total.is_some() { KNOWN } else { UNKNOWN }, what, (done, total));
        }
        if let Some(total) = total.filter(|total| phase.length() != Some(*total)) {
            phase.set_length(total);
        }
        phase.set_position(done);
    }

    /// Shows how far the store is with its rows.
    pub(in crate::command) fn rows(&self, progress: Progress) {
        let whole = |rows: i64| u64::try_from(rows).unwrap_or(0);
        self.show(progress.table, whole(progress.done), Some(whole(progress.total)));
    }

    /// Shows that nothing goes on, and why.
    pub(in crate::command) fn wait(&self, reason: &str) {
        let mut phase = self.phase();
        if phase.message() != reason {
            self.begin(&mut phase, WAITING, reason, (0, None));
        }
    }

    /// Says something above it.
    pub(in crate::command) fn say(&self, text: &str) {
        self.phase().suspend(|| eprintln!("{text}"));
    }

    /// Takes it off the screen.
    pub(in crate::command) fn done(self) {
        self.phase().finish_and_clear();
    }

    /// Replaces what is shown. What was done before it was first shown is not counted into its rate.
    fn begin(&self, phase: &mut ProgressBar, template: &str, what: &str, (done, total): (u64, Option<u64>)) {
        phase.finish_and_clear();
        *phase = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
        phase.set_style(style(template));
        phase.set_message(what.to_owned());
        phase.set_position(done);
        phase.tick();
        phase.reset_eta();
        phase.set_draw_target((self.screen)());
        phase.enable_steady_tick(TICK);
    }

    fn phase(&self) -> MutexGuard<'_, ProgressBar> {
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template);
    style.expect("the templates are constants that a test reads").with_key("rate", rate)
}

/// The library's own rate has four decimals.
fn rate(state: &ProgressState, out: &mut dyn Write) {
    // Whoever reads this writes to a string, which does not fail.
    let _ = write!(out, "{:.0}/s", HumanFloatCount(state.per_sec()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use indicatif::TermLike;
    use std::io::Result;

    static FRAMES: Mutex<String> = Mutex::new(String::new());

    /// Remembers everything that was ever shown.
    #[derive(Debug)]
    struct Screen;

    impl TermLike for Screen {
        fn width(&self) -> u16 {
            120
        }
        fn move_cursor_up(&self, _: usize) -> Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _: usize) -> Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _: usize) -> Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _: usize) -> Result<()> {
            Ok(())
        }
        fn write_line(&self, text: &str) -> Result<()> {
            self.write_str(text)
        }
        fn write_str(&self, text: &str) -> Result<()> {
            *FRAMES.lock().unwrap() += text;
            Ok(())
        }
        fn clear_line(&self) -> Result<()> {
            self.write_str("\n")
        }
        fn flush(&self) -> Result<()> {
            Ok(())
        }
    }

    #[test]
    fn no_frame_shows_anything_of_another_phase() {
        let bar = Bar::on(|| ProgressDrawTarget::term_like(Box::new(Screen)));
        let phases: [&dyn Fn(); 5] = [
            &|| bar.show("transactions", 70_000, None),
            &|| bar.show("event_store", 1_000, Some(2_000)),
            &|| bar.show("event_store", 2_000, Some(2_000)),
            &|| bar.show("canonical_state", 5, Some(9)),
            &|| bar.wait("nothing new"),
        ];
        for phase in phases {
            phase();
            std::thread::sleep(2 * TICK);
        }
        bar.done();
        let frames = FRAMES.lock().unwrap();
        assert!(!frames.contains('\u{1b}') && !frames.contains("0/0"), "{frames}");
        let numbers =
            [("transactions", "70,000,"), ("event_store", "of 2,000,"), ("canonical_state", "5 of 9, 0/s,")];
        for (phase, numbers) in numbers {
            let mut of_it = frames.lines().filter(|frame| frame.contains(phase)).peekable();
            assert!(
                of_it.peek().is_some() && of_it.all(|frame| frame.contains(numbers)),
                "{phase}: {frames}"
            );
        }
        let rates = frames.split("/s").filter_map(|text| text.rsplit(", ").next());
        assert!(rates.clone().count() > 3 && rates.into_iter().all(|rate| !rate.contains('.')), "{frames}");
        assert!(frames.contains("nothing new"), "{frames}");
    }
}
