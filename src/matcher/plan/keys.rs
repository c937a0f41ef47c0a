//! By which terms a rule is found: one of them must occur wherever the rule holds, and the rarer they are, the fewer
//! items the rule is looked at for.

use hashbrown::HashMap;

use crate::matcher::code::{Code, Op, OpId};
use crate::matcher::query::{Comparison, Literal, Mode, Node, Operator};
use crate::matcher::tokens::size;

use super::{Atom, AtomId};

/// What a term of unknown frequency costs beside one that hardly occurs.
const UNKNOWN: usize = 12;

/// What can be known of terms before any text was seen.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) code: &'a Code,
    pub(super) atoms: &'a [Atom],
    pub(super) topics: &'a HashMap<&'a str, &'a [Node]>,
}

/// Atoms of which one occurs wherever `op` holds, the rarest such choice; None where it can hold without any.
pub(super) fn keys(known: Known<'_>, op: OpId) -> Option<Vec<AtomId>> {
    let code = known.code;
    match code.op(op) {
        Op::Atom(atom) => Some(vec![atom]),
        Op::Any(run) => Some(code.atoms(run).to_vec()),
        Op::And(run) | Op::Near(_, run) => {
            code.kids(run).iter().filter_map(|kid| keys(known, *kid)).min_by_key(|keys| sum(known, keys))
        }
        Op::Or(run) => union(code.kids(run).iter().map(|kid| keys(known, *kid))),
        Op::Of(count, run) => {
            // One of any that are enough to leave too few others.
            let mut kids: Vec<_> = code.kids(run).iter().map(|kid| keys(known, *kid)).collect();
            kids.sort_by_key(|keys| keys.as_ref().map_or(usize::MAX, |keys| sum(known, keys)));
            let enough = (kids.len() + 1).saturating_sub(size(count));
            union(kids.into_iter().take(enough))
        }
        Op::Apart(_, kid, _) | Op::First(_, kid) | Op::Within(_, kid) => keys(known, kid),
        Op::Count(kid, comparison) => keys(known, kid).filter(|_| !comparison.holds(&0)),
        Op::Score(id) => {
            let score = code.score_of(id)?;
            let Comparison { operator, value } = score.comparison;
            let is_positive = match operator {
                Operator::AtLeast | Operator::Equal => value > 0,
                Operator::MoreThan => value >= 0,
                Operator::AtMost | Operator::LessThan => false,
            };
            let raising = score.weighted.iter().filter(|(_, weight)| *weight > 0);
            is_positive.then(|| union(raising.map(|(kid, _)| keys(known, *kid))))?
        }
        Op::Not(_) | Op::Scope(_) | Op::Story(_) => None,
    }
}

/// How often `op` is likely to hold: what is rare is looked at first.
pub(super) fn cost(known: Known<'_>, op: OpId) -> usize {
    match known.code.op(op) {
        Op::Scope(_) => 1,
        Op::Near(..) | Op::Apart(..) | Op::Count(..) | Op::First(..) | Op::Score(_) => {
            keys(known, op).map_or(usize::MAX, |keys| sum(known, &keys).saturating_mul(2))
        }
        Op::Not(_) | Op::Story(_) => usize::MAX,
        _ => keys(known, op).map_or(usize::MAX, |keys| sum(known, &keys)),
    }
}

fn union(all: impl Iterator<Item = Option<Vec<AtomId>>>) -> Option<Vec<AtomId>> {
    all.collect::<Option<Vec<_>>>().map(|keys| keys.into_iter().flatten().collect())
}

fn sum(known: Known<'_>, keys: &[AtomId]) -> usize {
    keys.iter().map(|atom| commonness(known, *atom)).sum()
}

/// A guess: phrases are rarer than words, long words rarer than short ones.
fn commonness(known: Known<'_>, atom: AtomId) -> usize {
    match known.atoms.get(size(atom)) {
        Some(Atom::Literal(Literal { text, mode })) => match mode {
            Mode::Plain | Mode::Exact if text.contains(' ') => 1,
            Mode::Plain | Mode::Exact | Mode::Stem => UNKNOWN.saturating_sub(text.chars().count()).max(2),
            Mode::Prefix => 2 * UNKNOWN.saturating_sub(text.chars().count()).max(2),
            Mode::Regex { .. } => UNKNOWN,
        },
        Some(Atom::Entity(_)) => 3,
        Some(Atom::Kind(_)) => 1_000,
        Some(Atom::Topic(name)) => known.topics.get(name.as_str()).map_or(0, |terms| terms.len()),
        None => 0,
    }
}
