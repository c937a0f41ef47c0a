//! A webhook on loopback that answers as it is told, and remembers what it was sent.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

/// What it does with a request once it has read it.
#[derive(Debug, Clone, Copy)]
pub enum Answer {
    /// Sends this status line and these headers.
    Head(&'static str),
    /// Resets the connection.
    Reset,
}

/// A request that arrived.
#[derive(Debug, Clone)]
pub struct Request {
    /// Its method and path.
    pub target: String,
    /// Its headers, by their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// Its body.
    pub alert: serde_json::Value,
    /// When it had arrived.
    pub at: Instant,
}

/// The webhook: served until dropped.
#[derive(Debug)]
pub struct Hook {
    received: Arc<Mutex<Vec<Request>>>,
    address: SocketAddr,
    _runtime: Runtime,
}

impl Hook {
    /// A webhook that gives `answers`, one to each request; the last to all that follow.
    pub fn new(answers: &'static [Answer]) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let received = Arc::new(Mutex::new(Vec::new()));
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0))).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(serve(listener, answers, Arc::clone(&received)));
        Self { received, address, _runtime: runtime }
    }

    /// Its address, with a path that is secret in real life.
    pub fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// What has arrived so far.
    pub fn received(&self) -> Vec<Request> {
        self.received.lock().unwrap().clone()
    }
}

async fn serve(listener: TcpListener, answers: &[Answer], received: Arc<Mutex<Vec<Request>>>) {
    let mut answers = answers.iter().chain(std::iter::repeat(answers.last().unwrap()));
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        let Some(request) = read(&mut stream).await else { continue };
        received.lock().unwrap().push(request);
        match answers.next().unwrap() {
            Answer::Head(head) => {
                let answer = format!("HTTP/1.1 {head}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
            Answer::Reset => stream.set_zero_linger().unwrap(),
        }
    }
}

/// Reads a request; None when the client leaves before its end.
async fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    loop {
        if let Some(request) = parse(&bytes) {
            return Some(request);
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

/// The request in `bytes`, once it is whole.
fn parse(bytes: &[u8]) -> Option<Request> {
    let text = str::from_utf8(bytes).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let target = lines.next()?.trim_end_matches(" HTTP/1.1").to_owned();
    let header = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
    let headers: BTreeMap<_, _> = lines.filter_map(header).collect();
    let length: usize = headers.get("content-length")?.parse().ok()?;
    (body.len() == length).then(|| Request {
        target,
        headers,
        alert: serde_json::from_str(body).unwrap(),
        at: Instant::now(),
    })
}
