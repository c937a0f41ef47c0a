//! Between the database's values and newshound's: times, JSON, errors.

use jiff::Timestamp;
use rusqlite::ErrorCode;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::StoreError;

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull | ErrorCode::ReadOnly | ErrorCode::SystemIoFailure) => {
                Self::Full(error.to_string())
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Corrupt { place: "the file".to_owned(), reason: error.to_string() }
            }
            _ => Self::Database(error.to_string()),
        }
    }
}

/// A time as it is stored: microseconds since 1970.
pub(super) fn micros(time: Timestamp) -> i64 {
    time.as_microsecond()
}

/// A stored time; `place` says where it stands.
pub(super) fn time(micros: i64, place: &str) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(micros).map_err(|error| corrupt(place, &error))
}

/// A stored time that may be missing.
pub(super) fn time_if(micros: Option<i64>, place: &str) -> Result<Option<Timestamp>, StoreError> {
    micros.map(|micros| time(micros, place)).transpose()
}

/// A value as JSON, as it is stored.
pub(super) fn json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Database(error.to_string()))
}

/// A stored value; `place` says where it stands.
pub(super) fn from_json<T: DeserializeOwned>(text: &str, place: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| corrupt(place, &error))
}

/// Something stored that cannot be read back.
pub(super) fn corrupt(place: &str, reason: &dyn std::fmt::Display) -> StoreError {
    StoreError::Corrupt { place: place.to_owned(), reason: reason.to_string() }
}

/// A count or sequence number, which SQLite keeps signed.
pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}
