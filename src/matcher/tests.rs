//! Claims about the matcher as a whole: terms against texts, entities, rules, proof.

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

#[test]
fn words_match_whole() {
    check(&[
        ("Kim", &["Kim visits", "(kim)", "KIM!", "Kim-led"], &["Kimberly", "Akim", "Kimchi"]),
        ("arms", &["small arms.", "Arms"], &["Armstrong", "farms", "arm"]),
        ("summit", &["a summit", "summits", "Summit's end"], &["summitry"]),
        ("мир", &["Мир и война"], &["мира", "кумир"]),
        ("ειρήνη", &["Ειρηνη τώρα", "ΕΙΡΉΝΗ"], &["ειρηνικά"]),
        ("미사일", &["미사일 발사", "미사일을 쐈다", "북 미사일의"], &["대미사일", "미사일방어"]),
    ]);
}

#[test]
fn case_accents_and_width_fold_away() {
    check(&[
        ("perez", &["Pérez", "PÉREZ", "Pe\u{301}rez", "P&eacute;rez"], &["Peres"]),
        ("Łódź", &["Lodz", "ŁÓDŹ"], &[]),
        ("strasse", &["Straße"], &[]),
        ("Putin", &["Ｐｕｔｉｎ", "P&#117;tin", "P<b>ut</b>in", "Pu\u{AD}tin"], &["Put, in"]),
        ("мой", &["мой дом", "мои\u{306} дом"], &["мои дома"]),
        ("Семен", &["Семён"], &[]),
    ]);
}

#[test]
fn short_terms_in_capitals_match_capitals_only() {
    check(&[
        ("US", &["US warns", "U.S. warns", "the US's", "US-led", "RUSSIA WARNS US"], &["tell us", "Us", "USS Nimitz"]),
        ("WHO", &["WHO says"], &["who says", "Who?"]),
        ("U.S.", &["US", "U.S."], &["us"]),
        ("UAV", &["UAV", "UAVs"], &["uav"]),
        ("NATO", &["NATO"], &["nato"]),
        ("UNESCO", &["Unesco", "UNESCO"], &[]),
        ("G7", &["g7", "G7"], &[]),
        ("US troops", &["US troops", "us troops"], &[]),
        ("us", &["US", "us"], &[]),
    ]);
}

#[test]
fn hyphen_space_and_joined_forms_are_one() {
    let forms = ["Jong-un", "Jong un", "Jongun", "Jong‑un", "Jong–un", "JONG-UN"];
    for term in forms {
        for title in forms {
            // a word that is written in one could be any two words: `put in` is no Putin
            let expected = !(term == "Jongun" && title == "Jong un");
            assert_eq!(hits(all(&[term]), &item(title)), expected, "{term} and {title}");
        }
    }
    check(&[
        ("Putin", &["Put-in"], &["put in", "Put In Place"]),
        ("Kim Jongun", &["Kim Jong un", "Kim Jong-un"], &[]),
        ("Kim Jong-un", &["Kim Jongun's", "KimJongUn", "kim jong-un"], &["Kim. Jong Un", "Kim Jong"]),
        ("air strike", &["airstrikes", "air-strikes"], &[]),
        ("Sanaa", &["Sana'a"], &[]),
        ("F-16", &["F16", "F-16", "F 16"], &["F-15"]),
        ("WHO", &[], &["w ho", "W HO"]),
        ("ab cd ef gh ij", &["ab cd ef gh-ij"], &["abcdefghij"]),
    ]);
}

#[test]
fn possessives_and_plurals_match() {
    check(&[
        ("Putin", &["Putin's", "Putin’s", "PUTIN'S", "Putin&#8217;s", "l'Putin"], &["Putinka"]),
        ("arms deal", &["arms deals", "Arms-deal", "arms deal's"], &["arm deal", "arms dealer", "arms. Deal"]),
        ("army", &["armies"], &[]),
        ("deals", &["deals"], &["deal"]),
        ("McDonald's", &["McDonald's", "McDonalds"], &["McDonald"]),
    ]);
}

#[test]
fn scripts_without_blanks_match_anywhere() {
    check(&[
        ("金正恩", &["朝鲜领导人金正恩访问", "金 正恩"], &["金正", "金。正恩", "金，正恩"]),
        ("京都", &["京都府"], &["東京、都市"]),
        ("キム・ジョンウン", &["キムジョンウン氏", "ｷﾑ･ｼﾞｮﾝｳﾝ", "キム ジョンウン"], &["キムジヨンウン"]),
        ("ปูติน", &["ประธานาธิบดีปูตินเยือน"], &["ปู"]),
    ]);
}

#[test]
fn particles_and_proclitics_are_no_part_of_words() {
    check(&[
        ("صاروخ", &["والصاروخ", "بصاروخ", "الصَّاروخ"], &["صاروخية"]),
        ("الصين", &["للصين", "والصين", "بالصين"], &["صينية"]),
        ("טיל", &["הטיל", "והטיל", "טיל"], &["מטילים"]),
        ("북한", &["북한은", "북한에서", "북한"], &["탈북한", "북한산"]),
        ("أحمد", &["احمد", "وأحمد"], &[]),
    ]);
}

#[test]
fn names_decline() {
    check(&[
        (
            "@putin",
            &[
                "Путину",
                "Путиным",
                "Путине",
                "Путіна",
                "Putina",
                "Putinowi",
                "Putinem",
                "Putinie",
                "Putinom",
                "Putin'in",
                "Putin’e",
                "푸틴이",
                "푸틴 대통령",
                "푸틴과",
                "بوتين",
                "وبوتين",
                "لبوتين",
                "ופוטין",
                "普京总统",
                "プーチン大統領",
            ],
            &["Putintseva", "Путинцева", "Putins", "Распутин", "Rasputin"],
        ),
        ("@zelensky", &["Zelenského", "Zelenskiego", "Зеленского", "Зеленским"], &[]),
        ("@kim", &["Ким Чен Ына", "Kim Jong Una", "김정은이", "김정은에게", "كيم جونغ أون", "וקים ג'ונג און"], &[]),
        ("@north-korea", &["Северной Кореей"], &["Северный"]),
        ("путин", &["Путин"], &["Путина"]),
    ]);
}

#[test]
fn short_names_match_only_as_names_are_written() {
    check(&[
        (
            "@xi",
            &["Xi meets Putin", "Xi's visit", "Ли прибыл", "XI MEETS PUTIN IN MOSCOW", "«Xi»"],
            &[
                "England XI in Moscow",
                "the Higgs and the xi",
                "Xi'an hosts a summit",
                "Правда ли это",
                "XI: the eleventh",
            ],
        ),
        ("@putin", &["PUTIN: war goes on", "putin says"], &[]),
    ]);
}

#[test]
fn korean_nouns_become_verbs() {
    check(&[
        ("방문", &["러시아 방문하기로", "방문했다", "방문하는 김정은", "방문을"], &["방문객", "방문판매"]),
        ("@putin", &["푸틴은"], &["푸틴하기로"]),
    ]);
}

#[test]
fn html_never_matches() {
    let hidden = [
        "<a href=\"/kim\">x</a>",
        "<img alt='Kim'>",
        "<!-- Kim -->",
        "<script>Kim</script>",
        "<style>.Kim{}</style>",
        "<Kim>",
        "more <a href=\"https://x.example/Kim",
        "Ki<p>m",
    ];
    for summary in hidden {
        assert!(!hits(all(&["Kim"]), &told("", summary)), "{summary}");
    }
    for summary in ["K&#105;m", "<p>Kim</p>", "<b>K</b>im", "&lt;Kim&gt;", "5 < 6 Kim"] {
        assert!(hits(all(&["Kim"]), &told("", summary)), "{summary}");
    }
    assert!(hits(all(&["b"]), &item("5 < 6 & <b>")));
    assert!(!hits(all(&["b"]), &item("<b>Putin</b> visits")));
    assert!(!hits(all(&["arms deal"]), &told("", "<p>arms</p><p>deal</p>")));
    assert!(!hits(all(&["arms deal"]), &told("arms", "deal")));
}

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

#[test]
fn what_a_page_says_of_itself_never_matches() {
    for line in [
        "<p>Advertisement</p><p>News.</p>",
        "News.<br>Read more<br>",
        "<p>News.</p><p>The post Quake hits coast appeared first on Example News.</p>",
        "<p>Czytaj więcej</p>",
        "<p>Читайте также:</p>",
        "<p>広告</p>",
        "<p>Continue reading…</p>",
    ] {
        for word in ["advertisement", "read", "appeared", "czytaj", "также", "広告", "continue"] {
            assert!(!hits(any(&[word]), &told("", line)), "{word} in {line}");
        }
    }
    for (word, text) in [
        ("advertisement", "An advertisement by the ministry says so."),
        ("post", "<p>The post of minister is vacant.</p>"),
        ("share", "<p>Share this: Apple shares fall.</p>"),
        ("advertisement", "Advertisement"),
    ] {
        let item = if text == "Advertisement" { item(text) } else { told("", text) };
        assert!(hits(any(&[word]), &item), "{word} in {text}");
    }
}

#[test]
fn a_text_made_to_take_long_takes_no_time() {
    let far = format!("{} munitions", "deal ".repeat(50_000));
    let dense = "munitions deal ".repeat(30_000);
    for text in [far, dense] {
        for query in [
            "(munitions NEAR/8 deal) SENTENCE deal",
            "(munitions PARA deal) NEAR/3 deal",
            "munitions BEFORE/9 deal BEFORE/9 munitions",
            "deal NOT NEAR/5 munitions",
            "deal NOT SENTENCE munitions",
            "count(munitions NEAR/9 deal) > 3",
            "2 OF (munitions, deal) AND #arms",
        ] {
            // What comes of it does not matter, that something does.
            hits(any(&[query]), &told("", &text));
        }
    }
}

#[test]
fn a_name_takes_no_ending_from_the_next_word() {
    for (title, matched) in [
        ("Kim Jong Un is in Moscow", "Kim Jong Un"),
        ("Kim Jong Un's visit", "Kim Jong Un"),
        ("Kim Jong Una wizyta", "Kim Jong Una"),
    ] {
        let hits = hits_of(all(&["@kim"]), &item(title));
        assert_eq!(hits[0].proof[0].matched, matched, "{title}");
    }
}
