//! Whole-program and whole-stage tests, over real servers.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::cast_possible_truncation,
    reason = "in tests, what fails shall fail loudly"
)]
#![expect(clippy::format_push_string, reason = "tests may be slow and plain")]
#![expect(unreachable_pub, reason = "what the tests share is as public as a test can make it")]

mod crash;
mod desktop;
mod docs;
mod errors;
mod home;
mod http;
mod labels;
mod life;
mod peers;
mod polling;
mod promise;
mod server;
mod sinks;
mod world;
