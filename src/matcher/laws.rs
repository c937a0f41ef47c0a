//! Laws over random rules and texts: the matcher agrees with the plainest evaluation one can write, and no watch
//! changes what another one hits.

use proptest::prelude::*;

use super::{Entity, Matcher, Near, Part, Rule, Term, Topic, Watch, WatchName};
use crate::alert::Level;
use crate::item::Item;

/// Words that no plural, ending or joining makes equal.
const WORDS: [&str; 6] = ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot"];

fn word() -> impl Strategy<Value = String> {
    prop::sample::select(&WORDS[..]).prop_map(str::to_owned)
}

fn phrase() -> impl Strategy<Value = String> {
    prop::collection::vec(word(), 1..3).prop_map(|words| words.join(" "))
}

fn terms(most: usize) -> impl Strategy<Value = Vec<Term>> {
    prop::collection::vec(phrase().prop_map(Term::Text), 0..most)
}

fn near() -> impl Strategy<Value = Option<Near>> {
    prop_oneof![
        Just(None),
        (1..5_u32).prop_map(|words| Some(Near::Words(words))),
        Just(Some(Near::Sentence)),
        Just(Some(Near::Title)),
    ]
}

prop_compose! {
    fn rule()(
        all in prop::collection::vec(prop::collection::vec(phrase().prop_map(Term::Text), 1..3), 0..3),
        any in terms(4),
        at_least in 1..3_usize,
        none in terms(2),
        near in near(),
        within in prop_oneof![Just(vec![]), Just(vec![Part::Title]), Just(vec![Part::Text])],
    ) -> Rule {
        Rule { all, any, at_least, none, near, within, ..Rule::default() }
    }
}

/// A text as its sentences, each as its words.
type Sentences = Vec<Vec<String>>;

fn sentences() -> impl Strategy<Value = Sentences> {
    prop::collection::vec(prop::collection::vec(word(), 1..6), 0..4)
}

fn written(sentences: &Sentences) -> String {
    let capital = |words: &Vec<String>| format!("The {}.", words.join(" "));
    sentences.iter().map(capital).collect::<Vec<_>>().join(" ")
}

fn item(title: &Sentences, summary: &Sentences) -> Item {
    let json = serde_json::json!({ "title": written(title), "summary": written(summary) });
    Item::read_json(&json.to_string()).unwrap()
}

fn watch(name: String, rule: Rule) -> Watch {
    Watch { name: WatchName::new(name), rule, level: Level::Info, sinks: Vec::new() }
}

/// A word of the naive reading: its sentence, and whether it stands in the title.
#[derive(Clone)]
struct Placed {
    word: String,
    sentence: usize,
    in_title: bool,
}

fn naive_words(title: &Sentences, summary: &Sentences) -> Vec<Placed> {
    let both = title.iter().map(|words| (words, true)).chain(summary.iter().map(|words| (words, false)));
    both.enumerate()
        .flat_map(|(sentence, (words, in_title))| {
            let words = std::iter::once("the".to_owned()).chain(words.iter().cloned());
            words.map(move |word| Placed { word, sentence, in_title })
        })
        .collect()
}

/// Where a phrase begins and ends.
fn naive_places(text: &[Placed], term: &Term, within: &[Part]) -> Vec<(usize, usize)> {
    let Term::Text(phrase) = term else { unreachable!("only texts are made") };
    let phrase: Vec<&str> = phrase.split(' ').collect();
    let windows = text.windows(phrase.len()).enumerate();
    windows
        .filter(|(_, window)| {
            window.iter().map(|placed| placed.word.as_str()).eq(phrase.iter().copied())
                && window.iter().all(|placed| placed.sentence == window[0].sentence)
                && (within.is_empty() || (within == [Part::Title]) == window[0].in_title)
        })
        .map(|(start, _)| (start, start + phrase.len()))
        .collect()
}

fn naive_hit(rule: &Rule, text: &[Placed]) -> bool {
    let places = |term: &Term| naive_places(text, term, &rule.within);
    if rule.none.iter().any(|term| !places(term).is_empty()) {
        return false;
    }
    let mut any = rule.any.clone();
    any.sort();
    any.dedup();
    let wanted = if any.is_empty() { 0 } else { rule.at_least };
    let groups: Vec<Vec<(usize, usize)>> =
        rule.all.iter().map(|group| group.iter().flat_map(places).collect()).collect();
    // every choice of terms of `any` that is just enough
    (0..1_u32 << any.len()).filter(|choice| usize::try_from(choice.count_ones()).unwrap() == wanted).any(|choice| {
        let chosen = any.iter().enumerate().filter(|(index, _)| choice >> index & 1 == 1);
        let all: Vec<_> = groups.iter().cloned().chain(chosen.map(|(_, term)| places(term))).collect();
        naive_together(rule.near, text, &all, &mut Vec::new())
    })
}

/// Tries every combination.
fn naive_together(
    near: Option<Near>,
    text: &[Placed],
    groups: &[Vec<(usize, usize)>],
    chosen: &mut Vec<(usize, usize)>,
) -> bool {
    let Some((first, rest)) = groups.split_first() else {
        return match near {
            None | Some(Near::Paragraph) => true,
            Some(Near::Title) => chosen.iter().all(|(start, _)| text[*start].in_title),
            Some(Near::Sentence) => chosen.windows(2).all(|two| text[two[0].0].sentence == text[two[1].0].sentence),
            Some(Near::Words(words)) => {
                let words = usize::try_from(words).unwrap();
                chosen.iter().all(|one| chosen.iter().all(|other| other.0 < one.1 + words))
            }
        };
    };
    first.iter().any(|place| {
        chosen.push(*place);
        let found = naive_together(near, text, rest, chosen);
        chosen.pop();
        found
    })
}

proptest! {
    #[test]
    fn the_matcher_agrees_with_plain_evaluation(rule in rule(), title in sentences(), summary in sentences()) {
        let watches = [watch("w".to_owned(), rule.clone())];
        let matcher = Matcher::compile(&watches, &[], &[], &[]).unwrap();
        let found = !matcher.hits(&item(&title, &summary)).is_empty();
        prop_assert_eq!(found, naive_hit(&rule, &naive_words(&title, &summary)), "{:?}", rule);
    }

    #[test]
    fn a_watch_changes_no_other_watch(
        rules in prop::collection::vec(rule(), 1..5),
        parts in prop::sample::select(vec![Part::Title, Part::Tag, Part::Url]),
        title in sentences(),
        summary in sentences(),
    ) {
        let entity = |id: &str, names: &[&str], short: &[&str], context: &[&str]| Entity {
            id: id.to_owned(),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            short: short.iter().map(|name| (*name).to_owned()).collect(),
            context: context.iter().map(|name| Term::Text((*name).to_owned())).collect(),
            never: vec!["charlie delta".to_owned()],
            ..Entity::default()
        };
        let entities = [entity("one", &["alpha bravo"], &["bravo"], &["echo"]), entity("two", &["bravo charlie"], &["delta"], &[])];
        let topics = [Topic { name: "t".to_owned(), terms: vec![Term::Text("delta".to_owned()), Term::Entity("two".to_owned())] }];
        let named = Rule { any: vec![Term::Entity("one".to_owned()), Term::Topic("t".to_owned())], ..Rule::default() };
        let other = Rule { any: vec![Term::Entity("two".to_owned()), Term::Text("echo".to_owned())], within: vec![parts], ..Rule::default() };
        let watches: Vec<Watch> = rules.into_iter().chain([named, other]).enumerate()
            .map(|(index, rule)| watch(index.to_string(), rule)).collect();
        let mut item = item(&title, &summary);
        item.tags = vec!["alpha bravo charlie".to_owned()];
        let together = Matcher::compile(&watches, &entities, &topics, &[]).unwrap().hits(&item);
        let alone: Vec<_> = watches.iter()
            .flat_map(|watch| Matcher::compile(std::slice::from_ref(watch), &entities, &topics, &[]).unwrap().hits(&item))
            .collect();
        prop_assert_eq!(together, alone);
    }

    #[test]
    fn nothing_from_outside_panics_and_proof_slices_its_field(
        title in "(Kim|<b>|</b>|<|&[a-z#0-9]{0,5};|[.'\\- ]|\\PC){0,20}",
        summary in "(Kim|Putin|</?[a-z]{1,6}|>|<!--|&[a-z#0-9]{0,5};|[.'\n\\- ]|[\u{300}-\u{310}金ム한]|\\PC|\\pC){0,30}",
    ) {
        let rule = Rule { any: ["Kim", "Putin", "金", "b"].map(|term| Term::Text(term.to_owned())).to_vec(), ..Rule::default() };
        let matcher = Matcher::compile(&[watch("w".to_owned(), rule)], &[], &[], &[]).unwrap();
        let json = serde_json::json!({ "title": title, "summary": summary });
        for hit in matcher.hits(&Item::read_json(&json.to_string()).unwrap()) {
            for proof in hit.proof {
                let field = if proof.field == super::Field::Title { &title } else { &summary };
                prop_assert_eq!(field.get(proof.start..proof.end), Some(proof.matched.as_str()));
            }
        }
    }
}
