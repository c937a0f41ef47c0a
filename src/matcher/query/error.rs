//! What is wrong, or odd, in a query: where, what, and what was probably meant.

use std::fmt;
use std::ops::Range;

/// Something to be said of a place in a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The place, in bytes of the text.
    pub span: Range<usize>,
    /// What is wrong: a fragment without a full stop.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Note {
    pub(super) fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), hint: None }
    }

    #[must_use]
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Everything that is wrong with a query; never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct QueryErrors(pub Vec<Note>);

/// The first error on one line: where the text itself cannot be shown.
impl fmt::Display for QueryErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(first) = self.0.first() else { return Ok(()) };
        write!(f, "column {}: {}", first.span.start + 1, first.message)?;
        first.hint.iter().try_for_each(|hint| write!(f, " ({hint})"))
    }
}

/// The one of `known` that `written` was probably meant to be, as a hint.
pub(super) fn did_you_mean<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let written = written.to_lowercase();
    let near = known.into_iter().map(|name| (strsim::damerau_levenshtein(&written, &name.to_lowercase()), name));
    let (distance, name) = near.min_by_key(|(distance, _)| *distance)?;
    (distance <= 1 + written.chars().count() / 4).then(|| format!("did you mean `{name}`?"))
}
