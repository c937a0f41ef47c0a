//! Claims about the store as a whole, over real files.

use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use super::*;
use crate::alert::{AlertId, Decision, Gate, Level, Reason};
use crate::engine::{Delivery, Verdict};
use crate::feed::{Flaw, Validators};
use crate::item::ItemId;
use crate::matcher::{Field, Hit, Proof, WatchName};
use crate::story::{Story, StoryId};

const NOW: Timestamp = Timestamp::constant(1_700_000_000, 123_456_000);

fn after(seconds: i64) -> Timestamp {
    NOW + SignedDuration::from_secs(seconds)
}

fn place() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deep/newshound.db");
    (directory, path)
}

fn url(name: &str) -> FeedUrl {
    FeedUrl::parse(&format!("https://{name}.example/feed")).unwrap()
}

fn state(name: &str) -> FeedState {
    FeedState {
        title: Some("Światowy".to_owned()),
        validators: Validators { etag: Some(b"W/\"\xff\"".to_vec()), last_modified: Some(b"yesterday".to_vec()) },
        body_hash: Some(u64::MAX - 5),
        asked_until: Some(after(7)),
        polled_at: Some(after(1)),
        ok_at: Some(after(2)),
        item_at: None,
        failures: 3,
        error: Some("no route".to_owned()),
        flaws: vec![Flaw::new("a bare &")],
        ..FeedState::unpolled(url(name), NOW)
    }
}

fn item(name: &str) -> Item {
    let json = format!(r#"{{"id":"{name}","title":"<b>{name}</b>","tags":["x"],"published":"2023-11-14T22:13:20Z"}}"#);
    Item::read_json(&json).unwrap()
}

fn poll(feed: &str, items: &[&str]) -> PollCommit {
    let items = items.iter().map(|name| item(name)).collect();
    PollCommit { state: state(feed), seen: Some(vec![1, 2, 3]), items, baseline: Some(Backlog::Digest) }
}

fn hit(item: &str) -> Hit {
    let proof = Proof {
        term: "x".to_owned(),
        entity: None,
        matched: "x".to_owned(),
        field: Field::Title,
        index: 0,
        start: 0,
        end: 1,
        snippet: "x".to_owned(),
    };
    Hit {
        item: ItemId::new(item),
        watch: WatchName::new("w"),
        level: Level::Urgent,
        score: 1,
        condition: None,
        entities: Vec::new(),
        proof: vec![proof],
    }
}

fn story(name: &str, updated: Timestamp) -> Story {
    Story {
        id: StoryId::new(name),
        keys: vec![u64::MAX],
        updated,
        items: vec![ItemId::new("i")],
        opened: NOW,
        arrivals: Vec::new(),
        entities: std::collections::BTreeSet::new(),
        more_items: 0,
        sources: vec!["s".to_owned()],
        watches: vec![WatchName::new("w")],
        level: Level::Notice,
        revision: 2,
    }
}

fn alert(name: &str, revision: u32, at: Timestamp) -> Alert {
    Alert {
        id: AlertId::new(name),
        story: Some(StoryId::new("s")),
        revision,
        reason: if revision == 1 { Reason::First } else { Reason::Update },
        level: Level::Urgent,
        watches: vec![WatchName::new("w")],
        title: "t".to_owned(),
        body: "b".to_owned(),
        url: None,
        feed: "f".to_owned(),
        published: Some(NOW),
        at,
        sources: vec!["s".to_owned()],
        items: vec![ItemId::new("i")],
        more_items: 0,
        proof: hit("i").proof,
    }
}

/// A step that tells the `alerts` to the sink `desk`.
fn step(cursor: u64, alerts: Vec<Alert>) -> Effects {
    let delivery =
        |alert: &Alert| Delivery { alert: alert.id.clone(), revision: alert.revision, sink: "desk".to_owned() };
    Effects { cursor: Some(cursor), deliveries: alerts.iter().map(delivery).collect(), alerts, ..Effects::default() }
}

fn desk() -> Vec<String> {
    vec!["desk".to_owned()]
}

async fn lease(store: &Store, now: Timestamp) -> Vec<(String, u32)> {
    let leases = store.lease(desk(), now, now + SignedDuration::from_secs(60), 10).await.unwrap();
    leases.into_iter().map(|lease| (lease.alert.idempotency_key(), lease.attempts)).collect()
}

async fn settle(store: &Store, delivery: i64, outcome: Outcome) {
    store.settle(Receipt { delivery, at: NOW, outcome }).await.unwrap();
}

#[tokio::test]
async fn what_a_poll_brought_is_there_after_a_restart() {
    let (_directory, path) = place();
    let store = Store::open(&path).unwrap();
    store.commit_poll(poll("a", &["one", "two"])).await.unwrap();
    store.commit_poll(poll("a", &["two", "three"])).await.unwrap();
    drop(store);
    let store = Store::open(&path).unwrap();
    assert_eq!(store.feed_states().await.unwrap(), [state("a")]);
    assert_eq!(store.seen(&url("a")).await.unwrap(), [1, 2, 3]);
    assert_eq!(store.seen(&url("b")).await.unwrap(), [0_u8; 0]);
    let unread = store.unread(10).await.unwrap();
    assert_eq!(unread.iter().map(|arrival| arrival.item.id.as_str()).collect::<Vec<_>>(), ["one", "two", "three"]);
    assert_eq!(*unread[0].item, item("one"));
    assert_eq!((unread[0].seq, unread[0].baseline), (1, Some(Backlog::Digest)));
    assert_eq!(unread[0].feed_title.as_deref(), Some("Światowy"));
}

#[tokio::test]
async fn a_step_moves_the_cursor_once_and_keeps_all_or_nothing() {
    let (_directory, path) = place();
    let store = Store::open(&path).unwrap();
    store.commit_poll(poll("a", &["one", "two"])).await.unwrap();
    store.commit_step(step(1, vec![alert("x", 1, NOW)])).await.unwrap();
    let again = store.commit_step(step(1, vec![alert("y", 1, NOW)])).await;
    assert_eq!(again, Err(StoreError::AlreadyDecided { cursor: 1 }));
    assert!(store.commit_step(step(2, vec![alert("z", 1, NOW), alert("x", 1, NOW)])).await.is_err());
    let unread = store.unread(10).await.unwrap();
    assert_eq!(unread.iter().map(|arrival| arrival.seq).collect::<Vec<_>>(), [2], "a failed step moves nothing");
    let told = store.told(10, true).await.unwrap();
    assert_eq!(told.iter().map(|told| told.alert.clone()).collect::<Vec<_>>(), [alert("x", 1, NOW)]);
}

#[tokio::test]
async fn the_engine_finds_its_open_stories_and_what_is_held() {
    let (_directory, path) = place();
    let store = Store::open(&path).unwrap();
    store.commit_poll(poll("a", &["one", "two"])).await.unwrap();
    let verdict = |seq, name: &str| Verdict {
        seq,
        hit: hit(name),
        story: StoryId::new("s"),
        decision: Decision::Hold(Gate::Baseline),
        at: NOW,
    };
    let verdicts = vec![verdict(1, "one"), verdict(2, "two")];
    let stories = vec![story("old", after(-100)), story("new", after(5))];
    store.commit_step(Effects { cursor: Some(2), verdicts, stories, ..Effects::default() }).await.unwrap();
    let state = store.engine_state(NOW).await.unwrap();
    assert_eq!(state.stories, [story("new", after(5))]);
    assert_eq!(
        state.held.iter().map(|(arrival, hits)| (arrival.seq, hits.clone())).collect::<Vec<_>>(),
        [(1, vec![hit("one")]), (2, vec![hit("two")])]
    );
    let releases = vec![ItemId::new("one")];
    store.commit_step(Effects { releases, ..Effects::default() }).await.unwrap();
    assert_eq!(store.engine_state(NOW).await.unwrap().held.len(), 1);
    assert_eq!(store.overview().await.unwrap().held, 1);
}

#[tokio::test]
async fn deliveries_are_lent_once_in_order_and_come_back_when_their_lease_ends() {
    let (_directory, path) = place();
    let store = Store::open(&path).unwrap();
    store
        .commit_step(step(1, vec![alert("x", 1, NOW), alert("y", 1, after(1)), alert("x", 2, after(2))]))
        .await
        .unwrap();
    assert_eq!(store.next_delivery(desk(), NOW).await.unwrap(), Some(NOW));
    assert_eq!(store.next_delivery(vec!["other".to_owned()], NOW).await.unwrap(), None);
    let both = [("x.1".to_owned(), 0), ("y.1".to_owned(), 0)];
    assert_eq!(lease(&store, NOW).await, both, "a revision waits for the one before");
    assert_eq!(lease(&store, after(59)).await, []);
    assert_eq!(lease(&store, after(60)).await, both, "a lease runs out");
    store.end_leases().await.unwrap();
    assert_eq!(lease(&store, after(61)).await, both);
}

#[tokio::test]
async fn what_a_wrong_clock_put_off_is_due_when_the_clock_is_right() {
    let (_directory, path) = place();
    let store = Store::open(&path).unwrap();
    let years = |years: i64| after(years * 365 * 86_400);
    store.commit_step(step(1, vec![alert("x", 1, years(5)), alert("y", 1, NOW)])).await.unwrap();
    assert_eq!(store.next_delivery(desk(), NOW).await.unwrap(), Some(NOW));
    let leases = store.lease(desk(), years(5), years(5), 10).await.unwrap();
    assert_eq!(leases.len(), 2);
    for lease in leases {
        settle(&store, lease.id, Outcome::Retry { at: years(5), error: "busy".to_owned(), counts: true }).await;
    }
    assert_eq!(store.next_delivery(desk(), NOW).await.unwrap(), Some(NOW));
    assert_eq!(lease(&store, NOW).await, [("x.1".to_owned(), 1), ("y.1".to_owned(), 1)]);
}

#[tokio::test]
async fn receipts_settle_deliveries() {
    let (_directory, path) = place();
    let store = Store::open(&path).unwrap();
    store.commit_step(step(1, vec![alert("x", 1, NOW), alert("x", 2, NOW)])).await.unwrap();
    lease(&store, NOW).await;
    let retry = |counts| Outcome::Retry { at: after(30), error: "busy".to_owned(), counts };
    settle(&store, 1, retry(true)).await;
    let waits = vec![Waiting { sink: "desk".to_owned(), count: 2, note: "busy".to_owned() }];
    assert_eq!(store.overview().await.unwrap().waits, waits);
    assert_eq!(store.next_delivery(desk(), NOW).await.unwrap(), Some(after(30)));
    assert_eq!(lease(&store, after(29)).await, []);
    assert_eq!(lease(&store, after(30)).await, [("x.1".to_owned(), 1)]);
    settle(&store, 1, retry(false)).await;
    assert_eq!(lease(&store, after(30)).await, [("x.1".to_owned(), 1)], "waiting is no attempt");
    settle(&store, 1, Outcome::Dead { error: "gone".to_owned() }).await;
    assert_eq!(lease(&store, after(31)).await, [("x.2".to_owned(), 0)]);
    settle(&store, 2, Outcome::Sent { note: "ok".to_owned() }).await;
    assert_eq!(store.next_delivery(desk(), NOW).await.unwrap(), None);
    let overview = store.overview().await.unwrap();
    assert_eq!((overview.waiting, overview.dead_count, overview.dead[0].note.as_str()), (0, 1, "gone"));
    let told = store.told(10, false).await.unwrap();
    assert_eq!(told.len(), 1, "silent updates are left out");
    assert_eq!((told[0].deliveries[0].state.as_str(), told[0].deliveries[0].attempts), ("dead", 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn polls_that_come_together_share_transactions_and_each_is_kept() {
    let (_directory, path) = place();
    let store = Store::open(&path).unwrap();
    let mut polls = tokio::task::JoinSet::new();
    for number in 0..200 {
        let store = store.clone();
        polls.spawn(async move {
            let name = format!("item-{number}");
            store.commit_poll(poll(&format!("feed-{number}"), &[&name])).await
        });
    }
    while let Some(poll) = polls.join_next().await {
        poll.unwrap().unwrap();
    }
    drop(store);
    let store = Store::open_read_only(&path).unwrap().unwrap();
    assert_eq!(store.feed_states().await.unwrap().len(), 200);
    assert_eq!(store.overview().await.unwrap().items, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_fails_or_panics_harms_no_other() {
    let (_directory, path) = place();
    let store = Store::open(&path).unwrap();
    let good = |name: &str| store.commit_poll(poll(name, &[name]));
    let bad = store.write(|connection| Ok(connection.execute_batch("DELETE FROM feeds; nonsense")?));
    let worse = store.write(|connection| -> Result<(), StoreError> {
        connection.execute_batch("DELETE FROM feeds")?;
        panic!("on purpose");
    });
    let (one, bad, worse, two) = tokio::join!(good("a"), bad, worse, good("b"));
    assert_eq!((one, two), (Ok(()), Ok(())));
    assert!(bad.is_err() && worse.is_err());
    assert_eq!(store.feed_states().await.unwrap().len(), 2);
}

#[tokio::test]
async fn what_is_answered_as_failed_after_a_rollback_was_not_kept() {
    let (_directory, path) = place();
    let store = Store::open(&path).unwrap();
    let (go, wait) = std::sync::mpsc::sync_channel(1);
    // As SQLite does by itself when the disk is full; while it is at it, more is handed over.
    let rolled_back = store.write(move |connection| {
        wait.recv().unwrap();
        Ok(connection.execute_batch("ROLLBACK")?)
    });
    let next = store.commit_poll(poll("a", &["one"]));
    let (rolled_back, next, ()) = tokio::join!(rolled_back, next, async { go.send(()).unwrap() });
    assert!(rolled_back.is_err());
    assert_eq!(store.unread(1).await.unwrap().len(), usize::from(next.is_ok()));
}

#[cfg(unix)]
#[test]
fn a_new_store_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (_directory, path) = place();
    let _store = Store::open(&path).unwrap();
    for suffix in ["", "-wal"] {
        let file = format!("{}{suffix}", path.display());
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "{file}");
    }
}

#[test]
fn a_file_that_holds_nothing_yet_is_no_store() {
    let (_directory, path) = place();
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, "").unwrap();
    assert!(Store::open_read_only(&path).unwrap().is_none());
    drop(Store::open(&path).unwrap());
    assert!(Store::open_read_only(&path).unwrap().is_some());
}

#[test]
fn those_who_look_whether_a_store_is_in_use_keep_nobody_out() {
    let (_directory, path) = place();
    drop(Store::open(&path).unwrap());
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                lock::holder(&path);
            }
        });
        let opened: Vec<_> = (0..50).map(|_| Lock::take(&path).map(drop)).collect();
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(opened, vec![Ok(()); 50]);
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn however_many_read_at_a_time_few_connections_are_open() {
    let (_directory, path) = place();
    let store = Store::open(&path).unwrap();
    futures_util::future::join_all((0..100).map(|_| store.unread(1))).await;
    assert!(store.inner.readers.lock().unwrap().len() <= MOST_READERS);
}

#[tokio::test]
async fn a_file_that_cannot_be_opened_for_the_moment_passes() {
    let (directory, path) = place();
    let store = Store::open(&path).unwrap();
    let away = directory.path().join("away");
    std::fs::rename(&path, &away).unwrap();
    let error = store.unread(1).await.unwrap_err();
    assert!(error.is_passing(), "{error}");
    std::fs::rename(&away, &path).unwrap();
    assert_eq!(store.unread(1).await, Ok(vec![]));
}

#[tokio::test]
async fn a_full_disk_is_said_so_and_passes() {
    let (_directory, path) = place();
    let store = Store::open(&path).unwrap();
    store.write(|connection| Ok(connection.pragma_update(None, "max_page_count", 40)?)).await.unwrap();
    let mut big = poll("a", &["big"]);
    big.items[0].content = Some("x".repeat(1 << 20));
    let error = store.commit_poll(big.clone()).await.unwrap_err();
    assert!(matches!(error, StoreError::Full(_)) && error.is_passing(), "{error}");
    assert_eq!(store.unread(1).await.unwrap(), [], "nothing of it was kept");
    store.commit_poll(poll("b", &["small"])).await.unwrap();
    store.write(|connection| Ok(connection.pragma_update(None, "max_page_count", 100_000)?)).await.unwrap();
    store.commit_poll(big).await.unwrap();
    assert_eq!(store.unread(10).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_second_instance_is_refused_and_readers_are_not() {
    let (_directory, path) = place();
    assert!(Store::open_read_only(&path).unwrap().is_none());
    let store = Store::open(&path).unwrap();
    let busy = Store::open(&path).unwrap_err();
    assert_eq!(busy, StoreError::Busy { path: path.clone(), pid: std::process::id().to_string() });
    let reader = Store::open_read_only(&path).unwrap().unwrap();
    assert_eq!(reader.running(), Some(std::process::id().to_string()));
    assert!(reader.commit_poll(poll("a", &[])).await.is_err());
    drop(store);
    assert_eq!(reader.running(), None);
}

#[test]
fn a_place_that_cannot_be_used_is_named() {
    let (directory, path) = place();
    let check = |path: &Path| Store::open(path).unwrap_err().to_string();
    let file = directory.path().join("file");
    std::fs::write(&file, "x").unwrap();
    assert!(check(&file.join("newshound.db")).contains("file"));
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, "this is no database, and long enough to be one, or so one would think".repeat(20)).unwrap();
    assert!(check(&path).contains("cannot use") && check(&path).contains("newshound.db"));
}

#[test]
fn a_database_of_a_newer_program_is_left_alone() {
    let (_directory, path) = place();
    drop(Store::open(&path).unwrap());
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let error = Store::open(&path).unwrap_err();
    assert!(error.to_string().contains("update newshound"), "{error}");
    assert_eq!(Store::open_read_only(&path).unwrap_err(), error);
}

#[tokio::test]
async fn what_cannot_be_read_back_is_named() {
    let (_directory, path) = place();
    let store = Store::open(&path).unwrap();
    store.commit_poll(poll("a", &["one"])).await.unwrap();
    store.write(|connection| Ok(connection.execute("UPDATE items SET json = '{'", [])?)).await.unwrap();
    let error = store.unread(10).await.unwrap_err();
    assert!(matches!(&error, StoreError::Corrupt { place, .. } if place == "item 1"), "{error}");
}
