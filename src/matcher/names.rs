//! Which names found in a text really name their entity: longer names stand before shorter ones, and a short form
//! needs the full name in the item or a context near it. Knows nothing of rules.

use std::cmp::Reverse;

use hashbrown::HashSet;

use super::find::{Found, FoundName, Occurrence};
use super::parts::PartSet;
use super::plan::{EntityId, Plan, Role};
use super::tokens::size;

/// How many words a context may stand from a short form.
const CONTEXT_WORDS: u32 = 60;

/// Weighs the names that were found, and posts those that count.
pub(super) fn settle(plan: &Plan, found: &mut Found) {
    if found.names.is_empty() {
        return;
    }
    let mut names = std::mem::take(&mut found.names);
    keep_longest(&mut names);
    let mut present = HashSet::new();
    let mut short: Vec<(EntityId, Occurrence)> = Vec::new();
    for FoundName { term, occurrence } in &names {
        let uses = plan.uses.get(size(*term)).map_or(&[][..], |uses| &uses.names);
        for (entity, role) in uses {
            match role {
                Role::Full => {
                    // other parts are only read when some rule asks for them: they must not change other rules
                    if occurrence.parts.meets(PartSet::USUAL) {
                        present.insert(*entity);
                    }
                    post(plan, found, *entity, *occurrence);
                }
                Role::Short => short.push((*entity, *occurrence)),
                Role::Never => {}
            }
        }
    }
    // all are weighed before any is posted: one short form is no context for another
    let counted = counted(plan, found, &present, short);
    for (entity, occurrence) in counted {
        post(plan, found, entity, occurrence);
    }
    found.names = names;
}

/// Drops every name that overlaps a longer one; names of equal extent all stay.
fn keep_longest(names: &mut Vec<FoundName>) {
    names.sort_by_key(|name| (Reverse(name.occurrence.length()), name.occurrence.first));
    let mut kept = Intervals::default();
    names.retain(|name| kept.admit(name.occurrence.first, name.occurrence.end));
    names.sort_by_key(|name| name.occurrence.first);
}

/// Intervals that do not overlap, though one may come several times.
#[derive(Default)]
struct Intervals(std::collections::BTreeMap<u32, u32>);

impl Intervals {
    fn admit(&mut self, first: u32, end: u32) -> bool {
        match self.0.range(..end).next_back() {
            Some((known, known_end)) if *known_end > first => *known == first && *known_end == end,
            _ => {
                self.0.insert(first, end);
                true
            }
        }
    }
}

/// The short forms that count.
fn counted(
    plan: &Plan,
    found: &Found,
    present: &HashSet<EntityId>,
    mut short: Vec<(EntityId, Occurrence)>,
) -> Vec<(EntityId, Occurrence)> {
    short.sort_by_key(|(entity, occurrence)| (*entity, occurrence.first));
    let mut counted = Vec::new();
    for forms in short.chunk_by(|(one, _), (other, _)| one == other) {
        let Some((entity, _)) = forms.first() else {
            continue;
        };
        if present.contains(entity) {
            counted.extend_from_slice(forms);
            continue;
        }
        let context = context(plan, found, *entity);
        counted.extend(forms.iter().filter(|(_, form)| is_near(form.first, &context)));
    }
    counted
}

/// Where a context term of `entity` stands in title and text, in order.
fn context(plan: &Plan, found: &Found, entity: EntityId) -> Vec<u32> {
    let atoms = plan.entities.get(size(entity)).map_or(&[][..], |entity| &entity.context);
    let occurrences = atoms.iter().flat_map(|atom| found.occurrences(*atom));
    let mut positions: Vec<u32> =
        occurrences.filter(|found| found.parts.meets(PartSet::USUAL)).map(|found| found.first).collect();
    positions.sort_unstable();
    positions
}

fn is_near(position: u32, sorted: &[u32]) -> bool {
    let from = sorted.partition_point(|other| *other < position.saturating_sub(CONTEXT_WORDS));
    sorted.get(from).is_some_and(|other| *other <= position.saturating_add(CONTEXT_WORDS))
}

fn post(plan: &Plan, found: &mut Found, entity: EntityId, occurrence: Occurrence) {
    let occurrence = Occurrence { entity: Some(entity), ..occurrence };
    let atoms = plan.entities.get(size(entity)).map_or(&[][..], |entity| &entity.atoms);
    for atom in atoms {
        found.post(*atom, occurrence);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_admit_no_overlap() {
        let mut kept = Intervals::default();
        for (first, end, expected) in [
            (5, 8, true),
            (5, 8, true),
            (6, 7, false),
            (7, 9, false),
            (4, 6, false),
            (8, 9, true),
            (0, 5, true),
            (0, 9, false),
        ] {
            assert_eq!(kept.admit(first, end), expected, "{first}..{end}");
        }
    }
}
