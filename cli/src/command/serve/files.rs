//! How many files may be open: every client that is connected is one.

/// Below this the log says how many clients there is room for.
#[cfg(unix)]
const MANY: u64 = 16 * 1024;
/// What the stores, the bodies and the log keep open, or nearly.
#[cfg(unix)]
const OWN: u64 = 256;

/// Asks for as many as the system allows this process. What it begins with is often a thousand, for the sake of programs
/// that could not deal with more.
#[cfg(unix)]
pub(in crate::command) fn raise_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, ..limit };
    let allowed = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(error) => {
            tracing::warn!(%error, "the limit of open files stays as it is");
            limit.current
        }
    };
    if let Some(files) = allowed.filter(|files| *files < MANY) {
        let clients = files.saturating_sub(OWN);
        tracing::warn!(
            files,
            clients,
            "few files may be open, and every client is one: allow more (LimitNOFILE, ulimit -Hn)"
        );
    }
}

/// There is no such limit.
#[cfg(not(unix))]
pub(in crate::command) fn raise_limit() {}
