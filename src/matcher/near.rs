//! Whether the parts of a rule come together in one stretch of text, in one sweep. Knows nothing of watches.

use super::find::Occurrence;
use super::rule::Near;

/// What has to come together: the first `all` slots, and `at_least` of the others.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub(super) slots: usize,
    pub(super) all: usize,
    pub(super) at_least: usize,
}

/// An occurrence that fills a slot.
#[derive(Debug, Clone, Copy)]
pub(super) struct Filling {
    pub(super) slot: usize,
    pub(super) atom: super::plan::AtomId,
    pub(super) occurrence: Occurrence,
}

/// The fillings of the first stretch in which all that is wanted comes together.
pub(super) fn together(near: Near, wanted: Wanted, fillings: Vec<Filling>) -> Option<Vec<Filling>> {
    match near {
        Near::Words(words) => in_window(words, wanted, fillings),
        Near::Sentence => in_unit(|occurrence| occurrence.sentence, wanted, fillings),
        // confined to the title, every title is one stretch
        Near::Paragraph | Near::Title => in_unit(|occurrence| occurrence.paragraph, wanted, fillings),
    }
}

/// One occurrence for each slot that has one.
struct Slots(Vec<Option<Filling>>);

impl Slots {
    fn new(wanted: Wanted) -> Self {
        Self(vec![None; wanted.slots])
    }

    /// Those that satisfy `fits`, if they are all that is wanted.
    fn fulfil(&self, wanted: Wanted, fits: impl Fn(&Filling) -> bool) -> Option<Vec<Filling>> {
        let filled = |slot: &Option<Filling>| slot.filter(&fits);
        let (all, any) = self.0.split_at_checked(wanted.all)?;
        let fulfilled = all.iter().all(|slot| filled(slot).is_some())
            && any.iter().filter(|slot| filled(slot).is_some()).count() >= wanted.at_least;
        fulfilled.then(|| self.0.iter().filter_map(filled).collect())
    }
}

/// Sweeps from the last end to the first, keeping each slot's earliest start among what ends later.
fn in_window(words: u32, wanted: Wanted, mut fillings: Vec<Filling>) -> Option<Vec<Filling>> {
    let end = |filling: &Filling| u64::from(filling.occurrence.position) + u64::from(filling.occurrence.length());
    fillings.sort_by_key(end);
    let mut slots = Slots::new(wanted);
    let mut found = None;
    for filling in fillings.iter().rev() {
        let Some(slot) = slots.0.get_mut(filling.slot) else {
            continue;
        };
        if slot.is_none_or(|known| known.occurrence.position >= filling.occurrence.position) {
            *slot = Some(*filling);
        }
        let reach = end(filling) + u64::from(words);
        if let Some(window) = slots.fulfil(wanted, |other| u64::from(other.occurrence.position) < reach) {
            found = Some(window);
        }
    }
    found
}

fn in_unit(unit: impl Fn(&Occurrence) -> u32, wanted: Wanted, mut fillings: Vec<Filling>) -> Option<Vec<Filling>> {
    fillings.sort_by_key(|filling| (unit(&filling.occurrence), filling.occurrence.position));
    fillings.chunk_by(|one, other| unit(&one.occurrence) == unit(&other.occurrence)).find_map(|chunk| {
        let mut slots = Slots::new(wanted);
        for filling in chunk {
            if let Some(slot) = slots.0.get_mut(filling.slot) {
                slot.get_or_insert(*filling);
            }
        }
        slots.fulfil(wanted, |_| true)
    })
}
