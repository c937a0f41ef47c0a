//! What goes wrong is said in one clear line, and in the documented exit code.

use crate::home::{Ended, Home};
use crate::world::World;

const WATCH: &str = "[[watch]]\nname = \"w\"\nall = [\"volcano\"]\n";

fn home(extra: &str) -> Home {
    Home::new(&format!("[store]\npath = \"../store.db\"\n{extra}"))
}

/// The run ended with `code`, and said `words` on stderr without a panic or a backtrace.
fn check(ended: &Ended, code: i32, words: &[&str]) {
    assert_eq!(ended.code, code, "{}", ended.err);
    for word in words {
        assert!(
            ended.err.contains(word) || ended.out.contains(word),
            "{word:?} is not in:\n{}{}",
            ended.out,
            ended.err
        );
    }
    assert!(!ended.err.contains("panicked") && !ended.err.contains("backtrace"), "{}", ended.err);
}

#[test]
fn a_configuration_that_is_wrong_is_pointed_at() {
    let ended = home("[[feed]]\nulr = \"https://a.example/\"\n").run(&["run"]);
    check(&ended, 3, &["newshound.toml", "ulr", "url", "^"]);
    let ended = home("[poll]\nfloor = \"soon\"\n").run(&["run", "--once"]);
    check(&ended, 3, &["newshound.toml", "soon"]);
    check(&home("").run(&["run", "--config", "/nowhere/at/all"]), 3, &["`newshound --config /nowhere/at/all init`"]);
}

#[test]
fn a_watch_that_is_wrong_is_pointed_at() {
    let broken = "[[entity]]\nid = \"kim-jong-un\"\nnames = [\"Kim Jong Un\"]\n[[watch]]\nname = \"w\"\nall = [\"@kim-jung-un\"]\n";
    let home = home(broken);
    check(&home.run(&["run"]), 3, &["newshound.toml", "@kim-jung-un", "kim-jong-un"]);
    check(&home.run(&["check"]), 1, &["newshound.toml", "@kim-jung-un", "kim-jong-un"]);
}

#[test]
fn a_watch_that_fails_its_own_examples_is_named() {
    let home = home("[[watch]]\nname = \"w\"\nall = [\"volcano\"]\ntest_yes = [\"The mountain smokes\"]\n");
    check(&home.run(&["check"]), 1, &["The mountain smokes", "w"]);
}

#[test]
fn a_feed_that_cannot_be_read_is_named() {
    let world = World::new();
    let feed = |url: &str| home(&format!("[http]\nallow = [\"127.0.0.0/8\"]\n[[feed]]\nurl = \"{url}\"\n{WATCH}"));
    check(&feed("http://127.0.0.1:1/feed").run(&["run", "--once"]), 1, &["http://127.0.0.1:1/feed"]);
    check(&feed(&world.url("/page")).run(&["run", "--once"]), 1, &["/page", "web page, not a feed"]);
    check(&feed(&world.url("/nothing")).run(&["run", "--once"]), 1, &["/nothing", "404"]);
}

#[test]
fn a_private_address_is_refused_with_the_way_to_allow_it() {
    let world = World::new();
    let home = home(&format!("[[feed]]\nurl = \"{}\"\n{WATCH}", world.url("/feeds/a")));
    check(&home.run(&["run", "--once"]), 1, &["[http] allow"]);
    assert_eq!(world.polls(), 0);
}

#[test]
fn a_store_that_cannot_be_written_is_named() {
    let home = Home::new(&format!("[store]\npath = \"/proc/newshound/store.db\"\n{WATCH}"));
    let ended = home.run(&["run", "--once"]);
    check(&ended, 4, &["/proc/newshound"]);
    assert_eq!(ended.err.lines().count(), 1, "{}", ended.err);
}

#[test]
fn what_cannot_be_done_as_asked_is_no_failure_of_newshound() {
    let home = home(WATCH);
    check(&home.run(&["match", "no-such-file"]), 1, &["no-such-file"]);
    check(&home.run(&["replay", "no-such-file"]), 1, &["no-such-file"]);
    check(&home.run(&["match", "--watch", "nope"]), 1, &["nope", "there are: w"]);
    check(&home.run(&["send", "--sink", "nope"]), 1, &["nope"]);
    check(&home.run(&["init"]), 1, &["there is a config at"]);
    let full = || std::fs::File::options().write(true).open("/dev/full").unwrap();
    for arguments in [&["completions", "bash"][..], &["alerts"], &["status"], &["check"]] {
        let ended = home.command(arguments).stdout(full()).output().unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert!(ended.status.code() == Some(1) && said.contains("No space left"), "{arguments:?}: {said}");
    }
}

#[test]
fn nothing_that_is_read_commands_the_terminal() {
    let home = home(WATCH);
    let write = |name: &str, text: &str| std::fs::write(home.path().join(name), text).unwrap();
    write("items", "{\"title\":\"Volcano \u{9b}31m\"}\n");
    write("feed.xml", "<rss><channel><item><title>Volcano \u{9b}31m</title></item></channel></rss>");
    write("broken.xml", "<rss><channel></\u{1b}[31mEVIL\u{9b}31m>");
    for arguments in [&["replay", "items", "--json"][..], &["fetch", "feed.xml", "--json"], &["fetch", "broken.xml"]] {
        let ended = home.run(arguments);
        assert!(!ended.out.is_empty() || !ended.err.is_empty());
        let commands = |text: &str| text.contains(['\u{1b}', '\u{9b}']);
        assert!(!commands(&ended.out) && !commands(&ended.err), "{:?} {:?}", ended.out, ended.err);
    }
    let alert: serde_json::Value = serde_json::from_str(&home.run(&["replay", "items", "--json"]).out).unwrap();
    assert!(alert["title"].as_str().unwrap().starts_with("Volcano"), "{alert}");
}

#[test]
fn a_secret_in_an_address_is_not_shown() {
    let home = home("[[feed]]\nurl = \"https://me:hunter2@a.example/feed?token=abc\"\n");
    for arguments in [&["status"][..], &["status", "--json"]] {
        let ended = home.run(arguments);
        check(&ended, 0, &["a.example/feed"]);
        assert!(!ended.out.contains("hunter2") && !ended.out.contains("abc"), "{}", ended.out);
    }
}

#[test]
fn a_line_that_is_no_item_is_named_and_the_rest_goes_on() {
    let home = home(WATCH);
    std::fs::write(home.path().join("items"), "{\"title\":\"Volcano\"}\nnonsense\n{\"title\":\"Volcano 2\"}\n")
        .unwrap();
    for command in ["match", "replay"] {
        let ended = home.run(&[command, "items", "--json"]);
        check(&ended, 1, &["line 2"]);
        assert_eq!(ended.out.lines().count(), 2, "{}", ended.out);
    }
}

#[test]
fn what_is_no_json_lines_is_named_once() {
    let home = home(WATCH);
    let write = |name: &str, text: &str| std::fs::write(home.path().join(name), text).unwrap();
    write("feed.xml", &"<rss>\n".repeat(50));
    write("prose", &"prose\n".repeat(50));
    for command in ["match", "replay"] {
        let ended = home.run(&[command, "feed.xml"]);
        check(&ended, 1, &["a feed, not JSON Lines: `newshound fetch --json feed.xml | newshound match`"]);
        assert_eq!(ended.err.lines().count(), 1, "{}", ended.err);
        check(&home.run(&[command, "."]), 1, &[". is a directory"]);
        let ended = home.run(&[command, "prose"]);
        check(&ended, 1, &["line 1 was skipped: ", "at column 1", "40 more lines were skipped"]);
        assert!(!ended.err.contains("line 11 ") && !ended.err.contains("at line 1"), "{}", ended.err);
    }
}

#[test]
fn an_option_that_asks_for_nothing_is_refused() {
    check(&home(WATCH).run(&["alerts", "--last", "0"]), 2, &["--last"]);
}

#[test]
fn an_example_that_fails_says_why() {
    let home = home(
        "[[watch]]\nname = \"w\"\nquery = \"volcano SENTENCE (erupts OR ash)\"\n\
         test_yes = [\"The volcano is quiet\"]\ntest_no = [\"Volcano erupts\"]\n",
    );
    check(&home.run(&["check"]), 1, &["missing: erupts OR ash", "found: erupts (erupts)"]);
}
