//! `[[sink]]`: each kind with the keys it needs and no others, secrets taken from where they are kept.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use toml::Spanned;
use url::Url;

use crate::config::Part;
use crate::config::library::read_bounded;
use crate::config::problem::{Place, Problem, Source};
use crate::config::raw::{RawSink, Text};
use crate::feed::url_fault;
use crate::notifier::{SinkConfig, SinkKind};

use super::Checker;

/// How long a command may run, unless the config says otherwise.
const TIMEOUT: Duration = Duration::from_secs(30);
/// A command that needs longer should hand the work on.
const TIMEOUT_BOUNDS: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_mins(10);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Desktop,
    Webhook,
    Command,
    File,
    Stdout,
}

const TYPES: [(&str, Type); 5] = [
    ("desktop", Type::Desktop),
    ("webhook", Type::Webhook),
    ("command", Type::Command),
    ("file", Type::File),
    ("stdout", Type::Stdout),
];

/// A sink, in use or not: watches may name both.
#[derive(Debug)]
pub(super) struct Sink {
    pub(super) config: SinkConfig,
    pub(super) enabled: bool,
}

/// Checks all sinks.
pub(super) fn check(checker: &mut Checker<'_>, parts: &[Part]) -> Vec<Sink> {
    let mut seen: BTreeMap<String, Place> = BTreeMap::new();
    let mut sinks = Vec::new();
    for part in parts {
        for raw in &part.raw.sink {
            let name = checker.name(&part.source, &raw.name);
            let place = Place::of(&part.source, &raw.name);
            if let Some(first) = seen.get(&name) {
                let hint = format!("the other is at {first}");
                checker.problems.push(Problem::error(format!("two sinks are named {name:?}")).at(place).hint(hint));
                continue;
            }
            seen.insert(name.clone(), place);
            // A sink that does not hold is still one that a watch may name.
            let kind = kind(checker, &part.source, raw).unwrap_or(SinkKind::Stdout);
            let updates = raw.updates.unwrap_or_else(|| kind.updates_by_default());
            sinks.push(Sink { config: SinkConfig { name, kind, updates }, enabled: raw.enabled.unwrap_or(true) });
        }
    }
    sinks
}

fn kind(checker: &mut Checker<'_>, source: &Arc<Source>, raw: &RawSink) -> Option<SinkKind> {
    let kind = checker.choice("type of sink", source, &raw.kind, &TYPES)?;
    refuse_foreign_keys(checker, source, raw, kind);
    match kind {
        Type::Desktop => Some(SinkKind::Desktop),
        Type::Stdout => Some(SinkKind::Stdout),
        Type::Webhook => {
            let headers = headers(checker, source, raw);
            Some(SinkKind::Webhook { url: webhook_url(checker, source, raw)?, headers })
        }
        Type::Command => {
            let timeout = checker.duration(source, raw.timeout.as_ref(), &TIMEOUT_BOUNDS).unwrap_or(TIMEOUT);
            Some(SinkKind::Command { argv: argv(checker, source, raw)?, timeout })
        }
        Type::File => {
            let path = required(checker, source, raw, raw.path.as_ref(), "path")?;
            Some(SinkKind::File { path: checker.path(source, path)? })
        }
    }
}

/// A key that another kind of sink has would silently do nothing here.
fn refuse_foreign_keys(checker: &mut Checker<'_>, source: &Arc<Source>, raw: &RawSink, kind: Type) {
    let span = |text: &Option<Text>| text.as_ref().map(Spanned::span);
    for (key, owner, span) in [
        ("url", Type::Webhook, span(&raw.url)),
        ("url_file", Type::Webhook, span(&raw.url_file)),
        ("headers", Type::Webhook, raw.headers.as_ref().map(Spanned::span)),
        ("argv", Type::Command, raw.argv.as_ref().map(Spanned::span)),
        ("timeout", Type::Command, span(&raw.timeout)),
        ("path", Type::File, span(&raw.path)),
    ] {
        let Some(span) = span.filter(|_| owner != kind) else { continue };
        let message = format!("a {} sink has no `{key}`", raw.kind.get_ref());
        checker.problems.push(Problem::error(message).at(Place::new(source, span)));
    }
}

fn required<'a, T>(
    checker: &mut Checker<'_>,
    source: &Arc<Source>,
    raw: &RawSink,
    value: Option<&'a T>,
    key: &str,
) -> Option<&'a T> {
    if value.is_none() {
        checker.error(format!("a {} sink needs `{key}`", raw.kind.get_ref()), source, &raw.kind);
    }
    value
}

/// The address of a webhook, written or kept in a file. It may be a secret, so no message quotes it.
fn webhook_url(checker: &mut Checker<'_>, source: &Arc<Source>, raw: &RawSink) -> Option<Url> {
    let (text, at) = match (&raw.url, &raw.url_file) {
        (Some(_), Some(file)) => {
            checker.error("`url` and `url_file` say the same: keep one", source, file);
            return None;
        }
        (None, Some(file)) => (secret(checker, source, file)?, file),
        (url, None) => {
            let url = required(checker, source, raw, url.as_ref(), "url` or `url_file")?;
            (checker.expand(source, url)?, url)
        }
    };
    let url =
        checker.keep(Url::parse(&text).map_err(|error| format!("not a URL: {}", url_fault(error))), source, at)?;
    if !matches!(url.scheme(), "http" | "https") {
        checker.error("a webhook is reached over http or https", source, at);
        return None;
    }
    Some(url)
}

/// The text of the file at `path`, without the line break at its end.
fn secret(checker: &mut Checker<'_>, source: &Arc<Source>, path: &Text) -> Option<String> {
    let file = checker.path(source, path)?;
    let text = read_bounded(&file).and_then(|bytes| String::from_utf8(bytes).map_err(std::io::Error::other));
    let text = text.map_err(|error| format!("cannot read {}: {error}", file.display()));
    checker.keep(text, source, path).map(|text| text.trim().to_owned())
}

fn headers(checker: &mut Checker<'_>, source: &Arc<Source>, raw: &RawSink) -> Vec<(String, String)> {
    let mut headers = Vec::new();
    for (name, value) in raw.headers.iter().flat_map(Spanned::get_ref) {
        let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        if name.get_ref().is_empty() || !name.get_ref().chars().all(is_token) {
            checker.error("not the name of a header", source, name);
        }
        let Some(expanded) = checker.expand(source, value) else { continue };
        if expanded.contains(|c: char| c.is_control() && c != '\t') {
            checker.error("the value of a header is one line", source, value);
        }
        headers.push((name.get_ref().clone(), expanded));
    }
    headers
}

fn argv(checker: &mut Checker<'_>, source: &Arc<Source>, raw: &RawSink) -> Option<Vec<String>> {
    let written = required(checker, source, raw, raw.argv.as_ref(), "argv")?;
    let expanded = written.get_ref().iter().map(|argument| checker.expand(source, argument));
    let argv = expanded.collect::<Vec<_>>().into_iter().collect::<Option<Vec<_>>>()?;
    if argv.first().is_none_or(String::is_empty) || argv.iter().any(|argument| argument.contains('\0')) {
        let message =
            "a command is a program and its arguments, such as [\"notify-me\", \"--loud\"]; no shell reads it";
        checker.error(message, source, written);
        return None;
    }
    Some(argv)
}
