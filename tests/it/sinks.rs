//! Programs, webhooks, files and pipes as places that alerts go, each a real one.

mod hook;

use std::fs::File;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::home::{BOUND, Ended, Home};
use crate::world::{Entry, World};
use hook::{Answer, Hook, Request};

/// A headline that a shell would obey.
const SHELLISH: &str = "$(touch pwned) `touch pwned`; touch pwned | '\" && > pwned";

/// An urgent alert called `id`.
pub fn alert(id: &str, title: &str) -> Value {
    json!({
        "id": id, "story": "s", "revision": 1, "reason": "first", "level": "urgent", "watches": ["Fire"], "title": title,
        "body": "It is hot.", "url": "https://news.example/1", "feed": "Example", "at": "2026-11-24T08:22:00Z",
        "sources": ["news.example"], "items": ["i"], "proof": [{"term": "volcano", "matched": "volcano",
            "field": "title", "start": 0, "end": 7, "snippet": "volcano"}],
    })
}

/// Runs `command`, a `send` in `home`, on `alerts`.
pub fn send(mut command: Command, home: &Home, alerts: &[Value]) -> Ended {
    let lines: Vec<_> = alerts.iter().map(Value::to_string).collect();
    std::fs::write(home.path().join("sent.jsonl"), lines.join("\n")).unwrap();
    let output = command.stdin(File::open(home.path().join("sent.jsonl")).unwrap()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
}

/// A home whose only sink, `s`, has `keys`; loopback may be reached.
fn sink(keys: &str) -> Home {
    Home::new(&format!("[http]\nallow = [\"127.0.0.0/8\"]\n[[sink]]\nname = \"s\"\n{keys}\n"))
}

/// A home whose sink `s` is the program `script`, which runs in the home's directory.
fn program(script: &str) -> Home {
    let home =
        sink("type = \"command\"\nargv = [\"sh\", \"program\", \"$(touch pwned)\", \"a  b; 'c\"]\ntimeout = \"5s\"");
    std::fs::write(home.path().join("program"), script).unwrap();
    home
}

/// Sends one alert to the sink of `home`; it is delivered, or not, and the line about it says `words`.
fn check(home: &Home, delivered: bool, words: &str) {
    let ended = send(home.command(&["send", "--sink", "s"]), home, &[alert("one", SHELLISH)]);
    assert_eq!(ended.code, i32::from(!delivered), "{}{}", ended.out, ended.err);
    let begins = if delivered { "one.1 sent: " } else { "one.1 failed: " };
    assert!(ended.out.starts_with(begins) && ended.out.contains(words), "{words:?} is not in {}", ended.out);
    assert!(ended.out.len() < 500, "an answer of {} bytes", ended.out.len());
}

fn read(home: &Home, name: &str) -> String {
    std::fs::read_to_string(home.path().join(name)).unwrap()
}

#[test]
fn a_program_gets_the_alert_as_data_that_no_shell_reads() {
    let home = program("cat > stdin; printf '%s|' \"$NEWSHOUND_TITLE\" \"$NEWSHOUND_IDEMPOTENCY_KEY\" \"$@\" > data");
    check(&home, true, "exit code 0");
    assert_eq!(serde_json::from_str::<Value>(&read(&home, "stdin")).unwrap(), alert("one", SHELLISH));
    assert_eq!(read(&home, "data"), format!("{SHELLISH}|one.1|$(touch pwned)|a  b; 'c|"));
    assert!(!home.path().join("pwned").exists());
}

#[test]
fn exit_codes_and_last_words_tell_how_a_program_fared() {
    check(&program("echo told them >&2"), true, "exit code 0: told them");
    check(&program("exit 75"), false, "it asks to be run again (exit code 75)");
    check(&program("echo one >&2; echo out of paper >&2; exit 3"), false, "exit code 3: out of paper");
    check(&program("kill -9 $$"), false, "it was killed");
    let missing = sink("type = \"command\"\nargv = [\"/no/such/program\"]");
    check(&missing, false, "cannot start /no/such/program: No such file or directory");
}

#[test]
fn a_program_that_hangs_is_killed() {
    let home = program("echo $$ > pid; exec sleep 1000");
    check(&home, false, "it ran for more than 5 s and was killed");
    let pid = rustix::process::Pid::from_raw(read(&home, "pid").trim().parse().unwrap()).unwrap();
    assert!(rustix::process::test_kill_process(pid).is_err(), "it still runs");
}

#[test]
fn a_program_may_read_nothing_and_say_a_lot() {
    let home = program("exit 0");
    let mut long = alert("one", "Long");
    long["body"] = "long ".repeat(200_000).into();
    let ended = send(home.command(&["send", "--sink", "s"]), &home, &[long]);
    assert_eq!((ended.code, ended.out.as_str()), (0, "one.1 sent: exit code 0\n"));
    check(&program("head -c 5000000 /dev/zero | tr '\\0' x >&2"), true, "exit code 0: xxx");
}

#[test]
fn a_program_may_leave_another_running() {
    let home = program("sleep 1000 & echo $! > pid; echo on my way >&2");
    check(&home, true, "exit code 0: on my way");
    let pid = rustix::process::Pid::from_raw(read(&home, "pid").trim().parse().unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}

#[test]
fn a_file_grows_by_a_line_for_each_alert_and_its_directory_is_made() {
    let home = sink("type = \"file\"\npath = \"../deep/down/alerts.jsonl\"");
    check(&home, true, "appended to ");
    check(&home, true, "appended to ");
    let lines: Vec<Value> =
        read(&home, "deep/down/alerts.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines, [alert("one", SHELLISH), alert("one", SHELLISH)]);
}

#[test]
fn a_file_that_cannot_be_written_is_named_with_the_cause() {
    let home = sink("type = \"file\"\npath = \"../program/alerts.jsonl\"");
    std::fs::write(home.path().join("program"), "").unwrap();
    check(&home, false, "/program/alerts.jsonl: its directory cannot be made: ");
    check(&sink("type = \"file\"\npath = \"../config\""), false, "/config: Is a directory");
}

#[test]
fn a_webhook_gets_the_alert_with_its_key_and_the_headers_that_are_configured() {
    let hook = Hook::new(&[Answer::Head("204 No Content")]);
    let keys =
        format!("type = \"webhook\"\nurl = \"{}\"\nheaders = {{ Authorization = \"Bearer ${{TOKEN}}\" }}", hook.url());
    let home = sink(&keys);
    let mut command = home.command(&["send", "--sink", "s"]);
    command.env("TOKEN", "secret");
    let ended = send(command, &home, &[alert("one", SHELLISH)]);
    assert_eq!(ended.out, "one.1 sent: HTTP 204\n", "{}", ended.err);
    let requests = hook.received();
    assert_eq!((requests.len(), requests[0].target.as_str()), (1, "POST /hook"));
    assert_eq!(requests[0].alert, alert("one", SHELLISH));
    for (name, value) in
        [("authorization", "Bearer secret"), ("idempotency-key", "one.1"), ("content-type", "application/json")]
    {
        assert_eq!(requests[0].headers[name], value);
    }
    assert!(requests[0].headers["user-agent"].starts_with("newshound/"));
}

#[test]
fn a_webhook_at_a_private_address_is_refused_with_the_way_to_allow_it() {
    let hook = Hook::new(&[Answer::Head("204 No Content")]);
    let home = Home::new(&format!("[[sink]]\nname = \"s\"\ntype = \"webhook\"\nurl = \"{}\"\n", hook.url()));
    check(&home, false, "[http] allow");
    assert_eq!(hook.received().len(), 0);
}

/// One pass over a feed with one item that hits, in a home whose sink `s` has `keys`.
fn pass(keys: &str) -> (Home, Ended) {
    let world = World::new();
    let link = "https://news.example/1".to_owned();
    world.set("a", vec![Entry { title: "Volcano erupts".to_owned(), link, ..Entry::default() }]);
    let url = world.url("/feeds/a");
    let home = sink(&format!(
        "{keys}\n[[feed]]\nurl = \"{url}\"\nbacklog = \"all\"\n[[watch]]\nname = \"Fire\"\nall = [\"volcano\"]"
    ));
    let ended = home.run(&["run", "--once"]);
    (home, ended)
}

#[test]
fn standard_output_that_is_no_terminal_gets_lines_of_json() {
    let (_, ended) = pass("type = \"stdout\"");
    assert_eq!(ended.code, 0, "{}", ended.err);
    let lines: Vec<Value> = ended.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.iter().map(|alert| &alert["title"]).collect::<Vec<_>>(), ["Volcano erupts"]);
}

#[test]
fn a_program_that_asks_to_be_run_again_is_run_again_with_the_same_key() {
    let script = "echo $NEWSHOUND_IDEMPOTENCY_KEY >> keys; test $(wc -l < keys) -ge 2 || exit 75";
    let (home, ended) = pass(&format!("type = \"command\"\nargv = [\"sh\", \"-c\", \"{script}\"]"));
    assert_eq!(ended.code, 0, "{}", ended.err);
    let keys = read(&home, "keys");
    let keys: Vec<_> = keys.lines().collect();
    assert!(keys.len() == 2 && keys[0] == keys[1] && keys[0].ends_with(".1"), "{keys:?}");
}

/// One pass with a webhook that gives `answers`; returns the home, how the pass ended and what the webhook was sent.
fn pass_to(answers: &'static [Answer]) -> (Home, Ended, Vec<Request>) {
    let hook = Hook::new(answers);
    let (home, ended) = pass(&format!("type = \"webhook\"\nurl = \"{}\"", hook.url()));
    (home, ended, hook.received())
}

/// The outbox as `status --json` tells it.
fn outbox(home: &Home) -> Value {
    serde_json::from_str::<Value>(&home.run(&["status", "--json"]).out).unwrap()["outbox"].take()
}

/// What failed in a way that can pass is sent again under the same key; returns the time between.
fn check_retried(answers: &'static [Answer]) -> Duration {
    let (home, ended, requests) = pass_to(answers);
    assert_eq!(ended.code, 0, "{answers:?}: {}", ended.err);
    assert_eq!(requests.len(), 2, "{answers:?}");
    assert_eq!(requests[0].headers["idempotency-key"], requests[1].headers["idempotency-key"]);
    assert_eq!(requests[0].alert, requests[1].alert);
    assert_eq!(outbox(&home), json!({"waiting": 0, "dead_count": 0, "dead": []}));
    requests[1].at - requests[0].at
}

#[test]
fn a_webhook_that_fails_for_now_is_tried_again_under_the_same_key() {
    check_retried(&[Answer::Head("500 Internal Server Error"), Answer::Head("200 OK")]);
    check_retried(&[Answer::Reset, Answer::Head("204 No Content")]);
}

#[test]
fn a_webhook_is_left_alone_for_as_long_as_it_asks() {
    let pause = check_retried(&[Answer::Head("429 Too Many Requests\r\nRetry-After: 2"), Answer::Head("200 OK")]);
    assert!(pause >= Duration::from_secs(2), "{pause:?}");
    let began = Instant::now();
    let (home, ended, requests) = pass_to(&[Answer::Head("503 Service Unavailable\r\nRetry-After: 3600")]);
    assert!(began.elapsed() < BOUND && requests.len() == 1);
    assert!(ended.code == 1 && ended.err.contains("HTTP 503"), "{}", ended.err);
    assert_eq!(outbox(&home), json!({"waiting": 1, "dead_count": 0, "dead": []}));
}

#[test]
fn a_webhook_that_refuses_for_good_leaves_a_dead_letter_and_no_redirect_is_followed() {
    let check = |status: u16, answers: &'static [Answer]| {
        let (home, ended, requests) = pass_to(answers);
        assert_eq!((ended.code, requests.len()), (1, 1), "HTTP {status}: {}", ended.err);
        let dead = json!([{"sink": "s", "attempts": 1, "error": format!("HTTP {status}")}]);
        assert_eq!(outbox(&home), json!({"waiting": 0, "dead_count": 1, "dead": dead}));
        let status = format!("s: HTTP {status} (after 1 ");
        let shown = home.run(&["status"]).out;
        assert!(shown.contains("1 failed for good") && shown.contains(&status), "{shown}");
    };
    check(404, &[Answer::Head("404 Not Found")]);
    check(410, &[Answer::Head("410 Gone")]);
    check(302, &[Answer::Head("302 Found\r\nLocation: /elsewhere")]);
    check(307, &[Answer::Head("307 Temporary Redirect\r\nLocation: /elsewhere")]);
}
