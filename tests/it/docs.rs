//! What the README says is so.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::home::Home;

const README: &str = include_str!("../../README.md");

/// The fenced blocks of the README in `language`.
fn blocks(language: &str) -> Vec<&'static str> {
    let fence = format!("```{language}\n");
    README.split(fence.as_str()).skip(1).map(|rest| rest.split_once("```").unwrap().0).collect()
}

#[test]
fn the_configuration_in_the_readme_holds_with_its_examples() {
    let toml = blocks("toml").concat();
    assert!(toml.contains("query"), "one watch shows the query language");
    let checked = Home::new(&format!("{toml}\n[store]\npath = \"../store.db\"\n")).run(&["check"]);
    assert_eq!(checked.code, 0, "{}{}", checked.out, checked.err);
    assert!(!checked.out.contains("warning"), "{}", checked.out);
}

#[test]
fn the_archive_in_the_readme_is_mapped_and_replayed() {
    let shown = blocks("sh").into_iter().find(|block| block.contains("jq -c")).unwrap();
    let filter = shown.split('\'').nth(1).unwrap();
    let archive = r#"{"id":"1","source":"https://a.example/rss","title":"Volcano erupts","description":"<p>It does.</p>","link":"https://a.example/1","date_published":"2023-06-02 16:58:00+00:00","language":"en-US","day":"2023-06-02"}
{"id":"2","title":"A source without news","source":"sources.json","language":"en-US"}
"#;
    let mut jq = Command::new("jq").args(["-c", filter]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    jq.stdin.take().unwrap().write_all(archive.as_bytes()).unwrap();
    let items = jq.wait_with_output().unwrap().stdout;
    let home = Home::new("[store]\npath = \"../store.db\"\n[[watch]]\nname = \"w\"\nall = [\"volcano\"]\n");
    std::fs::write(home.path().join("items"), items).unwrap();
    let replayed = home.run(&["replay", "items", "--json"]);
    assert_eq!(replayed.code, 0, "{}", replayed.err);
    let alert: serde_json::Value = serde_json::from_str(&replayed.out).unwrap();
    assert_eq!((&alert["title"], &alert["at"]), (&"Volcano erupts".into(), &"2023-06-02T16:58:00Z".into()));
}

#[test]
fn every_command_is_in_the_readme_and_has_help_with_an_example() {
    let home = Home::new("");
    let help = home.run(&["--help"]).out;
    let commands = help.lines().skip_while(|line| !line.starts_with("Commands:")).skip(1);
    let names: Vec<_> =
        commands.take_while(|line| !line.is_empty()).filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.contains(&"run") && names.contains(&"completions"), "{names:?}");
    for name in names.into_iter().filter(|name| *name != "help") {
        assert!(README.contains(&format!("`newshound {name}")) || README.contains(&format!(", `{name}`")), "{name}");
        let help = home.run(&[name, "--help"]).out;
        assert!(help.contains("\nGlobal options:\n"), "{help}");
        assert!(help.contains("Example") && help.contains("newshound"), "{help}");
    }
}

#[test]
fn init_speaks_of_config_only_where_the_other_commands_need_it() {
    let home = Home::new("");
    let new = home.path().join("new");
    let usual = home.command(&["init"]).env("NEWSHOUND_CONFIG", &new).output().unwrap();
    let usual = String::from_utf8(usual.stdout).unwrap();
    assert!(usual.contains("newshound run") && !usual.contains("--config"), "{usual}");
    assert!(home.run(&["--config", "other", "init"]).out.contains("add `--config other` to both"));
}
