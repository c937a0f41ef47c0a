//! The wire's outlets as real feeds on loopback, with validators, growing as time passes.

use std::fmt::Write as _;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use html_escape::{encode_double_quoted_attribute as attribute, encode_text as text};
use jiff::Timestamp;
use serde_json::json;
use tokio::net::TcpListener;

use crate::clock;

use super::wire::{Entry, Format, Outlet, Wire};

/// The wire while it is told.
#[derive(Debug)]
struct Telling {
    wire: Wire,
    speed: f64,
    began: Timestamp,
}

impl Telling {
    fn elapsed(&self) -> Duration {
        let passed = clock::now().duration_since(self.began);
        Duration::try_from(passed).unwrap_or_default().mul_f64(self.speed)
    }

    /// When `entry` came out.
    fn published(&self, entry: &Entry) -> Timestamp {
        let after = Duration::from_secs(entry.at).div_f64(self.speed);
        self.began.checked_add(after).unwrap_or(self.began)
    }
}

/// Serves `wire` on `listener`, `speed` times as fast as it is written, until dropped.
pub(super) async fn serve(listener: TcpListener, wire: Wire, speed: f64) -> io::Result<()> {
    let telling = Arc::new(Telling { wire, speed, began: clock::now() });
    let app = Router::new().route("/{outlet}", get(feed)).with_state(telling);
    axum::serve(listener, app).await
}

async fn feed(State(telling): State<Arc<Telling>>, Path(id): Path<String>, request: HeaderMap) -> Response {
    let Some(outlet) = telling.wire.outlets.iter().find(|outlet| outlet.id == id) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let shown = telling.wire.shown(&id, telling.elapsed());
    let tag = format!("\"{id}-{}\"", shown.len());
    if request.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    let (kind, body) = match outlet.format {
        Format::Rss => ("application/rss+xml", rss(&telling, outlet, &shown)),
        Format::Atom => ("application/atom+xml", atom(&telling, outlet, &shown)),
        Format::Json => ("application/feed+json", json_feed(&telling, outlet, &shown)),
    };
    let tag = HeaderValue::from_str(&tag).unwrap_or(HeaderValue::from_static("\"\""));
    ([(header::CONTENT_TYPE, HeaderValue::from_static(kind)), (header::ETAG, tag)], body).into_response()
}

fn rss(telling: &Telling, outlet: &Outlet, shown: &[&Entry]) -> String {
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss version=\"2.0\"><channel><title>{}</title><language>{}</language>",
        text(&outlet.title),
        outlet.lang
    );
    for entry in shown {
        let date = jiff::fmt::rfc2822::to_string(&telling.published(entry).to_zoned_datetime(jiff::tz::TimeZone::UTC));
        write!(
            xml,
            "<item><guid isPermaLink=\"false\">{}</guid><title>{}</title><link>{}</link><description>{}</description><pubDate>{}</pubDate></item>",
            text(&entry.guid),
            text(&entry.title),
            text(&entry.link),
            text(&entry.summary),
            date.unwrap_or_default(),
        )
        .expect("writing to a String cannot fail");
    }
    xml.push_str("</channel></rss>");
    xml
}

fn atom(telling: &Telling, outlet: &Outlet, shown: &[&Entry]) -> String {
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{}\"><id>urn:newshound:demo:{}</id><title>{}</title><updated>{}</updated>",
        outlet.lang,
        outlet.id,
        text(&outlet.title),
        telling.began,
    );
    for entry in shown {
        write!(
            xml,
            "<entry><id>{}</id><title>{}</title><link href=\"{}\"/><summary>{}</summary><author><name>{}</name></author><updated>{}</updated></entry>",
            text(&entry.guid),
            text(&entry.title),
            attribute(&entry.link),
            text(&entry.summary),
            text(entry.author.as_deref().unwrap_or(&outlet.title)),
            telling.published(entry),
        )
        .expect("writing to a String cannot fail");
    }
    xml.push_str("</feed>");
    xml
}

fn json_feed(telling: &Telling, outlet: &Outlet, shown: &[&Entry]) -> String {
    let items: Vec<_> = shown
        .iter()
        .map(|entry| {
            json!({
                "id": entry.guid,
                "title": entry.title,
                "url": entry.link,
                "summary": entry.summary,
                "content_text": entry.summary,
                "date_published": telling.published(entry),
            })
        })
        .collect();
    json!({ "version": "https://jsonfeed.org/version/1.1", "title": outlet.title, "language": outlet.lang, "items": items })
        .to_string()
}
