//! Laws over random queries and texts: the matcher agrees with the plainest evaluation one can write of what the
//! language promises, and no watch changes what another one hits.

use proptest::prelude::*;

use super::query::{Comparison, Expr, Literal, Mode, Node, Operator, Reach};
use super::{Entity, Matcher, Part, Topic, Watch, WatchName};
use crate::alert::Level;
use crate::item::Item;

/// Words of seven scripts that no plural, ending, particle or joining makes equal.
const WORDS: [&str; 10] = ["alpha", "bravo", "charlie", "мечта", "город", "δρομος", "山", "바다", "قمر", "שמש"];

fn word() -> impl Strategy<Value = &'static str> {
    // The first ones are common, so that much happens.
    prop_oneof![3 => prop::sample::select(&WORDS[..3]), 2 => prop::sample::select(&WORDS[3..])]
}

fn literal() -> impl Strategy<Value = Node> {
    let of = |text: String, mode| Node::from(Expr::Literal(Literal { text, mode }));
    let phrase = prop::collection::vec(word(), 1..3).prop_map(|words| words.join(" "));
    let long = prop::sample::select(vec!["alpha", "bravo", "charlie", "мечта", "город"]);
    prop_oneof![
        6 => phrase.prop_map(move |text| of(text, Mode::Plain)),
        1 => word().prop_map(move |text| of(text.to_owned(), Mode::Exact)),
        1 => long.prop_map(move |text| of(text.chars().take(3).collect(), Mode::Prefix)),
        1 => word().prop_map(move |text| of(text.to_owned(), Mode::Regex { ignore_case: false })),
        1 => Just(Expr::Topic("t".to_owned()).into()),
    ]
}

fn reach() -> impl Strategy<Value = Reach> {
    prop_oneof![
        3 => (1..5_u32).prop_map(Reach::Words),
        2 => (1..5_u32).prop_map(Reach::Before),
        1 => Just(Reach::Sentence),
        1 => Just(Reach::Paragraph),
    ]
}

fn part() -> impl Strategy<Value = Part> {
    prop::sample::select(vec![Part::Title, Part::Text, Part::Lead])
}

/// Something that has a place.
fn place() -> impl Strategy<Value = Node> {
    literal().prop_recursive(2, 6, 3, |inner| {
        let group = prop_oneof![
            3 => inner.clone(),
            1 => prop::collection::vec(inner.clone(), 2..3).prop_map(|nodes| Expr::And(nodes).into()),
            1 => prop::collection::vec(inner.clone(), 2..4).prop_map(|nodes| Expr::Of(2, nodes).into()),
        ];
        let unordered = prop_oneof![(1..5_u32).prop_map(Reach::Words), Just(Reach::Sentence), Just(Reach::Paragraph)];
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(|nodes| Expr::Or(nodes).into()),
            (unordered, prop::collection::vec(group, 2..4)).prop_map(|(reach, nodes)| Expr::Near(reach, nodes).into()),
            ((1..5_u32), prop::collection::vec(inner.clone(), 2..4)).prop_map(|(words, nodes)| Expr::Near(
                Reach::Before(words),
                nodes
            )
            .into()),
            (reach(), inner.clone(), inner.clone()).prop_map(|(reach, left, right)| Expr::Apart(
                reach,
                left.into(),
                right.into()
            )
            .into()),
            (1..8_u32, inner.clone()).prop_map(|(words, inner)| Expr::First(words, inner.into()).into()),
            (part(), inner).prop_map(|(part, inner)| Expr::Within(vec![part], inner.into()).into()),
        ]
    })
}

fn query() -> impl Strategy<Value = Node> {
    let operators = vec![Operator::AtLeast, Operator::MoreThan, Operator::Equal, Operator::AtMost, Operator::LessThan];
    let count = (place(), prop::sample::select(operators), 0..4_u32)
        .prop_map(|(node, operator, value)| Expr::Count(node.into(), Comparison { operator, value }).into());
    let leaf = prop_oneof![5 => place(), 1 => count];
    leaf.prop_recursive(3, 10, 3, |inner| {
        let several = prop::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            several.clone().prop_map(|nodes| Expr::And(nodes).into()),
            several.clone().prop_map(|nodes| Expr::Or(nodes).into()),
            several.prop_map(|nodes| Expr::Of(2, nodes).into()),
            inner.clone().prop_map(|inner| Expr::Not(inner.into()).into()),
            (prop::collection::vec((inner.clone(), -2..4_i32), 1..4), -1..4_i32).prop_map(|(weighted, value)| {
                Expr::Score(weighted, Comparison { operator: Operator::AtLeast, value }).into()
            }),
            (part(), inner).prop_map(|(part, inner)| Expr::Within(vec![part], inner.into()).into()),
        ]
    })
}

/// A text as its paragraphs, each as its sentences, each as its words.
type Paragraphs = Vec<Vec<Vec<&'static str>>>;

fn paragraphs(most: usize) -> impl Strategy<Value = Paragraphs> {
    let sentence = prop::collection::vec(word(), 1..5);
    prop::collection::vec(prop::collection::vec(sentence, 1..3), 0..most)
}

fn written(paragraphs: &Paragraphs) -> String {
    let sentence = |words: &Vec<&str>| format!("The {}.", words.join(" "));
    let paragraph = |sentences: &Vec<Vec<&str>>| sentences.iter().map(sentence).collect::<Vec<_>>().join(" ");
    paragraphs.iter().map(|sentences| format!("<p>{}</p>", paragraph(sentences))).collect::<Vec<_>>().concat()
}

fn item(title: &Paragraphs, summary: &Paragraphs) -> Item {
    let title = written(title).replace("<p>", "").replace("</p>", "");
    let json = serde_json::json!({ "title": title, "summary": written(summary) });
    Item::read_json(&json.to_string()).unwrap()
}

fn watch(name: String, query: Node) -> Watch {
    Watch { name: WatchName::new(name), query, level: Level::Info, sinks: Vec::new() }
}

/// A topic of a phrase, a word, and a query.
fn topic() -> Topic {
    let near = Expr::Near(Reach::Words(3), vec![Node::word("bravo"), Node::word("alpha")]);
    Topic { name: "t".to_owned(), terms: vec![Node::word("charlie charlie"), Node::word("바다"), near.into()] }
}

/// A word of the plain reading.
#[derive(Debug, Clone)]
struct Placed {
    word: &'static str,
    sentence: usize,
    paragraph: usize,
    parts: Vec<Part>,
}

fn plain_words(title: &Paragraphs, summary: &Paragraphs) -> Vec<Placed> {
    let mut words = Vec::new();
    let mut sentence_number = 0;
    let of_title = title.iter().map(|paragraph| (paragraph, vec![Part::Title], 0));
    let of_summary = summary.iter().enumerate().map(|(index, paragraph)| {
        let parts = if index == 0 { vec![Part::Text, Part::Lead] } else { vec![Part::Text] };
        (paragraph, parts, 1 + index)
    });
    for (paragraph, parts, number) in of_title.chain(of_summary) {
        for sentence in paragraph {
            for word in std::iter::once(&"the").chain(sentence) {
                words.push(Placed { word, sentence: sentence_number, paragraph: number, parts: parts.clone() });
            }
            sentence_number += 1;
        }
    }
    words
}

/// From the first word to behind the last.
type Stretch = (usize, usize);

/// The plainest reading of the language, over one text.
struct Plain {
    words: Vec<Placed>,
}

impl Plain {
    fn holds(&self, node: &Node, within: &[Part]) -> bool {
        match &node.expr {
            Expr::And(nodes) => nodes.iter().all(|node| self.holds(node, within)),
            Expr::Or(nodes) => nodes.iter().any(|node| self.holds(node, within)),
            Expr::Not(inner) => !self.holds(inner, within),
            Expr::Of(count, nodes) => nodes.iter().filter(|node| self.holds(node, within)).count() >= *count,
            Expr::Count(inner, comparison) => {
                comparison.holds(&u32::try_from(self.places(inner, within).len()).unwrap())
            }
            Expr::Score(weighted, comparison) => {
                let held = weighted.iter().filter(|(node, _)| self.holds(node, within));
                comparison.holds(&held.map(|(_, weight)| weight).sum())
            }
            Expr::Within(parts, inner) => self.holds(inner, &[within, parts].concat()),
            _ => !self.places(node, within).is_empty(),
        }
    }

    fn places(&self, node: &Node, within: &[Part]) -> Vec<Stretch> {
        let mut places = match &node.expr {
            Expr::Literal(literal) => self.literal_places(literal, within),
            Expr::Topic(_) => topic().terms.iter().flat_map(|node| self.topic_places(node, within)).collect(),
            Expr::Or(nodes) => nodes.iter().flat_map(|node| self.places(node, within)).collect(),
            Expr::Near(reach, nodes) => {
                let choices = product(nodes.iter().map(|node| self.choices(node, within)).collect());
                let is_near = |choice: &&Vec<Stretch>| self.all_near(*reach, choice);
                let covers: Vec<Stretch> = choices.iter().filter(is_near).map(|choice| cover(choice)).collect();
                shortest(&covers)
            }
            Expr::Apart(reach, left, right) => {
                let others = self.places(right, within);
                let is_apart = |place: &Stretch| !others.iter().any(|other| self.is_near(*reach, *place, *other));
                self.places(left, within).into_iter().filter(is_apart).collect()
            }
            Expr::First(words, inner) => {
                let first = usize::try_from(*words).unwrap();
                self.places(inner, within).into_iter().filter(|place| place.0 < first).collect()
            }
            Expr::Within(parts, inner) => self.places(inner, &[within, parts].concat()),
            other => unreachable!("{other:?} has no place"),
        };
        places.sort_unstable();
        places.dedup();
        places
    }

    /// A topic is found wherever it stands; where it is looked for is asked of its first word.
    fn topic_places(&self, node: &Node, within: &[Part]) -> Vec<Stretch> {
        let is_inside = |place: &Stretch| within.iter().all(|part| self.words[place.0].parts.contains(part));
        self.places(node, &[]).into_iter().filter(is_inside).collect()
    }

    fn literal_places(&self, literal: &Literal, within: &[Part]) -> Vec<Stretch> {
        let wanted: Vec<&str> = literal.text.split(' ').collect();
        let is_word = |placed: &Placed, wanted: &str| match literal.mode {
            Mode::Prefix => placed.word.starts_with(wanted),
            _ => placed.word == wanted,
        };
        let windows = self.words.windows(wanted.len()).enumerate();
        let found = windows.filter(|(_, window)| {
            window.iter().zip(&wanted).all(|(placed, wanted)| is_word(placed, wanted))
                && window.iter().all(|placed| placed.sentence == window[0].sentence)
                && within.iter().all(|part| window[0].parts.contains(part))
        });
        found.map(|(start, _)| (start, start + wanted.len())).collect()
    }

    /// Every choice of places by which an operand of a proximity is there.
    fn choices(&self, node: &Node, within: &[Part]) -> Vec<Vec<Stretch>> {
        let of = |nodes: &[Node]| nodes.iter().map(|node| self.choices(node, within)).collect::<Vec<_>>();
        match &node.expr {
            Expr::And(nodes) => product(of(nodes)),
            Expr::Or(nodes) => of(nodes).concat(),
            Expr::Of(count, nodes) => {
                let nodes = of(nodes);
                let picks = (0..1_usize << nodes.len()).filter(|picks| picks.count_ones() as usize == *count);
                let picked = |picks: usize| {
                    let chosen = nodes.iter().enumerate().filter(|(index, _)| picks >> index & 1 == 1);
                    product(chosen.map(|(_, choices)| choices.clone()).collect())
                };
                picks.flat_map(picked).collect()
            }
            Expr::Within(parts, inner) => self.choices(inner, &[within, parts].concat()),
            _ => self.places(node, within).into_iter().map(|place| vec![place]).collect(),
        }
    }

    fn all_near(&self, reach: Reach, choice: &[Stretch]) -> bool {
        if matches!(reach, Reach::Before(_)) {
            return choice.windows(2).all(|pair| self.is_near(reach, pair[0], pair[1]));
        }
        choice.iter().all(|one| choice.iter().all(|other| self.is_near(reach, *one, *other)))
    }

    fn is_near(&self, reach: Reach, one: Stretch, other: Stretch) -> bool {
        let both = || self.words[one.0..one.1].iter().chain(&self.words[other.0..other.1]);
        let first = &self.words[one.0];
        // A headline and the text below it are never near each other.
        let is_title = |placed: &Placed| placed.parts.contains(&Part::Title);
        if both().any(|placed| is_title(placed) != is_title(first)) {
            return false;
        }
        match reach {
            Reach::Words(words) => {
                let words = usize::try_from(words).unwrap();
                one.0 < other.1 + words && other.0 < one.1 + words
            }
            Reach::Before(words) => one.1 <= other.0 && other.0 < one.1 + usize::try_from(words).unwrap(),
            Reach::Sentence => both().all(|placed| placed.sentence == first.sentence),
            Reach::Paragraph => both().all(|placed| placed.paragraph == first.paragraph),
        }
    }
}

fn product(groups: Vec<Vec<Vec<Stretch>>>) -> Vec<Vec<Stretch>> {
    groups.into_iter().fold(vec![Vec::new()], |chosen, group| {
        chosen.iter().flat_map(|one| group.iter().map(move |other| [&one[..], &other[..]].concat())).collect()
    })
}

fn cover(choice: &[Stretch]) -> Stretch {
    (choice.iter().map(|place| place.0).min().unwrap(), choice.iter().map(|place| place.1).max().unwrap())
}

/// Those that hold no other.
fn shortest(covers: &[Stretch]) -> Vec<Stretch> {
    let holds_another = |one: &Stretch| covers.iter().any(|other| other != one && one.0 <= other.0 && other.1 <= one.1);
    covers.iter().filter(|cover| !holds_another(cover)).copied().collect()
}

proptest! {
    #[test]
    fn the_matcher_agrees_with_plain_evaluation(
        query in query(),
        texts in prop::collection::vec((paragraphs(2), paragraphs(3)), 8),
    ) {
        let watches = [watch("w".to_owned(), query.clone())];
        let matcher = Matcher::compile(&watches, &[], &[topic()], &[]).unwrap();
        for (title, summary) in texts {
            // A title is one paragraph.
            let title: Paragraphs = title.into_iter().take(1).collect();
            let item = item(&title, &summary);
            let plain = Plain { words: plain_words(&title, &summary) };
            let hits = matcher.hits(&item);
            prop_assert_eq!(!hits.is_empty(), plain.holds(&query, &[]), "{}\n{} {:?}", &query, &item.title, &item.summary);
            for proof in hits.iter().flat_map(|hit| &hit.proof) {
                let raw = if proof.field == super::Field::Title { &item.title } else { item.summary.as_ref().unwrap() };
                prop_assert_eq!(raw.get(proof.start..proof.end), Some(proof.matched.as_str()));
            }
        }
    }

    #[test]
    fn a_watch_changes_no_other_watch(
        queries in prop::collection::vec(query(), 1..5),
        part in prop::sample::select(vec![Part::Title, Part::Tag, Part::Url]),
        title in paragraphs(2),
        summary in paragraphs(3),
    ) {
        let entity = |id: &str, names: &[&str], short: &[&str], context: &[&str]| Entity {
            id: id.to_owned(),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            short: short.iter().map(|name| (*name).to_owned()).collect(),
            context: context.iter().map(|name| Node::word(name)).collect(),
            never: vec!["charlie alpha".to_owned()],
            ..Entity::default()
        };
        let entities = [entity("one", &["alpha bravo"], &["bravo"], &["山"]), entity("two", &["bravo charlie"], &["charlie"], &[])];
        let named = Node::any(vec![Expr::Entity("one".to_owned()).into(), Expr::Topic("t".to_owned()).into()]);
        let other = Node::any(vec![Expr::Entity("two".to_owned()).into(), Node::word("alpha")]);
        let other = Expr::Within(vec![part], other.into()).into();
        let watches: Vec<Watch> = queries.into_iter().chain([named, other]).enumerate()
            .map(|(index, query)| watch(index.to_string(), query)).collect();
        let mut item = item(&title, &summary);
        item.tags = vec!["alpha bravo charlie".to_owned()];
        let together = Matcher::compile(&watches, &entities, &[topic()], &[]).unwrap().hits(&item);
        let alone: Vec<_> = watches.iter()
            .flat_map(|watch| Matcher::compile(std::slice::from_ref(watch), &entities, &[topic()], &[]).unwrap().hits(&item))
            .collect();
        prop_assert_eq!(together, alone);
    }
}
