//! How long one pass over many feeds takes, beside `curl --parallel` on the same addresses in the same run.
//!
//! The feeds are served on loopback, one host each (127.0.x.y), 30 items in each, with an `ETag`. Run it with the
//! numbers of feeds as arguments: `cargo bench --bench pass -- 200 1000`. Needs curl and bash.
#![expect(clippy::print_stdout, reason = "the table is what it is for")]

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, ensure};
use axum::Router;
use axum::extract::Path as Segment;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

const ITEMS: usize = 30;
const ROUNDS: usize = 5;
const TAG: &str = "\"of all feeds\"";

/// What one process took.
#[derive(Debug, Clone, Copy)]
struct Cost {
    wall: f64,
    cpu: f64,
    megabytes: f64,
}

fn main() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let listener = runtime.block_on(tokio::net::TcpListener::bind(("0.0.0.0", 0)))?;
    let port = listener.local_addr()?.port();
    let app = Router::new().route("/{number}", get(feed));
    runtime.spawn(async move { axum::serve(listener, app).await });
    let counts: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    println!("feeds  pass       newshound: wall s  cpu s   MB    curl: wall s  cpu s   MB    wall ratio");
    for count in if counts.is_empty() { vec![200] } else { counts } {
        compare(count, port)?;
    }
    Ok(())
}

async fn feed(Segment(number): Segment<usize>, request: HeaderMap) -> Response {
    if request.get(header::IF_NONE_MATCH).is_some_and(|tag| tag.as_bytes() == TAG.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, TAG)]).into_response();
    }
    ([(header::CONTENT_TYPE, "application/rss+xml"), (header::ETAG, TAG)], document(number)).into_response()
}

fn document(number: usize) -> String {
    let mut xml = format!("<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Feed {number}</title>");
    for item in 0..ITEMS {
        write!(
            xml,
            "<item><guid>{number}-{item}</guid><title>Headline {item} of feed {number}, about as long as most are</title>\
             <link>https://feed{number}.example/news/{item}</link><pubDate>Tue, 12 Sep 2023 08:30:00 GMT</pubDate>\
             <description>&lt;p&gt;A teaser of some forty words, as news feeds have them: it says in a sentence or two what \
             happened, to whom, where and when, and leaves the rest to the article, which nobody has read yet.&lt;/p&gt;\
             </description></item>"
        )
        .expect("writing to a String cannot fail");
    }
    xml + "</channel></rss>"
}

fn url(number: usize, port: u16) -> String {
    format!("http://127.0.{}.{}:{port}/{number}", 1 + number / 250, 1 + number % 250)
}

/// The best of some rounds of each, cold and unchanged, side by side.
fn compare(count: usize, port: u16) -> anyhow::Result<()> {
    let home = tempfile::tempdir()?;
    write_configs(home.path(), count, port)?;
    let (mut cold, mut unchanged, mut curl_cold, mut curl_unchanged) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        for file in ["store.db", "store.db-wal", "store.db-shm"] {
            std::fs::remove_file(home.path().join(file)).ok();
        }
        cold.push(run(&newshound(home.path()))?);
        curl_cold.push(run(&curl(home.path(), count, ""))?);
        unchanged.push(run(&newshound(home.path()))?);
        curl_unchanged.push(run(&curl(home.path(), count, &format!("-H 'If-None-Match: {TAG}'")))?);
    }
    for (pass, ours, curl) in [("cold", cold, curl_cold), ("unchanged", unchanged, curl_unchanged)] {
        let (ours, curl) = (best(&ours).context("no round")?, best(&curl).context("no round")?);
        println!(
            "{count:<6} {pass:<10} {:>17.3} {:>6.3} {:>5.1} {:>15.3} {:>6.3} {:>5.1} {:>12.2}",
            ours.wall,
            ours.cpu,
            ours.megabytes,
            curl.wall,
            curl.cpu,
            curl.megabytes,
            ours.wall / curl.wall
        );
    }
    Ok(())
}

fn best(costs: &[Cost]) -> Option<Cost> {
    costs.iter().copied().min_by(|one, other| one.wall.total_cmp(&other.wall))
}

fn write_configs(home: &Path, count: usize, port: u16) -> anyhow::Result<()> {
    let mut toml = "packs = [\"leaders\", \"topics\"]\n[store]\npath = \"store.db\"\n[poll]\nonce_deadline = \"5m\"\n\
                    [http]\nallow = [\"127.0.0.0/8\"]\n[[sink]]\nname = \"desktop\"\ntype = \"file\"\npath = \"alerts\"\n\
                    [[sink]]\nname = \"stdout\"\ntype = \"file\"\npath = \"others\"\n"
        .to_owned();
    let mut urls = String::new();
    for number in 0..count {
        let url = url(number, port);
        writeln!(toml, "[[feed]]\nurl = \"{url}\"")?;
        writeln!(urls, "url = \"{url}\"\noutput = \"/dev/null\"")?;
    }
    std::fs::write(home.join("newshound.toml"), toml)?;
    std::fs::write(home.join("urls"), urls)?;
    let watchlists = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/watchlists");
    std::fs::create_dir(home.join("watchlists"))?;
    for file in ["leaders.toml", "arms.toml"] {
        std::fs::copy(watchlists.join(file), home.join("watchlists").join(file))?;
    }
    Ok(())
}

fn newshound(home: &Path) -> String {
    format!("{} --quiet --config {} run --once", env!("CARGO_BIN_EXE_newshound"), home.display())
}

fn curl(home: &Path, count: usize, extra: &str) -> String {
    let most = count.min(64);
    format!("curl --silent --parallel --parallel-max {most} --config {} {extra}", home.join("urls").display())
}

/// Runs `command` alone; bash tells the times, `/proc` the memory.
fn run(command: &str) -> anyhow::Result<Cost> {
    let script = format!("TIMEFORMAT='%3R %3U %3S'; time {{ {command} >/dev/null 2>&1 & wait $!; }}");
    let mut child = Command::new("bash").args(["-c", &script]).stderr(Stdio::piped()).spawn()?;
    let mut most = 0.0_f64;
    while child.try_wait()?.is_none() {
        most = most.max(children_megabytes(child.id()));
        std::thread::sleep(Duration::from_millis(1));
    }
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "this failed: {command}");
    let text = String::from_utf8(output.stderr)?;
    let times: Vec<f64> = text.split_whitespace().filter_map(|time| time.parse().ok()).collect();
    let [wall, user, system] = times.as_slice() else { anyhow::bail!("bash said: {text}") };
    Ok(Cost { wall: *wall, cpu: user + system, megabytes: most })
}

/// The peak memory of the children of a shell, so far.
fn children_megabytes(shell: u32) -> f64 {
    let children = std::fs::read_to_string(format!("/proc/{shell}/task/{shell}/children")).unwrap_or_default();
    let kilobytes = |pid: &str| {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        peak.split_whitespace().next()?.parse::<f64>().ok()
    };
    children.split_whitespace().filter_map(kilobytes).sum::<f64>() / 1024.0
}
