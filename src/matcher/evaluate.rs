//! Which rules hold, given what was found in an item. Knows nothing of how it was found.

use hashbrown::HashSet;

use crate::item::Item;

use super::code::{Code, Op, OpId, Run};
use super::condition::Condition;
use super::find::{Found, Occurrence};
use super::hit::Hit;
use super::parts::{PartSet, Parts};
use super::plan::{AtomId, Plan, RuleId, RulePlan};
use super::proof;
use super::query::Reach;
use super::together::{self, Filling, Need};
use super::tokens::size;

/// Different terms of a group that one proof shows.
const MOST_SHOWN: usize = 16;

/// Whether something holds; `Maybe` waits for the story of the item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Truth {
    No,
    Maybe,
    Yes,
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

/// One atom in one place: a piece of proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Evidence {
    pub(super) atom: AtomId,
    pub(super) place: Occurrence,
}

/// One item as rules see it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) plan: &'a Plan,
    pub(super) found: &'a Found,
    pub(super) item: &'a Item,
}

impl<'a> Reader<'a> {
    fn code(&self) -> &'a Code {
        &self.plan.code
    }

    /// Every rule that holds, in their order.
    pub(super) fn hits(&self) -> Vec<Hit> {
        let posted = self.found.present().iter().filter_map(|atom| self.plan.posts.get(size(*atom))).flatten();
        let mut candidates: Vec<RuleId> = posted.chain(&self.plan.unposted).copied().collect();
        candidates.sort_unstable();
        candidates.dedup();
        candidates.into_iter().filter_map(|rule| self.hit(self.plan.rules.get(size(rule))?)).collect()
    }

    fn hit(&self, rule: &RulePlan) -> Option<Hit> {
        let condition = match self.truth(rule.op, None) {
            Truth::No => return None,
            Truth::Maybe => self.condition(rule.op, None),
            Truth::Yes => None,
        };
        let mut evidence = Vec::new();
        self.evidence(rule.op, None, &mut evidence);
        Some(Hit {
            item: self.item.id.clone(),
            watch: rule.watch.clone(),
            level: rule.level,
            score: self.score_of(rule.op),
            condition,
            entities: self.asked_entities(),
            proof: proof::proofs(self.plan, self.found, self.item, &evidence),
        })
    }

    /// The entities that occur, of those that some rule asks of a story.
    fn asked_entities(&self) -> Vec<String> {
        let asked = self.plan.asked_of_stories.iter();
        asked.filter(|(_, atom)| self.occurs(**atom, None)).map(|(id, _)| id.clone()).collect()
    }

    /// What `op`, which may hold, still asks of the story.
    fn condition(&self, op: OpId, parts: Parts) -> Option<Condition> {
        let open = |run: Run| {
            let kids = self.code().kids(run).iter();
            kids.filter(|kid| self.truth(**kid, parts) == Truth::Maybe).filter_map(|kid| self.condition(*kid, parts))
        };
        match self.code().op(op) {
            Op::Story(id) => self.code().story_term(id).cloned().map(Condition::Story),
            Op::And(run) => Some(Condition::All(open(run).collect())),
            Op::Or(run) => Some(Condition::Any(open(run).collect())),
            Op::Of(count, run) => {
                let holding = self.code().kids(run).iter().filter(|kid| self.truth(**kid, parts) == Truth::Yes).count();
                Some(Condition::Of(count.saturating_sub(super::lexicon::number(holding)), open(run).collect()))
            }
            Op::Not(kid) => Some(Condition::Not(self.condition(kid, parts)?.into())),
            Op::Within(inner, kid) => self.condition(kid, Some(PartSet::within(parts, inner))),
            Op::Score(id) => self.open_score(id, parts),
            _ => None,
        }
    }

    fn open_score(&self, id: u32, parts: Parts) -> Option<Condition> {
        let score = self.code().score_of(id)?;
        let (mut given, mut open) = (0_i32, Vec::new());
        for (kid, weight) in &score.weighted {
            match self.truth(*kid, parts) {
                Truth::No => {}
                Truth::Maybe => open.extend(self.condition(*kid, parts).map(|condition| (condition, *weight))),
                Truth::Yes => given = given.saturating_add(*weight),
            }
        }
        Some(Condition::Score(given, open, score.comparison))
    }

    /// How many different terms of a rule occur.
    fn score_of(&self, op: OpId) -> u32 {
        let mut atoms = Vec::new();
        self.code().atoms_of(op, None, &mut atoms);
        let occurring = atoms.into_iter().filter(|(atom, parts)| self.occurs(*atom, *parts)).map(|(atom, _)| atom);
        super::lexicon::number(occurring.collect::<HashSet<_>>().len())
    }

    /// Whether `op` holds for the item.
    pub(super) fn truth(&self, op: OpId, parts: Parts) -> Truth {
        match self.code().op(op) {
            Op::Atom(atom) => self.occurs(atom, parts).into(),
            Op::Any(run) => self.code().atoms(run).iter().any(|atom| self.occurs(*atom, parts)).into(),
            Op::And(run) => self.least(run, parts),
            Op::Or(run) => self.most(run, parts),
            Op::Not(kid) => match self.truth(kid, parts) {
                Truth::No => Truth::Yes,
                Truth::Maybe => Truth::Maybe,
                Truth::Yes => Truth::No,
            },
            Op::Of(count, run) => self.of(count, run, parts),
            Op::Near(reach, run) => (self.may_be_near(run, parts) && self.is_near(reach, run, parts)).into(),
            Op::Apart(..) | Op::First(..) => (!self.places(op, parts).is_empty()).into(),
            Op::Count(kid, comparison) => {
                comparison.holds(&super::lexicon::number(self.places(kid, parts).len())).into()
            }
            Op::Score(id) => self.score(id, parts),
            Op::Within(inner, kid) => self.truth(kid, Some(PartSet::within(parts, inner))),
            Op::Scope(id) => {
                let admits = self.code().predicate(id).is_some_and(|scope| scope.admits(self.item, &self.plan.feeds));
                admits.into()
            }
            Op::Story(_) => Truth::Maybe,
        }
    }

    fn least(&self, run: Run, parts: Parts) -> Truth {
        let mut least = Truth::Yes;
        for kid in self.code().kids(run) {
            least = least.min(self.truth(*kid, parts));
            if least == Truth::No {
                break;
            }
        }
        least
    }

    fn most(&self, run: Run, parts: Parts) -> Truth {
        let mut most = Truth::No;
        for kid in self.code().kids(run) {
            most = most.max(self.truth(*kid, parts));
            if most == Truth::Yes {
                break;
            }
        }
        most
    }

    fn of(&self, count: u32, run: Run, parts: Parts) -> Truth {
        let (mut yes, mut maybe) = (0, 0);
        for kid in self.code().kids(run) {
            match self.truth(*kid, parts) {
                Truth::Yes => yes += 1,
                Truth::Maybe => maybe += 1,
                Truth::No => {}
            }
            if yes >= count {
                return Truth::Yes;
            }
        }
        if yes + maybe >= count { Truth::Maybe } else { Truth::No }
    }

    /// The sum with and without what is not decided yet.
    fn score(&self, id: u32, parts: Parts) -> Truth {
        let Some(score) = self.code().score_of(id) else { return Truth::No };
        let (mut low, mut high) = (0_i32, 0_i32);
        for (kid, weight) in &score.weighted {
            let (least, most) = match self.truth(*kid, parts) {
                Truth::No => (0, 0),
                Truth::Maybe => (0.min(*weight), 0.max(*weight)),
                Truth::Yes => (*weight, *weight),
            };
            low = low.saturating_add(least);
            high = high.saturating_add(most);
        }
        if low == high { score.comparison.holds(&low).into() } else { Truth::Maybe }
    }

    fn occurs(&self, atom: AtomId, parts: Parts) -> bool {
        self.atom_places(atom, parts).next().is_some()
    }

    fn atom_places(&self, atom: AtomId, parts: Parts) -> impl Iterator<Item = Occurrence> {
        let parts = parts.unwrap_or(PartSet::USUAL);
        self.found.occurrences(atom).iter().copied().filter(move |place| place.parts.meets(parts))
    }

    /// Every place of `op`, from first to last, each once.
    pub(super) fn places(&self, op: OpId, parts: Parts) -> Vec<Occurrence> {
        let mut places: Vec<Occurrence> = match self.code().op(op) {
            Op::Atom(atom) => self.atom_places(atom, parts).collect(),
            Op::Any(run) => self.code().atoms(run).iter().flat_map(|atom| self.atom_places(*atom, parts)).collect(),
            Op::Or(run) => self.code().kids(run).iter().flat_map(|kid| self.places(*kid, parts)).collect(),
            Op::Near(Reach::Before(words), run) => {
                let chains = together::in_order(words, &self.groups(run, parts));
                chains.iter().filter_map(|chain| together::joined(chain)).collect()
            }
            Op::Near(reach, run) => {
                let wanted = self.wanted(run, parts);
                together::stretches(reach, &wanted.need, wanted.things.len(), wanted.fillings)
            }
            Op::Apart(reach, left, right) => {
                together::apart(reach, self.places(left, parts), &self.places(right, parts))
            }
            Op::First(words, kid) => self.places(kid, parts).into_iter().filter(|place| place.first < words).collect(),
            Op::Within(inner, kid) => return self.places(kid, Some(PartSet::within(parts, inner))),
            // The language gives no place to these.
            Op::And(_) | Op::Not(_) | Op::Of(..) | Op::Count(..) | Op::Score(_) | Op::Scope(_) | Op::Story(_) => {
                Vec::new()
            }
        };
        places.sort_unstable_by_key(|place| (place.position, place.end));
        places.dedup_by_key(|place| (place.position, place.end));
        places
    }

    fn groups(&self, run: Run, parts: Parts) -> Vec<Vec<Occurrence>> {
        self.code().kids(run).iter().map(|kid| self.places(*kid, parts)).collect()
    }

    /// A cheap look before the places are gathered: whether all is there, however far apart.
    fn may_be_near(&self, run: Run, parts: Parts) -> bool {
        self.least(run, parts) == Truth::Yes
    }

    fn is_near(&self, reach: Reach, run: Run, parts: Parts) -> bool {
        if let Reach::Before(words) = reach {
            return !together::in_order(words, &self.groups(run, parts)).is_empty();
        }
        let wanted = self.wanted(run, parts);
        together::first_stretch(reach, &wanted.need, wanted.things.len(), wanted.fillings).is_some()
    }

    /// What the operands of a proximity need, and where that is.
    fn wanted(&self, run: Run, parts: Parts) -> Wanted {
        let mut wanted = Wanted::default();
        let needs = self.code().kids(run).iter().map(|kid| self.want(*kid, parts, &mut wanted)).collect();
        wanted.need = Need::All(needs);
        wanted
    }

    fn want(&self, op: OpId, parts: Parts, wanted: &mut Wanted) -> Need {
        let kids = |run: Run, wanted: &mut Wanted| {
            self.code().kids(run).iter().map(|kid| self.want(*kid, parts, wanted)).collect::<Vec<_>>()
        };
        match self.code().op(op) {
            Op::And(run) => Need::All(kids(run, wanted)),
            Op::Or(run) => Need::Any(kids(run, wanted)),
            Op::Of(count, run) => Need::Of(size(count), kids(run, wanted)),
            Op::Within(inner, kid) => self.want(kid, Some(PartSet::within(parts, inner)), wanted),
            _ => {
                let thing = wanted.things.len();
                wanted.things.push((op, parts));
                let places = self.places(op, parts).into_iter();
                wanted.fillings.extend(places.map(|place| Filling { thing, place }));
                Need::One(thing)
            }
        }
    }

    /// Where `op`, which holds, is borne out: at least one place for each part of it that had to be there.
    pub(super) fn evidence(&self, op: OpId, parts: Parts, evidence: &mut Vec<Evidence>) {
        match self.code().op(op) {
            Op::Atom(atom) => evidence.extend(self.first_of(&[atom], parts, None)),
            Op::Any(run) => {
                let each = self.code().atoms(run).iter().filter_map(|atom| self.first_of(&[*atom], parts, None));
                evidence.extend(each.take(MOST_SHOWN));
            }
            Op::And(run) => self.code().kids(run).iter().for_each(|kid| self.evidence(*kid, parts, evidence)),
            Op::Or(run) | Op::Of(_, run) => {
                let holds = |kid: &&OpId| self.truth(**kid, parts) != Truth::No;
                let kids = self.code().kids(run).iter().filter(holds).take(MOST_SHOWN);
                kids.for_each(|kid| self.evidence(*kid, parts, evidence));
            }
            Op::Near(reach, run) => self.near_evidence(reach, run, parts, None, evidence),
            Op::Apart(..) | Op::First(..) => {
                if let Some(place) = self.places(op, parts).first() {
                    self.evidence_at(op, parts, place, evidence);
                }
            }
            Op::Count(kid, _) => {
                for place in self.places(kid, parts).iter().take(MOST_SHOWN) {
                    self.evidence_at(kid, parts, place, evidence);
                }
            }
            Op::Score(id) => {
                let weighted = self.code().score_of(id).map_or(&[][..], |score| &score.weighted);
                let holds = |(kid, _): &&(OpId, i32)| self.truth(*kid, parts) != Truth::No;
                weighted
                    .iter()
                    .filter(holds)
                    .take(MOST_SHOWN)
                    .for_each(|(kid, _)| self.evidence(*kid, parts, evidence));
            }
            Op::Within(inner, kid) => self.evidence(kid, Some(PartSet::within(parts, inner)), evidence),
            Op::Not(_) | Op::Scope(_) | Op::Story(_) => {}
        }
    }

    /// Where `op` is borne out inside of `place`, which is one of its places.
    fn evidence_at(&self, op: OpId, parts: Parts, place: &Occurrence, evidence: &mut Vec<Evidence>) {
        match self.code().op(op) {
            Op::Atom(atom) => evidence.extend(self.first_of(&[atom], parts, Some(place))),
            Op::Any(run) => evidence.extend(self.first_of(self.code().atoms(run), parts, Some(place))),
            Op::Or(run) => {
                let has = |kid: &&OpId| self.places(**kid, parts).iter().any(|known| known.is_same(place));
                if let Some(kid) = self.code().kids(run).iter().find(has) {
                    self.evidence_at(*kid, parts, place, evidence);
                }
            }
            Op::Near(reach, run) => self.near_evidence(reach, run, parts, Some(place), evidence),
            Op::Apart(_, kid, _) | Op::First(_, kid) => self.evidence_at(kid, parts, place, evidence),
            Op::Within(inner, kid) => self.evidence_at(kid, Some(PartSet::within(parts, inner)), place, evidence),
            Op::And(_) | Op::Not(_) | Op::Of(..) | Op::Count(..) | Op::Score(_) | Op::Scope(_) | Op::Story(_) => {}
        }
    }

    fn near_evidence(
        &self,
        reach: Reach,
        run: Run,
        parts: Parts,
        within: Option<&Occurrence>,
        evidence: &mut Vec<Evidence>,
    ) {
        let inside = |place: &Occurrence| within.is_none_or(|whole| whole.holds(place));
        if let Reach::Before(words) = reach {
            let chains = together::in_order(words, &self.groups(run, parts));
            let chain = chains.iter().find(|chain| chain.iter().all(inside));
            for (kid, place) in self.code().kids(run).iter().zip(chain.into_iter().flatten()) {
                self.evidence_at(*kid, parts, place, evidence);
            }
            return;
        }
        let mut wanted = self.wanted(run, parts);
        wanted.fillings.retain(|filling| inside(&filling.place));
        let stretch = together::first_stretch(reach, &wanted.need, wanted.things.len(), wanted.fillings);
        for filling in stretch.into_iter().flatten().take(MOST_SHOWN) {
            if let Some((op, parts)) = wanted.things.get(filling.thing) {
                self.evidence_at(*op, *parts, &filling.place, evidence);
            }
        }
    }

    /// The earliest place of any of `atoms`, or the one that is `place`.
    fn first_of(&self, atoms: &[AtomId], parts: Parts, place: Option<&Occurrence>) -> Option<Evidence> {
        let all =
            atoms.iter().flat_map(|atom| self.atom_places(*atom, parts).map(|place| Evidence { atom: *atom, place }));
        let is_meant = |evidence: &Evidence| place.is_none_or(|place| evidence.place.is_same(place));
        all.filter(is_meant).min_by_key(|evidence| evidence.place.position)
    }
}

/// The operands of a proximity, taken apart.
#[derive(Debug)]
struct Wanted {
    need: Need,
    things: Vec<(OpId, Parts)>,
    fillings: Vec<Filling>,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { need: Need::All(Vec::new()), things: Vec::new(), fillings: Vec::new() }
    }
}
