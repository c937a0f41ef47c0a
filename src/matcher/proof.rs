//! Shows what was found: the term, the text that matched, where it stands, and some words around it.

use crate::item::Item;

use super::chars::Script;
use super::evaluate::Evidence;
use super::find::{Found, Occurrence, Span};
use super::hit::Proof;
use super::parts;
use super::plan::Plan;
use super::text::plain_part;
use super::tokens::{Token, size};

/// How much a snippet shows on either side, in thirds of a word: a character of a script without blanks is one.
const SNIPPET_REACH: usize = 24;
/// Bytes on either side that a snippet looks at: no publisher's endless tag or word fills an alert.
const SNIPPET_BYTES: usize = 600;

/// A proof for each of `shown`, no place twice under one term.
pub(super) fn proofs(plan: &Plan, found: &Found, item: &Item, shown: &[Evidence]) -> Vec<Proof> {
    let mut proofs: Vec<Proof> = Vec::with_capacity(shown.len());
    for evidence in shown {
        if let Some(proof) = proof(plan, found, item, evidence).filter(|proof| !proofs.contains(proof)) {
            proofs.push(proof);
        }
    }
    proofs
}

fn proof(plan: &Plan, found: &Found, item: &Item, evidence: &Evidence) -> Option<Proof> {
    let occurrence = evidence.place;
    let span = found.spans.iter().find(|span| (span.first..span.end).contains(&occurrence.first))?;
    let tokens = found.text.tokens.as_slice();
    let start = size(tokens.get(size(occurrence.first))?.start);
    let end = size(tokens.get(size(occurrence.end).checked_sub(1)?)?.end);
    let raw = parts::raw(item, span.field, span.index);
    let entity = occurrence.entity.and_then(|entity| plan.entities.get(size(entity)));
    Some(Proof {
        term: plan.atoms.get(size(evidence.atom))?.to_string(),
        entity: entity.map(|entity| entity.id.clone()),
        matched: raw.get(start..end)?.to_owned(),
        field: span.field,
        index: span.index,
        start,
        end,
        snippet: snippet(tokens, span, occurrence, raw),
    })
}

/// The text that stands at `occurrence`, as one plain line.
pub(super) fn matched(found: &Found, item: &Item, occurrence: &Occurrence) -> Option<String> {
    let span = found.spans.iter().find(|span| (span.first..span.end).contains(&occurrence.first))?;
    let tokens = found.text.tokens.as_slice();
    let start = size(tokens.get(size(occurrence.first))?.start);
    let end = size(tokens.get(size(occurrence.end).checked_sub(1)?)?.end);
    let raw = parts::raw(item, span.field, span.index);
    Some(plain_part(raw, parts::markup_of(span.field), start..end))
}

/// The match with some words around it, marked where the text goes on.
fn snippet(tokens: &[Token], span: &Span, occurrence: Occurrence, raw: &str) -> String {
    let before = tokens.get(size(span.first)..size(occurrence.first)).unwrap_or_default();
    let after = tokens.get(size(occurrence.end)..size(span.end)).unwrap_or_default();
    let matched = tokens.get(size(occurrence.first)..size(occurrence.end)).unwrap_or_default();
    let (Some(first), Some(last)) = (matched.first(), matched.last()) else {
        return String::new();
    };
    let earliest = size(first.start).saturating_sub(SNIPPET_BYTES);
    let latest = size(last.end).saturating_add(SNIPPET_BYTES);
    let shown_before = reach(before.iter().rev().filter(|token| size(token.start) >= earliest));
    let shown_after = reach(after.iter().filter(|token| size(token.end) <= latest));
    let token_before = shown_before.checked_sub(1).and_then(|index| before.iter().rev().nth(index));
    let token_after = shown_after.checked_sub(1).and_then(|index| after.get(index));
    let start = size(token_before.map_or(first.start, |token| token.start));
    let end = size(token_after.map_or(last.end, |token| token.end));
    // what opens or shuts the field belongs to it
    let opens = shown_before == before.len() && start <= SNIPPET_BYTES;
    let shuts = shown_after == after.len() && raw.len().saturating_sub(end) <= SNIPPET_BYTES;
    let (start, opened) = if opens { (0, "") } else { (start, "… ") };
    let (end, closed) = if shuts { (raw.len(), "") } else { (end, " …") };
    let part = plain_part(raw, parts::markup_of(span.field), start..end);
    format!("{opened}{part}{closed}")
}

/// How many of `tokens` a snippet shows.
fn reach<'a>(tokens: impl Iterator<Item = &'a Token>) -> usize {
    let mut left = SNIPPET_REACH;
    tokens
        .take_while(|token| {
            let cost = if token.script == Script::Unsegmented { 1 } else { 3 };
            let fits = left >= cost;
            left = left.saturating_sub(cost);
            fits
        })
        .count()
}
