//! Rate limits of all backends together, so that another backend is not another allowance.

use super::link::Link;
use redis::Script;
use std::num::NonZeroU32;
use std::sync::Arc;

/// An hour, in microseconds: so that even thousands an hour divide it finely.
const HOUR: u64 = 3_600_000_000;

/// The generic cell rate algorithm, as each backend has it for itself: of each key it is known until when what was done
/// already would take at an even pace. It may be an hour ahead, for everyone at once: either all are counted, or none.
const COUNT: &str = r"
local now, interval, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local due, wait = {}, 0
for i, key in ipairs(KEYS) do
  local known = tonumber(redis.call('GET', key) or now) or now
  due[i] = math.min(math.max(known, now), now + most) + interval
  wait = math.max(wait, due[i] - now - most)
end
if wait > 0 then return math.ceil(wait) end
for i, key in ipairs(KEYS) do
  redis.call('SET', key, string.format('%.0f', due[i]), 'PX', math.ceil((due[i] - now) / 1000))
end
return 0";

/// Counts at Redis.
pub(crate) struct SharedRates {
    link: Arc<Link>,
    script: Script,
}

impl SharedRates {
    pub(crate) fn new(link: Arc<Link>) -> Self {
        Self { link, script: Script::new(COUNT) }
    }

    /// Counts one more of an action for everyone in `who`, at `now` in Unix seconds. The seconds to wait where that would
    /// be too much, and then nothing is counted. `None` too where Redis is away.
    pub(crate) async fn count(
        &self,
        action: &str,
        who: &[String],
        per_hour: NonZeroU32,
        now: i64,
    ) -> Option<u64> {
        let mut script = self.script.prepare_invoke();
        for who in who {
            script.key(self.link.name(&format!("rate:{action}:{who}")));
        }
        let now = now.unsigned_abs().saturating_mul(1_000_000);
        script.arg(now).arg(HOUR / u64::from(per_hour.get())).arg(HOUR);
        let wait: u64 = self.link.run(&script).await?;
        (wait > 0).then(|| wait.div_ceil(1_000_000))
    }
}
