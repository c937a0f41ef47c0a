//! A home of its own for the real program: config, data and environment in a directory that is removed afterwards.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// No wait in these tests is longer: what is waited for comes in a fraction of it, or never.
pub const BOUND: Duration = Duration::from_secs(30);

/// A config directory and a data directory.
#[derive(Debug)]
pub struct Home {
    directory: TempDir,
}

impl Home {
    /// A home with `newshound_toml` as its configuration; alerts of its sink `record` can be read by
    /// [`Home::recorded`].
    pub fn new(newshound_toml: &str) -> Self {
        let home = Self { directory: tempfile::tempdir().unwrap() };
        std::fs::create_dir_all(home.config().join("watchlists")).unwrap();
        home.write("newshound.toml", newshound_toml);
        home
    }

    /// The config directory.
    pub fn config(&self) -> PathBuf {
        self.directory.path().join("config")
    }

    /// The directory that holds it all.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Writes a file of the configuration.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.config().join(name), text).unwrap();
    }

    /// The program with `arguments` in this home, not yet started.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_newshound"));
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path())
            .env("NEWSHOUND_CONFIG", self.config())
            .env("XDG_DATA_HOME", self.path().join("data"))
            .stdin(Stdio::null())
            .current_dir(self.path());
        command
    }

    /// Runs the program to its end.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        Ended::of(self.command(arguments).output().unwrap())
    }

    /// Starts the daemon; it is killed when dropped.
    pub fn daemon(&self, arguments: &[&str]) -> Daemon {
        let log = std::fs::File::create(self.path().join("log")).unwrap();
        let mut command = self.command(arguments);
        command.stdout(Stdio::piped()).stderr(log);
        Daemon { child: command.spawn().unwrap(), log: self.path().join("log") }
    }

    /// The alerts that a `file` sink wrote to `alerts.jsonl` in this home, oldest first.
    pub fn recorded(&self) -> Vec<serde_json::Value> {
        let text = std::fs::read_to_string(self.path().join("alerts.jsonl")).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// How the program ended and what it said.
#[derive(Debug)]
pub struct Ended {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Ended {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// A running daemon.
#[derive(Debug)]
pub struct Daemon {
    child: Child,
    log: PathBuf,
}

impl Daemon {
    /// Sends it a signal.
    pub fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// What it logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Waits until its log holds `text`.
    pub fn wait_for_log(&self, text: &str) {
        wait_until(&format!("the log to say {text:?}"), || self.log().contains(text));
    }

    /// Waits until it ends by itself, and returns its exit code; -1 after a signal.
    pub fn wait(&mut self) -> i32 {
        let mut code = None;
        wait_until("the daemon to end", || {
            code = self.child.try_wait().unwrap();
            code.is_some()
        });
        code.and_then(|status| status.code()).unwrap_or(-1)
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have ended by itself: then there is nothing to kill.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Waits for a condition of another process, looking often, within [`BOUND`].
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < BOUND, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
