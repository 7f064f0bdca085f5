//! Processes of the built `chorale`, none of which outlives the tests.

use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

/// Longer than anything here takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(90);
const PAUSE: Duration = Duration::from_millis(20);

/// The command, which the system ends with the thread that started it.
pub fn chorale(arguments: &[&str]) -> Command {
    restricted(&[], arguments)
}

/// The same, under what `setpriv` shall restrict besides.
pub fn restricted(restrictions: &[&str], arguments: &[&str]) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL"]).args(restrictions);
    command.arg(env!("CARGO_BIN_EXE_chorale")).args(arguments);
    command.stdin(Stdio::null()).env("RUST_LOG", "warn");
    command
}

/// Runs it to its end.
pub fn run(arguments: &[&str]) -> Output {
    chorale(arguments).output().expect("setpriv, of Debian's util-linux, is there")
}

/// Runs it to its end, which must be a good one, and gives the lines it printed.
pub fn lines(arguments: &[&str]) -> Vec<serde_json::Value> {
    let output = run(arguments);
    assert!(output.status.success(), "chorale {arguments:?} failed: {}", said(&output));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

/// What it said to people.
pub fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A running command, killed when dropped.
pub struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Running {
    pub fn start(command: &mut Command) -> Self {
        Self(command.spawn().expect("setpriv, of Debian's util-linux, is there"))
    }

    /// Its process id, which is the command's own.
    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// `kill -9`; nothing happens if it has ended.
    pub fn kill(&mut self) {
        // Both fail only if it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.0.try_wait().expect("it is ours")
    }

    /// Asks it to end, as Ctrl-C does, and waits until it has.
    pub async fn stop(mut self) -> ExitStatus {
        let id = self.id().to_string();
        let sent = Command::new("kill").args(["-INT", &id]).status().expect("there is kill");
        assert!(sent.success(), "process {id} is gone");
        until("it ends after Ctrl-C", async || self.ended()).await
    }
}

/// Asks again and again until there is an answer.
pub async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < deadline, "waited {PATIENCE:?} until {what}");
        tokio::time::sleep(PAUSE).await;
    }
}
