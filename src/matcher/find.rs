//! Finds every term of the plan in one item. Knows nothing of rules.

use crate::item::Item;

use super::chars::Script;
use super::evaluate::Reader;
use super::forms::Need;
use super::hit::Field;
use super::lexicon::{Meanings, Node, TermId, number};
use super::names;
use super::parts::{self, PartSet};
use super::plan::{Atom, AtomId, EntityId, Plan};
use super::proof;
use super::tokens::{Caps, Gap, Text, Token, size};

/// Tokens between the positions of two fields: nothing is near across them.
const FAR: u32 = 1 << 24;

/// One place where an atom occurs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Occurrence {
    /// The first token.
    pub(super) first: u32,
    /// Behind the last token.
    pub(super) end: u32,
    /// Where the first token stands among all that is read of the item.
    pub(super) position: u32,
    pub(super) sentence: u32,
    pub(super) paragraph: u32,
    pub(super) parts: PartSet,
    pub(super) entity: Option<EntityId>,
}

impl Occurrence {
    /// The sentence, or the paragraph, of what goes over several.
    pub(super) const SEVERAL: u32 = u32::MAX;

    /// Its length in tokens.
    pub(super) fn length(&self) -> u32 {
        self.end - self.first
    }

    /// The position behind its last token.
    pub(super) fn past(&self) -> u32 {
        self.position.saturating_add(self.length())
    }

    /// Whether `other` is the same stretch of text.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        (self.first, self.end) == (other.first, other.end)
    }

    /// Whether `other` lies within it.
    pub(super) fn holds(&self, other: &Self) -> bool {
        self.first <= other.first && other.end <= self.end
    }
}

/// The tokens of one value of a field.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) field: Field,
    pub(super) index: usize,
    pub(super) first: u32,
    pub(super) end: u32,
    /// Behind its first paragraph, if that is the lead of the item.
    lead_end: u32,
    /// What its positions are ahead of its tokens.
    ahead: u32,
}

impl Span {
    fn parts_at(&self, token: u32) -> PartSet {
        let part = parts::part_of(self.field);
        if token < self.lead_end { part.union(PartSet::LEAD) } else { part }
    }
}

/// A name of an entity found in the text, before longer names are weighed against it.
#[derive(Debug, Clone, Copy)]
pub(super) struct FoundName {
    pub(super) term: TermId,
    pub(super) occurrence: Occurrence,
}

/// What was found in one item. Kept from item to item for its memory.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) text: Text,
    pub(super) spans: Vec<Span>,
    pub(super) names: Vec<FoundName>,
    lookups: Vec<Lookup>,
    steps: Vec<(u32, Node)>,
    /// Terms that are meant letter for letter, where they were found in any way.
    exact: Vec<(TermId, Occurrence)>,
    atoms: Vec<Vec<Occurrence>>,
    /// For each atom, the last item in which it occurred: most questions are answered here, from a cache.
    stamps: Vec<u32>,
    /// The number of this item.
    epoch: u32,
    touched: Vec<AtomId>,
}

/// What a token may stand for, alone and joined with the next one.
#[derive(Debug, Clone, Copy, Default)]
struct Lookup {
    single: Option<Meanings>,
    joined: Option<Meanings>,
}

impl Found {
    /// Forgets the last item, and finds all of `plan` in `item`.
    pub(super) fn read(&mut self, plan: &Plan, item: &Item) {
        self.clear();
        if self.atoms.len() < plan.atoms.len() {
            self.atoms.resize_with(plan.atoms.len(), Vec::new);
            self.stamps.resize(plan.atoms.len(), 0);
        }
        self.cut(plan, item);
        self.look_up(plan);
        for index in 0..self.spans.len() {
            self.find(plan, index);
        }
        self.check_exact(plan, item);
        plan.patterns.find(item, self);
        // Topics may tell who a short name means, and may name people themselves.
        derive(plan, self, item);
        names::settle(plan, self);
        derive(plan, self, item);
    }

    /// Notes the terms that stand letter for letter as they are meant.
    fn check_exact(&mut self, plan: &Plan, item: &Item) {
        for (term, occurrence) in std::mem::take(&mut self.exact) {
            let matched = proof::matched(self, item, &occurrence);
            for atom in plan.uses.get(size(term)).map_or(&[][..], |uses| &uses.exact) {
                let is_meant =
                    |atom: &Atom| matches!(atom, Atom::Literal(literal) if matched.as_deref() == Some(&literal.text));
                if plan.atoms.get(size(*atom)).is_some_and(is_meant) {
                    self.post(*atom, occurrence);
                }
            }
        }
    }

    /// The place of the tokens from `first` to before `end`, which are of one field.
    pub(super) fn place(&self, first: u32, end: u32) -> Option<Occurrence> {
        let span = self.spans.iter().find(|span| (span.first..span.end).contains(&first))?;
        let token = self.text.tokens.get(size(first))?;
        let last = self.text.tokens.get(size(end).checked_sub(1)?)?;
        let same = |one: u32, other: u32| if one == other { one } else { Occurrence::SEVERAL };
        Some(Occurrence {
            first,
            end,
            position: first.saturating_add(span.ahead),
            sentence: same(token.sentence, last.sentence),
            paragraph: same(token.paragraph, last.paragraph),
            parts: span.parts_at(first),
            entity: None,
        })
    }

    /// Forgets the last item.
    fn clear(&mut self) {
        self.touched.clear();
        self.epoch = self.epoch.wrapping_add(1);
        if self.epoch == 0 {
            // After four billion items, old numbers would come again.
            self.stamps.fill(0);
            self.epoch = 1;
        }
        self.text.clear();
        self.spans.clear();
        self.names.clear();
        self.exact.clear();
        self.lookups.clear();
    }

    /// The atoms that occur.
    pub(super) fn present(&self) -> &[AtomId] {
        &self.touched
    }

    /// Where `atom` occurs.
    pub(super) fn occurrences(&self, atom: AtomId) -> &[Occurrence] {
        if self.stamps.get(size(atom)) != Some(&self.epoch) {
            return &[];
        }
        self.atoms.get(size(atom)).map_or(&[], |occurrences| occurrences)
    }

    /// Notes that `atom` occurs.
    pub(super) fn post(&mut self, atom: AtomId, occurrence: Occurrence) {
        let (Some(occurrences), Some(stamp)) = (self.atoms.get_mut(size(atom)), self.stamps.get_mut(size(atom))) else {
            return;
        };
        if *stamp != self.epoch {
            *stamp = self.epoch;
            occurrences.clear();
            self.touched.push(atom);
        }
        if occurrences.last() != Some(&occurrence) {
            occurrences.push(occurrence);
        }
    }

    /// Cuts the fields of `item` into tokens.
    fn cut(&mut self, plan: &Plan, item: &Item) {
        let mut lead_found = false;
        for (apart, value) in (0_u32..).zip(parts::values(item, plan.parts)) {
            let first = number(self.text.tokens.len());
            self.text.push_field(value.raw, parts::markup_of(value.field));
            let end = number(self.text.tokens.len());
            let is_text = matches!(value.field, Field::Summary | Field::Content);
            let lead = is_text && !lead_found && end > first;
            lead_found |= lead;
            let lead_end = if lead { self.paragraph_end(first) } else { first };
            let (field, index, ahead) = (value.field, value.index, apart.saturating_mul(FAR));
            self.spans.push(Span { field, index, first, end, lead_end, ahead });
        }
    }

    /// Behind the paragraph that begins at token `first`.
    fn paragraph_end(&self, first: u32) -> u32 {
        let tokens = self.text.tokens.get(size(first)..).unwrap_or_default();
        let paragraph = tokens.first().map(|token| token.paragraph);
        first + number(tokens.iter().take_while(|token| Some(token.paragraph) == paragraph).count())
    }

    fn look_up(&mut self, plan: &Plan) {
        let text = &self.text;
        let nexts = text.tokens.iter().skip(1).map(Some).chain([None]);
        self.lookups.extend(text.tokens.iter().zip(nexts).map(|(token, next)| {
            let joined = next.filter(|next| may_be_one_word(token, next)).map(|next| text.joined(token, next));
            Lookup {
                single: plan.lexicon.meanings(text.surface(token)),
                joined: joined.and_then(|word| plan.lexicon.meanings(word)),
            }
        }));
    }

    /// Walks the trie from every token of a span.
    fn find(&mut self, plan: &Plan, span: usize) {
        let Some(span) = self.spans.get(span).copied() else {
            return;
        };
        for first in span.first..span.end {
            let lookup = self.lookups.get(size(first)).copied().unwrap_or_default();
            if lookup.single.is_some() || lookup.joined.is_some() {
                self.walk(plan, &span, first);
            }
        }
    }

    fn walk(&mut self, plan: &Plan, span: &Span, first: u32) {
        let Some(sentence) = self.text.tokens.get(size(first)).map(|token| token.sentence) else {
            return;
        };
        self.steps.clear();
        self.steps.push((first, Node::ROOT));
        while let Some((at, node)) = self.steps.pop() {
            let Some(token) = self.text.tokens.get(size(at)).copied().filter(|token| token.sentence == sentence) else {
                continue;
            };
            let lookup = self.lookups.get(size(at)).copied().unwrap_or_default();
            let is_met = |need: Need| need.is_met(token.caps, token.possessive);
            let alone = self.steps.len();
            for next in plan.lexicon.steps(node, lookup.single, is_met) {
                self.report(plan, span, first..at + 1, next);
                self.steps.push((at + 1, next));
            }
            let Some(second) = self.text.tokens.get(size(at + 1)).copied().filter(|_| lookup.joined.is_some()) else {
                continue;
            };
            // `put in` is no Putin: a blank is overlooked inside a longer term only
            let reported = node != Node::ROOT || second.gap == Gap::Glued;
            let caps = if token.caps == second.caps { token.caps } else { Caps::No };
            let is_met = |need: Need| need.is_met(caps, second.possessive);
            for next in plan.lexicon.steps(node, lookup.joined, is_met) {
                // `Biden is` is Biden, with no ending
                if second.gap != Gap::Glued && self.steps.iter().skip(alone).any(|step| *step == (at + 1, next)) {
                    continue;
                }
                if reported {
                    self.report(plan, span, first..at + 2, next);
                }
                self.steps.push((at + 2, next));
            }
        }
    }

    /// Notes the terms that end at `node`.
    fn report(&mut self, plan: &Plan, span: &Span, tokens: std::ops::Range<u32>, node: Node) {
        let terms = plan.lexicon.terms_at(node);
        let Some(token) = self.text.tokens.get(size(tokens.start)).filter(|_| !terms.is_empty()) else {
            return;
        };
        let occurrence = Occurrence {
            first: tokens.start,
            end: tokens.end,
            position: tokens.start.saturating_add(span.ahead),
            sentence: token.sentence,
            paragraph: token.paragraph,
            parts: span.parts_at(tokens.start),
            entity: None,
        };
        for term in terms {
            let Some(uses) = plan.uses.get(size(*term)) else {
                continue;
            };
            for atom in &uses.atoms {
                self.post(*atom, occurrence);
            }
            if !uses.exact.is_empty() {
                self.exact.push((*term, occurrence));
            }
            if !uses.names.is_empty() {
                self.names.push(FoundName { term: *term, occurrence });
            }
        }
    }
}

/// Notes the topics that hold by terms which are queries themselves.
fn derive(plan: &Plan, found: &mut Found, item: &Item) {
    if plan.derived.is_empty() {
        return;
    }
    let rules = number(plan.rules.len());
    let mut candidates: Vec<_> =
        found.present().iter().filter_map(|atom| plan.posts.get(size(*atom))).flatten().collect();
    candidates.retain(|id| **id >= rules);
    let mut ids: Vec<u32> = candidates.into_iter().map(|id| id - rules).collect();
    ids.sort_unstable();
    ids.dedup();
    for id in ids {
        let Some(derived) = plan.derived.get(size(id)) else { continue };
        for place in (Reader { plan, found, item }).places(derived.op, None) {
            found.post(derived.atom, place);
        }
    }
}

/// Whether two neighbours may be one word that is written apart.
fn may_be_one_word(token: &Token, next: &Token) -> bool {
    let letters = |token: &Token| token.end - token.start;
    let parted = match next.gap {
        Gap::Glued => true,
        Gap::Space => letters(token) > 1 && letters(next) > 1,
        Gap::Other => false,
    };
    parted
        && token.script == next.script
        && token.script != Script::Unsegmented
        && token.sentence == next.sentence
        && !token.possessive
}
