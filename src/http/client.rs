//! The guarded client: conditional GET and POST.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use reqwest::{RequestBuilder, Response, StatusCode, redirect, retry};
use tokio::time::{Instant, timeout};
use url::Url;

use crate::clock;
use crate::feed::Validators;

use super::HttpError;
use super::guard::{Allow, Guard};
use super::resolve::GuardedResolver;
use super::turns::Turns;

/// A server that accepts no connection within this time is down.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A server that sends nothing for this long has forgotten us.
const READ_TIMEOUT: Duration = Duration::from_secs(15);

/// All hops and the whole body together: a slow drip must not hold a poll for ever.
const TOTAL_TIMEOUT: Duration = Duration::from_secs(30);

/// Redirects followed at most, as browsers and feed readers commonly do.
const MOST_REDIRECTS: usize = 5;

/// Bytes of the target of a redirect: every relative link of what is there is as long.
const LONGEST_TARGET: usize = 2_000;

/// The largest body, decoded. The largest real feeds have some 10 MB.
const MOST_BODY: usize = 16 << 20;

/// Connections to one host that are kept open though idle: there is one request at a time to a host.
const MOST_IDLE: usize = 1;

/// How long an idle connection is kept: longer than the quickest polling, short enough to leave servers alone.
const IDLE_TIMEOUT: Duration = Duration::from_secs(90);

const USER_AGENT: &str = concat!("newshound/", env!("CARGO_PKG_VERSION"), " (news-feed monitor)");

const ACCEPT: &str = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, \
                      text/xml;q=0.9, application/json;q=0.8, */*;q=0.5";

/// The guarded client. Cheap to clone; all clones share one pool of connections.
#[derive(Debug, Clone)]
pub struct Client {
    guard: Arc<Guard>,
    /// For all ports that `[http] allow` does not name.
    common: Arc<Pair>,
    /// For each port that it names: an address opened at one port stays closed at all others.
    by_port: Arc<HashMap<u16, Pair>>,
    turns: Turns,
}

/// A client for http and one for https, each made when it is first needed: reading the system's certificate
/// authorities takes longer than many a request.
#[derive(Debug)]
struct Pair {
    guard: Arc<Guard>,
    /// The port that the resolver takes connections to go to.
    port: u16,
    plain: OnceLock<reqwest::Client>,
    secure: OnceLock<reqwest::Client>,
}

/// What a server answered to a GET, at the end of its redirects.
#[derive(Debug)]
pub struct Reply {
    /// The status of the last hop.
    pub status: u16,
    /// Where the last hop was.
    pub url: Url,
    /// The validators of the last hop, byte for byte.
    pub validators: Validators,
    /// How long the server asks to be left alone (`Retry-After`, either form), on any status.
    pub retry_after: Option<Duration>,
    /// `Content-Type`, as sent.
    pub content_type: Option<String>,
    /// The decoded body; empty for 304.
    pub body: Vec<u8>,
}

/// What one request of a GET came to.
enum Hop {
    Reply(Reply),
    Redirect(Url),
}

impl Client {
    /// Makes the client; `allow` opens private addresses.
    pub fn new(allow: Vec<Allow>) -> Self {
        let ports: HashSet<u16> = allow.iter().filter_map(Allow::port).collect();
        let guard = Arc::new(Guard::new(allow));
        let by_port = ports.into_iter().map(|port| (port, Pair::new(&guard, port))).collect();
        // No allowance names port 0: its client opens what is open at every port.
        Self { common: Arc::new(Pair::new(&guard, 0)), by_port: Arc::new(by_port), guard, turns: Turns::default() }
    }

    /// Fetches `url`, conditionally when there are validators, following at most a few redirects.
    ///
    /// # Errors
    /// Fails when there is no whole answer. Any status is an answer.
    pub async fn get(&self, url: &Url, validators: &Validators) -> Result<Reply, HttpError> {
        let (mut url, mut left) = (url.clone(), TOTAL_TIMEOUT);
        for _ in 0..=MOST_REDIRECTS {
            // Waiting is nobody's fault, and does not count.
            let _turn = self.turns.take(url.host_str().unwrap_or_default()).await;
            let began = Instant::now();
            let hop = timeout(left, self.hop(&url, validators)).await;
            match hop.unwrap_or(Err(HttpError::Timeout(TOTAL_TIMEOUT.as_secs())))? {
                Hop::Reply(reply) => return Ok(reply),
                Hop::Redirect(next) => url = next,
            }
            left = left.saturating_sub(began.elapsed());
        }
        Err(HttpError::Redirect(format!("there are more than {MOST_REDIRECTS}")))
    }

    /// Posts `body` as `content_type` with extra `headers`; returns the status and how long the server asks to be
    /// left alone. No redirect is followed.
    ///
    /// # Errors
    /// Fails when there is no answer. Any status is an answer.
    pub async fn post(
        &self,
        url: &Url,
        headers: &[(String, String)],
        content_type: &str,
        body: Vec<u8>,
    ) -> Result<(u16, Option<Duration>), HttpError> {
        let mut map = HeaderMap::new();
        for (name, value) in headers.iter().map(|(name, value)| (name.as_str(), value.as_str())) {
            let name = HeaderName::try_from(name).map_err(|_| HttpError::Setup(format!("{name:?} is no header")))?;
            let value = HeaderValue::try_from(value)
                .map_err(|_| HttpError::Setup(format!("the value of the header {name} cannot be sent")))?;
            map.append(name, value);
        }
        let request = self.client_for(url)?.post(url.clone()).header(header::CONTENT_TYPE, content_type);
        let request = request.headers(map).body(body).timeout(TOTAL_TIMEOUT);
        let response = send(request, url).await?;
        Ok((response.status().as_u16(), retry_after(response.headers())))
    }

    async fn hop(&self, url: &Url, validators: &Validators) -> Result<Hop, HttpError> {
        let request = self.client_for(url)?.get(url.clone()).header(header::ACCEPT, ACCEPT);
        let response = send(request.headers(conditions(validators)), url).await?;
        match next_hop(&response, url)? {
            Some(next) => Ok(Hop::Redirect(next)),
            None => read(response, url.clone()).await.map(Hop::Reply),
        }
    }

    /// The client that may go to `url`.
    fn client_for(&self, url: &Url) -> Result<&reqwest::Client, HttpError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(HttpError::Scheme(url.scheme().to_owned()));
        }
        if self.guard.refused_literal(url).is_some() {
            return Err(HttpError::Refused { host: host(url) });
        }
        let port = url.port_or_known_default().unwrap_or_default();
        self.by_port.get(&port).unwrap_or(&self.common).client(url.scheme() == "https")
    }
}

impl Pair {
    fn new(guard: &Arc<Guard>, port: u16) -> Self {
        Self { guard: Arc::clone(guard), port, plain: OnceLock::new(), secure: OnceLock::new() }
    }

    fn client(&self, secure: bool) -> Result<&reqwest::Client, HttpError> {
        let place = if secure { &self.secure } else { &self.plain };
        if let Some(client) = place.get() {
            return Ok(client);
        }
        let client = build(GuardedResolver::new(Arc::clone(&self.guard), self.port), secure)?;
        Ok(place.get_or_init(|| client))
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the guarded client that everything else goes through")]
fn build(resolver: GuardedResolver, secure: bool) -> Result<reqwest::Client, HttpError> {
    let builder = reqwest::Client::builder();
    let builder = if secure { builder.https_only(true) } else { builder.tls_certs_only([]) };
    let client = builder
        .user_agent(USER_AGENT)
        .dns_resolver(resolver)
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .no_proxy()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        .pool_max_idle_per_host(MOST_IDLE)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .build();
    client.map_err(|error| HttpError::Setup(super::error::root(&error)))
}

async fn send(request: RequestBuilder, url: &Url) -> Result<Response, HttpError> {
    let began = Instant::now();
    request.send().await.map_err(|error| HttpError::of(&error, &host(url), began.elapsed()))
}

/// The host of `url` for people, with the port where it is unusual: also how `[http] allow` would name it.
fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn conditions(validators: &Validators) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in
        [(header::IF_NONE_MATCH, &validators.etag), (header::IF_MODIFIED_SINCE, &validators.last_modified)]
    {
        // They came in a header, so they fit into one.
        if let Some(value) = value.as_deref().and_then(|value| HeaderValue::from_bytes(value).ok()) {
            headers.insert(name, value);
        }
    }
    headers
}

/// Where a redirect leads; None when `response` is none.
fn next_hop(response: &Response, url: &Url) -> Result<Option<Url>, HttpError> {
    let redirects = [
        StatusCode::MOVED_PERMANENTLY,
        StatusCode::FOUND,
        StatusCode::SEE_OTHER,
        StatusCode::TEMPORARY_REDIRECT,
        StatusCode::PERMANENT_REDIRECT,
    ];
    if !redirects.contains(&response.status()) {
        return Ok(None);
    }
    let location = response.headers().get(header::LOCATION).and_then(|value| str::from_utf8(value.as_bytes()).ok());
    let location = location.ok_or_else(|| HttpError::Redirect("it names no target".to_owned()))?;
    let mut next =
        url.join(location).map_err(|error| HttpError::Redirect(format!("its target is no URL ({error})")))?;
    next.set_fragment(None);
    if next.as_str().len() > LONGEST_TARGET {
        return Err(HttpError::Redirect(format!("its target is longer than {LONGEST_TARGET} bytes")));
    }
    if url.scheme() == "https" && next.scheme() == "http" {
        return Err(HttpError::Redirect("from https to http".to_owned()));
    }
    Ok(Some(next))
}

async fn read(mut response: Response, url: Url) -> Result<Reply, HttpError> {
    let headers = response.headers();
    let raw = |name: HeaderName| headers.get(name).map(|value| value.as_bytes().to_vec());
    let validators = Validators { etag: raw(header::ETAG), last_modified: raw(header::LAST_MODIFIED) };
    let content_type = raw(header::CONTENT_TYPE).map(|value| String::from_utf8_lossy(&value).into_owned());
    let retry_after = retry_after(headers);
    let status = response.status().as_u16();
    let mut body = Vec::new();
    loop {
        let began = Instant::now();
        let chunk = response.chunk().await;
        let chunk = chunk.map_err(|error| HttpError::of(&error, &host(&url), began.elapsed()))?;
        let Some(chunk) = chunk else { break };
        // The chunks are decoded: what a small body unfolds to is counted, not what was sent.
        if body.len() + chunk.len() > MOST_BODY {
            return Err(HttpError::TooLarge(MOST_BODY >> 20));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Reply { status, url, validators, retry_after, content_type, body })
}

/// `Retry-After` as a number of seconds or as a date, which is read by the server's own clock where it shows it
/// (RFC 9110 §10.2.3).
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let value = text(header::RETRY_AFTER)?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = |text| httpdate::parse_http_date(text).ok();
    let now = text(header::DATE).and_then(date).or_else(|| clock::now().try_into().ok())?;
    Some(date(value)?.duration_since(now).unwrap_or_default())
}

/// A status for people: `HTTP 404 Not Found`.
#[must_use]
pub fn status_text(status: u16) -> String {
    let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    reason.map_or_else(|| format!("HTTP {status}"), |reason| format!("HTTP {status} {reason}"))
}
