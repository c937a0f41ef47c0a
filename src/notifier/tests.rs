//! What the sinks' tests share.

use crate::alert::Alert;

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
