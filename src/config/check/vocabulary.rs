//! `[[entity]]` and `[topics]`: what watches can name, and the terms in which they and watches are written.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config::Part;
use crate::config::problem::{Place, Problem, Source};
use crate::config::raw::{RawEntity, RawTopic, Text};
use crate::config::read::Kind;
use crate::config::{Example, Subject, embedded, terms};
use crate::matcher::query::{Expr, Node, Note, Parsed, QueryErrors, StoryTerm, lint, placeless};
use crate::matcher::{Entity, EntityKind, Topic, check_term};

use super::Checker;

const KINDS: [(&str, EntityKind); 3] =
    [("person", EntityKind::Person), ("place", EntityKind::Place), ("org", EntityKind::Org)];

/// All entities and topics by name, the user's own before those of packs.
pub(super) struct Vocabulary<'a> {
    entities: Named<'a, RawEntity>,
    topics: Named<'a, RawTopic>,
}

type Named<'a, T> = BTreeMap<&'a str, Definition<'a, T>>;

/// Where and how a name is defined.
struct Definition<'a, T> {
    part: &'a Part,
    name: &'a Text,
    value: &'a T,
}

impl<T> Definition<'_, T> {
    fn place(&self) -> Place {
        Place::of(&self.part.source, self.name)
    }
}

impl<'a> Vocabulary<'a> {
    /// Gathers the names of `parts`, and reports those that are defined twice or badly formed.
    pub(super) fn collect(checker: &mut Checker<'_>, parts: &'a [Part]) -> Self {
        let mut vocabulary = Self { entities: BTreeMap::new(), topics: BTreeMap::new() };
        for part in parts {
            for entity in &part.raw.entity {
                let definition = Definition { part, name: &entity.id, value: entity };
                define(checker, &mut vocabulary.entities, definition, "entity");
            }
            for (name, topic) in &part.raw.topics {
                let definition = Definition { part, name, value: topic };
                define(checker, &mut vocabulary.topics, definition, "topic");
            }
        }
        vocabulary
    }

    /// The entities and topics, with their terms checked; both by name.
    pub(super) fn check(&self, checker: &mut Checker<'_>) -> (Vec<Entity>, Vec<Topic>) {
        let entities = self.entities.values().map(|definition| self.entity(checker, definition)).collect();
        let topics = self.topics.values().map(|definition| self.topic(checker, definition)).collect();
        (entities, topics)
    }

    fn entity(&self, checker: &mut Checker<'_>, definition: &Definition<'_, RawEntity>) -> Entity {
        let (source, raw) = (&definition.part.source, definition.value);
        if raw.names.get_ref().is_empty() {
            checker.error("an entity needs at least one name", source, &raw.names);
        }
        let mut plain = |texts: &[Text]| texts.iter().map(|text| name(checker, source, text)).collect();
        let (names, short, never) = (plain(raw.names.get_ref()), plain(&raw.short), plain(&raw.never));
        let titles = plain(&raw.titles);
        let context = self.terms(checker, source, &raw.context);
        if let Some(title) = raw.titles.first().filter(|_| raw.short.is_empty()) {
            checker.error("`titles` make `short` forms count, and there are none", source, title);
        }
        let kind = raw.kind.as_ref().and_then(|kind| checker.choice("kind of entity", source, kind, &KINDS));
        Entity { id: raw.id.get_ref().clone(), kind, names, short, titles, context, never }
    }

    fn topic(&self, checker: &mut Checker<'_>, definition: &Definition<'_, RawTopic>) -> Topic {
        let source = &definition.part.source;
        let terms = definition.value.any.as_slice();
        if terms.is_empty() {
            checker.error("a topic needs at least one term", source, definition.name);
        }
        for text in terms.iter().filter(|text| text.get_ref().starts_with('#')) {
            checker.error("a topic cannot hold another topic: name both where you use them", source, text);
        }
        let members = terms.iter().filter_map(|text| {
            let place = Place::of(source, text);
            let node = self.term(checker, text.get_ref(), &place)?;
            for said in placeless(&node) {
                let problem = Problem::error(said.message).at(place.clone().inside(text.get_ref(), &said.span));
                checker.problems.push(said.hint.into_iter().fold(problem, Problem::hint));
            }
            Some(node)
        });
        let terms = members.collect();
        Topic { name: definition.name.get_ref().clone(), terms }
    }

    /// The headlines that entities and topics must and must not hit.
    pub(super) fn examples(&self) -> Vec<Example> {
        let entities = self.entities.values().flat_map(|definition| {
            let RawEntity { id, test_yes, test_no, .. } = definition.value;
            let subject = Subject::Entity(id.get_ref().clone());
            examples(&subject, &definition.part.source, test_yes, test_no)
        });
        let topics = self.topics.values().flat_map(|definition| {
            let RawTopic { test_yes, test_no, .. } = definition.value;
            let subject = Subject::Topic(definition.name.get_ref().clone());
            examples(&subject, &definition.part.source, test_yes, test_no)
        });
        entities.chain(topics).collect()
    }

    /// Checks `texts` as terms.
    pub(super) fn terms(&self, checker: &mut Checker<'_>, source: &Arc<Source>, texts: &[Text]) -> Vec<Node> {
        let terms = texts.iter().filter_map(|text| self.term(checker, text.get_ref(), &Place::of(source, text)));
        terms.collect()
    }

    /// Checks `text`, written at `place`, as a member of a list.
    pub(super) fn term(&self, checker: &mut Checker<'_>, text: &str, place: &Place) -> Option<Node> {
        self.query(checker, text, place, terms::read(text))
    }

    /// Takes what was read of `text`, written at `place`; its mistakes and oddities are reported there.
    pub(super) fn query(
        &self,
        checker: &mut Checker<'_>,
        text: &str,
        place: &Place,
        read: Result<Parsed, QueryErrors>,
    ) -> Option<Node> {
        let at = |said: &Note, problem: Problem| {
            let problem = problem.at(place.clone().inside(text, &said.span));
            said.hint.iter().fold(problem, |problem, hint| problem.hint(hint.clone()))
        };
        let Parsed { node, warnings } = match read {
            Ok(parsed) => parsed,
            Err(QueryErrors(notes)) => {
                for said in &notes {
                    checker.problems.push(at(said, Problem::error(said.message.clone())));
                }
                return None;
            }
        };
        for said in warnings.iter().chain(&lint(&node)) {
            checker.problems.push(at(said, Problem::warning(said.message.clone())));
        }
        node.walk(&mut |node| match &node.expr {
            Expr::Entity(id) | Expr::Story(StoryTerm::Has(id)) => {
                refer(checker, &self.entities, "entity", '@', id, place.clone().inside(text, &node.span));
            }
            Expr::Topic(name) => {
                refer(checker, &self.topics, "topic", '#', name, place.clone().inside(text, &node.span));
            }
            Expr::Literal(literal) => {
                let sound =
                    check_term(&literal.text).map_err(|error| Problem::error(error.to_string()).at(place.clone()));
                checker.problems.take(sound);
            }
            _ => {}
        });
        Some(node)
    }
}

/// The headlines that `subject`, defined in `source`, must and must not hit.
pub(super) fn examples(subject: &Subject, source: &Arc<Source>, yes: &[Text], no: &[Text]) -> Vec<Example> {
    let example = |(text, hits): (&Text, bool)| Example {
        subject: subject.clone(),
        title: text.get_ref().clone(),
        hits,
        place: Place::of(source, text).to_string(),
    };
    let yes = yes.iter().map(|text| (text, true));
    yes.chain(no.iter().map(|text| (text, false))).map(example).collect()
}

/// Enters a definition, unless the name is taken. A user's own definition stands before that of a pack.
fn define<'a, T>(checker: &mut Checker<'_>, known: &mut Named<'a, T>, definition: Definition<'a, T>, what: &str) {
    let name = definition.name.get_ref();
    if !is_id(name) {
        let message = format!("{name:?} cannot be the name of an {what}").replace("an topic", "a topic");
        let hint = "use small letters a to z, digits and single hyphens, such as `kim-jong-un`";
        checker.problems.push(Problem::error(message).at(definition.place()).hint(hint.to_owned()));
    }
    let Some(first) = known.get(name.as_str()) else {
        known.insert(name, definition);
        return;
    };
    let place = definition.place();
    if definition.part.kind == Kind::Pack && first.part.kind != Kind::Pack {
        let hint = format!("it stands before the one of the pack, at {place}");
        let message = format!("the {what} {name:?} is also in a pack");
        checker.problems.push(Problem::warning(message).at(first.place()).hint(hint));
    } else {
        let hint = format!("the other is at {}", first.place());
        checker.problems.push(Problem::error(format!("the {what} {name:?} is defined twice")).at(place).hint(hint));
    }
}

/// Reports a name that nothing has; unless what has it may stand in a file that could not be read.
fn refer<T>(checker: &mut Checker<'_>, known: &Named<'_, T>, what: &str, sigil: char, name: &str, place: Place) {
    if known.contains_key(name) || checker.problems.incomplete {
        return;
    }
    let written = format!("{sigil}{name}");
    let place = place.narrowed(&written);
    if let Some(pack) = embedded::pack_that_defines(name) {
        let hint = format!("it is in the built-in pack {pack:?}: add that to `packs` in newshound.toml");
        checker.problems.push(Problem::error(format!("unknown {what} {written:?}")).at(place).hint(hint));
        return;
    }
    let known: Vec<_> = known.keys().map(|name| format!("{sigil}{name}")).collect();
    let known: Vec<_> = known.iter().map(String::as_str).collect();
    checker.unknown(what, &written, &known, place);
}

/// One of the names of an entity: text only.
fn name(checker: &mut Checker<'_>, source: &Arc<Source>, text: &Text) -> String {
    checker.keep(check_term(text.get_ref()), source, text);
    text.get_ref().clone()
}

/// Whether `text` is kebab-case.
fn is_id(text: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    text.len() <= 100 && text.split('-').all(is_part)
}
