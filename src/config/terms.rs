//! The terms of watches, entities and topics as written: a word or phrase, `@entity` or `#topic`.

use crate::matcher::{Term, check_term};

/// Reads a term; `@` and `#` in front name an entity and a topic.
pub(super) fn parse(text: &str) -> Term {
    match (text.strip_prefix('@'), text.strip_prefix('#')) {
        (Some(id), _) => Term::Entity(id.to_owned()),
        (_, Some(name)) => Term::Topic(name.to_owned()),
        (None, None) => Term::Text(text.to_owned()),
    }
}

/// Whether the matcher can look for `text`; else why not, as a fragment for people.
pub(super) fn check(text: &str) -> Result<(), String> {
    check_term(text).map_err(|error| error.to_string())
}
