//! Notifications on a real desktop: dunst on an Xvfb screen and a bus of the test's own; `./test` installs them.

mod session;

use std::process::Command;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::home::{Ended, Home, wait_until};
use crate::sinks::{alert, send};
use crate::world::{Entry, World};
use session::{Session, Shown};

const NASTY: &str = "5 < 6 & <b>";

const DESKTOP: &str = "[[sink]]\nname = \"desktop\"\ntype = \"desktop\"\n";

/// Sends `alerts` to the desktop of `session`.
fn notify(session: &Session, alerts: &[Value]) -> Ended {
    let home = Home::new(DESKTOP);
    send(session.command(&home, &["send", "--sink", "desktop"]), &home, alerts)
}

#[test]
fn a_notification_shows_title_and_body_as_typed_with_the_urgency_of_its_level() {
    let session = Session::new();
    let levels = [("info", "LOW"), ("notice", "NORMAL"), ("urgent", "CRITICAL")];
    let alerts = levels.map(|(level, _)| {
        let mut alert = alert(level, NASTY);
        alert["level"] = level.into();
        alert["watches"] = json!([NASTY, "Two"]);
        alert["body"] = format!("They say:\n{NASTY}").into();
        alert
    });
    let ended = notify(&session, &alerts);
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    let shown = session.shown();
    let read = |shown: &Shown| (shown.summary.clone(), as_typed(&shown.body), shown.urgency);
    let typed = format!("They say:\n{NASTY}\nExample — news.example\nWatches: {NASTY} · Two\nFound: volcano");
    let expected = levels.map(|(_, urgency)| (NASTY.to_owned(), typed.clone(), urgency));
    assert_eq!(shown.iter().map(read).collect::<Vec<_>>(), expected);
    assert!(shown[0].body.starts_with("They say:\n5 &lt; 6 &amp; &lt;b&gt;\n<i>"), "{}", shown[0].body);
}

/// What a person reads of `markup`.
fn as_typed(markup: &str) -> String {
    html_escape::decode_html_entities(&markup.replace("<i>", "").replace("</i>", "")).into_owned()
}

#[test]
fn a_repeated_delivery_replaces_its_popup() {
    let session = Session::new();
    let alert = alert("one", "Volcano erupts");
    assert_eq!(notify(&session, &[alert.clone(), alert]).code, 0);
    assert_eq!((session.received(), session.displayed()), (2, 1));
}

#[test]
fn a_notification_has_the_colour_of_its_urgency() {
    for (level, frame) in [("info", "#5c6370"), ("notice", "#4f8cc9"), ("urgent", "#e0475b")] {
        let session = Session::new();
        let mut alert = alert("one", "Volcano erupts");
        alert["level"] = level.into();
        assert_eq!(notify(&session, &[alert]).code, 0);
        assert_eq!(session.picture().frame, frame, "{level}");
    }
}

/// Where `NEWSHOUND_PICTURE` names a file, the picture is written there: it is the README's.
#[test]
fn one_pass_with_the_starter_watchlists_shows_the_news_that_newshound_is_made_for() {
    let world = World::new();
    world.set("world", vec![summit()]);
    let home = Home::new(&format!(
        "packs = [\"leaders\", \"topics\"]\n[http]\nallow = [\"{}\"]\n{DESKTOP}\
         [[feed]]\nname = \"Example World\"\nurl = \"{}\"\nbacklog = \"all\"\n",
        world.address(),
        world.url("/feeds/world"),
    ));
    home.write("watchlists/leaders.toml", include_str!("../../config/watchlists/leaders.toml"));
    home.write("watchlists/arms.toml", include_str!("../../config/watchlists/arms.toml"));
    let session = Session::new();
    assert!(session.command(&home, &["run", "--once"]).status().unwrap().success());
    let picture = session.picture();
    assert!(picture.colours > 16, "a frame, a ground and letters have more colours than {}", picture.colours);
    if let Some(path) = std::env::var_os("NEWSHOUND_PICTURE") {
        std::fs::copy(&picture.path, path).unwrap();
    }
    let shown = session.shown();
    assert_eq!((shown.len(), &shown[0].summary, shown[0].urgency), (1, &summit().title, "CRITICAL"));
    assert!(shown[0].body.contains("Kim–Putin summit"), "{}", shown[0].body);
}

fn summit() -> Entry {
    Entry {
        guid: "summit".to_owned(),
        title: "Kim Jong Un to visit Russia at Putin's invitation amid warnings of an arms deal".to_owned(),
        link: "https://news.example/kim-visits-russia".to_owned(),
        summary:
            "North Korean leader Kim Jong Un will travel to Russia for a summit with President Vladimir Putin, as \
                  Washington warns that Pyongyang will pay a price for any arms deal with Moscow."
                .to_owned(),
    }
}

#[test]
fn a_desktop_that_is_not_there_is_named() {
    let check = |mut command: Command, home: &Home, bus: &str| {
        command.env("DBUS_SESSION_BUS_ADDRESS", bus);
        let ended = send(command, home, &[alert("one", "Volcano erupts")]);
        assert_eq!(ended.code, 1, "{}", ended.err);
        assert!(ended.out.starts_with("one.1 failed: no notification server: "), "{}", ended.out);
    };
    let home = Home::new(DESKTOP);
    let command = || home.command(&["send", "--sink", "desktop"]);
    check(command(), &home, "unix:path=/nowhere/bus");
    check(command(), &home, "");
    let session = Session::without_server();
    let ended = notify(&session, &[alert("one", "Volcano erupts")]);
    assert!(ended.out.contains("failed: no notification server: "), "{}", ended.out);
}

/// A daemon that watches for volcanoes in `feed a` of `world`, and tells the desktop and a file.
fn home(world: &World) -> Home {
    let address = world.address();
    let feed = world.url("/feeds/a");
    let home = Home::new(&format!(
        "[store]\npath = \"../store.db\"\n[poll]\nfloor = \"1s\"\n[http]\nallow = [\"{address}\"]\n{DESKTOP}\
         [[sink]]\nname = \"record\"\ntype = \"file\"\npath = \"../alerts.jsonl\"\n\
         [[feed]]\nurl = \"{feed}\"\nevery = \"1s\"\nbacklog = \"all\"\n[[watch]]\nname = \"Fire\"\nall = [\"volcano\"]\n",
    ));
    world.set("a", Vec::new());
    home
}

/// Lets a volcano erupt in `place`, and waits until newshound has decided to tell it.
fn erupt(world: &World, home: &Home, place: &str) {
    let before = home.recorded().len();
    let title = format!("{place} volcano erupts");
    let link = format!("https://news.example/{place}");
    world.publish("a", Entry { guid: place.to_owned(), title, link, summary: String::new() });
    wait_until("the alert to be decided", || home.recorded().len() > before);
}

fn waiting(home: &Home) -> u64 {
    let status: Value = serde_json::from_str(&home.run(&["status", "--json"]).out).unwrap();
    status["outbox"]["waiting"].as_u64().unwrap()
}

/// The titles of what was shown, sorted.
fn titles(session: &Session) -> Vec<String> {
    let mut titles: Vec<_> = session.shown().into_iter().map(|shown| shown.summary).collect();
    titles.sort();
    titles
}

#[test]
fn alerts_wait_for_a_server_and_for_one_that_comes_back_and_are_shown_once_each() {
    let world = World::new();
    let home = home(&world);
    let mut session = Session::without_server();
    let daemon = session.daemon(&home);
    erupt(&world, &home, "Etna");
    daemon.wait_for_log("they wait: no notification server");
    wait_until("one alert to wait", || waiting(&home) == 1);
    session.start_server();
    wait_until("the first alert", || session.received() == 1);
    daemon.wait_for_log("works again");
    assert_eq!(titles(&session), ["Etna volcano erupts"]);

    session.kill_server();
    erupt(&world, &home, "Hekla");
    erupt(&world, &home, "Fuji");
    wait_until("both to wait", || waiting(&home) == 2);
    session.start_server();
    wait_until("both to be shown", || session.received() == 3);
    wait_until("both to be settled", || waiting(&home) == 0);
    assert_eq!(daemon.end(), 0);
    assert_eq!(titles(&session), ["Fuji volcano erupts", "Hekla volcano erupts"]);
    assert_eq!(session.received(), 3);
}

#[test]
fn a_stopped_server_holds_up_nothing_and_is_told_once_when_it_goes_on() {
    let world = World::new();
    let home = home(&world);
    let session = Session::new();
    let daemon = session.daemon(&home);
    session.signal_server(Signal::STOP);
    erupt(&world, &home, "Etna");
    daemon.wait_for_log("they wait: the notification server does not answer");
    let polls = world.polls();
    wait_until("polls to go on", || world.polls() > polls + 1);
    wait_until("one alert to wait", || waiting(&home) == 1);
    session.signal_server(Signal::CONT);
    wait_until("the alert to be settled", || waiting(&home) == 0);

    session.signal_server(Signal::STOP);
    erupt(&world, &home, "Hekla");
    assert_eq!(daemon.end(), 0, "a daemon that is told to stop does not wait for the server");
    session.signal_server(Signal::CONT);
    let daemon = session.daemon(&home);
    wait_until("the other alert to be settled", || waiting(&home) == 0);
    assert_eq!(daemon.end(), 0);
    assert_eq!(session.received(), 2);
    assert_eq!(titles(&session), ["Etna volcano erupts", "Hekla volcano erupts"]);
}

#[test]
fn a_session_that_ends_and_begins_anew_is_found_again() {
    let world = World::new();
    let home = home(&world);
    let mut session = Session::new();
    let daemon = session.daemon(&home);
    erupt(&world, &home, "Etna");
    wait_until("the first alert", || session.received() == 1);
    session.end_bus();
    erupt(&world, &home, "Hekla");
    daemon.wait_for_log("they wait: no notification server");
    session.start_bus();
    session.start_server();
    wait_until("the second alert", || session.received() == 2);
    wait_until("it to be settled", || waiting(&home) == 0);
    assert_eq!(titles(&session), ["Hekla volcano erupts"]);
}

#[test]
fn a_pass_without_a_desktop_leaves_its_alerts_to_the_next() {
    let world = World::new();
    let home = home(&world);
    world.publish("a", Entry { guid: "1".to_owned(), title: "Etna volcano erupts".to_owned(), ..Entry::default() });
    let mut session = Session::without_server();
    let pass = |session: &Session| session.command(&home, &["run", "--once"]).output().unwrap();
    let ended = pass(&session);
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(ended.status.code() == Some(1) && said.contains("sink desktop: no notification server"), "{said}");
    assert_eq!((home.recorded().len(), waiting(&home)), (1, 1));
    session.start_server();
    assert_eq!(pass(&session).status.code(), Some(0));
    assert_eq!((titles(&session), waiting(&home)), (vec!["Etna volcano erupts".to_owned()], 0));
}
