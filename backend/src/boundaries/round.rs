//! Rounds of checks: once for a command, again and again for a backend.

use super::{Boundary, Check, CheckError, Difference};
use crate::app::App;
use std::time::Duration;
use tokio::time::sleep;

/// Between two pages, so that comparing never keeps clients waiting.
const BREATH: Duration = Duration::from_millis(50);

/// Differences that a round names in the log. `chorale verify --boundaries` names all of them.
const TOLD: u64 = 20;

/// What a backend compares, and how often.
pub(crate) struct Verifying {
    pub(crate) every: Duration,
    pub(crate) checks: Vec<Box<dyn Check>>,
}

/// What a whole round brought.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Round {
    /// Things that were compared.
    pub compared: u64,
    /// What differed.
    pub found: u64,
}

/// Compares everything once, and gives each difference to `each`.
///
/// # Errors
/// [`CheckError`]; another call goes on where this one stopped.
pub async fn round(check: &mut dyn Check, mut each: impl FnMut(Difference)) -> Result<Round, CheckError> {
    let mut round = Round::default();
    loop {
        let page = check.next().await?;
        round.compared += page.compared;
        round.found += page.differences.len() as u64;
        page.differences.into_iter().for_each(&mut each);
        if page.is_last {
            return Ok(round);
        }
        sleep(BREATH).await;
    }
}

/// Compares until the backend closes; the first round is at the start.
pub(crate) async fn run(app: App, Verifying { every, mut checks }: Verifying) {
    let rounds = async {
        loop {
            for check in &mut checks {
                one_round(&app, &mut **check).await;
            }
            sleep(every).await;
        }
    };
    app.closing.run_until_cancelled(rounds).await;
}

async fn one_round(app: &App, check: &mut dyn Check) {
    let (boundary, numbers) = (check.boundary(), &app.metrics.boundaries);
    let (mut told, mut contents_changed) = (0, false);
    let outcome = round(check, |difference| {
        contents_changed |= difference.resolved && difference.boundary == Boundary::StoreContent;
        if told < TOLD {
            tracing::warn!("{difference}");
        }
        told += 1;
        numbers.difference(&difference);
    });
    let outcome = outcome.await;
    if contents_changed {
        // No event tells of it.
        app.caches.forget_contents().await;
    }
    match outcome {
        Ok(Round { compared, found }) => {
            if found > TOLD {
                tracing::warn!(boundary = boundary.name(), "{} more differences", found - TOLD);
            }
            numbers.round(boundary, compared);
        }
        Err(error) => {
            tracing::warn!(boundary = boundary.name(), %error, "cannot compare, trying again later");
            numbers.failed(boundary);
        }
    }
}
