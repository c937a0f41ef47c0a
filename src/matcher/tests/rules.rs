//! Entities, topics and rules as a whole, and the proof of their hits.

use super::*;

#[test]
fn short_forms_need_a_full_name_or_a_context() {
    let far = "word ".repeat(70);
    for (title, summary, expected) in [
        ("Kim arrives", "", false),
        ("Kim arrives", "Kim Jong Un arrived.", true),
        ("Kim arrives in Pyongyang", "", true),
        ("Kim arrives", "The leader of North Korea.", true),
        ("Kim meets Putin", "", true),
        ("Kim signs arms deal", "", true),
        ("Kim arrives", &*format!("{far} Pyongyang"), false),
        ("Kim Kardashian in Pyongyang", "", false),
        ("Kim Yo Jong on Kim Jong Un", "", true),
        ("Kim Kardashian and Kim in Pyongyang", "", true),
    ] {
        assert_eq!(hits(all(&["@kim"]), &told(title, summary)), expected, "{title} / {summary}");
    }
    let tagged = Item { tags: strings(&["Kim Jong Un"]), ..item("Kim arrives") };
    assert!(!hits(all(&["@kim"]), &tagged));
}

#[test]
fn longer_names_stand_before_shorter_ones() {
    check(&[
        ("@korea", &["Korea", "North Korea and Korea"], &["North Korea", "North-Korea's"]),
        ("@north-korea", &["North Korea"], &["Korea"]),
        ("Korea", &["North Korea"], &[]),
    ]);
}

#[test]
fn topics_stand_for_their_terms() {
    check(&[
        ("#arms", &["arms deals", "munitions"], &["arms"]),
        ("#leaders", &["Putin", "munitions", "Kim Jong Un"], &["Kim"]),
    ]);
}

#[test]
fn groups_hold_as_written() {
    let rule = Lists {
        all: vec![terms(&["@kim"]), terms(&["@putin", "Russia"])],
        none: terms(&["anniversary"]),
        ..any(&["visit", "talks", "summit"])
    };
    let yes = "Kim Jong Un visits Russia";
    assert!(hits(rule.clone(), &item(yes)));
    for title in [
        "Kim Jong Un visits China",
        "Kim Jong Un in Russia",
        "Kim Jong Un visits Russia on anniversary",
        "Russia visit",
    ] {
        assert!(!hits(rule.clone(), &item(title)), "{title}");
    }
    let two = Lists { at_least: 2, ..rule };
    assert!(!hits(two.clone(), &item(yes)));
    assert!(!hits(two.clone(), &item("Kim Jong Un visit, visit, visit, Russia")));
    assert!(hits(two, &item("Kim Jong Un visits Russia for summit")));
    let scored = hits_of(any(&["visit", "talks", "summit"]), &item("visit, talks, visit"));
    assert_eq!(scored[0].score, 2);
}

#[test]
fn near_means_one_stretch_of_text() {
    let near = |near| Lists { near: Some(near), ..all(&["Kim", "Putin", "arms deal"]) };
    for (kind, title, summary, expected) in [
        (Near::Words(3), "Kim x Putin arms deal", "", true),
        (Near::Words(3), "arms deal x Kim Putin", "", true),
        (Near::Words(2), "Kim x Putin arms deal", "", false),
        (Near::Words(1), "Putin Kim arms deal", "", false),
        (Near::Words(5), "Kim x x x x x Putin x Kim x arms deal", "", true),
        (Near::Sentence, "Kim", "Putin on arms deals with Kim. Other", true),
        (Near::Sentence, "Kim", "Putin on an arms deal. With Kim", false),
        (Near::Paragraph, "", "<p>Putin on an arms deal. With Kim</p>", true),
        (Near::Paragraph, "Kim", "<p>Putin on an arms deal.</p><p>With Kim</p>", false),
        (Near::Title, "Kim, Putin: arms deal", "", true),
        (Near::Title, "Kim, Putin", "Kim, Putin: arms deal", false),
    ] {
        assert_eq!(hits(near(kind), &told(title, summary)), expected, "{kind:?}: {title} / {summary}");
    }
    let two = Lists { any: terms(&["visit", "talks"]), at_least: 2, near: Some(Near::Words(3)), ..all(&["Kim"]) };
    assert!(hits(two.clone(), &item("talks Kim visit")));
    assert!(!hits(two, &item("talks Kim x x x visit Kim")));
    let apart = Lists { near: Some(Near::Words(9)), within: vec![Part::Tag], ..all(&["Kim", "Putin"]) };
    let tagged = |tags: &[&str]| Item { tags: strings(tags), ..item("") };
    assert!(hits(apart.clone(), &tagged(&["x", "Kim Putin"])));
    assert!(!hits(apart, &tagged(&["Kim", "Putin"])));
}

#[test]
fn parts_confine_a_rule() {
    use Part::{Author, Lead, Tag, Text, Title, Url};
    let everywhere = Item {
        url: Some("https://x.example/kim-putin?in=url".to_owned()),
        summary: Some("<p>in lead.</p><p>in text</p>".to_owned()),
        content: Some("in content".to_owned()),
        authors: strings(&["Ann Author"]),
        tags: strings(&["x", "in tag"]),
        ..item("in title")
    };
    for (part, yes, no) in [
        (Title, "title", "lead text content url author tag"),
        (Lead, "lead", "title text content url author tag"),
        (Text, "lead text content", "title url author tag"),
        (Url, "url kim putin", "title lead text content author tag"),
        (Author, "author", "title lead text content url tag"),
        (Tag, "tag", "title lead text content url author"),
    ] {
        let found = |word: &str| hits(Lists { within: vec![part], ..all(&[word]) }, &everywhere);
        assert!(yes.split(' ').all(found), "{part:?}");
        assert!(!no.split(' ').any(found), "{part:?}");
    }
    for (word, expected) in [("title", true), ("content", true), ("url", false), ("tag", false)] {
        assert_eq!(hits(all(&[word]), &everywhere), expected, "{word}");
    }
    let lead_of_content = Item { content: Some("First one.<p>second".to_owned()), ..told("", " ") };
    let lead = |word| Lists { within: vec![Lead], ..all(&[word]) };
    assert!(hits(lead("first"), &lead_of_content) && !hits(lead("second"), &lead_of_content));
}

#[test]
fn feeds_confine_a_rule() {
    let at = |feed: &str| Item { feed: feed.to_owned(), ..item("Kim") };
    let (one, two, other) = ("https://one.example/rss", "https://two.example/rss", "https://other.example/wire");
    for (feeds, not_feeds, expected) in [
        (&[][..], &[][..], [true, true, true]),
        (&["wire"], &[], [true, false, false]),
        (&["one world"], &[], [true, false, false]),
        (&["Two [beta]"], &[], [false, true, false]),
        (&["*.example/*"], &[], [true, true, true]),
        (&["o?e w*"], &[], [true, false, false]),
        (&[], &["blog"], [true, false, true]),
        (&["*"], &["*two*", "wire"], [false, false, true]),
    ] {
        let rule = Lists { feeds: strings(feeds), not_feeds: strings(not_feeds), ..all(&["Kim"]) };
        let found = [one, two, other].map(|feed| hits(rule.clone(), &at(feed)));
        assert_eq!(found, expected, "{feeds:?} {not_feeds:?}");
    }
    let normalised = Lists { feeds: strings(&["wire"]), ..all(&["Kim"]) };
    assert!(hits(normalised, &at("HTTPS://ONE.example:443/rss")));
    assert!(hits(Lists { feeds: strings(&["wire"]), ..Lists::default() }, &at(one)));
}

#[test]
fn languages_confine_a_rule() {
    let spoken = |lang: Option<&str>, title: &str| Item { lang: lang.map(str::to_owned), ..item(title) };
    for (langs, lang, title, expected) in [
        (&["en"][..], Some("en-GB"), "Kim", true),
        (&["en-US"], Some("en"), "Kim", true),
        (&["en"], Some("fr"), "Kim", false),
        (&["en"], None, "Kim met Putin", true),
        (&["en"], Some("und"), "Kim met Putin", true),
        (&["ru"], None, "Kim met Putin", false),
        (&["ru", "en"], None, "Kim met Putin", true),
        (&["ko"], None, "Kim 123", false),
        (&["en"], None, "Kim მოსკოვში იყო", true),
    ] {
        let rule = Lists { langs: strings(langs), ..all(&["Kim"]) };
        assert_eq!(hits(rule, &spoken(lang, title)), expected, "{langs:?} {lang:?} {title}");
    }
}

#[test]
fn every_hit_shows_its_proof() {
    let rule =
        Lists { all: vec![terms(&["@kim"]), terms(&["China", "#leaders"])], ..any(&["arms deal", "visit", "talks"]) };
    let summary = "<p>North Korea&#8217;s Kim <b>Jong</b>&#8209;un visits <a href='x'>Moscow</a> &amp; Putin</p>";
    let hits = hits_of(rule, &told("Arms deals", summary));
    let proof = &hits[0].proof;
    let shown: Vec<_> = proof
        .iter()
        .map(|proof| (proof.term.as_str(), proof.entity.as_deref(), proof.matched.as_str(), proof.field))
        .collect();
    assert_eq!(
        shown,
        [
            ("@kim", Some("kim"), "Kim <b>Jong</b>&#8209;un", Field::Summary),
            ("#leaders", None, "Arms deals", Field::Title),
            ("arms deal", None, "Arms deals", Field::Title),
            ("visit", None, "visits", Field::Summary),
        ]
    );
    for proof in proof {
        let field = if proof.field == Field::Title { "Arms deals" } else { summary };
        assert_eq!(field.get(proof.start..proof.end), Some(proof.matched.as_str()));
    }
    assert_eq!(proof[0].snippet, "North Korea’s Kim Jong‑un visits Moscow & Putin");
    assert_eq!(hits[0].score, 4);
}

#[test]
fn snippets_show_some_words_on_either_side() {
    let title = "a b c d e f g h i j Kim k l m n o p q r s t";
    let hits = hits_of(all(&["Kim"]), &item(title));
    assert_eq!(hits[0].proof[0].snippet, "… c d e f g h i j Kim k l m n o p q r …");
    let endless = format!("{} Kim {}", "&nbsp;".repeat(50_000), "<i x='".repeat(50_000));
    let hits = hits_of(all(&["Kim"]), &told("", &endless));
    assert!(hits[0].proof[0].snippet.len() < 2_000);
}

#[test]
fn the_proof_of_near_lies_in_its_stretch() {
    let rule = Lists { near: Some(Near::Sentence), ..all(&["Kim", "Putin"]) };
    let summary = "Kim left. Putin stayed. Later Kim met Putin. Kim saw Putin.";
    let hits = hits_of(rule, &told("", summary));
    let starts: Vec<usize> = hits[0].proof.iter().map(|proof| proof.start).collect();
    assert_eq!(starts, [summary.find("Kim met").unwrap(), summary.find("Putin. Kim saw").unwrap()]);
}

#[test]
fn what_cannot_be_compiled_names_the_place() {
    for (rule, expected) in [
        (all(&["@nobody"]), "watch `w`: there is no entity `nobody`"),
        (all(&["#nothing"]), "watch `w`: there is no topic `nothing`"),
        (all(&["—"]), "watch `w`: `—`: a term needs a letter or a digit"),
    ] {
        let error = Matcher::compile(&[watch("w", &rule)], &entities(), &topics(), &[]).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn hits_come_in_the_order_of_the_watches() {
    let watches = [watch("b", &all(&["Putin"])), watch("a", &all(&["Kim"])), watch("c", &all(&["nobody"]))];
    let matcher = Matcher::compile(&watches, &[], &[], &[]).unwrap();
    let names: Vec<String> = matcher.hits(&item("Kim, Putin")).iter().map(|hit| hit.watch.to_string()).collect();
    assert_eq!(names, ["b", "a"]);
}

#[test]
fn a_matcher_is_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Matcher>();
}
