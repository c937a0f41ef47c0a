//! All watches compiled: what each term is for, and which rules to look at once it is found. Knows nothing of texts.

use hashbrown::{HashMap, HashSet};

use crate::alert::Level;
use crate::feed::Feed;

use super::CompileError;
use super::chars::{Script, script};
use super::forms::TermKind;
use super::lexicon::{Lexicon, LexiconBuilder, TermId, number};
use super::parts::PartSet;
use super::rule::{Entity, Near, Rule, Term, Topic, Watch, WatchName};
use super::scope::{Feeds, Scope};
use super::term::TermError;
use super::tokens::size;

/// A term of a rule (a text, an entity, a topic), by number.
pub(super) type AtomId = u32;
/// An entity, by number.
pub(super) type EntityId = u32;
/// A rule, by number: the order of the watches.
pub(super) type RuleId = u32;

/// What a name in a text tells of an entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// It is there.
    Full,
    /// It is there, if something else says so.
    Short,
    /// It is not there: another one is.
    Never,
}

/// What a term of the lexicon is for.
#[derive(Debug, Default)]
pub(super) struct Uses {
    /// The atoms that occur where it occurs.
    pub(super) atoms: Vec<AtomId>,
    /// The entities that it names.
    pub(super) names: Vec<(EntityId, Role)>,
}

/// An entity as it is sought.
#[derive(Debug)]
pub(super) struct EntityPlan {
    pub(super) id: String,
    /// The atoms that occur where it occurs.
    pub(super) atoms: Vec<AtomId>,
    /// The atoms near which a short form counts.
    pub(super) context: Vec<AtomId>,
}

/// A rule as it is evaluated.
#[derive(Debug)]
pub(super) struct RulePlan {
    pub(super) watch: WatchName,
    pub(super) level: Level,
    pub(super) all: Vec<Vec<AtomId>>,
    pub(super) any: Vec<AtomId>,
    /// How many of `any` it takes; 0 when there are none.
    pub(super) at_least: usize,
    pub(super) none: Vec<AtomId>,
    pub(super) near: Option<Near>,
    /// Where `all` and `any` are sought.
    pub(super) parts: PartSet,
    /// Where `none` is sought.
    pub(super) none_parts: PartSet,
    pub(super) scope: Scope,
}

/// All watches, compiled.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) lexicon: Lexicon,
    pub(super) uses: Vec<Uses>,
    pub(super) entities: Vec<EntityPlan>,
    /// Each atom as its owner wrote it.
    pub(super) atoms: Vec<Term>,
    /// The rules to look at when an atom occurs.
    pub(super) posts: Vec<Vec<RuleId>>,
    /// Rules without any term: they are looked at for every item.
    pub(super) unposted: Vec<RuleId>,
    pub(super) rules: Vec<RulePlan>,
    /// The parts that some rule asks for.
    pub(super) parts: PartSet,
    pub(super) feeds: Feeds,
}

/// Compiles watches with the entities and topics they name.
pub(super) fn compile(
    watches: &[Watch],
    entities: &[Entity],
    topics: &[Topic],
    feeds: &[Feed],
) -> Result<Plan, CompileError> {
    let mut compiler = Compiler::new(entities, topics, feeds);
    for (id, entity) in entities.iter().enumerate() {
        compiler.entity(number(id), entity)?;
    }
    for watch in watches {
        compiler.watch(watch)?;
    }
    Ok(compiler.finish())
}

struct Compiler<'a> {
    lexicon: LexiconBuilder,
    uses: Vec<Uses>,
    entities: Vec<EntityPlan>,
    entity_ids: HashMap<&'a str, EntityId>,
    topics: HashMap<&'a str, &'a [Term]>,
    atoms: Vec<Term>,
    atom_ids: HashMap<Term, AtomId>,
    rules: Vec<RulePlan>,
    feeds: Feeds,
}

impl<'a> Compiler<'a> {
    fn new(entities: &'a [Entity], topics: &'a [Topic], feeds: &[Feed]) -> Self {
        let plan = |entity: &Entity| EntityPlan { id: entity.id.clone(), atoms: Vec::new(), context: Vec::new() };
        let ids = entities.iter().enumerate().map(|(id, entity)| (entity.id.as_str(), number(id)));
        Self {
            lexicon: LexiconBuilder::new(),
            uses: Vec::new(),
            entities: entities.iter().map(plan).collect(),
            entity_ids: ids.collect(),
            topics: topics.iter().map(|topic| (topic.name.as_str(), topic.terms.as_slice())).collect(),
            atoms: Vec::new(),
            atom_ids: HashMap::new(),
            rules: Vec::new(),
            feeds: Feeds::new(feeds),
        }
    }

    fn entity(&mut self, id: EntityId, entity: &Entity) -> Result<(), CompileError> {
        let place = || format!("entity `{}`", entity.id);
        let roles = [(&entity.names, Role::Full), (&entity.short, Role::Short), (&entity.never, Role::Never)];
        for (names, role) in roles {
            for name in names {
                let term = self.term(name, TermKind::Name, &place)?;
                self.uses_of(term).names.push((id, role));
            }
        }
        for titled in titled(entity) {
            let term = self.term(&titled, TermKind::Name, &place)?;
            self.uses_of(term).names.push((id, Role::Full));
        }
        let context = self.atoms(&entity.context, &place)?;
        if let Some(plan) = self.entities.get_mut(size(id)) {
            plan.context = context;
        }
        Ok(())
    }

    fn watch(&mut self, watch: &Watch) -> Result<(), CompileError> {
        let place = || format!("watch `{}`", watch.name);
        let Rule { all, any, at_least, none, near, within, feeds, not_feeds, langs } = &watch.rule;
        let all: Vec<Vec<AtomId>> = all.iter().map(|group| self.atoms(group, &place)).collect::<Result<_, _>>()?;
        let any = self.atoms(any, &place)?;
        let none = self.atoms(none, &place)?;
        let scope = self.feeds.scope(feeds, not_feeds, langs);
        // a single part is near to itself
        let several = all.len() + any.len() > 1;
        let none_parts = PartSet::named(within);
        let parts = match near {
            Some(Near::Title) => none_parts.intersection(PartSet::TITLE),
            _ => none_parts,
        };
        self.rules.push(RulePlan {
            watch: watch.name.clone(),
            level: watch.level,
            all,
            at_least: if any.is_empty() { 0 } else { (*at_least).max(1) },
            any,
            none,
            near: near.filter(|near| *near != Near::Title && several),
            parts,
            none_parts,
            scope: scope.map_err(|source| CompileError::Glob { place: place(), source })?,
        });
        Ok(())
    }

    /// The atoms of `terms`, each once.
    fn atoms(&mut self, terms: &[Term], place: &dyn Fn() -> String) -> Result<Vec<AtomId>, CompileError> {
        let mut atoms = Vec::with_capacity(terms.len());
        for term in terms {
            let atom = self.atom(term, place)?;
            if !atoms.contains(&atom) {
                atoms.push(atom);
            }
        }
        Ok(atoms)
    }

    fn atom(&mut self, term: &Term, place: &dyn Fn() -> String) -> Result<AtomId, CompileError> {
        if let Some(known) = self.atom_ids.get(term) {
            return Ok(*known);
        }
        let atom = number(self.atoms.len());
        self.atoms.push(term.clone());
        self.atom_ids.insert(term.clone(), atom);
        self.post(atom, term, &mut HashSet::new(), place)?;
        Ok(atom)
    }

    /// Makes `atom` occur wherever `term` does. A topic within itself adds nothing.
    fn post(
        &mut self,
        atom: AtomId,
        term: &Term,
        topics: &mut HashSet<String>,
        place: &dyn Fn() -> String,
    ) -> Result<(), CompileError> {
        match term {
            Term::Text(text) => {
                let term = self.term(text, TermKind::Plain, place)?;
                add(&mut self.uses_of(term).atoms, atom);
            }
            Term::Entity(id) => {
                let found = self.entity_ids.get(id.as_str()).and_then(|found| self.entities.get_mut(size(*found)));
                let unknown = || CompileError::UnknownEntity { place: place(), id: id.clone() };
                add(&mut found.ok_or_else(unknown)?.atoms, atom);
            }
            Term::Topic(name) => {
                let found = self.topics.get(name.as_str()).copied();
                let unknown = || CompileError::UnknownTopic { place: place(), name: name.clone() };
                let terms = found.ok_or_else(unknown)?;
                if topics.insert(name.clone()) {
                    for term in terms {
                        self.post(atom, term, topics, place)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn term(&mut self, text: &str, kind: TermKind, place: &dyn Fn() -> String) -> Result<TermId, CompileError> {
        self.lexicon.add(text, kind).ok_or_else(|| CompileError::Term {
            place: place(),
            term: text.to_owned(),
            source: TermError::Empty,
        })
    }

    fn uses_of(&mut self, term: TermId) -> &mut Uses {
        let index = size(term);
        if self.uses.len() <= index {
            self.uses.resize_with(index + 1, Uses::default);
        }
        self.uses.get_mut(index).expect("the table was just made long enough")
    }

    fn finish(self) -> Plan {
        let mut posts = vec![Vec::new(); self.atoms.len()];
        let mut unposted = Vec::new();
        for (id, rule) in self.rules.iter().enumerate() {
            let group = self.rarest_group(rule);
            if group.is_empty() {
                unposted.push(number(id));
            }
            for atom in group {
                if let Some(rules) = posts.get_mut(size(*atom)) {
                    add(rules, number(id));
                }
            }
        }
        let parts = self.rules.iter().map(|rule| rule.none_parts).fold(PartSet::USUAL, PartSet::union);
        Plan {
            lexicon: self.lexicon.build(),
            uses: self.uses,
            entities: self.entities,
            atoms: self.atoms,
            posts,
            unposted,
            rules: self.rules,
            parts,
            feeds: self.feeds,
        }
    }

    /// The group of `rule` that will be found least often, as far as one can tell from its terms. Empty when the
    /// rule has no group.
    fn rarest_group<'r>(&self, rule: &'r RulePlan) -> &'r [AtomId] {
        let any = Some(rule.any.as_slice()).filter(|any| !any.is_empty());
        let groups = rule.all.iter().map(Vec::as_slice).chain(any);
        groups.min_by_key(|group| group.iter().map(|atom| self.commonness(*atom)).sum::<usize>()).unwrap_or_default()
    }

    /// A guess: phrases are rarer than words, long words rarer than short ones.
    fn commonness(&self, atom: AtomId) -> usize {
        match self.atoms.get(size(atom)) {
            Some(Term::Text(text)) if text.contains(' ') => 1,
            Some(Term::Text(text)) => 12_usize.saturating_sub(text.chars().count()).max(2),
            Some(Term::Entity(_)) => 3,
            Some(Term::Topic(name)) => self.topics.get(name.as_str()).map_or(0, |terms| terms.len()),
            None => 0,
        }
    }
}

/// Every short form with every title of its own script, on either side: `Chairman Kim`, `金委員長`.
fn titled(entity: &Entity) -> impl Iterator<Item = String> {
    let pairs = entity.short.iter().flat_map(|short| entity.titles.iter().map(move |title| (short, title)));
    pairs.filter(|(short, title)| script_of(short) == script_of(title)).flat_map(|(short, title)| {
        let blank = if script_of(short) == Some(Script::Unsegmented) { "" } else { " " };
        [format!("{title}{blank}{short}"), format!("{short}{blank}{title}")]
    })
}

fn script_of(text: &str) -> Option<Script> {
    text.chars().find(|c| c.is_alphabetic()).map(script)
}

fn add<T: PartialEq>(list: &mut Vec<T>, value: T) {
    if !list.contains(&value) {
        list.push(value);
    }
}
