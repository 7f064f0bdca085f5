//! Takes a renewed certificate into use, on SIGHUP and when its files change.

use chorale_backend::{Clock, Tls, TlsFiles};
use std::convert::Infallible;
use std::time::{Duration, SystemTime};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Goes on until `stop`. A certificate that is of no use is named in the log, and the one before stays in use.
pub(super) async fn renew(tls: Tls, clock: Clock, stop: CancellationToken) -> Result<(), Infallible> {
    let mut seen = changed_at(tls.files());
    let mut asked = Asked::new();
    while let Some(forced) = stop.run_until_cancelled(asked.or_look()).await {
        let found = changed_at(tls.files());
        if !forced && found == seen {
            continue;
        }
        seen = found;
        match tls.reload(clock()) {
            Ok(()) => tracing::info!("the certificate was read again"),
            Err(error) => tracing::error!(%error, "the certificate from before stays in use"),
        }
    }
    Ok(())
}

/// When each of them was changed, as far as that can be told.
fn changed_at(files: &TlsFiles) -> [Option<SystemTime>; 2] {
    [&files.certificate, &files.key].map(|file| file.metadata().and_then(|known| known.modified()).ok())
}

/// Waits to be asked.
struct Asked {
    #[cfg(unix)]
    hangup: Option<tokio::signal::unix::Signal>,
}

impl Asked {
    fn new() -> Self {
        Self {
            #[cfg(unix)]
            hangup: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()).ok(),
        }
    }

    /// True for SIGHUP, false when it is time to look at the files.
    async fn or_look(&mut self) -> bool {
        #[cfg(unix)]
        if let Some(hangup) = &mut self.hangup {
            return tokio::select! {
                _ = hangup.recv() => true,
                () = sleep(LOOK_EVERY) => false,
            };
        }
        sleep(LOOK_EVERY).await;
        false
    }
}
