//! What the sinks' tests share, and claims about delivering as a whole.

use super::*;
use crate::config;
use crate::engine::{Delivery, Effects};

/// An urgent alert called `id`, with a headline and some nasty text.
pub(super) fn alert(id: &str, title: &str) -> Alert {
    let proof = |matched: &str| serde_json::json!({"term": matched, "matched": matched, "field": "title", "start": 0, "end": 1, "snippet": matched});
    serde_json::from_value(serde_json::json!({
        "id": id, "story": "s", "revision": 1, "reason": "first", "level": "urgent", "watches": ["Summit", "<Arms>"],
        "title": title, "body": "So & so it is.", "url": "https://e.example/1", "feed": "Example",
        "at": "2026-11-24T08:22:00Z", "sources": ["e.example"], "items": ["i"],
        "proof": [proof("Kim"), proof("arms deal"), proof("KIM")]
    }))
    .unwrap()
}

/// A store whose outbox holds alerts for the one sink of the config, a program: `script`.
async fn outbox(directory: &std::path::Path, script: &str, alerts: Vec<Alert>) -> (Store, Arc<Config>) {
    let mut config = config::built_in().unwrap().config;
    let argv = ["sh", "-c", script].map(str::to_owned).to_vec();
    let kind = SinkKind::Command { argv, timeout: Duration::from_hours(1) };
    config.sinks = vec![SinkConfig { name: "program".to_owned(), kind, updates: false }];
    let store = Store::open(&directory.join("store.db")).unwrap();
    let delivery = |alert: &Alert| Delivery { alert: alert.id.clone(), revision: 1, sink: "program".to_owned() };
    let deliveries = alerts.iter().map(delivery).collect();
    store.commit_step(Effects { alerts, deliveries, ..Effects::default() }).await.unwrap();
    (store, Arc::new(config))
}

#[tokio::test]
async fn a_pass_that_ends_waits_for_no_sink_longer_than_its_patience() {
    let directory = tempfile::tempdir().unwrap();
    let alerts = vec![alert("a", "One"), alert("b", "Two")];
    let (store, config) = outbox(directory.path(), "exec sleep 1000", alerts).await;
    let began = Instant::now();
    let drained = drain(&store, &config, Duration::from_millis(100)).await.unwrap();
    assert_eq!(drained.waiting, ["sink program: it did not finish in time and was cut off"]);
    assert!(began.elapsed() < FINISHING * 2, "{:?}", began.elapsed());
    store.end_leases().await.unwrap();
    assert_eq!(store.overview().await.unwrap().waiting, 2, "both are due again");
}
