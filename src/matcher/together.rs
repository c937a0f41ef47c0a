//! Whether what is wanted comes together in a text, and where: within some words, in order, in a sentence, in a
//! paragraph. Knows nothing of what is wanted.
//!
//! A group found together is a place itself: the shortest stretch that holds it (minimal intervals, after Clarke,
//! Cormack and Burkowski, "An Algebra for Structured Text Search", 1995).

use hashbrown::HashSet;

use super::find::Occurrence;
use super::query::Reach;

/// Places looked at, of one text, when groups are places themselves: no article has so many, and a text that is made
/// to has no right to the time that all of them would take.
const MOST_PLACES: usize = 1_000;

/// Which of several things have to be there, by number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Need {
    One(usize),
    All(Vec<Need>),
    Any(Vec<Need>),
    Of(usize, Vec<Need>),
}

impl Need {
    /// Whether it is met by the things that `are_there`.
    pub(super) fn is_met(&self, are_there: &impl Fn(usize) -> bool) -> bool {
        match self {
            Self::One(number) => are_there(*number),
            Self::All(needs) => needs.iter().all(|need| need.is_met(are_there)),
            Self::Any(needs) => needs.iter().any(|need| need.is_met(are_there)),
            Self::Of(count, needs) => needs.iter().filter(|need| need.is_met(are_there)).take(*count).count() == *count,
        }
    }
}

/// One of the things that are wanted, in one place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Filling {
    pub(super) thing: usize,
    pub(super) place: Occurrence,
}

/// Two places are together within `reach`, the first before the second where that matters.
pub(super) fn are_together(reach: Reach, first: &Occurrence, second: &Occurrence) -> bool {
    match reach {
        Reach::Words(words) => {
            first.position.max(second.position) < first.past().min(second.past()).saturating_add(words)
        }
        Reach::Before(words) => first.past() <= second.position && second.position < first.past().saturating_add(words),
        Reach::Sentence => first.sentence == second.sentence && first.sentence != Occurrence::SEVERAL,
        Reach::Paragraph => first.paragraph == second.paragraph && first.paragraph != Occurrence::SEVERAL,
    }
}

/// The fillings of the first stretch in which `need` is met, in any order; `things` is how many there are.
pub(super) fn first_stretch(
    reach: Reach,
    need: &Need,
    things: usize,
    mut fillings: Vec<Filling>,
) -> Option<Vec<Filling>> {
    match reach {
        Reach::Words(words) | Reach::Before(words) => in_window(words, need, things, &mut fillings),
        Reach::Sentence => in_unit(|place| place.sentence, need, things, &mut fillings),
        Reach::Paragraph => in_unit(|place| place.paragraph, need, things, &mut fillings),
    }
}

/// Sweeps from the last end to the first, keeping each thing's earliest start among what ends later.
fn in_window(words: u32, need: &Need, things: usize, fillings: &mut [Filling]) -> Option<Vec<Filling>> {
    fillings.sort_by_key(|filling| filling.place.past());
    let mut earliest: Vec<Option<Filling>> = vec![None; things];
    let mut found = None;
    for filling in fillings.iter().rev() {
        let Some(slot) = earliest.get_mut(filling.thing) else { continue };
        if slot.is_none_or(|known| known.place.position >= filling.place.position) {
            *slot = Some(*filling);
        }
        let reach = filling.place.past().saturating_add(words);
        let fits = |known: &Filling| known.place.position < reach;
        let is_there = |thing: usize| earliest.get(thing).copied().flatten().is_some_and(|known| fits(&known));
        if need.is_met(&is_there) {
            found = Some(earliest.iter().copied().flatten().filter(fits).collect());
        }
    }
    found
}

fn in_unit(
    unit: impl Fn(&Occurrence) -> u32,
    need: &Need,
    things: usize,
    fillings: &mut [Filling],
) -> Option<Vec<Filling>> {
    fillings.sort_by_key(|filling| (unit(&filling.place), filling.place.position));
    fillings.chunk_by(|one, other| unit(&one.place) == unit(&other.place)).find_map(|chunk| {
        if unit(&chunk.first()?.place) == Occurrence::SEVERAL {
            return None;
        }
        let mut earliest: Vec<Option<Filling>> = vec![None; things];
        for filling in chunk {
            if let Some(slot) = earliest.get_mut(filling.thing) {
                slot.get_or_insert(*filling);
            }
        }
        let is_there = |thing: usize| earliest.get(thing).is_some_and(Option::is_some);
        need.is_met(&is_there).then(|| earliest.iter().copied().flatten().collect())
    })
}

/// Every shortest stretch in which `need` is met, from first to last.
pub(super) fn stretches(reach: Reach, need: &Need, things: usize, mut fillings: Vec<Filling>) -> Vec<Occurrence> {
    fillings.sort_by_key(|filling| (filling.place.position, filling.place.past()));
    fillings.truncate(MOST_PLACES);
    let mut ends: Vec<u32> = fillings.iter().map(|filling| filling.place.past()).collect();
    ends.sort_unstable();
    ends.dedup();
    let met_within = |start: u32, end: u32| {
        let from = fillings.partition_point(|filling| filling.place.position < start);
        let rest = fillings.get(from..).unwrap_or_default().iter().take_while(|filling| filling.place.position < end);
        let inside = rest.filter(|filling| filling.place.past() <= end).copied().collect();
        first_stretch(reach, need, things, inside).is_some()
    };
    let mut found: Vec<(u32, u32)> = Vec::new();
    let mut end = 0;
    for (index, filling) in fillings.iter().enumerate() {
        let start = filling.place.position;
        if fillings.get(index + 1).is_some_and(|next| next.place.position == start) {
            continue;
        }
        // The later it starts, the later it ends: what was too short before is too short now.
        while ends.get(end).is_some_and(|past| !met_within(start, *past)) {
            end += 1;
        }
        let Some(past) = ends.get(end).copied() else { break };
        // One that starts later and ends no later is shorter.
        found.retain(|(_, known)| *known < past);
        found.push((start, past));
    }
    found.into_iter().filter_map(|(start, past)| cover(&fillings, start, past)).collect()
}

/// Every shortest stretch in which one place of each of `groups` follows one of the group before.
pub(super) fn in_order(words: u32, groups: &[Vec<Occurrence>]) -> Vec<Vec<Occurrence>> {
    let Some((first, rest)) = groups.split_first() else { return Vec::new() };
    let mut chains: Vec<Vec<Occurrence>> = first.iter().take(MOST_PLACES).map(|place| vec![*place]).collect();
    for group in rest {
        let extend = |place: &Occurrence| {
            let follows = |chain: &&Vec<Occurrence>| {
                chain.last().is_some_and(|last| are_together(Reach::Before(words), last, place))
            };
            // Of all that it follows, the one that starts last is the shortest.
            let best = chains.iter().filter(follows).max_by_key(|chain| chain.first().map(|place| place.position))?;
            Some(best.iter().copied().chain([*place]).collect())
        };
        chains = group.iter().take(MOST_PLACES).filter_map(extend).collect();
    }
    let bounds = |chain: &Vec<Occurrence>| Some((chain.first()?.position, chain.last()?.past()));
    let all: Vec<_> = chains.iter().filter_map(bounds).collect();
    let is_shortest = |chain: &Vec<Occurrence>| {
        bounds(chain).is_some_and(|(start, past)| {
            !all.iter().any(|(from, to)| *from >= start && *to <= past && (*from, *to) != (start, past))
        })
    };
    chains.retain(is_shortest);
    chains
}

/// Those of `places` that are together with none of `others`, which are sorted by position.
pub(super) fn apart(reach: Reach, places: Vec<Occurrence>, others: &[Occurrence]) -> Vec<Occurrence> {
    let longest = others.iter().map(Occurrence::length).max().unwrap_or(0);
    let units: HashSet<u32> = match reach {
        Reach::Sentence => others.iter().map(|other| other.sentence).collect(),
        Reach::Paragraph => others.iter().map(|other| other.paragraph).collect(),
        Reach::Words(_) | Reach::Before(_) => HashSet::new(),
    };
    let is_apart = |place: &Occurrence| match reach {
        Reach::Sentence => place.sentence == Occurrence::SEVERAL || !units.contains(&place.sentence),
        Reach::Paragraph => place.paragraph == Occurrence::SEVERAL || !units.contains(&place.paragraph),
        Reach::Words(words) | Reach::Before(words) => {
            // None that begins earlier, or later, can reach it.
            let earliest = place.position.saturating_sub(words.saturating_add(longest));
            let from = others.partition_point(|other| other.position < earliest);
            let latest = place.past().saturating_add(words);
            let near = others.get(from..).unwrap_or_default().iter().take_while(|other| other.position < latest);
            !near.into_iter().any(|other| are_together(reach, place, other))
        }
    };
    places.into_iter().filter(is_apart).collect()
}

/// The one place that `places` make together, from the first start to the last end.
pub(super) fn joined(places: &[Occurrence]) -> Option<Occurrence> {
    let first = places.iter().min_by_key(|place| place.position)?;
    let last = places.iter().max_by_key(|place| place.past())?;
    let same = |unit: fn(&Occurrence) -> u32| {
        let one = unit(first);
        if places.iter().all(|place| unit(place) == one) { one } else { Occurrence::SEVERAL }
    };
    Some(Occurrence {
        end: last.end,
        sentence: same(|place| place.sentence),
        paragraph: same(|place| place.paragraph),
        entity: None,
        ..*first
    })
}

/// The place from the word at `start` to the one before `past`, where fillings begin and end.
fn cover(fillings: &[Filling], start: u32, past: u32) -> Option<Occurrence> {
    let first = fillings.iter().find(|filling| filling.place.position == start)?.place;
    let last = fillings.iter().rev().find(|filling| filling.place.past() == past)?.place;
    joined(&[first, last])
}
