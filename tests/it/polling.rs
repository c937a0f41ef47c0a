//! The poller's promises, over a real server: polite, conditional, nothing twice, nothing lost.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::home::{Ended, Home};
use crate::server::{Answer, Server, feed};

fn home(server: &Server, feeds: &[&str]) -> Home {
    let mut toml = format!(
        "[store]\npath = \"../store.db\"\n[http]\nallow = [\"{}\"]\n[[watch]]\nname = \"w\"\nall = [\"item\"]\n\
         [[sink]]\nname = \"record\"\ntype = \"file\"\npath = \"../alerts.jsonl\"\n",
        server.address()
    );
    for feed in feeds {
        toml.push_str(&format!("[[feed]]\nurl = \"{}\"\n", server.url(feed)));
    }
    Home::new(&toml)
}

fn pass(home: &Home, code: i32) -> Ended {
    let ended = home.run(&["run", "--once"]);
    assert_eq!(ended.code, code, "{}", ended.err);
    ended
}

#[test]
fn validators_of_200_and_304_alike_come_back_with_the_next_poll() {
    let polls = AtomicUsize::new(0);
    let server = Server::start(move |_| match polls.fetch_add(1, Ordering::SeqCst) {
        0 => Answer::http("200 OK", &["ETag: \"one\"", "Last-Modified: a while ago"], feed("item one")),
        1 => Answer::http("304 Not Modified", &["ETag: W/\"two\""], ""),
        _ => Answer::http("200 OK", &[], feed("item two")),
    });
    let home = home(&server, &["/feed"]);
    for _ in 0..4 {
        pass(&home, 0);
    }
    let requests = server.requests();
    let sent = |poll: usize, name| requests[poll].header(name).map(|value| str::from_utf8(value).unwrap());
    let sent = [0, 1, 2, 3].map(|poll| (sent(poll, "if-none-match"), sent(poll, "if-modified-since")));
    assert_eq!(
        sent,
        [(None, None), (Some("\"one\""), Some("a while ago")), (Some("W/\"two\""), Some("a while ago")), (None, None)]
    );
}

#[test]
fn a_host_is_asked_one_thing_at_a_time() {
    let server = Server::start(|request| {
        // Long enough for a second request to overlap, if one were made.
        std::thread::sleep(Duration::from_millis(20));
        Answer::feed(&request.path)
    });
    let paths: Vec<_> = (0..12).map(|number| format!("/feed/{number}")).collect();
    pass(&home(&server, &paths.iter().map(String::as_str).collect::<Vec<_>>()), 0);
    assert_eq!((server.requests().len(), server.most_at_a_time()), (12, 1));
}

#[test]
fn a_feed_that_fails_costs_itself_alone_and_is_named() {
    let server = Server::start(|request| match request.path.as_str() {
        "/garbage" => Answer::Bytes(b"\x00\x01\x02".to_vec()),
        "/reset" => Answer::Reset(Vec::new()),
        "/busy" => Answer::http("503 Busy", &["Retry-After: 60"], ""),
        "/crash" => {
            let gap = " ".repeat(100_000);
            let second = "<?xml version=\"1.0\" encoding=\"windows-1252\"?>";
            Answer::http("200 OK", &[], format!("<rss version=\"2.0\"><channel>{gap}{second}{gap}</channel></rss>"))
        }
        "/deep" => Answer::http("200 OK", &[], format!("<rss version=\"2.0\">{}", "<a>".repeat(200_000))),
        _ => Answer::feed("item"),
    });
    let broken = ["/garbage", "/reset", "/busy", "/crash", "/deep"];
    let home = home(&server, &[&broken[..], &["/well"]].concat());
    let ended = pass(&home, 1);
    for path in broken {
        assert!(ended.err.contains(path), "{path} is not in {}", ended.err);
    }
    assert!(ended.err.contains("6 feeds polled (0 unchanged, 5 failed): 1 new item"), "{}", ended.err);
    assert_eq!(home.recorded().len(), 1);
    let status = home.run(&["status", "--json"]);
    let status: serde_json::Value = serde_json::from_str(&status.out).unwrap();
    let failing = status["feeds"].as_array().unwrap().iter().filter(|feed| feed["health"] == "failing").count();
    assert_eq!(failing, 5, "{status:#}");
}

#[test]
fn a_server_that_asked_to_be_left_alone_is_asked_by_no_pass() {
    let server = Server::start(|_| Answer::http("200 OK", &["Retry-After: 3600"], feed("item")));
    let home = home(&server, &["/feed"]);
    pass(&home, 0);
    let ended = pass(&home, 0);
    assert!(ended.err.contains("/feed: its server asked to be left alone until"), "{}", ended.err);
    assert!(ended.err.contains("0 feeds polled"), "{}", ended.err);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn what_was_there_before_a_failure_is_not_new_after_it() {
    let polls = AtomicUsize::new(0);
    let server = Server::start(move |_| match polls.fetch_add(1, Ordering::SeqCst) {
        1 => Answer::http("500 Oops", &[], ""),
        2 => Answer::http("200 OK", &[], "<html>we will be back</html>"),
        _ => Answer::feed("item"),
    });
    let home = home(&server, &["/feed"]);
    for code in [0, 1, 1, 0] {
        pass(&home, code);
    }
    assert_eq!(home.recorded().len(), 1, "{:?}", home.recorded());
}

#[test]
fn a_pass_does_not_wait_for_slow_feeds_beyond_its_deadline() {
    let server = Server::start(|request| match request.path.as_str() {
        "/slow" => Answer::Stall(Vec::new()),
        _ => Answer::feed("item"),
    });
    let other = Server::start(|_| Answer::feed("item"));
    let toml = format!(
        "[store]\npath = \"../store.db\"\n[poll]\nonce_deadline = \"1s\"\n[http]\nallow = [\"127.0.0.0/8\"]\n\
         [[watch]]\nname = \"w\"\nall = [\"item\"]\n[[feed]]\nurl = \"{}\"\n[[feed]]\nurl = \"{}\"\n",
        server.url("/slow"),
        other.url("/well").as_str().replace("127.0.0.1", "localhost"),
    );
    let ended = pass(&Home::new(&toml), 1);
    assert!(ended.err.contains("/slow") && ended.err.contains("deadline"), "{}", ended.err);
    assert!(ended.err.contains("1 new item,"), "{}", ended.err);
}
