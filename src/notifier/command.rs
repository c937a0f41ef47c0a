//! A program that reads the alert as JSON from its standard input.

use std::pin::pin;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::alert::Alert;
use crate::text::Clean;

use super::Failure;

/// What a program says on stderr is kept up to this many bytes: its last line becomes the note.
const MOST_STDERR: u64 = 64 << 10;

/// How long what a program said is still read once it has ended: it is there already, unless another program that it
/// left running holds its stderr open.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// The exit code by which a program asks to be run again later (`EX_TEMPFAIL` of sysexits.h).
const TRY_AGAIN: i32 = 75;

/// A program and how long it may run.
#[derive(Debug)]
pub(super) struct Program {
    argv: Vec<String>,
    timeout: Duration,
}

impl Program {
    /// The program `argv`, its arguments taken as they are: there is no shell.
    pub(super) fn new(argv: Vec<String>, timeout: Duration) -> Self {
        Self { argv, timeout }
    }

    /// Runs it for `alert`. Exit code 0 is a receipt; 75 asks for another try; any other is a failure that is tried
    /// again too, since programs rarely say which of theirs are final.
    pub(super) async fn send(&self, alert: &Alert) -> Result<String, Failure> {
        let mut child = self.start(alert)?;
        let mut group = Group { leader: child.id() };
        if let Ok(ended) = timeout(self.timeout, talk(&mut child, alert)).await {
            // What it has left running goes on.
            group.leader = None;
            return ended;
        }
        drop(group);
        // Reaps the program itself; its group is gone.
        child.kill().await.ok();
        Err(Failure::passing(format!("it ran for more than {} s and was killed", self.timeout.as_secs())))
    }

    fn start(&self, alert: &Alert) -> Result<Child, Failure> {
        let Some((program, arguments)) = self.argv.split_first() else {
            return Err(Failure::Permanent("no program is named".to_owned()));
        };
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env("NEWSHOUND_ALERT_ID", alert.id.as_str())
            .env("NEWSHOUND_IDEMPOTENCY_KEY", alert.idempotency_key())
            .env("NEWSHOUND_LEVEL", alert.level.to_string())
            .env("NEWSHOUND_REASON", alert.reason.to_string())
            .env("NEWSHOUND_TITLE", Clean::line(&alert.title).as_str())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        command.spawn().map_err(|error| Failure::passing(format!("cannot start {program}: {error}")))
    }
}

/// Hands the alert over, listens, and waits for the end.
async fn talk(child: &mut Child, alert: &Alert) -> Result<String, Failure> {
    let json = serde_json::to_string(alert).map_err(|error| Failure::Permanent(error.to_string()))?;
    let stdin = child.stdin.take();
    let stderr = child.stderr.take();
    let mut said = Vec::new();
    let write = async {
        if let Some(mut stdin) = stdin {
            // A program may end without reading: its exit code tells how it went.
            stdin.write_all(format!("{json}\n").as_bytes()).await.ok();
            stdin.shutdown().await.ok();
        }
    };
    let read = async {
        if let Some(stderr) = stderr {
            let mut stderr = stderr.take(MOST_STDERR);
            stderr.read_to_end(&mut said).await.ok();
            // What more it says is read and forgotten, so that it does not block.
            tokio::io::copy(&mut stderr.into_inner(), &mut tokio::io::sink()).await.ok();
        }
    };
    let status = {
        let mut talking = pin!(async { tokio::join!(write, read) });
        tokio::select! {
            status = child.wait() => {
                timeout(LAST_WORDS, talking).await.ok();
                status
            }
            _ = &mut talking => child.wait().await,
        }
    };
    let status = status.map_err(|error| Failure::passing(format!("cannot wait for it: {error}")))?;
    judge(status, &String::from_utf8_lossy(&said))
}

fn judge(status: ExitStatus, said: &str) -> Result<String, Failure> {
    let last = said.lines().rev().map(Clean::line).find(|line| !line.as_str().is_empty());
    let note = last.map(|line| format!(": {}", line.cut(200))).unwrap_or_default();
    match status.code() {
        Some(0) => Ok(format!("exit code 0{note}")),
        Some(TRY_AGAIN) => Err(Failure::passing(format!("it asks to be run again (exit code {TRY_AGAIN}){note}"))),
        Some(code) => Err(Failure::passing(format!("exit code {code}{note}"))),
        None => Err(Failure::passing(format!("it was killed ({status}){note}"))),
    }
}

/// A program with all it started: killed when dropped, as when a delivery is cut off.
struct Group {
    /// The program; None once it has ended.
    leader: Option<u32>,
}

impl Drop for Group {
    fn drop(&mut self) {
        let pid = self.leader.and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let Some(pid) = pid {
            // It may have ended in this very moment.
            kill_process_group(pid, Signal::KILL).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use rustix::process::test_kill_process;

    use super::*;
    use crate::notifier::tests::alert;

    async fn run(script: &str) -> Result<String, Failure> {
        let argv = ["sh", "-c", script].map(str::to_owned).to_vec();
        Program::new(argv, Duration::from_secs(20)).send(&alert("a", "It happened")).await
    }

    fn reason(result: Result<String, Failure>) -> String {
        result.unwrap_err().to_string()
    }

    #[tokio::test]
    async fn a_program_reads_the_alert_and_its_environment() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("out");
        let shown = path.display();
        let script =
            format!("cat > {shown}; echo \"$NEWSHOUND_IDEMPOTENCY_KEY $NEWSHOUND_LEVEL\" >> {shown}; echo ok >&2");
        assert_eq!(run(&script).await, Ok("exit code 0: ok".to_owned()));
        let out = std::fs::read_to_string(&path).unwrap();
        let (json, environment) = out.split_once('\n').unwrap();
        assert_eq!(serde_json::from_str::<Alert>(json).unwrap(), alert("a", "It happened"));
        assert_eq!(environment, "a.1 urgent\n");
    }

    #[tokio::test]
    async fn exit_codes_tell_how_it_went() {
        assert_eq!(run("exit 0").await, Ok("exit code 0".to_owned()));
        assert_eq!(reason(run("echo first >&2; echo '\u{1b}[1mlast' >&2; exit 3").await), "exit code 3: [1mlast");
        assert!(reason(run("exit 75").await).contains("run again"));
        assert!(reason(run("kill -9 $$").await).contains("killed"));
        let missing = Program::new(vec!["/no/such/program".to_owned()], Duration::from_secs(1));
        assert!(reason(missing.send(&alert("a", "t")).await).contains("/no/such/program"));
    }

    #[tokio::test]
    async fn a_program_that_leaves_another_running_has_ended() {
        assert_eq!(run("sleep 30 & echo ok >&2").await, Ok("exit code 0: ok".to_owned()));
    }

    #[tokio::test]
    async fn a_program_that_hangs_is_killed_with_its_children() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("child");
        let script = format!("sh -c 'echo $$ > {}; exec sleep 1000' & wait", path.display());
        let program = Program::new(["sh", "-c", &script].map(str::to_owned).to_vec(), Duration::from_millis(300));
        assert!(reason(program.send(&alert("a", "t")).await).contains("was killed"));
        check_gone(pid_in(&path).unwrap()).await;
    }

    #[tokio::test]
    async fn a_program_that_is_cut_off_is_killed_with_its_children() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("child");
        let script = format!("sh -c 'echo $$ > {}; exec sleep 1000' & wait", path.display());
        let started = async {
            while pid_in(&path).is_none() {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            ended = run(&script) => panic!("it ended by itself: {ended:?}"),
            () = started => {}
        }
        check_gone(pid_in(&path).unwrap()).await;
    }

    fn pid_in(path: &std::path::Path) -> Option<Pid> {
        Pid::from_raw(std::fs::read_to_string(path).ok()?.strip_suffix('\n')?.parse().ok()?)
    }

    async fn check_gone(child: Pid) {
        let gone = async {
            while test_kill_process(child).is_ok() && !is_zombie(child) {
                tokio::task::yield_now().await;
            }
        };
        timeout(Duration::from_secs(10), gone).await.expect("the child is killed");
    }

    fn is_zombie(pid: Pid) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
        stat.is_ok_and(|stat| stat.contains(") Z "))
    }
}
