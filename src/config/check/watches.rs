//! `[[watch]]`: what is looked for, checked so that the matcher can compile it as it stands.

use std::collections::BTreeMap;
use std::sync::Arc;

use globset::GlobBuilder;
use toml::Spanned;

use crate::alert::Level;
use crate::config::Part;
use crate::config::checked::{Example, Subject};
use crate::config::problem::{Place, Problem, Source};
use crate::config::raw::{RawNear, RawPart, RawWatch, Text};
use crate::feed::Feed;
use crate::matcher::query::{Comparison, Expr, MOST_WORDS, Node, Operator, parse};
use crate::matcher::{Lists, Near, Part as Field, Watch, WatchName};

use super::Checker;
use super::sinks::Sink;
use super::vocabulary::{Vocabulary, examples};

const LEVELS: [(&str, Level); 3] = [("info", Level::Info), ("notice", Level::Notice), ("urgent", Level::Urgent)];

const FIELDS: [(&str, Field); 6] = [
    ("title", Field::Title),
    ("lead", Field::Lead),
    ("text", Field::Text),
    ("url", Field::Url),
    ("author", Field::Author),
    ("tag", Field::Tag),
];

const NEARS: [(&str, Near); 3] = [("sentence", Near::Sentence), ("paragraph", Near::Paragraph), ("title", Near::Title)];

/// Checks all watches. Disabled ones are checked too, and left out.
pub(super) fn check(
    checker: &mut Checker<'_>,
    parts: &[Part],
    vocabulary: &Vocabulary<'_>,
    sinks: &[Sink],
    feeds: &[Feed],
) -> (Vec<Watch>, Vec<Example>) {
    let (mut watches, mut tests) = (Vec::new(), Vec::new());
    let mut seen: BTreeMap<String, Place> = BTreeMap::new();
    for part in parts {
        let mut desk = Desk { checker, source: &part.source, vocabulary, sinks, feeds };
        for raw in &part.raw.watch {
            let watch = desk.watch(raw);
            let place = Place::of(&part.source, &raw.name);
            if let Some(first) = seen.get(watch.name.as_str()) {
                let message = format!("two watches are named {:?}", watch.name.as_str());
                let hint = format!("the other is at {first}");
                desk.checker.problems.push(Problem::error(message).at(place.clone()).hint(hint));
            }
            seen.entry(watch.name.to_string()).or_insert(place);
            let subject = Subject::Watch(watch.name.to_string());
            let written = examples(&subject, &part.source, &raw.test_yes, &raw.test_no);
            if raw.enabled.unwrap_or(true) {
                watches.push(watch);
                tests.extend(written);
            }
        }
    }
    (watches, tests)
}

/// What the watches of one file are checked against.
struct Desk<'a, 'b> {
    checker: &'a mut Checker<'b>,
    source: &'a Arc<Source>,
    vocabulary: &'a Vocabulary<'a>,
    sinks: &'a [Sink],
    feeds: &'a [Feed],
}

impl Desk<'_, '_> {
    fn watch(&mut self, raw: &RawWatch) -> Watch {
        let name = self.checker.name(self.source, &raw.name);
        if raw.all.is_empty() && raw.any.is_empty() && raw.score.is_empty() && raw.query.is_none() {
            let message = format!("the watch {name:?} looks for nothing");
            let problem = Problem::error(message).at(Place::of(self.source, &raw.name));
            self.checker.problems.push(problem.hint("give it `all`, `any`, `score` or a `query`".to_owned()));
        }
        let level = raw.level.as_ref();
        let level = level.and_then(|text| self.checker.choice("level", self.source, text, &LEVELS));
        let sinks = raw.sinks.iter().map(|sink| self.sink(sink)).collect();
        Watch { name: WatchName::new(name), query: self.query(raw), level: level.unwrap_or_default(), sinks }
    }

    /// What the lists and the query ask together.
    fn query(&mut self, raw: &RawWatch) -> Node {
        let lists = self.lists(raw).query();
        let asks = |node: &Node| !matches!(&node.expr, Expr::And(nodes) if nodes.is_empty());
        let written = raw.query.as_ref().and_then(|text| {
            let place = Place::of(self.source, text);
            self.vocabulary.query(self.checker, text.get_ref(), &place, parse(text.get_ref()))
        });
        let score = self.score(raw);
        Node::all([lists].into_iter().filter(asks).chain(score).chain(written).collect())
    }

    fn lists(&mut self, raw: &RawWatch) -> Lists {
        let within = raw.within.iter();
        let within: Vec<_> =
            within.filter_map(|text| self.checker.choice("field", self.source, text, &FIELDS)).collect();
        let near = raw.near.as_ref().and_then(|near| self.near(near));
        let leaves_title_out = !within.is_empty() && !within.contains(&Field::Title);
        if let (Some(Near::Title), Some(written), true) = (near, &raw.near, leaves_title_out) {
            self.checker.error("`near` wants the title, and `in` leaves it out", self.source, written);
        }
        Lists {
            all: raw.all.iter().map(|part| self.part(part)).collect(),
            any: self.terms(&raw.any),
            at_least: raw.at_least.as_ref().map_or(1, |number| self.at_least(number, raw.any.len())),
            none: self.terms(&raw.none),
            near,
            within,
            feeds: self.selectors(&raw.feeds),
            not_feeds: self.selectors(&raw.not_feeds),
            langs: raw.langs.iter().map(|lang| self.lang(lang)).collect(),
        }
    }

    /// `score` and its `threshold`.
    fn score(&mut self, raw: &RawWatch) -> Option<Node> {
        if let (true, Some(threshold)) = (raw.score.is_empty(), &raw.threshold) {
            self.checker.error("`threshold` goes with `score`", self.source, threshold);
        }
        if raw.score.is_empty() {
            return None;
        }
        let Some(threshold) = &raw.threshold else {
            let place = raw.score.keys().next().map(|term| Place::of(self.source, term));
            let problem =
                Problem::error("`score` needs a `threshold`").hint("the sum of weights that makes a hit".to_owned());
            self.checker.problems.push(place.into_iter().fold(problem, Problem::at));
            return None;
        };
        let mut weighted = Vec::new();
        for (term, weight) in &raw.score {
            let node = self.vocabulary.term(self.checker, term.get_ref(), &Place::of(self.source, term));
            weighted.extend(node.zip(self.weight(weight)));
        }
        let value = self.weight(threshold)?;
        Some(Expr::Score(weighted, Comparison { operator: Operator::AtLeast, value }).into())
    }

    fn weight(&mut self, number: &Spanned<i64>) -> Option<i32> {
        let weight = i32::try_from(*number.get_ref()).map_err(|_| "too large a number");
        self.checker.keep(weight, self.source, number)
    }

    fn terms(&mut self, texts: &[Text]) -> Vec<Node> {
        self.vocabulary.terms(self.checker, self.source, texts)
    }

    fn part(&mut self, part: &Spanned<RawPart>) -> Vec<Node> {
        match part.get_ref() {
            RawPart::One(text) => {
                let place = Place::of(self.source, part);
                self.vocabulary.term(self.checker, text, &place).into_iter().collect()
            }
            RawPart::EitherOr(texts) => {
                if texts.is_empty() {
                    self.checker.error("an either-or needs at least one term", self.source, part);
                }
                self.terms(texts)
            }
        }
    }

    fn at_least(&mut self, number: &Spanned<i64>, any: usize) -> usize {
        let most = any.max(1);
        let at_least = usize::try_from(*number.get_ref()).ok().filter(|number| (1..=most).contains(number));
        at_least.unwrap_or_else(|| {
            let message = format!("`at_least` counts terms of `any`, of which there are {any}");
            self.checker.error(message, self.source, number);
            1
        })
    }

    fn near(&mut self, near: &Spanned<RawNear>) -> Option<Near> {
        match near.get_ref() {
            RawNear::Name(name) => {
                let text = Spanned::new(near.span(), name.clone());
                self.checker.choice("stretch of text", self.source, &text, &NEARS)
            }
            RawNear::Words(words) => {
                let words = u32::try_from(*words).ok().filter(|words| (1..=MOST_WORDS).contains(words));
                if words.is_none() {
                    self.checker.error(format!("a number of words is 1 to {MOST_WORDS}"), self.source, near);
                }
                words.map(Near::Words)
            }
        }
    }

    /// Checks the names, tags and URLs by which a watch selects feeds.
    fn selectors(&mut self, texts: &[Text]) -> Vec<String> {
        for text in texts.iter().filter(|text| !selects_any(text.get_ref(), self.feeds)) {
            self.checker.warn("no feed has this name, tag or URL", self.source, text);
        }
        texts.iter().map(|text| text.get_ref().clone()).collect()
    }

    fn lang(&mut self, text: &Text) -> String {
        let lang = text.get_ref().to_ascii_lowercase();
        if !matches!(lang.len(), 2 | 3) || !lang.chars().all(|c| c.is_ascii_lowercase()) {
            let message = "a language is two or three letters without a region, such as \"en\" or \"zh\"";
            self.checker.error(message, self.source, text);
        }
        lang
    }

    fn sink(&mut self, text: &Text) -> String {
        let name = text.get_ref().trim();
        match self.sinks.iter().find(|sink| sink.config.name == name) {
            Some(sink) if !sink.enabled => {
                self.checker.warn("this sink is disabled: nothing goes there", self.source, text);
            }
            Some(_) => {}
            None if self.checker.problems.incomplete => {}
            None => {
                let known: Vec<_> = self.sinks.iter().map(|sink| sink.config.name.as_str()).collect();
                self.checker.unknown("sink", name, &known, Place::of(self.source, text));
            }
        }
        name.to_owned()
    }
}

/// Whether `selector` is the name, a tag or the URL of one of `feeds`; `*` and `?` stand for any text and any
/// character, and case does not matter.
fn selects_any(selector: &str, feeds: &[Feed]) -> bool {
    // Only `*` and `?` are special here; globset knows more.
    let mut pattern = String::new();
    for c in selector.trim().chars() {
        if "[]{}\\".contains(c) {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    let Ok(glob) = GlobBuilder::new(&pattern).case_insensitive(true).backslash_escape(true).build() else {
        return false;
    };
    let glob = glob.compile_matcher();
    feeds.iter().any(|feed| {
        let names = feed.name.iter().chain(&feed.tags).map(String::as_str);
        names.chain([feed.url.as_str()]).any(|name| glob.is_match(name))
    })
}
