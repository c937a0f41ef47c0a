//! Whole-program and whole-stage tests, over real servers.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::cast_possible_truncation,
    reason = "in tests, what fails shall fail loudly"
)]
#![expect(clippy::format_push_string, reason = "tests may be slow and plain")]

mod crash;
mod desktop;
mod errors;
mod home;
mod life;
mod peers;
mod promise;
mod sinks;
mod world;
