//! Trees → operations, terms and posts.

use hashbrown::{HashMap, HashSet};

use crate::feed::Feed;
use crate::matcher::CompileError;
use crate::matcher::chars::{Script, script};
use crate::matcher::code::{Code, Op, OpId, Score};
use crate::matcher::forms::TermKind;
use crate::matcher::lexicon::{LexiconBuilder, TermId, number};
use crate::matcher::parts::PartSet;
use crate::matcher::patterns::Patterns;
use crate::matcher::query::{Expr, Literal, Mode, Node, Reach, StoryTerm};
use crate::matcher::rule::{Entity, EntityKind, Topic, Watch};
use crate::matcher::scope::{Feeds, Predicate};
use crate::matcher::term::TermError;
use crate::matcher::tokens::size;

use super::{Atom, AtomId, Derived, EntityId, EntityPlan, Plan, Role, RulePlan, Uses, keys};

/// Compiles watches with the entities and topics they name.
pub(in crate::matcher) fn compile(
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
        let op = compiler.op(&watch.query, &|| format!("watch `{}`", watch.name))?;
        compiler.rules.push(RulePlan { watch: watch.name.clone(), level: watch.level, op });
    }
    Ok(compiler.finish())
}

/// Who wrote something, for messages.
type Place<'p> = &'p dyn Fn() -> String;

struct Compiler<'a> {
    code: Code,
    lexicon: LexiconBuilder,
    patterns: Patterns,
    uses: Vec<Uses>,
    entities: Vec<EntityPlan>,
    kinds: Vec<Option<EntityKind>>,
    entity_ids: HashMap<&'a str, EntityId>,
    topics: HashMap<&'a str, &'a [Node]>,
    atoms: Vec<Atom>,
    atom_ids: HashMap<Atom, AtomId>,
    rules: Vec<RulePlan>,
    derived: Vec<Derived>,
    asked_of_stories: HashMap<String, AtomId>,
    parts: PartSet,
    feeds: Feeds,
}

impl<'a> Compiler<'a> {
    fn new(entities: &'a [Entity], topics: &'a [Topic], feeds: &[Feed]) -> Self {
        let plan = |entity: &Entity| EntityPlan { id: entity.id.clone(), atoms: Vec::new(), context: Vec::new() };
        let ids = entities.iter().enumerate().map(|(id, entity)| (entity.id.as_str(), number(id)));
        Self {
            code: Code::default(),
            lexicon: LexiconBuilder::default(),
            patterns: Patterns::default(),
            uses: Vec::new(),
            entities: entities.iter().map(plan).collect(),
            kinds: entities.iter().map(|entity| entity.kind).collect(),
            entity_ids: ids.collect(),
            topics: topics.iter().map(|topic| (topic.name.as_str(), topic.terms.as_slice())).collect(),
            atoms: Vec::new(),
            atom_ids: HashMap::new(),
            rules: Vec::new(),
            derived: Vec::new(),
            asked_of_stories: HashMap::new(),
            parts: PartSet::USUAL,
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
        let mut context = Vec::new();
        for node in &entity.context {
            let op = self.op(node, &place)?;
            let mut atoms = Vec::new();
            self.code.atoms_of(op, None, &mut atoms);
            context.extend(atoms.into_iter().map(|(atom, _)| atom));
        }
        if let Some(plan) = self.entities.get_mut(size(id)) {
            plan.context = context;
        }
        Ok(())
    }

    fn op(&mut self, node: &Node, place: Place<'_>) -> Result<OpId, CompileError> {
        let op = match &node.expr {
            Expr::Literal(Literal { text, mode: Mode::Stem }) if text.contains(char::is_whitespace) => {
                let stem = |word: &str| Expr::Literal(Literal { text: word.to_owned(), mode: Mode::Stem }).into();
                let words: Vec<Node> = text.split_whitespace().map(stem).collect();
                let kids = self.ops(words.iter(), place)?;
                Op::Near(Reach::Before(1), self.code.kids_run(&kids))
            }
            Expr::Literal(literal) => Op::Atom(self.atom(&Atom::Literal(literal.clone()), place)?),
            Expr::Entity(id) => Op::Atom(self.atom(&Atom::Entity(id.clone()), place)?),
            Expr::Kind(kind) => Op::Atom(self.atom(&Atom::Kind(*kind), place)?),
            Expr::Topic(name) => Op::Atom(self.atom(&Atom::Topic(name.clone()), place)?),
            Expr::Within(parts, inner) => {
                let parts = PartSet::named(parts);
                self.parts = self.parts.union(parts);
                Op::Within(parts, self.op(inner, place)?)
            }
            Expr::Origin(origin, name) => {
                let predicate = Predicate::new(*origin, name, &self.feeds);
                self.code.scope(predicate.map_err(|source| CompileError::Glob { place: place(), source })?)
            }
            Expr::And(nodes) => {
                let mut kids = self.ops(nodes.iter(), place)?;
                // The likeliest to fail first.
                kids.sort_by_key(|kid| keys::cost(self.keys(), *kid));
                Op::And(self.code.kids_run(&kids))
            }
            Expr::Or(nodes) => self.or(nodes, place)?,
            Expr::Not(inner) => Op::Not(self.op(inner, place)?),
            Expr::Of(count, nodes) => {
                let kids = self.ops(nodes.iter(), place)?;
                Op::Of(number(*count), self.code.kids_run(&kids))
            }
            Expr::Near(reach, nodes) => {
                let kids = self.ops(nodes.iter(), place)?;
                Op::Near(*reach, self.code.kids_run(&kids))
            }
            Expr::Apart(reach, left, right) => Op::Apart(*reach, self.op(left, place)?, self.op(right, place)?),
            Expr::Count(inner, comparison) => Op::Count(self.op(inner, place)?, *comparison),
            Expr::Score(weighted, comparison) => {
                let kids = self.ops(weighted.iter().map(|(node, _)| node), place)?;
                let weighted = kids.into_iter().zip(weighted.iter().map(|(_, weight)| *weight)).collect();
                self.code.score(Score { weighted, comparison: *comparison })
            }
            Expr::First(words, inner) => Op::First(*words, self.op(inner, place)?),
            Expr::Story(term) => {
                if let StoryTerm::Has(id) = term {
                    let atom = self.atom(&Atom::Entity(id.clone()), place)?;
                    self.asked_of_stories.insert(id.clone(), atom);
                }
                self.code.story(term.clone())
            }
        };
        Ok(self.code.push(op))
    }

    fn ops<'n>(&mut self, nodes: impl Iterator<Item = &'n Node>, place: Place<'_>) -> Result<Vec<OpId>, CompileError> {
        nodes.map(|node| self.op(node, place)).collect()
    }

    /// An either-or of terms alone is one look at each; others are looked at behind them.
    fn or(&mut self, nodes: &[Node], place: Place<'_>) -> Result<Op, CompileError> {
        let kids = self.ops(nodes.iter(), place)?;
        let (mut atoms, mut others) = (Vec::new(), Vec::new());
        for kid in kids {
            match self.code.op(kid) {
                Op::Atom(atom) if !atoms.contains(&atom) => atoms.push(atom),
                Op::Atom(_) => {}
                _ => others.push(kid),
            }
        }
        let any = Op::Any(self.code.atoms_run(&atoms));
        if others.is_empty() {
            return Ok(any);
        }
        if !atoms.is_empty() {
            others.insert(0, self.code.push(any));
        }
        Ok(Op::Or(self.code.kids_run(&others)))
    }

    fn atom(&mut self, atom: &Atom, place: Place<'_>) -> Result<AtomId, CompileError> {
        if let Some(known) = self.atom_ids.get(atom) {
            return Ok(*known);
        }
        let id = number(self.atoms.len());
        self.atoms.push(atom.clone());
        self.atom_ids.insert(atom.clone(), id);
        self.post(id, atom, place)?;
        Ok(id)
    }

    /// Makes the atom `id` occur wherever `atom` does.
    fn post(&mut self, id: AtomId, atom: &Atom, place: Place<'_>) -> Result<(), CompileError> {
        match atom {
            Atom::Literal(Literal { text, mode: Mode::Plain }) => {
                let term = self.term(text, TermKind::Plain, place)?;
                add(&mut self.uses_of(term).atoms, id);
            }
            Atom::Literal(Literal { text, mode: Mode::Exact }) => {
                let term = self.term(text, TermKind::Plain, place)?;
                add(&mut self.uses_of(term).exact, id);
            }
            Atom::Literal(literal) => self.patterns.add(literal, id),
            Atom::Entity(name) => {
                let found = self.entity_ids.get(name.as_str()).and_then(|found| self.entities.get_mut(size(*found)));
                let unknown = || CompileError::UnknownEntity { place: place(), id: name.clone() };
                add(&mut found.ok_or_else(unknown)?.atoms, id);
            }
            Atom::Kind(kind) => {
                let of_kind = self.entities.iter_mut().zip(&self.kinds).filter(|(_, found)| **found == Some(*kind));
                of_kind.for_each(|(entity, _)| add(&mut entity.atoms, id));
            }
            Atom::Topic(name) => {
                return self.topic(id, name, &mut HashSet::new(), place);
            }
        }
        Ok(())
    }

    /// Makes the atom `id` occur wherever the topic `name` does. A topic within itself adds nothing.
    fn topic(
        &mut self,
        id: AtomId,
        name: &str,
        outer: &mut HashSet<String>,
        place: Place<'_>,
    ) -> Result<(), CompileError> {
        let found = self.topics.get(name).copied();
        let unknown = || CompileError::UnknownTopic { place: place(), name: name.to_owned() };
        let terms = found.ok_or_else(unknown)?;
        if !outer.insert(name.to_owned()) {
            return Ok(());
        }
        let place = || format!("topic `{name}`");
        for node in terms {
            match &node.expr {
                Expr::Topic(inner) => self.topic(id, inner, outer, &place)?,
                _ => self.topic_term(id, node, &place)?,
            }
        }
        Ok(())
    }

    /// Makes the topic with the atom `id` occur wherever one of its terms does.
    fn topic_term(&mut self, id: AtomId, node: &Node, place: Place<'_>) -> Result<(), CompileError> {
        let own = match &node.expr {
            Expr::Literal(literal) if literal.mode != Mode::Stem || !literal.text.contains(char::is_whitespace) => {
                Some(Atom::Literal(literal.clone()))
            }
            Expr::Entity(name) => Some(Atom::Entity(name.clone())),
            Expr::Kind(kind) => Some(Atom::Kind(*kind)),
            _ => None,
        };
        if let Some(own) = own {
            return self.post(id, &own, place);
        }
        let op = self.op(node, place)?;
        self.derived.push(Derived { atom: id, op });
        Ok(())
    }

    fn term(&mut self, text: &str, kind: TermKind, place: Place<'_>) -> Result<TermId, CompileError> {
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

    fn keys(&self) -> keys::Known<'_> {
        keys::Known { code: &self.code, atoms: &self.atoms, topics: &self.topics }
    }

    fn finish(self) -> Plan {
        let mut posts = vec![Vec::new(); self.atoms.len()];
        let mut unposted = Vec::new();
        let ops = self.rules.iter().map(|rule| rule.op).chain(self.derived.iter().map(|derived| derived.op));
        for (id, op) in ops.enumerate() {
            let keys = keys::keys(self.keys(), op);
            if keys.is_none() {
                unposted.push(number(id));
            }
            let keys: HashSet<AtomId> = keys.into_iter().flatten().collect();
            for atom in keys {
                if let Some(rules) = posts.get_mut(size(atom)) {
                    rules.push(number(id));
                }
            }
        }
        Plan {
            code: self.code,
            lexicon: self.lexicon.build(),
            patterns: self.patterns.ready(),
            uses: self.uses,
            entities: self.entities,
            atoms: self.atoms,
            posts,
            unposted,
            rules: self.rules,
            derived: self.derived,
            asked_of_stories: self.asked_of_stories,
            parts: self.parts,
            feeds: self.feeds,
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
