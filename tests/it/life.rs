//! The daemon's life: start, stop, reload, one instance, a stopped world.

use rustix::process::Signal;

use crate::home::{Home, wait_until};
use crate::world::{Entry, World};

fn config(world: &World) -> String {
    format!(
        "[store]\npath = \"../store.db\"\n[poll]\nfloor = \"1s\"\n[http]\nallow = [\"{}\"]\n\
         [[feed]]\nurl = \"{}\"\nevery = \"1s\"\n\
         [[sink]]\nname = \"record\"\ntype = \"file\"\npath = \"../alerts.jsonl\"\n",
        world.address(),
        world.url("/feeds/a"),
    )
}

fn watch(word: &str) -> String {
    format!("[[watch]]\nname = \"{word}\"\nall = [\"{word}\"]\n")
}

fn entry(title: &str) -> Entry {
    Entry {
        guid: title.to_owned(),
        title: title.to_owned(),
        link: format!("https://a.example/{}", title.len()),
        ..Entry::default()
    }
}

#[test]
fn the_daemon_tells_what_comes_while_it_runs_and_stops_when_asked() {
    let world = World::new();
    world.set("a", vec![entry("Nothing of note")]);
    let home = Home::new(&config(&world));
    home.write("watchlists/one.toml", &watch("volcano"));
    let mut daemon = home.daemon(&["run"]);
    wait_until("a second poll", || world.polls() >= 2);
    daemon.wait_for_log("1 feed read, 1 new item; watching");
    world.publish("a", entry("Volcano erupts"));
    wait_until("the alert", || !home.recorded().is_empty());
    assert_eq!(home.recorded()[0]["title"], "Volcano erupts");
    assert_eq!(home.recorded()[0]["reason"], "first");
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.wait(), 0, "{}", daemon.log());
    let status = home.run(&["status"]);
    assert!(status.out.contains("not running") && status.out.contains("A feed of the tests"), "{}", status.out);
    assert!(home.run(&["alerts"]).out.contains("Volcano erupts"));
}

#[test]
fn a_reload_takes_a_good_configuration_and_refuses_a_bad_one() {
    let world = World::new();
    world.set("a", vec![entry("Nothing of note")]);
    let home = Home::new(&config(&world));
    home.write("watchlists/one.toml", &watch("volcano"));
    let mut daemon = home.daemon(&["run"]);
    wait_until("a poll", || world.polls() >= 1);
    home.write("watchlists/two.toml", "[[watch]]\nname = \"broken\"\nall = [\"@nobody\"]\n");
    daemon.signal(Signal::HUP);
    daemon.wait_for_log("The old configuration stays");
    assert!(daemon.is_running());
    home.write("watchlists/two.toml", &watch("earthquake"));
    daemon.signal(Signal::HUP);
    daemon.wait_for_log("Configuration reloaded: 1 feed, 2 watches");
    world.publish("a", entry("Earthquake shakes the coast"));
    world.publish("a", entry("A volcano erupts"));
    wait_until("both alerts", || home.recorded().len() == 2);
}

#[test]
fn only_one_instance_runs_on_a_store() {
    let world = World::new();
    world.set("a", vec![]);
    let home = Home::new(&config(&world));
    home.write("watchlists/one.toml", &watch("volcano"));
    let daemon = home.daemon(&["run"]);
    wait_until("a poll", || world.polls() >= 1);
    let second = home.run(&["run"]);
    assert_eq!(second.code, 5, "{}", second.err);
    assert!(second.err.contains("already runs on"), "{}", second.err);
    drop(daemon);
    assert_eq!(home.run(&["run", "--once"]).code, 0, "a killed daemon leaves no lock behind");
}

#[test]
fn a_reader_of_standard_output_that_stands_still_holds_nobody_up() {
    let world = World::new();
    world.set("a", vec![entry("Nothing of note")]);
    let home = Home::new(&format!("{}[[sink]]\nname = \"out\"\ntype = \"stdout\"\n", config(&world)));
    home.write("watchlists/one.toml", &watch("volcano"));
    // Nobody reads its pipe, which takes 64 KB.
    let mut daemon = home.daemon(&["run"]);
    wait_until("a poll", || world.polls() >= 1);
    world.publish("a", entry(&format!("Volcano {}", "erupts ".repeat(20_000))));
    daemon.wait_for_log("nobody reads standard output");
    assert_eq!(home.recorded().len(), 1, "other sinks are told");
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.wait(), 0, "{}", daemon.log());
    assert!(!daemon.log().contains("cut off"), "{}", daemon.log());
    let status = home.run(&["status"]).out;
    assert!(status.contains("out: 1 waiting (nobody reads standard output)"), "{status}");
    assert!(status.contains("1 hit in 1 story"), "{status}");
    let alerts = home.run(&["alerts"]).out;
    assert!(alerts.contains("https://a.example/") && alerts.contains("out: waiting (nobody"), "{alerts}");
}

#[test]
fn a_program_that_is_at_work_when_the_daemon_stops_is_ended_with_it() {
    let world = World::new();
    world.set("a", vec![entry("Nothing of note")]);
    let script = "echo $$ > pid; exec sleep 1000";
    let slow = format!(
        "[[sink]]\nname = \"slow\"\ntype = \"command\"\nargv = [\"sh\", \"-c\", \"{script}\"]\ntimeout = \"5m\"\n"
    );
    let home = Home::new(&(config(&world) + &slow));
    home.write("watchlists/one.toml", &watch("volcano"));
    let mut daemon = home.daemon(&["run"]);
    wait_until("a poll", || world.polls() >= 1);
    world.publish("a", entry("Volcano erupts"));
    let pid = || std::fs::read_to_string(home.path().join("pid")).unwrap_or_default();
    wait_until("the program", || pid().ends_with('\n'));
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.wait(), 0, "{}", daemon.log());
    assert!(!daemon.log().contains("A stage did not stop in time"), "{}", daemon.log());
    // Nobody but init can take leave of it.
    let stat = || std::fs::read_to_string(format!("/proc/{}/stat", pid().trim()));
    wait_until("the program to end", || stat().map_or(true, |stat| stat.contains(") Z ")));
}

#[test]
fn a_private_address_that_a_reload_allows_is_reached_at_once() {
    let world = World::new();
    world.set("a", vec![entry("Nothing of note")]);
    let allowed =
        config(&world).replace("floor = \"1s\"", "floor = \"1h\"").replace("every = \"1s\"", "every = \"1h\"");
    let home = Home::new(&allowed.replacen(&world.address(), "127.0.0.9", 1));
    home.write("watchlists/one.toml", &watch("volcano"));
    let daemon = home.daemon(&["run"]);
    daemon.wait_for_log("[http] allow");
    assert_eq!(world.polls(), 0);
    home.write("newshound.toml", &allowed);
    daemon.signal(Signal::HUP);
    wait_until("a poll", || world.polls() == 1);
}

/// A home whose two feeds nobody serves.
fn offline() -> Home {
    let feeds: String = ["a", "b"].map(|name| format!("[[feed]]\nurl = \"http://127.0.0.1:1/{name}\"\n")).concat();
    Home::new(&format!("[store]\npath = \"../store.db\"\n[http]\nallow = [\"127.0.0.0/8\"]\n{feeds}{}", watch("x")))
}

#[test]
fn an_outage_is_named_in_one_line_at_every_start() {
    let home = offline();
    for _ in 0..2 {
        let daemon = home.daemon(&["run"]);
        daemon.wait_for_log("No feed can be reached");
        assert!(!daemon.log().contains("A feed cannot"), "{}", daemon.log());
    }
    let ended = home.run(&["run", "--once"]);
    assert_eq!(ended.code, 1, "{}", ended.err);
    let named = ended.err.lines().filter(|line| line.starts_with("newshound: ")).collect::<Vec<_>>();
    assert!(named.len() == 1 && named[0].contains("no feed can be reached"), "{}", ended.err);
}

#[test]
fn a_pass_is_as_quiet_as_it_is_asked_to_be_and_logs_in_one_format() {
    let world = World::new();
    world.set("a", vec![entry("Nothing of note")]);
    let home = Home::new(&(config(&world) + &watch("volcano")));
    let quiet = home.run(&["run", "--once", "--quiet"]);
    assert_eq!((quiet.code, quiet.err.as_str(), quiet.out.as_str()), (0, "", ""));
    let logged = home.run(&["run", "--once", "--log", "json"]);
    assert!(logged.err.contains("1 feed polled"), "{}", logged.err);
    for line in logged.err.lines() {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "{line}");
    }
    let missed = offline().run(&["run", "--once", "--quiet"]);
    assert!(missed.code == 1 && missed.err.lines().count() == 1, "{}", missed.err);
}
