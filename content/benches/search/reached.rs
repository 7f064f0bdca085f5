//! What a way of searching reached.

use std::fmt;

use anyhow::{Context, Result};
use serde::Deserialize;

/// Ticks of the processors' clock in a second, as Linux has them in `/proc`.
const TICKS: f64 = 100.0;

#[derive(Deserialize)]
pub struct Reached {
    pub name: String,
    pub recall: f64,
    pub per_second: f64,
    pub per_cpu_second: f64,
}

impl fmt::Display for Reached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, recall, per_second, per_cpu_second } = self;
        write!(f, "{name:<36} {recall:>9.4} {per_second:>10.0} {per_cpu_second:>13.0}")
    }
}

/// Seconds that processors worked for this process, all its threads together.
pub fn cpu_seconds() -> Result<f64> {
    let line = std::fs::read_to_string("/proc/self/stat")?;
    // Behind the name, which may hold anything: user and system time are the fields 12 and 13.
    let fields = line.rsplit(") ").next().context("a name is there")?.split(' ').skip(11).take(2);
    let ticks = fields.map(str::parse::<f64>).sum::<Result<f64, _>>()?;
    Ok(ticks / TICKS)
}
