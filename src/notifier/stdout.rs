//! Standard output: readable lines on a terminal, JSON Lines otherwise.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::alert::Alert;

use super::{Failure, render_text, render_update};

/// A reader that takes nothing for this long (a terminal that was stopped, a pipe that is full) is not there.
const PATIENCE: Duration = Duration::from_secs(3);

/// Standard output. It is written on a thread of its own, so that a reader that stands still stops nothing else.
#[derive(Debug)]
pub(super) struct Stdout {
    patience: Duration,
    /// The write under way, and the key of what it prints.
    writing: Option<(String, JoinHandle<io::Result<()>>)>,
}

impl Default for Stdout {
    fn default() -> Self {
        Self { patience: PATIENCE, writing: None }
    }
}

impl Stdout {
    /// Prints `alert`.
    pub(super) async fn send(&mut self, alert: &Alert) -> Result<String, Failure> {
        let text = shown(alert).map_err(|error| Failure::Permanent(error.to_string()))?;
        self.print(alert.idempotency_key(), text, &io::stdout).await
    }

    /// Prints `text`, known by `key`, unless it is what the last write has printed in the end.
    async fn print<W: Write>(
        &mut self,
        key: String,
        text: String,
        out: &'static (impl Fn() -> W + Sync),
    ) -> Result<String, Failure> {
        if self.wait().await?.as_ref() != Some(&key) {
            let write = move || {
                let mut out = out();
                writeln!(out, "{text}").and_then(|()| out.flush())
            };
            self.writing = Some((key, tokio::task::spawn_blocking(write)));
            self.wait().await?;
        }
        Ok("printed".to_owned())
    }

    /// Waits for the write under way, if there is one, and returns what it printed.
    async fn wait(&mut self) -> Result<Option<String>, Failure> {
        let Some((_, writing)) = &mut self.writing else { return Ok(None) };
        let Ok(ended) = timeout(self.patience, writing).await else {
            return Err(Failure::Absent("nobody reads standard output".to_owned()));
        };
        let key = self.writing.take().map(|(key, _)| key);
        match ended.unwrap_or_else(|crash| Err(io::Error::other(crash))) {
            Ok(()) => Ok(key),
            Err(error) => Err(Failure::Absent(format!("standard output is closed: {error}"))),
        }
    }
}

fn shown(alert: &Alert) -> serde_json::Result<String> {
    match io::stdout().is_terminal() {
        true if alert.reason.interrupts() => Ok(format!("\n{}", render_text(alert, true))),
        true => Ok(render_update(alert, true)),
        false => serde_json::to_string(alert),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Condvar, Mutex};

    use super::*;

    /// A reader that takes nothing until it is let go, and what it has taken.
    struct Stopped {
        going: Mutex<bool>,
        changed: Condvar,
        taken: Mutex<Vec<u8>>,
    }

    impl Stopped {
        fn take(&self, bytes: &[u8]) {
            let going = self.going.lock().unwrap();
            drop(self.changed.wait_while(going, |going| !*going).unwrap());
            self.taken.lock().unwrap().extend_from_slice(bytes);
        }
    }

    impl Write for &Stopped {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.take(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    static STOPPED: Stopped =
        Stopped { going: Mutex::new(false), changed: Condvar::new(), taken: Mutex::new(Vec::new()) };

    async fn print(stdout: &mut Stdout, text: &str) -> Result<String, Failure> {
        stdout.print(text.to_owned(), text.to_owned(), &|| &STOPPED).await
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_reader_that_stands_still_is_waited_for_and_reads_each_line_once() {
        let mut stdout = Stdout { patience: Duration::from_millis(50), ..Stdout::default() };
        for _ in 0..2 {
            let failure = print(&mut stdout, "one").await.unwrap_err();
            assert_eq!(failure, Failure::Absent("nobody reads standard output".to_owned()));
        }
        stdout.patience = PATIENCE;
        *STOPPED.going.lock().unwrap() = true;
        STOPPED.changed.notify_all();
        for text in ["one", "two"] {
            assert_eq!(print(&mut stdout, text).await, Ok("printed".to_owned()));
        }
        assert_eq!(*STOPPED.taken.lock().unwrap(), b"one\ntwo\n");
    }

    #[tokio::test]
    async fn a_reader_that_has_gone_is_waited_for() {
        struct Gone;
        impl Write for Gone {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let failure = Stdout::default().print("k".to_owned(), "t".to_owned(), &|| Gone).await.unwrap_err();
        assert!(matches!(&failure, Failure::Absent(reason) if reason.contains("closed")), "{failure:?}");
    }
}
