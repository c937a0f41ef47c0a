//! The promise: one happening, one alert; none again for the same item in any disguise, nor after a restart.

use crate::home::Home;
use crate::world::{Entry, World};

fn acceptance() -> Entry {
    Entry {
        guid: "summit-1".to_owned(),
        title: "Kim Jong Un to visit Russia at Putin's invitation amid warnings of an arms deal".to_owned(),
        link: "https://news.example/kim-visits-russia".to_owned(),
        summary: "North Korean leader Kim Jong Un will travel to Russia for a summit with President Vladimir Putin, \
                  as Washington warns that Pyongyang will pay a price for any arms deal with Moscow."
            .to_owned(),
    }
}

/// A config with the embedded watchlists over the world's feeds, and one sink that records.
fn home(world: &World, feeds: &[&str]) -> Home {
    let mut toml = format!(
        "packs = [\"leaders\", \"topics\"]\n[store]\npath = \"../store.db\"\n[http]\nallow = [\"{}\"]\n\
         [[sink]]\nname = \"record\"\ntype = \"file\"\npath = \"../alerts.jsonl\"\n",
        world.address()
    );
    for feed in feeds {
        toml.push_str(&format!("[[feed]]\nurl = \"{}\"\nowner = \"{feed}\"\n", world.url(&format!("/feeds/{feed}"))));
    }
    let home = Home::new(&toml);
    home.write("watchlists/leaders.toml", include_str!("../../config/watchlists/leaders.toml"));
    home.write("watchlists/arms.toml", include_str!("../../config/watchlists/arms.toml"));
    for watchlist in ["leaders", "arms"] {
        let path = home.config().join(format!("watchlists/{watchlist}.toml"));
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(path, without_sinks(&text)).unwrap();
    }
    home
}

/// The watchlists as they are, but telling whatever sink there is.
fn without_sinks(toml: &str) -> String {
    toml.lines().filter(|line| !line.starts_with("sinks")).collect::<Vec<_>>().join("\n")
}

/// One pass of the program; returns how many alerts it told that interrupt.
fn pass(home: &Home) -> usize {
    let before = interruptions(home);
    let ended = home.run(&["run", "--once"]);
    assert_eq!(ended.code, 0, "{}", ended.err);
    interruptions(home) - before
}

fn interruptions(home: &Home) -> usize {
    home.recorded().iter().filter(|alert| alert["reason"] != "update").count()
}

#[test]
fn one_item_gives_one_alert_that_names_every_watch_with_its_proof() {
    let world = World::new();
    world.set("a", vec![acceptance()]);
    let home = home(&world, &["a"]);
    assert_eq!(pass(&home), 1);
    let alerts = home.recorded();
    let alert = &alerts[0];
    let watches: Vec<_> = alert["watches"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    assert!(watches.iter().any(|name| name.contains("Kim")), "{watches:?}");
    assert!(watches.iter().any(|name| name.to_lowercase().contains("arms")), "{watches:?}");
    let found: Vec<_> =
        alert["proof"].as_array().unwrap().iter().map(|proof| proof["matched"].as_str().unwrap()).collect();
    for matched in ["Kim Jong Un", "arms deal"] {
        assert!(found.contains(&matched), "{matched} is not in the proof: {found:?}");
    }
    for proof in alert["proof"].as_array().unwrap().iter().filter(|proof| proof["field"] == "title") {
        let (start, end) = (proof["start"].as_u64().unwrap() as usize, proof["end"].as_u64().unwrap() as usize);
        assert_eq!(acceptance().title[start..end], *proof["matched"].as_str().unwrap());
    }
}

#[test]
fn the_same_item_in_any_disguise_is_told_once() {
    let world = World::new();
    world.set("a", vec![acceptance()]);
    let home = home(&world, &["a"]);
    assert_eq!(pass(&home), 1, "the item itself");
    assert_eq!(pass(&home), 0, "the next poll");
    world.set("a", vec![Entry { guid: "another".to_owned(), ..acceptance() }]);
    assert_eq!(pass(&home), 0, "under another guid");
    let link = format!("{}?utm_source=x", acceptance().link);
    world.set("a", vec![Entry { link: link.clone(), ..acceptance() }]);
    assert_eq!(pass(&home), 0, "with a tracking parameter");
    world.set("a", vec![Entry { guid: "third".to_owned(), link, ..acceptance() }]);
    assert_eq!(pass(&home), 0, "with both");
    world.set("a", vec![Entry { title: "Kim to visit Putin, arms deal feared".to_owned(), ..acceptance() }]);
    assert_eq!(pass(&home), 0, "with an edited headline");
}

#[test]
fn a_story_told_by_other_feeds_updates_silently_and_interrupts_for_a_new_watch() {
    let world = World::new();
    world.set("a", vec![]);
    world.set("b", vec![]);
    let home = home(&world, &["a", "b"]);
    assert_eq!(pass(&home), 0, "the baseline is empty");
    world.set("a", vec![acceptance()]);
    assert_eq!(pass(&home), 1);
    world.set("b", vec![Entry { guid: "b-1".to_owned(), ..acceptance() }]);
    assert_eq!(pass(&home), 0, "a second source is no interruption");
    let last = home.recorded().pop().unwrap();
    assert_eq!((&last["reason"], &last["revision"]), (&"update".into(), &2.into()));
    assert_eq!(last["sources"], serde_json::json!(["a", "b"]));

    home.write("watchlists/more.toml", "[[watch]]\nname = \"Washington\"\nall = [\"Washington\"]\n");
    world.publish("b", Entry { guid: "b-2".to_owned(), link: "https://b.example/2".to_owned(), ..acceptance() });
    assert_eq!(pass(&home), 1, "a new watch");
    let last = home.recorded().pop().unwrap();
    assert_eq!((&last["reason"], &last["revision"]), (&"escalated".into(), &3.into()));
}

#[test]
fn a_first_poll_full_of_hits_comes_as_one_digest() {
    let world = World::new();
    let entries = |feed: &str| {
        (0..20)
            .map(|number| Entry {
                guid: format!("{feed}-{number}"),
                title: format!("Kim Jong Un meets Putin for talks number {number} {feed}"),
                link: format!("https://{feed}.example/{number}"),
                summary: String::new(),
            })
            .collect()
    };
    world.set("a", entries("a"));
    world.set("b", entries("b"));
    let home = home(&world, &["a", "b"]);
    assert_eq!(pass(&home), 1);
    let alerts = home.recorded();
    assert_eq!(alerts[0]["reason"], "digest");
    assert_eq!(alerts[0]["items"].as_array().unwrap().len(), 40);
    assert_eq!(pass(&home), 0);
}
