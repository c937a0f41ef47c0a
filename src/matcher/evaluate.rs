//! Which rules hold, given what was found in an item. Knows nothing of how it was found.

use crate::item::Item;

use super::find::{Found, Occurrence};
use super::hit::Hit;
use super::near::{Filling, Wanted, together};
use super::parts::PartSet;
use super::plan::{AtomId, Plan, RuleId, RulePlan};
use super::proof;
use super::tokens::size;

/// Different terms of `any` that one proof shows.
const MOST_SHOWN: usize = 16;

/// Every hit, in the order of the rules.
pub(super) fn hits(plan: &Plan, found: &Found, item: &Item) -> Vec<Hit> {
    let posted = found.present().iter().filter_map(|atom| plan.posts.get(size(*atom))).flatten();
    let mut candidates: Vec<RuleId> = posted.chain(&plan.unposted).copied().collect();
    candidates.sort_unstable();
    candidates.dedup();
    candidates.into_iter().filter_map(|rule| hit(plan, plan.rules.get(size(rule))?, found, item)).collect()
}

fn hit(plan: &Plan, rule: &RulePlan, found: &Found, item: &Item) -> Option<Hit> {
    if !holds(rule, found) || !rule.scope.admits(item, &plan.feeds) {
        return None;
    }
    let shown = match rule.near {
        None => first_fillings(rule, found),
        Some(near) => together(near, wanted(rule), fillings(rule, found))?,
    };
    Some(Hit {
        item: item.id.clone(),
        watch: rule.watch.clone(),
        level: rule.level,
        score: score(rule, found),
        proof: proof::proofs(plan, found, item, &shown),
    })
}

/// Whether all that has to occur does, and nothing that must not, however far apart.
fn holds(rule: &RulePlan, found: &Found) -> bool {
    let occurs = |atom: &AtomId| places(found, *atom, rule.parts).next().is_some();
    rule.all.iter().all(|group| group.iter().any(occurs))
        && rule.any.iter().filter(|atom| occurs(atom)).take(rule.at_least).count() == rule.at_least
        && !rule.none.iter().any(|atom| places(found, *atom, rule.none_parts).next().is_some())
}

/// Where `atom` occurs within `parts`.
fn places(found: &Found, atom: AtomId, parts: PartSet) -> impl Iterator<Item = Occurrence> {
    found.occurrences(atom).iter().copied().filter(move |occurrence| occurrence.parts.meets(parts))
}

/// The rule's groups as slots: one for each of `all`, one for each term of `any`.
fn slots(rule: &RulePlan) -> impl Iterator<Item = &[AtomId]> {
    rule.all.iter().map(Vec::as_slice).chain(rule.any.chunks(1))
}

fn wanted(rule: &RulePlan) -> Wanted {
    Wanted { slots: rule.all.len() + rule.any.len(), all: rule.all.len(), at_least: rule.at_least }
}

/// Everything that could fill a slot.
fn fillings(rule: &RulePlan, found: &Found) -> Vec<Filling> {
    let slots = slots(rule).enumerate();
    slots.flat_map(|(slot, group)| slot_fillings(rule, found, slot, group)).collect()
}

fn slot_fillings(rule: &RulePlan, found: &Found, slot: usize, group: &[AtomId]) -> impl Iterator<Item = Filling> {
    group.iter().flat_map(move |atom| {
        places(found, *atom, rule.parts).map(move |occurrence| Filling { slot, atom: *atom, occurrence })
    })
}

/// The earliest filling of each slot that has one.
fn first_fillings(rule: &RulePlan, found: &Found) -> Vec<Filling> {
    slots(rule)
        .enumerate()
        .filter_map(|(slot, group)| {
            slot_fillings(rule, found, slot, group).min_by_key(|filling| filling.occurrence.position)
        })
        .take(rule.all.len() + MOST_SHOWN.max(rule.at_least))
        .collect()
}

/// How many different terms of the rule occur.
fn score(rule: &RulePlan, found: &Found) -> u32 {
    let mut atoms: Vec<AtomId> = rule.all.iter().flatten().chain(&rule.any).copied().collect();
    atoms.sort_unstable();
    atoms.dedup();
    super::lexicon::number(atoms.into_iter().filter(|atom| places(found, *atom, rule.parts).next().is_some()).count())
}
