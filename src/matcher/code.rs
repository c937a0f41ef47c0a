//! Compiled queries: flat operations that name each other by number. Knows nothing of texts.

use super::parts::{PartSet, Parts};
use super::plan::AtomId;
use super::query::{Comparison, Reach, StoryTerm};
use super::scope::Predicate;
use super::tokens::size;

/// An operation, by number.
pub(super) type OpId = u32;

/// A stretch of one of the lists in [`Code`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    start: u32,
    length: u32,
}

/// One step of a query.
#[derive(Debug, Clone, Copy)]
pub(super) enum Op {
    Atom(AtomId),
    /// Any of some atoms.
    Any(Run),
    And(Run),
    Or(Run),
    Not(OpId),
    Of(u32, Run),
    Near(Reach, Run),
    Apart(Reach, OpId, OpId),
    Count(OpId, Comparison<u32>),
    /// The sum of weights, by number.
    Score(u32),
    First(u32, OpId),
    Within(PartSet, OpId),
    /// Where the item comes from, by number.
    Scope(u32),
    /// What its story is like, by number.
    Story(u32),
}

/// What `score(…)` adds up.
#[derive(Debug)]
pub(super) struct Score {
    pub(super) weighted: Vec<(OpId, i32)>,
    pub(super) comparison: Comparison<i32>,
}

/// The operations of all rules.
#[derive(Debug, Default)]
pub(super) struct Code {
    ops: Vec<Op>,
    kids: Vec<OpId>,
    atoms: Vec<AtomId>,
    scores: Vec<Score>,
    scopes: Vec<Predicate>,
    stories: Vec<StoryTerm>,
}

impl Code {
    pub(super) fn push(&mut self, op: Op) -> OpId {
        push(&mut self.ops, op)
    }

    pub(super) fn kids_run(&mut self, kids: &[OpId]) -> Run {
        run(&mut self.kids, kids)
    }

    pub(super) fn atoms_run(&mut self, atoms: &[AtomId]) -> Run {
        run(&mut self.atoms, atoms)
    }

    pub(super) fn score(&mut self, score: Score) -> Op {
        Op::Score(push(&mut self.scores, score))
    }

    pub(super) fn scope(&mut self, predicate: Predicate) -> Op {
        Op::Scope(push(&mut self.scopes, predicate))
    }

    pub(super) fn story(&mut self, term: StoryTerm) -> Op {
        Op::Story(push(&mut self.stories, term))
    }

    /// The operation called `id`.
    ///
    /// # Panics
    /// Never: ids come from [`Code::push`].
    pub(super) fn op(&self, id: OpId) -> Op {
        *self.ops.get(size(id)).expect("operations name only what was pushed")
    }

    pub(super) fn kids(&self, run: Run) -> &[OpId] {
        slice(&self.kids, run)
    }

    pub(super) fn atoms(&self, run: Run) -> &[AtomId] {
        slice(&self.atoms, run)
    }

    pub(super) fn score_of(&self, id: u32) -> Option<&Score> {
        self.scores.get(size(id))
    }

    pub(super) fn predicate(&self, id: u32) -> Option<&Predicate> {
        self.scopes.get(size(id))
    }

    pub(super) fn story_term(&self, id: u32) -> Option<&StoryTerm> {
        self.stories.get(size(id))
    }

    /// The atoms that can make `op` hold, each as often as it stands there, with where it is sought.
    pub(super) fn atoms_of(&self, op: OpId, parts: Parts, atoms: &mut Vec<(AtomId, Parts)>) {
        match self.op(op) {
            Op::Atom(atom) => atoms.push((atom, parts)),
            Op::Any(run) => atoms.extend(self.atoms(run).iter().map(|atom| (*atom, parts))),
            Op::And(run) | Op::Or(run) | Op::Of(_, run) | Op::Near(_, run) => {
                for kid in self.kids(run) {
                    self.atoms_of(*kid, parts, atoms);
                }
            }
            Op::Count(kid, _) | Op::First(_, kid) | Op::Apart(_, kid, _) => self.atoms_of(kid, parts, atoms),
            Op::Within(inner, kid) => self.atoms_of(kid, Some(PartSet::within(parts, inner)), atoms),
            Op::Score(id) => {
                let weighted = self.score_of(id).map_or(&[][..], |score| &score.weighted);
                for (kid, _) in weighted {
                    self.atoms_of(*kid, parts, atoms);
                }
            }
            Op::Not(_) | Op::Scope(_) | Op::Story(_) => {}
        }
    }
}

fn push<T>(list: &mut Vec<T>, value: T) -> u32 {
    let id = super::lexicon::number(list.len());
    list.push(value);
    id
}

fn run(list: &mut Vec<u32>, members: &[u32]) -> Run {
    let start = super::lexicon::number(list.len());
    list.extend_from_slice(members);
    Run { start, length: super::lexicon::number(members.len()) }
}

fn slice(list: &[u32], run: Run) -> &[u32] {
    list.get(size(run.start)..size(run.start + run.length)).unwrap_or_default()
}
