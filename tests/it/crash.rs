//! kill -9 at random instants: nothing is lost, nothing is decided twice.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rustix::process::Signal;

use crate::home::{Home, wait_until};
use crate::world::{Entry, World};

/// How often the daemon is killed.
const KILLS: u32 = 200;

const FEEDS: [&str; 4] = ["a", "b", "c", "d"];

fn config(world: &World) -> String {
    let mut toml = format!(
        "[store]\npath = \"../store.db\"\n[poll]\nfloor = \"1s\"\n[http]\nallow = [\"{}\"]\n\
         [[sink]]\nname = \"hook\"\ntype = \"webhook\"\nurl = \"{}\"\nupdates = true\n\
         [[watch]]\nname = \"Alarm\"\nall = [\"alarm\"]\n",
        world.address(),
        world.url("/hook"),
    );
    for feed in FEEDS {
        let url = world.url(&format!("/feeds/{feed}"));
        toml.push_str(&format!("[[feed]]\nurl = \"{url}\"\nevery = \"1s\"\nbacklog = \"all\"\nowner = \"{feed}\"\n"));
    }
    toml
}

/// One happening, told by one feed or by two; returns its headline.
fn happen(world: &World, number: u32) -> String {
    let title = format!("Alarm number {number} is raised");
    let link = format!("https://news.example/{number}");
    for feed in FEEDS.iter().cycle().skip(number as usize % 4).take(1 + (number as usize % 2)) {
        let guid = format!("{feed}-{number}");
        world.publish(feed, Entry { guid, title: title.clone(), link: link.clone(), summary: String::new() });
    }
    title
}

#[test]
fn a_daemon_killed_two_hundred_times_loses_no_alert_and_decides_none_twice() {
    let world = World::new();
    for feed in FEEDS {
        world.set(feed, Vec::new());
    }
    let home = Home::new(&config(&world));
    let mut random = fastrand::Rng::with_seed(7);
    let mut headlines = BTreeSet::new();
    for number in 0..KILLS {
        headlines.insert(happen(&world, number));
        let daemon = home.daemon(&["run"]);
        // The instant of the kill is the point of the test: it waits for nothing.
        std::thread::sleep(Duration::from_millis(random.u64(5..500)));
        daemon.signal(Signal::KILL);
    }
    let polls = world.polls();
    let mut last = home.daemon(&["run"]);
    wait_until("the last daemon to be at work", || world.polls() > polls);
    let told = || world.posted().iter().map(|posted| title(&posted.alert)).collect::<BTreeSet<_>>();
    wait_until("every headline to be told", || told().is_superset(&headlines));
    last.signal(Signal::TERM);
    assert_eq!(last.wait(), 0, "{}", last.log());

    let mut firsts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut payloads = BTreeMap::new();
    for posted in world.posted() {
        let known = payloads.entry(posted.key.clone()).or_insert_with(|| posted.alert.clone());
        assert_eq!(known, &posted.alert, "one key stands for one payload");
        if posted.alert["reason"] == "first" {
            firsts.entry(title(&posted.alert)).or_default().insert(posted.key);
        } else {
            assert_eq!(posted.alert["reason"], "update");
        }
    }
    assert_eq!(firsts.keys().collect::<Vec<_>>(), headlines.iter().collect::<Vec<_>>());
    for (headline, keys) in firsts {
        assert_eq!(keys.len(), 1, "{headline} was decided more than once: {keys:?}");
    }
}

fn title(alert: &serde_json::Value) -> String {
    alert["title"].as_str().unwrap().to_owned()
}
