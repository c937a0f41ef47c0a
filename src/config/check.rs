//! What is written → what holds: every value checked, every name resolved, every mistake reported.

mod feeds;
mod sinks;
mod vocabulary;
mod watches;

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use toml::Spanned;

use crate::http::Allow;

use super::checked::{Config, Origin};
use super::environment::{Environment, ExpandError};
use super::problem::{Place, Problem, Problems, Source, did_you_mean};
use super::raw::{RawFile, Text};
use super::{Part, Written, duration};
use vocabulary::Vocabulary;

/// No feed is polled more often than this, unless the config says otherwise.
const FLOOR: Duration = Duration::from_mins(5);
/// A second is already rude; more than a day is no monitor.
const FLOOR_BOUNDS: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_hours(24);
/// How long `run --once` waits for slow feeds, unless the config says otherwise.
const ONCE_DEADLINE: Duration = Duration::from_mins(1);
/// `run --once` must end while someone still waits for it.
const ONCE_DEADLINE_BOUNDS: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_hours(1);

/// Checks `written`. What comes back holds only if `problems` gained no error.
pub(super) fn check(written: &Written, origin: Origin, environment: &Environment, problems: &mut Problems) -> Config {
    let base = match &origin {
        Origin::Directory(base) => base.clone(),
        Origin::Embedded => PathBuf::new(),
    };
    let mut checker = Checker { environment, base, problems };
    let settings = written.parts.iter().find(|part| part.kind == super::Kind::Main);
    let (store, floor, once_deadline, allow) = settings.map(|part| checker.settings(part)).unwrap_or_default();
    let feeds = feeds::check(&mut checker, written, floor);
    let vocabulary = Vocabulary::collect(&mut checker, &written.parts);
    let (entities, topics) = vocabulary.check(&mut checker);
    let sinks = sinks::check(&mut checker, &written.parts);
    let (watches, mut examples) = watches::check(&mut checker, &written.parts, &vocabulary, &sinks, &feeds);
    examples.extend(vocabulary.examples());
    let sinks = sinks.into_iter().filter_map(|sink| sink.enabled.then_some(sink.config)).collect();
    let config =
        Config { origin, store, floor, once_deadline, allow, feeds, sinks, entities, topics, watches, examples };
    checker.idle(&config);
    config
}

/// What all checks share.
struct Checker<'a> {
    environment: &'a Environment,
    /// The directory that relative paths start from.
    base: PathBuf,
    problems: &'a mut Problems,
}

impl Checker<'_> {
    /// `[store]`, `[poll]`, `[http]`.
    fn settings(&mut self, part: &Part) -> (PathBuf, Duration, Duration, Vec<Allow>) {
        let Part { source, raw: RawFile { store, poll, http, .. }, .. } = part;
        let store = match &store.path {
            Some(path) => self.path(source, path),
            None => self.default_store(),
        };
        let floor = self.duration(source, poll.floor.as_ref(), &FLOOR_BOUNDS);
        let once_deadline = self.duration(source, poll.once_deadline.as_ref(), &ONCE_DEADLINE_BOUNDS);
        let allow = http.allow.iter().filter_map(|entry| {
            let allow = Allow::parse(entry.get_ref());
            self.keep(allow, source, entry)
        });
        let allow = allow.collect();
        (store.unwrap_or_default(), floor.unwrap_or(FLOOR), once_deadline.unwrap_or(ONCE_DEADLINE), allow)
    }

    fn default_store(&mut self) -> Option<PathBuf> {
        let Some(home) = &self.environment.data_home else {
            let problem = Problem::error("it is unknown where to keep data: there is no home directory");
            self.problems.push(problem.hint("set `path` under [store]".to_owned()));
            return None;
        };
        Some(home.join("newshound").join("newshound.db"))
    }

    /// Says when a config that holds does nothing.
    fn idle(&mut self, config: &Config) {
        if !self.problems.hold() {
            return;
        }
        for (empty, what, means) in [
            (config.feeds.is_empty(), "feed", "nothing is polled"),
            (config.watches.is_empty(), "watch", "nothing is looked for"),
            (config.sinks.is_empty(), "sink", "alerts go nowhere"),
        ] {
            if empty {
                self.problems.push(Problem::warning(format!("no [[{what}]] is in use: {means}")));
            }
        }
    }

    fn error<T>(&mut self, message: impl Into<String>, source: &Arc<Source>, value: &Spanned<T>) {
        self.problems.push(Problem::error(message).at(Place::of(source, value)));
    }

    fn warn<T>(&mut self, message: impl Into<String>, source: &Arc<Source>, value: &Spanned<T>) {
        self.problems.push(Problem::warning(message).at(Place::of(source, value)));
    }

    /// The value of `result`, or none and its error reported at `value`.
    fn keep<T, E: ToString, V>(&mut self, result: Result<T, E>, source: &Arc<Source>, value: &Spanned<V>) -> Option<T> {
        result.map_err(|error| self.error(error.to_string(), source, value)).ok()
    }

    /// Reports `written` as none of the `known` names of a kind of thing.
    fn unknown(&mut self, what: &str, written: &str, known: &[&str], place: Place) {
        let list = || Some(known.join(", ")).filter(|_| (1..=12).contains(&known.len()));
        let hint = did_you_mean(written, known.iter().copied()).or_else(|| Some(format!("known: {}", list()?)));
        self.problems.push(Problem::error(format!("unknown {what} {written:?}")).at(place).hint(hint));
    }

    /// The one of `choices` that `text` names.
    fn choice<T: Copy>(&mut self, what: &str, source: &Arc<Source>, text: &Text, choices: &[(&str, T)]) -> Option<T> {
        let found = choices.iter().find(|(name, _)| name == text.get_ref());
        if found.is_none() {
            let known: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
            self.unknown(what, text.get_ref(), &known, Place::of(source, text));
        }
        found.map(|(_, value)| *value)
    }

    fn duration(
        &mut self,
        source: &Arc<Source>,
        text: Option<&Text>,
        bounds: &RangeInclusive<Duration>,
    ) -> Option<Duration> {
        let text = text?;
        self.keep(duration::parse(text.get_ref(), bounds), source, text)
    }

    /// `text` with the environment read into it.
    fn expand(&mut self, source: &Arc<Source>, text: &Text) -> Option<String> {
        let expanded = self.environment.expand(text.get_ref());
        let error = match expanded {
            Ok(expanded) => return Some(expanded),
            Err(error) => error,
        };
        let needle = match &error {
            ExpandError::Unset(name) => format!("${{{name}}}"),
            ExpandError::Malformed => "${".to_owned(),
        };
        let place = Place::of(source, text).narrowed(&needle);
        self.problems.push(Problem::error(error.to_string()).at(place));
        None
    }

    /// A path, from the config's directory on.
    fn path(&mut self, source: &Arc<Source>, text: &Text) -> Option<PathBuf> {
        let expanded = self.expand(source, text)?;
        if expanded.is_empty() || expanded.starts_with('~') || expanded.contains('\0') {
            let message = "not a path: write it in full, from the config's directory on, or from ${HOME}";
            self.error(message, source, text);
            return None;
        }
        Some(self.base.join(Path::new(&expanded)))
    }

    /// A name that people read: one line, not empty, of bounded length.
    fn name(&mut self, source: &Arc<Source>, text: &Text) -> String {
        let name = text.get_ref().trim();
        if name.is_empty() || name.chars().count() > 200 || name.contains(char::is_control) {
            self.error("a name is one line of 1 to 200 characters", source, text);
        }
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_lie_within_their_own_bounds() {
        assert!(FLOOR_BOUNDS.contains(&FLOOR));
        assert!(ONCE_DEADLINE_BOUNDS.contains(&ONCE_DEADLINE));
    }
}
