//! Claims about the matcher as a whole, and what they share: how a rule and an item are written in one line.

mod rules;
mod words;

use super::query::{Node, looks_like_query, parse};
use super::*;
use crate::alert::Level;
use crate::feed::{Feed, FeedUrl};
use crate::item::Item;

fn item(title: &str) -> Item {
    Item::headline(title)
}

fn told(title: &str, summary: &str) -> Item {
    Item { summary: Some(summary.to_owned()), ..item(title) }
}

/// A member of a list.
fn term(text: &str) -> Node {
    if looks_like_query(text) { parse(text).unwrap().node } else { Node::word(text) }
}

fn terms(list: &[&str]) -> Vec<Node> {
    list.iter().map(|text| term(text)).collect()
}

fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

fn watch(name: &str, lists: &Lists) -> Watch {
    Watch { name: WatchName::new(name), query: lists.query(), level: Level::Notice, sinks: Vec::new() }
}

fn all(list: &[&str]) -> Lists {
    Lists { all: list.iter().map(|text| vec![term(text)]).collect(), at_least: 1, ..Lists::default() }
}

fn any(list: &[&str]) -> Lists {
    Lists { any: terms(list), at_least: 1, ..Lists::default() }
}

fn entities() -> Vec<Entity> {
    let entity = |id: &str, names: &[&str], short: &[&str], context: &[&str], never: &[&str]| Entity {
        id: id.to_owned(),
        names: strings(names),
        short: strings(short),
        context: terms(context),
        never: strings(never),
        ..Entity::default()
    };
    vec![
        entity(
            "kim",
            &["Kim Jong Un", "Ким Чен Ын", "김정은", "金正恩", "キム・ジョンウン", "كيم جونغ أون", "קים ג'ונג און"],
            &["Kim", "Ким", "김"],
            &["North Korea", "Pyongyang", "@putin", "#arms"],
            &["Kim Yo Jong", "Kim Kardashian"],
        ),
        entity("putin", &["Putin", "Путин", "Путін", "푸틴", "普京", "プーチン", "بوتين", "פוטין"], &[], &[], &[]),
        entity("korea", &["Korea"], &[], &[], &[]),
        entity("xi", &["Xi", "Ли"], &[], &[], &["Xi'an"]),
        entity("north-korea", &["North Korea", "Северная Корея"], &[], &[], &[]),
        entity("zelensky", &["Zelensky", "Зеленский"], &[], &[], &[]),
    ]
}

fn topics() -> Vec<Topic> {
    let topic = |name: &str, list: &[&str]| Topic { name: name.to_owned(), terms: terms(list) };
    vec![topic("arms", &["arms deal", "munitions", "#arms"]), topic("leaders", &["@kim", "@putin", "#arms"])]
}

fn feeds() -> Vec<Feed> {
    let feed = |url: &str, name: &str, tag: &str| {
        let feed = Feed::at(FeedUrl::parse(url).unwrap());
        Feed { name: Some(name.to_owned()), tags: vec![tag.to_owned()], ..feed }
    };
    vec![feed("https://one.example/rss", "One World", "wire"), feed("https://two.example/rss", "Two [beta]", "blog")]
}

#[expect(clippy::needless_pass_by_value, reason = "a rule is made where it is tried")]
fn hits_of(rule: Lists, item: &Item) -> Vec<Hit> {
    let watches = [watch("w", &rule)];
    Matcher::compile(&watches, &entities(), &topics(), &feeds()).expect("the rule is sound").hits(item)
}

fn hits(rule: Lists, item: &Item) -> bool {
    !hits_of(rule, item).is_empty()
}

/// Each line: terms, then titles that they must match, then titles that they must not.
fn check(lines: &[(&str, &[&str], &[&str])]) {
    for (term, yes, no) in lines {
        for title in *yes {
            assert!(hits(all(&[term]), &item(title)), "{term} must match {title}");
        }
        for title in *no {
            assert!(!hits(all(&[term]), &item(title)), "{term} must not match {title}");
        }
    }
}
