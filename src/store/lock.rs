//! One instance per store: an advisory lock on a file beside the database, which the system drops with the process.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::StoreError;

/// Looks at a lock that is held before it counts as held: [`holder`] holds it too, for an instant.
const LOOKS: u32 = 20;

/// The time between looks.
const PAUSE: Duration = Duration::from_millis(5);

/// The lock, for as long as it lives.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock on the store at `path` and writes this process's id into it.
    pub(super) fn take(path: &Path) -> Result<Self, StoreError> {
        let place = place(path);
        let unusable = |error: std::io::Error| StoreError::Unusable { path: place.clone(), reason: error.to_string() };
        let mut file = open(&place).map_err(unusable)?;
        let mut looks = 1;
        while let Err(error) = file.try_lock() {
            match error {
                TryLockError::WouldBlock if looks < LOOKS => std::thread::sleep(PAUSE),
                TryLockError::WouldBlock => {
                    return Err(StoreError::Busy { path: path.to_owned(), pid: pid(&mut file) });
                }
                TryLockError::Error(error) => return Err(unusable(error)),
            }
            looks += 1;
        }
        file.set_len(0).and_then(|()| file.rewind()).map_err(unusable)?;
        write!(file, "{}", std::process::id()).map_err(unusable)?;
        Ok(Self { _file: file })
    }
}

/// The process id of whoever holds the lock on the store at `path`.
pub(super) fn holder(path: &Path) -> Option<String> {
    let mut file = File::open(place(path)).ok()?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => Some(pid(&mut file)),
        _ => None,
    }
}

fn place(path: &Path) -> PathBuf {
    let mut place = path.as_os_str().to_owned();
    place.push(".lock");
    place.into()
}

fn open(place: &Path) -> std::io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(place)
}

fn pid(file: &mut File) -> String {
    let mut pid = String::new();
    match file.take(20).read_to_string(&mut pid) {
        Ok(_) if !pid.trim().is_empty() => pid.trim().to_owned(),
        _ => "?".to_owned(),
    }
}
