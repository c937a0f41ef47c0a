//! Each alert as one line of JSON at the end of a file.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::alert::Alert;

use super::Failure;

/// A file that grows by a line for each alert.
#[derive(Debug)]
pub(super) struct AlertFile {
    path: PathBuf,
}

impl AlertFile {
    /// The file at `path`; it and its directory are made with the first alert.
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Appends `alert`. Once this returns, it is on the disk.
    pub(super) async fn send(&self, alert: &Alert) -> Result<String, Failure> {
        let line = serde_json::to_string(alert).map_err(|error| Failure::Permanent(error.to_string()))?;
        let path = self.path.clone();
        let shown = path.display().to_string();
        let written = tokio::task::spawn_blocking(move || append(&path, &line)).await;
        match written.unwrap_or_else(|crash| Err(io::Error::other(crash))) {
            Ok(()) => Ok(format!("appended to {shown}")),
            Err(error) => Err(Failure::passing(format!("cannot append to {shown}: {error}"))),
        }
    }
}

/// Appends `line` in one write. A line that a crash left torn is ended first, so that it spoils no other.
fn append(path: &Path, line: &str) -> io::Result<()> {
    if let Some(directory) = path.parent() {
        let cannot = |error: io::Error| io::Error::new(error.kind(), format!("its directory cannot be made: {error}"));
        fs::create_dir_all(directory).map_err(cannot)?;
    }
    let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
    let start = if is_torn(&mut file)? { "\n" } else { "" };
    file.write_all(format!("{start}{line}\n").as_bytes())?;
    file.sync_data()
}

fn is_torn(file: &mut File) -> io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_appended_and_a_torn_one_spoils_no_other() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("deep/alerts.jsonl");
        append(&path, "one").unwrap();
        append(&path, "two").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "one\ntwo\n");
        fs::write(&path, "one\n{\"torn").unwrap();
        append(&path, "three").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "one\n{\"torn\nthree\n");
    }
}
