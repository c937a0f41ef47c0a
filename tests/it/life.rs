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
