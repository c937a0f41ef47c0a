//! Whole configs, as files: what is said of bad ones, what becomes of good ones.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;

use super::*;
use crate::feed::Backlog;
use crate::matcher::query::{Expr, Node};
use crate::notifier::{SinkConfig, SinkKind};

/// A directory with the files of `case`: each begins with a line `=== path`.
fn directory(case: &str) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for file in case.split("=== ").skip(1) {
        let (path, text) = file.split_once('\n').unwrap();
        let path = directory.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    directory
}

fn environment(variables: &[(&str, &str)]) -> Environment {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Environment { variables, config_home: None, data_home: Some("/data".into()) }
}

fn load_case(case: &str, variables: &[(&str, &str)]) -> Result<Loaded, ConfigErrors> {
    load_in(&environment(variables), Some(directory(case).path()))
}

/// What is said of `case`, without the directory that it happens to lie in.
fn said(case: &str) -> String {
    let directory = directory(case);
    let said = match load_in(&environment(&[("TOKEN", "hush-hush")]), Some(directory.path())) {
        Ok(loaded) => format!("it holds\n\n{}", loaded.warnings.join("\n\n")),
        Err(errors) => format!("{} errors\n\n{errors}", errors.count()),
    };
    assert!(!said.contains("hush-hush"), "a secret is quoted: {said}");
    said.replace(&format!("{}/", directory.path().display()), "")
}

#[test]
fn every_mistake_is_reported_with_its_place_and_what_to_do() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/config");
    let mut tried = 0;
    for path in fs::read_dir(&cases).unwrap().map(|entry| entry.unwrap().path()) {
        if path.extension().is_some_and(|extension| extension == "case") {
            let case = fs::read_to_string(&path).unwrap();
            insta::with_settings!({ snapshot_path => &cases, prepend_module_to_snapshot => false, omit_expression => true }, {
                insta::assert_snapshot!(path.file_stem().unwrap().to_str().unwrap(), said(&case));
            });
            tried += 1;
        }
    }
    assert!(tried > 10, "the cases are gone");
}

const WHOLE: &str = r##"=== newshound.toml
packs = ["mine"]
[store]
path = "${WHERE}/n.db"
[poll]
floor = "90s"
once_deadline = "10s"
[http]
allow = ["127.0.0.0/8"]
[[feed]]
url = "https://a.example/feed?key=${KEY}"
name = "A"
tags = ["x"]
owner = "someone"
every = "1h30m"
backlog = "none"
[[feed]]
url = "https://news.b.co.uk/feed"
[[sink]]
name = "hook"
type = "webhook"
url_file = "hook.url"
headers = { Authorization = "Bearer ${KEY}", X-Plain = "$${KEY}" }
[[sink]]
name = "run"
type = "command"
argv = ["say", "${KEY}"]
[[sink]]
name = "log"
type = "file"
path = "alerts.jsonl"
updates = false
[[sink]]
name = "off"
type = "desktop"
enabled = false
=== hook.url
https://hooks.example/secret
=== packs/mine.toml
[[entity]]
id = "ada"
names = ["Ada Lovelace"]
short = ["Ada"]
context = ["@ada", "#maths", "engine"]
never = ["Ada Smith"]
[topics]
maths = ["algebra", "@ada"]
=== watchlists/a.toml
[[watch]]
name = "W"
all = ["@ada", ["#maths", "engine"]]
any = ["x", "y"]
at_least = 2
none = ["z"]
near = 8
in = ["title", "lead"]
feeds = ["x"]
not_feeds = ["https://news.*"]
langs = ["EN"]
level = "urgent"
sinks = ["log"]
test_yes = ["yes"]
test_no = ["no"]
[[watch]]
name = "off"
enabled = false
any = ["a"]
test_yes = ["yes"]
"##;

#[test]
fn what_is_written_is_what_holds() {
    let Loaded { config, warnings, files } = load_case(WHOLE, &[("WHERE", "/w"), ("KEY", "k")]).unwrap();
    assert_eq!(warnings, [""; 0]);
    let names: Vec<_> = files.iter().map(|file| file.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, ["newshound.toml", "mine.toml", "a.toml"]);
    assert_eq!(config.store, Path::new("/w/n.db"));
    assert_eq!((config.floor, config.once_deadline), (Duration::from_secs(90), Duration::from_secs(10)));
    assert_eq!(config.allow.len(), 1);

    let [a, b] = config.feeds.as_slice() else { panic!("{:?}", config.feeds) };
    assert_eq!(a.url.as_str(), "https://a.example/feed?key=k");
    assert_eq!((a.name.as_deref(), a.owner.as_str(), a.backlog), (Some("A"), "someone", Backlog::None));
    assert_eq!((a.every, a.tags.as_slice()), (Some(Duration::from_mins(90)), ["x".to_owned()].as_slice()));
    assert_eq!((b.name.as_deref(), b.owner.as_str(), b.backlog), (None, "b.co.uk", Backlog::Digest));

    let [entity] = config.entities.as_slice() else { panic!("{:?}", config.entities) };
    let text = Node::word;
    let (ada, maths): (Node, Node) = (Expr::Entity("ada".to_owned()).into(), Expr::Topic("maths".to_owned()).into());
    assert_eq!(entity.context, [ada.clone(), maths.clone(), text("engine")]);
    assert_eq!((&*entity.names[0], &*entity.short[0], &*entity.never[0]), ("Ada Lovelace", "Ada", "Ada Smith"));
    assert_eq!(config.topics[0].terms, [text("algebra"), ada.clone()]);

    let [watch] = config.watches.as_slice() else { panic!("{:?}", config.watches) };
    assert_eq!((watch.name.as_str(), watch.sinks.as_slice()), ("W", ["log".to_owned()].as_slice()));
    let query = watch.query.to_string();
    assert!(query.starts_with("title|lead:(@ada NEAR/8 (#maths OR engine) NEAR/8 2 OF ("), "{query}");
    assert!(query.ends_with(" AND lang:en"), "{query}");
    let examples: Vec<_> = config.examples.iter().map(|example| (&*example.title, example.hits)).collect();
    assert_eq!(examples, [("yes", true), ("no", false)]);
    assert!(config.examples[1].place.ends_with("watchlists/a.toml:15"), "{}", config.examples[1].place);
}

#[test]
fn sinks_take_secrets_from_where_they_are_kept() {
    let directory = directory(WHOLE);
    let environment = environment(&[("WHERE", "rel"), ("KEY", "k")]);
    let config = load_in(&environment, Some(directory.path())).unwrap().config;
    assert_eq!(config.store, directory.path().join("rel/n.db"), "relative to the config");
    let headers = [("Authorization", "Bearer k"), ("X-Plain", "${KEY}")].map(|(k, v)| (k.to_owned(), v.to_owned()));
    let url = "https://hooks.example/secret".parse().unwrap();
    let argv = vec!["say".to_owned(), "k".to_owned()];
    let expected = [
        ("hook", SinkKind::Webhook { url, headers: headers.into() }, true),
        ("run", SinkKind::Command { argv, timeout: Duration::from_secs(30) }, false),
        ("log", SinkKind::File { path: directory.path().join("alerts.jsonl") }, false),
    ];
    let expected = expected.map(|(name, kind, updates)| SinkConfig { name: name.to_owned(), kind, updates });
    assert_eq!(config.sinks, expected);
}

#[test]
fn feeds_of_several_places_are_polled_once_and_keep_all_tags() {
    let case = fs::read_to_string("tests/data/config/warnings.case").unwrap();
    let feeds = load_case(&case, &[]).unwrap().config.feeds;
    let seen: Vec<_> =
        feeds.iter().map(|feed| (feed.url.as_str(), feed.name.as_deref().unwrap(), feed.tags.join("|"))).collect();
    assert_eq!(
        seen,
        [
            ("https://a.example/feed", "A [1]", "wire|uk|Folder & more".to_owned()),
            ("https://b.example/feed", "B", "Folder & more".to_owned()),
        ]
    );
}

#[test]
fn opml_is_read_as_other_programs_write_it() {
    let directory = directory("=== newshound.toml\n");
    let opml = b"<?xml version='1.0' encoding='ISO-8859-1'?>\n<opml><body>\
        <outline text='Caf\xE9' xmlUrl='feed://a.example/'/><outline xmlUrl='https://b.example/?a=1&b=2&amp;c=3'/>\
        <outline xmlUrl='about:blank'/></body></opml>";
    let path = directory.path().join("mine.opml");
    fs::write(&path, opml).unwrap();
    let loaded = load_in(&environment(&[]), Some(directory.path())).unwrap();
    let feeds: Vec<_> = loaded.config.feeds.iter().map(|feed| (feed.url.as_str(), feed.name.as_deref())).collect();
    assert_eq!(feeds, [("http://a.example/", Some("Café")), ("https://b.example/?a=1&b=2&c=3", None)]);
    assert!(loaded.warnings.iter().any(|warning| warning.contains("left out")), "{:?}", loaded.warnings);
    assert_eq!(check_opml(&path).unwrap(), 2);
    fs::write(&path, "<opml><body><outline xmlUrl='about:blank'/></body></opml>").unwrap();
    assert!(check_opml(&path).unwrap_err().to_string().contains("lists no feed"));
}

#[test]
fn folders_of_opml_are_bounded() {
    let nested = |depth| {
        let (open, close) = ("<outline text='f'>".repeat(depth), "</outline>".repeat(depth));
        format!(
            "=== newshound.toml\n=== a.opml\n<opml><body>{open}<outline xmlUrl='https://a.example/'/>{close}</body></opml>"
        )
    };
    assert_eq!(load_case(&nested(20), &[]).unwrap().config.feeds[0].tags.len(), 20);
    assert!(load_case(&nested(100_000), &[]).unwrap_err().to_string().contains("more than 32 folders"));
}

#[test]
fn a_config_is_looked_for_where_one_was_told_then_in_the_users_places_then_inside() {
    let config = |name: &str| format!("{name}newshound.toml\n[poll]\nfloor = ");
    let tree = directory(&format!(
        "=== {}\"1s\"\n=== {}\"2s\"\n=== {}\"3s\"\n=== bare/newshound/watchlists/a.toml\n",
        config("told/"),
        config("variable/"),
        config("home/newshound/")
    ));
    let path = |name: &str| tree.path().join(name);
    let variable = path("variable").display().to_string();
    let load = |explicit: Option<&Path>, variables: &[(&str, &str)], home: Option<&str>| {
        let environment = Environment { config_home: home.map(path), ..environment(variables) };
        load_in(&environment, explicit).unwrap()
    };
    let variables = [("NEWSHOUND_CONFIG", variable.as_str())];
    for (explicit, variables, home, seconds, origin) in [
        (Some("told"), &variables[..], Some("home"), 1, Some("told")),
        (Some("told/newshound.toml"), &variables[..], Some("home"), 1, Some("told")),
        (None, &variables[..], Some("home"), 2, Some("variable")),
        (None, &[("NEWSHOUND_CONFIG", "")], Some("home"), 3, Some("home/newshound")),
        (None, &[], Some("bare"), 300, None),
        (None, &[], Some("nowhere"), 300, None),
        (None, &[], None, 300, None),
    ] {
        let loaded = load(explicit.map(path).as_deref(), variables, home);
        assert_eq!(loaded.config.floor.as_secs(), seconds, "{explicit:?} {home:?}");
        assert_eq!(loaded.config.origin, origin.map_or(Origin::Embedded, |name| Origin::Directory(path(name))));
        assert_eq!(loaded.files.len(), usize::from(origin.is_some()));
        let warned = loaded.warnings.iter().any(|warning| warning.contains("has no newshound.toml"));
        assert_eq!(warned, home == Some("bare"), "{:?}", loaded.warnings);
    }
}

#[test]
fn a_config_that_cannot_be_read_says_why() {
    let tree = directory("=== empty/x\n=== latin/newshound.toml\n=== pipe/newshound.toml/x\n");
    fs::write(tree.path().join("latin/newshound.toml"), b"# fine\nname = \"caf\xe9\"\n").unwrap();
    for (path, expected) in [
        ("gone", "there is no config at"),
        ("empty", "has no newshound.toml"),
        ("latin", "newshound.toml:2: not UTF-8"),
        ("pipe", "not a regular file"),
    ] {
        let error = load_in(&environment(&[]), Some(&tree.path().join(path))).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let homeless = Environment::default();
    let error = load_in(&homeless, None).unwrap_err().to_string();
    assert!(error.contains("there is no home directory") && error.contains("[store]"), "{error}");
}

#[test]
fn an_address_that_cannot_be_allowed_is_pointed_at() {
    let error = load_case("=== newshound.toml\n[http]\nallow = ['127.0.0.1', '']\n", &[]).unwrap_err();
    assert!(error.count() == 1 && error.to_string().contains("newshound.toml:2:23"), "{error}");
}

#[test]
fn a_pack_of_ones_own_stands_before_the_built_in_one() {
    let case =
        "=== newshound.toml\npacks = ['leaders']\n=== packs/leaders.toml\n[[entity]]\nid = 'me'\nnames = ['Me']\n";
    let entities = load_case(case, &[]).unwrap().config.entities;
    assert_eq!(entities.iter().map(|entity| entity.id.as_str()).collect::<Vec<_>>(), ["me"]);
}

#[test]
fn only_the_embedded_default_uses_the_embedded_watchlists() {
    let default = load_in(&environment(&[]), None).unwrap();
    assert_eq!(default.warnings, [""; 0]);
    assert!(!default.config.watches.is_empty() && !default.config.feeds.is_empty());
    assert_eq!(default.config.store, Path::new("/data/newshound/newshound.db"));
    let own = load_case(&format!("=== newshound.toml\n{}", embedded::MAIN), &[]).unwrap();
    assert!(own.config.watches.is_empty());
    assert_eq!(own.config.feeds, default.config.feeds);
}

/// The embedded file with its commented keys in use; prose stays a comment.
fn uncommented() -> String {
    let uncomment = |line: &str| match line.strip_prefix('#') {
        Some(key) if key.starts_with(|c: char| c == '[' || c.is_ascii_lowercase()) => format!("{key}\n"),
        _ => format!("{line}\n"),
    };
    embedded::MAIN.lines().map(uncomment).collect()
}

#[test]
fn the_default_file_shows_the_defaults_of_the_code_and_examples_that_hold() {
    let shown = format!("=== newshound.toml\n{}\n=== team.url\nhttps://a.example/\n", uncommented());
    let variables = [("HOME", "/home/ada"), ("TEAM_TOKEN", "t"), ("EXAMPLE_KEY", "k")];
    let shown = load_case(&shown, &variables).unwrap().config;
    let bare = load_case("=== newshound.toml\n", &[]).unwrap().config;
    assert_eq!((shown.floor, shown.once_deadline), (bare.floor, bare.once_deadline));
    assert_eq!(shown.allow, bare.allow);
    assert_eq!(shown.store, Path::new("/home/ada/.local/share/newshound/newshound.db"));
    for sink in &shown.sinks {
        assert_eq!(sink.updates, sink.kind.updates_by_default(), "{sink:?}");
    }
    let timeout = shown.sinks.iter().find_map(|sink| match sink.kind {
        SinkKind::Command { timeout, .. } => Some(timeout),
        _ => None,
    });
    assert_eq!(timeout, Some(Duration::from_secs(30)));
    assert_eq!(shown.feeds[0].backlog, Backlog::default());
    let watch = shown.watches.iter().find(|watch| watch.name.as_str() == "Jane Doe on trade").unwrap();
    assert_eq!(watch.level, crate::alert::Level::default());
}

#[test]
fn the_default_file_names_every_key() {
    let table: toml::Table = uncommented().parse().unwrap();
    let keys = |value: &toml::Value| match value {
        toml::Value::Table(table) => table.keys().cloned().collect::<BTreeSet<_>>(),
        toml::Value::Array(list) => list.iter().flat_map(|entry| entry.as_table().unwrap().keys().cloned()).collect(),
        _ => BTreeSet::new(),
    };
    assert_eq!(table.keys().cloned().collect::<BTreeSet<_>>(), accepted("zzz = 1"));
    for (section, probe) in [
        ("store", "[store]\nzzz = 1"),
        ("poll", "[poll]\nzzz = 1"),
        ("http", "[http]\nzzz = 1"),
        ("feed", "[[feed]]\nzzz = 1"),
        ("sink", "[[sink]]\nzzz = 1"),
        ("entity", "[[entity]]\nzzz = 1"),
        ("watch", "[[watch]]\nzzz = 1"),
    ] {
        assert_eq!(keys(&table[section]), accepted(probe), "[{section}]");
    }
}

/// The keys that stand where `probe` puts an unknown one, as serde tells them.
fn accepted(probe: &str) -> BTreeSet<String> {
    let error = toml::from_str::<RawFile>(probe).unwrap_err();
    let names: BTreeSet<_> = error.message().split('`').skip(3).step_by(2).map(str::to_owned).collect();
    assert!(!names.is_empty(), "{error}");
    names
}

#[test]
fn no_text_makes_the_reader_panic() {
    let alphabet =
        ["[[watch]]\n", "[topics]\n", "name = ", "any = ", "\"a\"", "[", "]", "'", "${", "=", "\n", "@", "é", "{", "}"];
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..2_000 {
        let text: String = (0..random.usize(..20)).map(|_| alphabet[random.usize(..alphabet.len())]).collect();
        let source = Arc::new(Source::new("x".to_owned(), text));
        let mut problems = Problems::default();
        let raw = read::read(&source, Kind::Main, &mut problems);
        let written = Written { parts: vec![Part { source, kind: Kind::Main, raw }], outlines: Vec::new() };
        check::check(&written, Origin::Embedded, &environment(&[]), &mut problems);
        assert!(problems.into_errors().to_string().contains(": "), "an empty config is at least odd");
    }
}

#[test]
fn the_process_lends_its_variables() {
    let process = Environment::of_process().variables;
    assert_eq!(process.get("PATH").cloned(), std::env::var("PATH").ok());
}
