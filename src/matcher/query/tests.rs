//! Claims about the language: what is read, what is written, what is refused and how.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::matcher::rule::{EntityKind, Part};

/// `text` is read without a mistake, and written as `expected`, which is read as the same.
fn check(text: &str, expected: &str) {
    let parsed = parse(text).unwrap_or_else(|errors| panic!("{text}: {errors}"));
    assert_eq!(parsed.node.to_string(), expected, "{text}");
    assert_eq!(parse(expected).map(|parsed| parsed.node), Ok(parsed.node), "{expected}");
}

#[test]
fn queries_are_read_and_written() {
    for (text, expected) in [
        ("missile", "missile"),
        ("arms deal", "arms AND deal"),
        ("\"arms deal\"", "\"arms deal\""),
        ("=\"Exact Case\"", "=\"Exact Case\""),
        ("~supply pre* /F-?16/i /a\\/b/", "~supply AND pre* AND /F-?16/i AND /a\\/b/"),
        ("@kim-jong-un OR #arms-deal", "@kim-jong-un OR #arms-deal"),
        ("@person @place @org", "@person AND @place AND @org"),
        ("(a OR b) AND NOT c", "(a OR b) AND NOT c"),
        ("a (b c)", "a AND (b AND c)"),
        ("NOT (a OR b)", "NOT (a OR b)"),
        ("NOT NOT a", "NOT NOT a"),
        ("title:a title:(b OR c) title|tag:d", "title:a AND title:(b OR c) AND title|tag:d"),
        (
            "feed:bbc feed:\"BBC World\" feed:*.uk site:bbc.co.uk lang:en",
            "feed:bbc AND feed:\"BBC World\" AND feed:\"*.uk\" AND site:bbc.co.uk AND lang:en",
        ),
        ("2 OF (a, b c, \"d e\")", "2 OF (a, b AND c, \"d e\")"),
        ("count(a OR b) >= 3", "count(a OR b) >= 3"),
        ("score(a^4, \"b c\"^2, d, e^-3)>=6", "score(a^4, \"b c\"^2, d^1, e^-3) >= 6"),
        ("first(50, x)", "first(50, x)"),
        ("a NEAR/8 b NEAR/8 c", "a NEAR/8 b NEAR/8 c"),
        ("a NEAR/8 b NEAR/3 c", "a NEAR/8 b NEAR/3 c"),
        ("a NEAR/8 (b NEAR/8 c)", "a NEAR/8 (b NEAR/8 c)"),
        ("(a NEAR/8 b) NEAR/8 c", "a NEAR/8 b NEAR/8 c"),
        ("munitions NEAR/6 (sell OR supply)", "munitions NEAR/6 (sell OR supply)"),
        ("a BEFORE/3 b SENTENCE c PARA d", "a BEFORE/3 b SENTENCE c PARA d"),
        ("a NOT NEAR/5 b", "a NOT NEAR/5 b"),
        ("a NOT SENTENCE (b OR c)", "a NOT SENTENCE (b OR c)"),
        ("a NOT b", "a AND NOT b"),
        ("NOT a NEAR/5 b", "NOT a NEAR/5 b"),
        ("a story.sources>=3 story.new story.growing", "a AND story.sources >= 3 AND story.new AND story.growing"),
        ("a AND story.has(@x) AND age < 90m", "a AND story.has(@x) AND age < 90m"),
        (
            "C++ AT&T TCP/IP R&D 1,000 Putin's 2024 F-16",
            "C++ AND AT&T AND TCP/IP AND R&D AND 1,000 AND Putin's AND 2024 AND F-16",
        ),
        (
            "\"NOT\" \"a\\\"b\\\\\" \"story.new\" \"title:x\"",
            "\"NOT\" AND \"a\\\"b\\\\\" AND \"story.new\" AND \"title:x\"",
        ),
        ("Ким OR 金正恩 OR 김정은", "Ким OR 金正恩 OR 김정은"),
        ("~\"supply weapons\"", "~\"supply weapons\""),
        ("a AND (b OR c AND d)", "a AND (b OR (c AND d))"),
    ] {
        check(text, expected);
    }
}

/// The first mistake in `text`: the part it points at, what it says, and its hint.
fn mistake(text: &str) -> (String, String, String) {
    let errors = parse(text).err().unwrap_or_else(|| panic!("{text} is read without a mistake"));
    let note = &errors.0[0];
    (text.get(note.span.clone()).unwrap().to_owned(), note.message.clone(), note.hint.clone().unwrap_or_default())
}

#[test]
fn mistakes_are_pointed_at_with_a_way_out() {
    for (text, at, says, hints) in [
        ("", "", "empty query", ""),
        ("a AND", "", "missing here", ""),
        ("a AND OR b", "OR", "needs something on either side", ""),
        ("a)", ")", "closes nothing", "take it away"),
        ("(a OR b", "(", "not closed", ")"),
        ("()", ")", "missing before", ""),
        ("“arms deal”", "“arms deal”", "no quotation mark", "\"arms deal\""),
        ("\"arms deal", "\"", "without an end", "close it"),
        ("a NEAR/500 b", "NEAR/500", "reaches 1 to 100", "PARA"),
        ("a NEAR b", "NEAR", "needs a number", "NEAR/8"),
        ("a NEAR/x b", "NEAR/x", "no number of words", "NEAR/8"),
        ("a NEAR/3 NOT b", "NOT", "cannot stand here", ""),
        ("a NEAR/3 (b OR NOT c)", "NOT c", "has no place", "NOT NEAR"),
        ("a BEFORE/3 (b AND c)", "b AND c", "no one place", "NEAR"),
        ("a NEAR/3 count(b) > 1", "count(b) > 1", "number has no place", "AND"),
        ("a NEAR/3 lang:en", "lang:en", "whole item", "AND"),
        ("count(a AND b) > 2", "a AND b", "no one place", ""),
        ("/(i?)kim(/", "/(i?)kim(/", "not a regular expression", "(?i)"),
        ("/x*/", "/x*/", "matches everything", ""),
        ("/kim", "/", "without an end", "quotes"),
        ("/kim/g", "g", "unknown flag", "`i`"),
        ("mis*le", "mis*le", "end of a word", "/…/"),
        ("a*", "a*", "every word", "two letters"),
        ("titel:kim", "titel:kim", "unknown field", "`title`"),
        ("@", "@", "without an entity", "@kim-jong-un"),
        ("#", "#", "without a topic", "#arms-deal"),
        ("5 OF (a, b)", "5", "can never be", "1 to 2"),
        ("2 OF a", "a", "list in brackets", "2 OF"),
        ("count(a)", "", "comparison belongs here", "count(x) >= 3"),
        ("count(a) >= many", "many", "nothing to compare", ""),
        ("cuont(a) > 2", "cuont", "no `cuont(", "`count`"),
        ("score(a^4) >= 6", "score(a^4)", "make 4", ""),
        ("first(x, 50)", "x", "number of words", "first(50, x)"),
        ("story.source >= 2", "story.source", "unknown story term", "story.sources"),
        ("age < soon", "soon", "nothing to compare", "6h"),
        ("story.has(x)", "story.has(x)", "has entities", "@vladimir-putin"),
        ("a, b", ",", "cannot stand here", ""),
        ("a ^4", "^4", "cannot stand here", ""),
        ("feed:", "feed:", "name belongs here", "lang:en"),
        ("—", "—", "letter or a digit", ""),
    ] {
        let (found_at, said, hint) = mistake(text);
        assert_eq!(found_at, at, "{text}: {said}");
        assert!(said.contains(says), "{text}: {said}");
        assert!(hint.contains(hints), "{text}: {hint}");
    }
}

#[test]
fn one_reading_finds_several_mistakes() {
    let errors = parse("(a NEAR/900 b) AND “c” OR titel:d)").unwrap_err();
    let says: Vec<_> = errors.0.iter().map(|note| note.message.as_str()).collect();
    assert_eq!(says.len(), 4, "{says:?}");
}

#[test]
fn bare_and_with_or_is_a_warning() {
    let warned = |text: &str| !parse(text).unwrap().warnings.is_empty();
    assert!(warned("a AND b OR c") && warned("a OR b c") && warned("x (a OR b AND c)"));
    assert!(!warned("(a AND b) OR c") && !warned("a AND (b OR c)") && !warned("a OR b OR c") && !warned("a b c"));
}

#[test]
fn nesting_has_an_end() {
    assert!(parse(&format!("{}a{}", "(".repeat(60), ")".repeat(60))).is_ok());
    assert!(parse(&"(".repeat(100_000)).is_err());
    assert!(parse(&"NOT ".repeat(100_000)).is_err());
    assert!(parse(&"title:".repeat(100_000)).is_err());
}

fn literal() -> impl Strategy<Value = Expr> {
    let word = prop::sample::select(vec![
        "kim",
        "arms",
        "US",
        "NOT",
        "C++",
        "1,000",
        "金正恩",
        "Путин",
        "a b",
        "x\"y\\",
        "title:x",
        "age",
        "2",
        "a/b",
        "~s",
        "pre*",
        "score(",
    ]);
    let safe = prop::sample::select(vec!["supply", "missil", "Ким"]);
    prop_oneof![
        word.clone().prop_map(|text| Expr::Literal(Literal { text: text.to_owned(), mode: Mode::Plain })),
        word.prop_map(|text| Expr::Literal(Literal { text: text.to_owned(), mode: Mode::Exact })),
        (
            safe,
            prop::sample::select(vec![
                Mode::Stem,
                Mode::Prefix,
                Mode::Regex { ignore_case: true },
                Mode::Regex { ignore_case: false }
            ])
        )
            .prop_map(|(text, mode)| Expr::Literal(Literal { text: text.to_owned(), mode })),
        prop::sample::select(vec![
            Expr::Entity("kim-jong-un".to_owned()),
            Expr::Kind(EntityKind::Place),
            Expr::Topic("arms-deal".to_owned()),
        ]),
    ]
}

fn reach() -> impl Strategy<Value = Reach> {
    prop_oneof![
        (1..=MOST_WORDS).prop_map(Reach::Words),
        (1..=MOST_WORDS).prop_map(Reach::Before),
        Just(Reach::Sentence),
        Just(Reach::Paragraph)
    ]
}

fn comparison() -> impl Strategy<Value = Comparison<u32>> {
    let operators = vec![Operator::AtLeast, Operator::MoreThan, Operator::Equal, Operator::AtMost, Operator::LessThan];
    (prop::sample::select(operators), 0_u32..5).prop_map(|(operator, value)| Comparison { operator, value })
}

/// Something that has a place in a text.
fn place() -> impl Strategy<Value = Node> {
    literal().prop_map(Node::from).prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(|nodes| Expr::Or(nodes).into()),
            (reach(), prop::collection::vec(inner.clone(), 2..4)).prop_map(|(reach, nodes)| near_of(reach, nodes)),
            (reach(), inner.clone(), inner.clone()).prop_map(|(reach, left, right)| Expr::Apart(
                reach,
                left.into(),
                right.into()
            )
            .into()),
            (1_u32..99, inner.clone()).prop_map(|(words, inner)| Expr::First(words, inner.into()).into()),
            inner.prop_map(|inner| Expr::Within(vec![Part::Title, Part::Tag], inner.into()).into()),
        ]
    })
}

/// As it is read: a chain takes in a chain of the same reach at its head.
fn near_of(reach: Reach, nodes: Vec<Node>) -> Node {
    let mut flat = Vec::new();
    for (index, node) in nodes.into_iter().enumerate() {
        match node.expr {
            Expr::Near(known, inner) if index == 0 && known == reach => flat.extend(inner),
            expr => flat.push(expr.into()),
        }
    }
    Expr::Near(reach, flat).into()
}

fn query() -> impl Strategy<Value = Node> {
    let leaf = prop_oneof![
        4 => place(),
        1 => (place(), comparison()).prop_map(|(node, comparison)| Expr::Count(node.into(), comparison).into()),
        1 => prop::sample::select(vec![
            Expr::Origin(Origin::Feed, "BBC *".to_owned()),
            Expr::Origin(Origin::Lang, "en".to_owned()),
            Expr::Story(StoryTerm::New),
            Expr::Story(StoryTerm::Has("x".to_owned())),
            Expr::Story(StoryTerm::Age(Comparison { operator: Operator::LessThan, value: Duration::from_hours(6) })),
        ]).prop_map(Node::from),
    ];
    leaf.prop_recursive(3, 16, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(|nodes| Expr::And(nodes).into()),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|nodes| Expr::Or(nodes).into()),
            inner.clone().prop_map(|inner| Expr::Not(inner.into()).into()),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|nodes| Expr::Of(2, nodes).into()),
            (prop::collection::vec((inner, 1..9_i32), 1..4)).prop_map(|weighted| {
                Expr::Score(weighted, Comparison { operator: Operator::AtLeast, value: 1 }).into()
            }),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_the_same(node in query()) {
        let text = node.to_string();
        let parsed = parse(&text).unwrap_or_else(|errors| panic!("{text}: {errors}"));
        prop_assert_eq!(&parsed.node, &node, "{}", &text);
        prop_assert_eq!(parsed.node.to_string(), text);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "(\\PC|[()\"/~*=<>^,:@#. ]|AND|OR|NOT|OF|NEAR/|BEFORE/2|SENTENCE|title:|feed:|story\\.|score\\(|count\\(|first\\(|“){0,20}") {
        if let Err(errors) = parse(&text) {
            prop_assert!(!errors.0.is_empty());
            prop_assert!(errors.0.iter().all(|note| text.get(note.span.clone()).is_some()), "{:?}", errors);
        }
    }
}
