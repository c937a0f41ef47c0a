//! The text of one TOML file → what is written in it, and every way in which that is not what may be written.
//!
//! A part that cannot be read is reported and cut out, and reading goes on: one pass names all mistakes.

use std::mem;
use std::ops::Range;
use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue, Deserializer, Error};

use super::problem::{Place, Problem, Problems, Source, did_you_mean};
use super::raw::RawFile;

/// Mistakes reported of one file at most: each one costs another pass over it.
const MOST_MISTAKES: usize = 50;

/// What a file may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `newshound.toml`: everything.
    Main,
    /// One of `watchlists/`.
    Watchlist,
    /// One of `packs/`.
    Pack,
}

impl Kind {
    /// Why `key` cannot stand in a file of this kind, where it could in another.
    fn refuses(self, key: &str) -> Option<&'static str> {
        match (self, key) {
            (Self::Main, _) | (_, "entity" | "topics") | (Self::Watchlist, "watch") => None,
            (Self::Pack, "watch") => {
                Some("a pack holds entities and topics only, so that using one alerts nobody: move this to watchlists/")
            }
            (_, "packs" | "store" | "poll" | "http" | "feed" | "sink") => Some("move this to newshound.toml"),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Main => "newshound.toml",
            Self::Watchlist => "a watchlist",
            Self::Pack => "a pack",
        }
    }
}

/// Reads `source`; what is wrong with it goes to `problems`.
pub(super) fn read(source: &Arc<Source>, kind: Kind, problems: &mut Problems) -> RawFile {
    let (mut table, errors) = DeTable::parse_recoverable(&source.text);
    if !errors.is_empty() {
        // What a parser makes of a file with broken syntax is a guess: nothing of it is used.
        problems.incomplete = true;
        errors.iter().take(MOST_MISTAKES).for_each(|error| problems.push(describe(error, source)));
        return RawFile::default();
    }
    move_out(table.get_mut(), source, kind, problems);
    let mut cuts: Vec<String> = Vec::new();
    let mut last = None;
    for _ in 0..MOST_MISTAKES {
        let error = match RawFile::deserialize(Deserializer::from(table.clone())) {
            Ok(file) => return file,
            Err(error) => error,
        };
        // A key that was cut out because of its value is not missing.
        let cut_out = cuts.iter().any(|key| error.message() == format!("missing field `{key}`"));
        let problem = Some(describe(&error, source));
        // A table that was cut out may leave a list that is as wrong.
        if !cut_out && problem != last {
            problem.iter().cloned().for_each(|problem| problems.push(problem));
            last = problem;
        }
        problems.incomplete |= !error.message().starts_with("unknown field");
        match error.span().and_then(|span| cut(table.get_mut(), &span)) {
            Some(key) => cuts.push(key),
            None => break,
        }
    }
    problems.incomplete = true;
    RawFile::default()
}

/// Reports and cuts out the parts that belong into a file of another kind.
fn move_out(table: &mut DeTable<'_>, source: &Arc<Source>, kind: Kind, problems: &mut Problems) {
    let foreign: Vec<_> = table.keys().filter_map(|key| Some((key.clone(), kind.refuses(key.get_ref())?))).collect();
    for (key, why) in foreign {
        table.remove(key.get_ref().as_ref());
        let message = format!("`{}` cannot stand in {}", key.get_ref(), kind.name());
        problems.push(Problem::error(message).at(Place::of(source, &key)).hint(why.to_owned()));
    }
}

/// The error of the TOML reader in our words.
fn describe(error: &Error, source: &Arc<Source>) -> Problem {
    let place = Place::new(source, error.span().unwrap_or_default());
    let message = error.message();
    if let Some(rest) = message.strip_prefix("unknown field ") {
        let mut names = rest.split('`').skip(1).step_by(2);
        let written = names.next().unwrap_or_default();
        let known: Vec<_> = names.collect();
        let hint =
            did_you_mean(written, known.iter().copied()).unwrap_or_else(|| format!("known here: {}", known.join(", ")));
        return Problem::error(format!("unknown key `{written}`")).at(place).hint(hint);
    }
    let message = match message.strip_prefix("missing field") {
        Some(name) => format!("missing key{name}"),
        None => message
            .replace("a sequence", "a list")
            .replace("a map", "a table")
            .replace("i64", "a whole number")
            .replace("type: sequence,", "type: list,")
            .replace("type: map,", "type: table,")
            .replace('\n', "; "),
    };
    let written = source.text.get(place.span()).unwrap_or_default();
    let hint = slip(error.message(), written);
    Problem::error(message).at(place).hint(hint)
}

/// What to write instead of `written`, where it is a common slip that the TOML reader answered with `message`.
fn slip(message: &str, written: &str) -> Option<String> {
    let wants_list = message.ends_with("expected a sequence");
    if written.contains(['“', '”', '„', '‘', '’', '«', '»']) {
        Some("quotes must be straight: \"…\"".to_owned())
    } else if message.starts_with("string values must be quoted") {
        Some(format!("write `\"{written}\"`"))
    } else if wants_list && written.starts_with('[') {
        Some(format!("write `[{written}]`"))
    } else if wants_list && written.starts_with('"') {
        Some(format!("write `[{written}]`, a list"))
    } else {
        None
    }
}

/// Cuts the smallest part that holds `span` out of `table` and returns its key (empty for a member of a list).
fn cut(table: &mut DeTable<'_>, span: &Range<usize>) -> Option<String> {
    if let Some(key) = table.iter_mut().find_map(|(_, value)| cut_inside(value, span)) {
        return Some(key);
    }
    let holds = |outer: Range<usize>| outer.start <= span.start && span.end <= outer.end;
    let (key, _) = table.iter().find(|(key, value)| holds(key.span()) || holds(value.span()))?;
    let key = key.get_ref().clone().into_owned();
    table.remove(key.as_str());
    Some(key)
}

fn cut_inside(value: &mut Spanned<DeValue<'_>>, span: &Range<usize>) -> Option<String> {
    match value.get_mut() {
        DeValue::Table(table) => cut(table, span),
        DeValue::Array(list) => cut_member(list, span),
        _ => None,
    }
}

fn cut_member(list: &mut DeArray<'_>, span: &Range<usize>) -> Option<String> {
    if let Some(key) = list.iter_mut().find_map(|member| cut_inside(member, span)) {
        return Some(key);
    }
    let before = list.len();
    *list = mem::replace(list, DeArray::new()).into_iter().filter(|member| member.span() != *span).collect();
    (list.len() < before).then(String::new)
}
