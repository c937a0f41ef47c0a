//! A desktop of the test's own: a bus, a screen and a notification server, ended when dropped.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};
use tempfile::TempDir;

use crate::home::{Home, wait_until};

/// How long a program may take to end before it is killed.
const PATIENCE: Duration = Duration::from_secs(3);

/// A session: its parts end in this order.
#[derive(Debug)]
pub struct Session {
    server: Option<Part>,
    screen: Option<Part>,
    bus: Option<Part>,
    display: String,
    directory: TempDir,
}

impl Session {
    /// A session with everything in it.
    pub fn new() -> Self {
        let mut session = Self::without_server();
        session.start_server();
        session
    }

    /// A session in which nobody shows notifications.
    pub fn without_server() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut session = Self { server: None, screen: None, bus: None, display: String::new(), directory };
        session.start_bus();
        session.start_screen();
        session
    }

    /// Starts the bus, always at the same address.
    pub fn start_bus(&mut self) {
        let config = include_str!("bus.conf").replace("SOCKET", self.path("bus").to_str().unwrap());
        std::fs::write(self.path("bus.conf"), config).unwrap();
        let mut command = self.program("dbus-daemon");
        command.arg("--config-file").arg(self.path("bus.conf")).args(["--nofork", "--nopidfile", "--print-address"]);
        let bus = Part::start(command, &self.path("bus.log"));
        wait_until("the bus", || bus.output().contains('\n'));
        self.bus = Some(bus);
    }

    fn start_screen(&mut self) {
        let mut command = self.program("Xvfb");
        command.args(["-displayfd", "1", "-screen", "0", "640x480x24", "-nolisten", "tcp", "-noreset"]);
        let screen = Part::start(command, &self.path("screen.log"));
        wait_until("the screen", || screen.output().contains('\n'));
        self.display = format!(":{}", screen.output().trim());
        self.screen = Some(screen);
    }

    /// Starts the notification server, and waits until it is at the bus.
    pub fn start_server(&mut self) {
        std::fs::write(self.path("dunstrc"), include_str!("dunstrc")).unwrap();
        let mut command = self.program("dunst");
        command.arg("-print").arg("-config").arg(self.path("dunstrc"));
        self.server = Some(Part::start(command, &self.path("server.log")));
        wait_until("the notification server", || self.control(&["is-paused"]).status.success());
    }

    /// Kills the notification server.
    pub fn kill_server(&mut self) {
        self.signal_server(Signal::KILL);
        self.server = None;
    }

    /// Ends the bus, and the server with it.
    pub fn end_bus(&mut self) {
        self.server = None;
        self.bus = None;
    }

    /// Sends the notification server a signal.
    pub fn signal_server(&self, signal: Signal) {
        self.server.as_ref().unwrap().signal(signal);
    }

    /// newshound with `arguments` in `home`, in this session, not yet started.
    pub fn command(&self, home: &Home, arguments: &[&str]) -> Command {
        let mut command = home.command(arguments);
        command.env("DBUS_SESSION_BUS_ADDRESS", self.address());
        command
    }

    /// Starts the daemon of `home` in this session.
    pub fn daemon(&self, home: &Home) -> Part {
        Part::start(self.command(home, &["run"]), &self.path("daemon.log"))
    }

    /// How many notifications the server was asked to show, from the first server on: it prints each.
    pub fn received(&self) -> usize {
        let log = std::fs::read_to_string(self.path("server.log")).unwrap();
        log.lines().filter(|line| line.trim_start().starts_with("id: ")).count()
    }

    /// Closes all notifications and returns what was shown since this server started, in the order it arrived.
    pub fn shown(&self) -> Vec<Shown> {
        assert!(self.control(&["close-all"]).status.success());
        let history = self.control(&["history"]);
        let said = String::from_utf8_lossy(&history.stderr).into_owned();
        let history: serde_json::Value = serde_json::from_slice(&history.stdout).expect(&said);
        let mut entries = history["data"][0].as_array().unwrap().clone();
        entries.sort_by_key(|entry| entry["id"]["data"].as_u64());
        entries.iter().map(Shown::read).collect()
    }

    /// How many notifications are on the screen.
    pub fn displayed(&self) -> usize {
        let count = self.control(&["count", "displayed"]);
        String::from_utf8(count.stdout).unwrap().trim().parse().unwrap()
    }

    /// Takes a picture of the notifications on the screen, once they are drawn.
    pub fn picture(&self) -> Picture {
        let path = self.path("picture.png");
        let mut picture = None;
        wait_until("a picture", || {
            let taken = self.program("import").args(["-window", "Dunst"]).arg(&path).output().unwrap();
            picture = taken.status.success().then(|| Picture::look_at(self.program("identify"), &path));
            picture.as_ref().is_some_and(|picture| picture.colours > 1)
        });
        picture.unwrap()
    }

    /// Asks the server what only it knows.
    fn control(&self, arguments: &[&str]) -> Output {
        self.program("dunstctl").args(arguments).output().unwrap()
    }

    /// A program of this session: it sees no other.
    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(name);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.directory.path())
            .env("XDG_RUNTIME_DIR", self.directory.path())
            .env("DBUS_SESSION_BUS_ADDRESS", self.address())
            .env("DISPLAY", &self.display)
            .stdin(Stdio::null());
        command
    }

    fn address(&self) -> String {
        format!("unix:path={}", self.path("bus").display())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }
}

/// A notification as the server's history tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Its title: plain text.
    pub summary: String,
    /// Its body: markup.
    pub body: String,
    /// `LOW`, `NORMAL` or `CRITICAL`.
    pub urgency: &'static str,
}

impl Shown {
    fn read(entry: &serde_json::Value) -> Self {
        let text = |key: &str| entry[key]["data"].as_str().unwrap().to_owned();
        // The timeouts of `dunstrc`, in microseconds.
        let urgency = match entry["timeout"]["data"].as_i64().unwrap() {
            100_000_000 => "LOW",
            200_000_000 => "NORMAL",
            300_000_000 => "CRITICAL",
            other => panic!("no urgency has the timeout {other}"),
        };
        Self { summary: text("summary"), body: text("body"), urgency }
    }
}

/// A picture of notifications.
#[derive(Debug)]
pub struct Picture {
    /// The file: PNG.
    pub path: PathBuf,
    /// How many colours it has.
    pub colours: u32,
    /// The colour of its corner: that of the frame.
    pub frame: String,
}

impl Picture {
    fn look_at(mut identify: Command, path: &Path) -> Self {
        let format = "%k %[fx:round(255*p{0,0}.r)] %[fx:round(255*p{0,0}.g)] %[fx:round(255*p{0,0}.b)]";
        let output = identify.args(["-format", format]).arg(path).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let output = String::from_utf8(output.stdout).unwrap();
        let numbers: Vec<u32> = output.split_whitespace().map(|number| number.parse().unwrap()).collect();
        let frame = format!("#{:02x}{:02x}{:02x}", numbers[1], numbers[2], numbers[3]);
        Self { path: path.to_owned(), colours: numbers[0], frame }
    }
}

/// A program in the background, its output in a file. It is ended when dropped.
#[derive(Debug)]
pub struct Part {
    child: Child,
    output: PathBuf,
}

impl Part {
    /// Starts `command`; standard output is appended to `output`, standard error to a file beside it.
    fn start(mut command: Command, output: &Path) -> Self {
        let append = |path: &Path| -> File { OpenOptions::new().append(true).create(true).open(path).unwrap() };
        command.stdout(append(output)).stderr(append(&output.with_extension("err")));
        let child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}; ./test installs it"));
        Self { child, output: output.to_owned() }
    }

    /// Its standard output.
    fn output(&self) -> String {
        std::fs::read_to_string(&self.output).unwrap()
    }

    /// Its standard error.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.output.with_extension("err")).unwrap()
    }

    /// Waits until its standard error holds `text`.
    pub fn wait_for_log(&self, text: &str) {
        wait_until(&format!("the log to say {text:?}"), || self.log().contains(text));
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        rustix::process::kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Asks it to end, and returns its exit code.
    pub fn end(mut self) -> i32 {
        self.signal(Signal::TERM);
        let mut ended = None;
        wait_until("a program to end", || {
            ended = self.child.try_wait().unwrap();
            ended.is_some()
        });
        ended.and_then(|status| status.code()).unwrap_or(-1)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        // Killed, a screen would leave its lock behind; stopped, a program would not hear that it shall end.
        for signal in [Signal::TERM, Signal::CONT] {
            rustix::process::kill_process(Pid::from_child(&self.child), signal).ok();
        }
        let began = Instant::now();
        while began.elapsed() < PATIENCE && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(5));
        }
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
