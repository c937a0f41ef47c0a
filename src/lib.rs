//! newshound reads the world's news feeds as they change and tells you, once and at once, when something you
//! watch for happens.
//!
//! The modules, as the data flows: [`config`] says what to poll and what to watch for; the [`poller`] turns
//! [`feed`]s into [`item`]s; the [`engine`] takes each item through [`matcher`] → [`story`] → [`alert`]; the
//! [`notifier`] brings alerts to people. The [`store`] stands between the stages, the [`daemon`] runs them.

pub mod alert;
pub mod cli;
pub mod clock;
pub mod config;
pub mod daemon;
pub mod engine;
pub mod feed;
pub mod http;
pub mod item;
pub mod links;
pub mod matcher;
pub mod notifier;
pub mod poller;
pub mod store;
pub mod story;
pub mod telemetry;
pub mod text;
