//! When the next step is: mostly soon, sometimes just before, at or after a time on which something depends.

use super::{Draw, Profile};
use crate::life::step::Content;

impl Draw<'_> {
    /// The clock and the slot.
    pub(super) fn moment(&mut self) -> (i64, u64) {
        // A sequence begins at some ordinary time.
        let (now, slot) = (self.model.now.max(1_000_000), self.model.slot.max(1_000));
        // A council takes its time.
        let slowly = if self.profile == Profile::Council { 3 } else { 1 };
        let later = match self.below(100 * slowly) {
            0..=4 => self.near_an_end(now),
            5..=6 => self.near_a_departure(),
            7 => Some(now + self.one_of(&[50, 2_000]).unwrap_or(0)),
            8..=35 => Some(now + 1),
            _ => None,
        };
        (later.unwrap_or(now).max(now), slot + self.below(6))
    }

    fn near(&mut self, time: i64) -> i64 {
        time + self.one_of(&[-1, 0, 1]).unwrap_or(0)
    }

    /// Around the end of the proposal that ends next, or of another.
    fn near_an_end(&mut self, now: i64) -> Option<i64> {
        let mut ends: Vec<(i64, Content)> =
            self.model.proposals.iter().map(|(at, proposal)| (proposal.expires_at, *at)).collect();
        ends.retain(|(end, _)| *end >= now);
        ends.sort_unstable();
        let among = if self.percent(80) { ends.len().min(1) } else { ends.len() };
        let (end, at) = self.one_of(&ends[..among])?;
        self.focus = Some(at);
        Some(self.near(end))
    }

    /// Around the time when someone may leave.
    fn near_a_departure(&mut self) -> Option<i64> {
        let cooldown = self.model.config.as_ref()?.settings.divest_cooldown;
        let seats = self.model.threads.values().flat_map(|thread| thread.seats.values());
        let times: Vec<_> = seats.map(|seat| seat.joined_at + cooldown).collect();
        let time = self.one_of(&times)?;
        Some(self.near(time))
    }
}
