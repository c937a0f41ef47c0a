//! A small world on loopback for whole-program tests: feeds that change while they are read, and a webhook that counts.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

/// An RSS item of the world.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    /// Its guid; none is written when empty.
    pub guid: String,
    /// Its headline.
    pub title: String,
    /// Its link.
    pub link: String,
    /// Its teaser.
    pub summary: String,
}

/// What the webhook received: the idempotency key and the alert.
#[derive(Debug, Clone, PartialEq)]
pub struct Posted {
    /// The `Idempotency-Key` header.
    pub key: String,
    /// The body.
    pub alert: serde_json::Value,
}

#[derive(Debug, Default)]
struct Inner {
    feeds: BTreeMap<String, Vec<Entry>>,
    posted: Vec<Posted>,
    polls: usize,
}

/// The world: served until dropped.
#[derive(Debug)]
pub struct World {
    inner: Arc<Mutex<Inner>>,
    address: SocketAddr,
    _runtime: tokio::runtime::Runtime,
}

impl World {
    /// A world without feeds.
    pub fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let inner = Arc::new(Mutex::new(Inner::default()));
        let listener = runtime.block_on(tokio::net::TcpListener::bind(("127.0.0.1", 0))).unwrap();
        let address = listener.local_addr().unwrap();
        let app = Router::new()
            .route("/feeds/{name}", get(feed))
            .route(
                "/page",
                get(|| async {
                    ([(header::CONTENT_TYPE, "text/html")], "<!doctype html><html><body>Hi</body></html>")
                }),
            )
            .route("/hook", post(hook))
            .with_state(Arc::clone(&inner));
        let serving = async move { axum::serve(listener, app).await.unwrap() };
        runtime.spawn(serving);
        Self { inner, address, _runtime: runtime }
    }

    /// Where it is: `127.0.0.1:port`.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// The address of one of its pages.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Puts `entries` into the feed `name`, in place of what it held.
    pub fn set(&self, name: &str, entries: Vec<Entry>) {
        self.inner.lock().unwrap().feeds.insert(name.to_owned(), entries);
    }

    /// Puts one more entry on top of the feed `name`.
    pub fn publish(&self, name: &str, entry: Entry) {
        let mut inner = self.inner.lock().unwrap();
        inner.feeds.entry(name.to_owned()).or_default().insert(0, entry);
    }

    /// What the webhook has received so far.
    pub fn posted(&self) -> Vec<Posted> {
        self.inner.lock().unwrap().posted.clone()
    }

    /// How often a feed was asked for.
    pub fn polls(&self) -> usize {
        self.inner.lock().unwrap().polls
    }
}

async fn feed(State(inner): State<Arc<Mutex<Inner>>>, Path(name): Path<String>, request: HeaderMap) -> Response {
    let entries = {
        let mut inner = inner.lock().unwrap();
        inner.polls += 1;
        inner.feeds.get(&name).cloned()
    };
    let Some(entries) = entries else { return StatusCode::NOT_FOUND.into_response() };
    let body = rss(&entries);
    let tag = format!("\"{:016x}\"", newshound::item::stable_hash(&[&body]));
    if request.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    ([(header::CONTENT_TYPE, "application/rss+xml".to_owned()), (header::ETAG, tag)], body).into_response()
}

async fn hook(State(inner): State<Arc<Mutex<Inner>>>, request: HeaderMap, body: String) -> StatusCode {
    let key = request.get("idempotency-key").unwrap().to_str().unwrap().to_owned();
    let alert = serde_json::from_str(&body).unwrap();
    inner.lock().unwrap().posted.push(Posted { key, alert });
    StatusCode::NO_CONTENT
}

fn rss(entries: &[Entry]) -> String {
    let text = html_escape::encode_text::<str>;
    let mut xml = String::from("<rss version=\"2.0\"><channel><title>A feed of the tests</title>");
    for Entry { guid, title, link, summary } in entries {
        xml.push_str("<item>");
        if !guid.is_empty() {
            xml.push_str(&format!("<guid isPermaLink=\"false\">{}</guid>", text(guid)));
        }
        let (title, link, summary) = (text(title), text(link), text(summary));
        xml.push_str(&format!("<title>{title}</title><link>{link}</link><description>{summary}</description></item>"));
    }
    xml + "</channel></rss>"
}
