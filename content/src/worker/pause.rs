//! How long to leave alone what failed.

use std::time::Duration;

use crate::error::ContentError;

/// Where it does not say how long: at first, and at most.
const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(300);

/// Where it asks for longer, by mistake or to be rid of us.
const LONGEST_ASKED: Duration = Duration::from_secs(60);

/// Grows with each failure that does not say when to come back.
pub(super) struct Pause(Duration);

impl Pause {
    pub(super) fn first() -> Self {
        Self(FIRST)
    }

    /// How long to wait after this failure: as long as it asks for, within reason.
    pub(super) fn after(&mut self, error: &ContentError) -> Duration {
        if let Some(asked) = error.retry_after() {
            return asked.clamp(FIRST, LONGEST_ASKED);
        }
        let pause = self.0;
        self.0 = LONGEST.min(pause * 2);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedding::EmbeddingError;

    fn after(pause: &mut Pause, retry_after: Option<u64>) -> u64 {
        let retry_after = retry_after.map(Duration::from_secs);
        let busy = EmbeddingError::Unavailable { reason: "busy".into(), retry_after };
        pause.after(&busy.into()).as_secs()
    }

    #[test]
    fn without_a_word_it_doubles_up_to_five_minutes() {
        let mut pause = Pause::first();
        let pauses: Vec<_> = (0..11).map(|_| after(&mut pause, None)).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    }

    #[test]
    fn it_is_as_long_as_asked_for_and_from_a_second_to_a_minute() {
        let mut pause = Pause::first();
        let pauses = [Some(7), Some(0), Some(86_400)].map(|asked| after(&mut pause, asked));
        assert_eq!(pauses, [7, 1, 60]);
        assert_eq!(after(&mut pause, None), 1, "who says when to come back is not away");
    }
}
