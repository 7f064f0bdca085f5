//! A running server and the watchdog that owns it.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const WATCHDOG: &str = include_str!("watchdog.sh");

/// How long a killed process may take to be gone.
const DYING: Duration = Duration::from_secs(10);

/// A command as the user that PostgreSQL runs as: it refuses to run as root.
pub(crate) fn unprivileged(program: &Path) -> Command {
    if fs::metadata("/proc/self").map_or(0, |own| own.uid()) != 0 {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]).arg(program);
    // The folder of the test may be closed to that user.
    command.current_dir("/");
    command
}

/// Takes orders for one server. It ends with this value, and with this process however it ends.
pub(crate) struct Watchdog {
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    process: Child,
}

impl Watchdog {
    /// Starts the watchdog of a server, whose files are all in `folder`.
    pub(crate) fn new(folder: &Path, server: &Command) -> Self {
        let mut process = Command::new("sh")
            .args(["-c", WATCHDOG, "watchdog"])
            .arg(folder)
            .arg(server.get_program())
            .args(server.get_args())
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // A group of its own: Ctrl-C on the tests must not end it before it has tidied up.
            .process_group(0)
            .spawn()
            .expect("sh starts");
        let orders = process.stdin.take();
        let answers = BufReader::new(process.stdout.take().expect("its output is piped"));
        Self { orders, answers, process }
    }

    /// Starts it; gives its process id.
    pub(crate) fn start(&mut self) -> u32 {
        let answer = self.order("start");
        answer.parse().unwrap_or_else(|_| panic!("the watchdog started no process: {answer:?}"))
    }

    /// Ends it in order: what runs is rolled back, what was committed is on disk.
    pub(crate) fn stop(&mut self) {
        self.order("stop");
    }

    /// Lets it hang: it answers nobody, and its connections stay.
    pub(crate) fn pause(&mut self) {
        self.order("pause");
    }

    /// Lets it hang with all the processes that it has started.
    pub(crate) fn pause_all(&mut self, pid: u32) {
        // Itself first, so that it starts no other.
        self.pause();
        assert!(signal("-STOP", &children(pid)), "the processes of {pid} cannot be stopped");
    }

    /// Lets it and them go on.
    pub(crate) fn resume_all(&mut self, pid: u32) {
        // One that has ended meanwhile needs it no more.
        let _ = signal("-CONT", &children(pid));
        self.resume();
    }

    /// Lets it go on.
    pub(crate) fn resume(&mut self) {
        self.order("resume");
    }

    /// Kills it with all its processes at once.
    pub(crate) fn kill(&mut self, pid: u32) {
        self.order("pause");
        let children = children(pid);
        let named: Vec<_> = children.iter().map(u32::to_string).collect();
        self.order(&format!("kill {}", named.join(" ")));
        // One that is dying still holds what it inherited, the port too.
        let end = Instant::now() + DYING;
        while children.iter().any(|child| is_running(*child)) && Instant::now() < end {
            thread::sleep(Duration::from_millis(1));
        }
    }

    fn order(&mut self, order: &str) -> String {
        let orders = self.orders.as_mut().expect("it takes orders until it is dropped");
        writeln!(orders, "{order}").expect("the watchdog runs");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("the watchdog answers");
        answer.trim().to_owned()
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.orders = None;
        // Nothing can be done about a watchdog that failed, and the test's own result matters more.
        let _ = self.process.wait();
    }
}

/// Whether it reached all of them.
fn signal(name: &str, processes: &[u32]) -> bool {
    let sent = Command::new("kill").arg(name).args(processes.iter().map(u32::to_string)).status();
    sent.is_ok_and(|status| status.success())
}

/// The processes that `parent` started.
fn children(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|pid| parent_of(*pid) == Some(parent)).collect()
}

fn parent_of(pid: u32) -> Option<u32> {
    status(pid)?.1.parse().ok()
}

/// Whether it runs; one that ended, but was not asked for its result yet, does not.
pub(crate) fn is_running(pid: u32) -> bool {
    status(pid).is_some_and(|(state, _)| state != "Z")
}

/// State and parent, from `pid (name) state parent ..`, where the name may have blanks and brackets in it.
fn status(pid: u32) -> Option<(String, String)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    Some((fields.next()?.to_owned(), fields.next()?.to_owned()))
}
