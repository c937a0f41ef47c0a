//! What is wrong with a config, and where: collected from all files, shown with file, line, column and caret.
//!
//! Knows nothing of what the config means.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet, normalize_untrusted_str};
use toml::Spanned;

/// Problems shown at most: enough to work with, and rendering each one walks its whole file.
const MOST_SHOWN: usize = 100;

/// How alike (0 to 1) a misspelling and its name are: two slips in five letters, one in three.
const LEAST_LIKENESS: f64 = 0.6;

/// A file that was read.
#[derive(PartialEq, Eq)]
pub(super) struct Source {
    /// Its path, as people are shown it.
    pub(super) name: String,
    /// What it holds.
    pub(super) text: String,
    /// Where its lines end: thousands of places ask for their line.
    line_ends: Vec<usize>,
}

impl Source {
    /// The file `name` that holds `text`.
    pub(super) fn new(name: String, text: String) -> Self {
        let line_ends = text.match_indices('\n').map(|(at, _)| at).collect();
        Self { name, text, line_ends }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// A stretch of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    source: Arc<Source>,
    span: Range<usize>,
}

impl Place {
    /// The bytes `span` of `source`.
    pub(super) fn new(source: &Arc<Source>, span: Range<usize>) -> Self {
        let end = span.end.min(source.text.len());
        Self { source: Arc::clone(source), span: span.start.min(end)..end }
    }

    /// Where `value` is written in `source`.
    pub(super) fn of<T>(source: &Arc<Source>, value: &Spanned<T>) -> Self {
        Self::new(source, value.span())
    }

    /// The first `needle` inside this place, or the whole of it when an escape hides the needle.
    pub(super) fn narrowed(self, needle: &str) -> Self {
        let found = self.source.text.get(self.span.clone()).and_then(|text| text.find(needle));
        match found {
            Some(offset) => {
                let start = self.span.start + offset;
                Self { span: start..start + needle.len(), ..self }
            }
            None => self,
        }
    }

    /// The part `span` of `text`, the value that is written at this place; the whole of it when escapes hide that.
    pub(super) fn inside(self, text: &str, span: &Range<usize>) -> Self {
        let whole = self.clone().narrowed(text);
        if whole.span.len() != text.len() || self.source.text.get(whole.span.clone()) != Some(text) {
            return self;
        }
        let start = whole.span.start;
        Self { span: start + span.start..start + span.end.min(text.len()), ..whole }
    }

    /// Its bytes.
    pub(super) fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// The line it begins on, from 1.
    fn line(&self) -> usize {
        self.source.line_ends.partition_point(|end| *end < self.span.start) + 1
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.source.name, self.line())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Severity {
    Error,
    Warning,
}

/// One thing that is wrong, or odd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    severity: Severity,
    message: String,
    place: Option<Place>,
    /// What to do about it: stands at the caret.
    hint: Option<String>,
}

impl Problem {
    /// Something that must be mended.
    pub(super) fn error(message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, message: message.into(), place: None, hint: None }
    }

    /// Something that can be lived with.
    pub(super) fn warning(message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(message) }
    }

    /// Says where.
    pub(super) fn at(self, place: Place) -> Self {
        Self { place: Some(place), ..self }
    }

    /// Says what to do.
    pub(super) fn hint(self, hint: impl Into<Option<String>>) -> Self {
        Self { hint: hint.into(), ..self }
    }

    /// Where it is shown among others: what has no place comes first.
    fn order(&self) -> Option<(&str, usize)> {
        self.place.as_ref().map(|place| (place.source.name.as_str(), place.span.start))
    }

    fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    fn render(&self, renderer: &Renderer) -> String {
        let level = if self.is_error() { Level::ERROR } else { Level::WARNING };
        let title = level.primary_title(normalize_untrusted_str(&self.message));
        let hint = self.hint.as_deref().map(normalize_untrusted_str);
        let group = match (&self.place, hint) {
            (Some(place), hint) if place.source.text.is_empty() => {
                let group = title.element(Origin::path(place.source.name.as_str()));
                group.elements(hint.map(|hint| Level::HELP.message(hint)))
            }
            (Some(place), hint) => title.element(
                Snippet::source(place.source.text.as_str())
                    .path(place.source.name.as_str())
                    .annotation(AnnotationKind::Primary.span(place.span.clone()).label(hint)),
            ),
            (None, Some(hint)) => title.element(Level::HELP.message(hint)),
            (None, None) => Group::with_title(title),
        };
        renderer.render(&[group])
    }
}

/// All problems found so far.
#[derive(Debug, Default)]
pub(super) struct Problems {
    list: Vec<Problem>,
    /// Whether something that other parts refer to by name may be missing because it could not be read:
    /// then an unknown name is no problem of its own.
    pub(super) incomplete: bool,
}

impl Problems {
    /// Adds one.
    pub(super) fn push(&mut self, problem: Problem) {
        self.list.push(problem);
    }

    /// Whether there is no error among them.
    pub(super) fn hold(&self) -> bool {
        !self.list.iter().any(Problem::is_error)
    }

    /// The value, or none and its problem kept.
    pub(super) fn take<T>(&mut self, result: Result<T, Problem>) -> Option<T> {
        result.map_err(|problem| self.push(problem)).ok()
    }

    /// The warnings, rendered as plain text; or, when there is any error, everything.
    pub(super) fn into_warnings(self) -> Result<Vec<String>, ConfigErrors> {
        let hold = self.hold();
        let all = self.into_errors();
        if !hold {
            return Err(all);
        }
        let renderer = Renderer::plain();
        Ok(all.0.iter().map(|problem| problem.render(&renderer)).collect())
    }

    /// Everything, file by file and line by line, as the reason to stop.
    pub(super) fn into_errors(mut self) -> ConfigErrors {
        self.list.sort_by(|one, other| one.order().cmp(&other.order()));
        ConfigErrors(self.list)
    }
}

/// Everything that is wrong with a config, each with its place. Displayed as plain text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigErrors(Vec<Problem>);

impl ConfigErrors {
    /// The problems as text for people, in colour where `color` says so.
    pub fn render(&self, color: bool) -> String {
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let mut parts: Vec<_> = self.0.iter().take(MOST_SHOWN).map(|problem| problem.render(&renderer)).collect();
        if let Some(hidden @ 1..) = self.0.len().checked_sub(MOST_SHOWN) {
            parts.push(format!("… and {hidden} more"));
        }
        parts.join("\n\n")
    }

    /// How many errors there are, warnings not counted.
    pub fn count(&self) -> usize {
        self.0.iter().filter(|problem| problem.is_error()).count()
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for ConfigErrors {}

/// "did you mean `…`?" with the known name that `written` is most likely a misspelling of.
pub(super) fn did_you_mean<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let written = written.to_lowercase();
    known
        .into_iter()
        .map(|name| (strsim::normalized_damerau_levenshtein(&written, &name.to_lowercase()), name))
        .filter(|(likeness, _)| *likeness >= LEAST_LIKENESS)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, name)| format!("did you mean `{name}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelling_finds_its_name_and_a_stranger_finds_none() {
        let known = ["kim-jong-un", "vladimir-putin", "urgent"];
        for (written, expected) in [
            ("kim-jon-un", Some("did you mean `kim-jong-un`?")),
            ("vladimir-puttin", Some("did you mean `vladimir-putin`?")),
            ("Urgent", Some("did you mean `urgent`?")),
            ("ugrent", Some("did you mean `urgent`?")),
            ("vlad", None),
            ("xi-jinping", None),
            ("", None),
        ] {
            assert_eq!(did_you_mean(written, known).as_deref(), expected, "{written}");
        }
    }

    #[test]
    fn a_place_shows_its_line_and_narrows_to_what_is_wrong() {
        let source = Arc::new(Source::new("a.toml".to_owned(), "x = 1\ny = \"ab ${C}\"\n".to_owned()));
        let place = Place::new(&source, 10..19);
        assert_eq!(place.to_string(), "a.toml:2");
        assert_eq!(place.clone().narrowed("${C}").span, 14..18);
        assert_eq!(place.clone().narrowed("gone"), place);
        assert_eq!(Place::new(&source, 500..900).span, 20..20);
    }

    #[test]
    fn control_characters_of_a_file_never_reach_the_terminal() {
        let source = Arc::new(Source::new("a".to_owned(), "k = '\u{1b}[31m'".to_owned()));
        let problem = Problem::error("odd \u{1b}[31m").at(Place::new(&source, 4..6)).hint("\u{7}".to_owned());
        let shown = ConfigErrors(vec![problem]).render(false);
        assert!(!shown.contains(['\u{1b}', '\u{7}']), "{shown}");
    }

    #[test]
    fn the_list_of_problems_is_bounded() {
        let errors = ConfigErrors(vec![Problem::error("no"); MOST_SHOWN + 3]);
        assert!(errors.to_string().ends_with("error: no\n\n… and 3 more"));
        assert_eq!(errors.count(), MOST_SHOWN + 3);
    }
}
