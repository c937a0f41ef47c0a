//! A server of raw bytes on loopback: it can do what no HTTP library would let it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// What a client asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The path with its query.
    pub path: String,
    /// Header names in lower case and their values, as sent.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body, by its `Content-Length`.
    pub body: Vec<u8>,
}

impl Request {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_slice())
    }
}

/// What the server does then.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Sends these bytes and closes the connection.
    Bytes(Vec<u8>),
    /// Sends these bytes, then says nothing more until the client has gone.
    Stall(Vec<u8>),
    /// Sends the first bytes once and the second ones until the client has gone.
    Endless(Vec<u8>, Vec<u8>),
    /// Sends these bytes, then breaks the connection with a reset.
    Reset(Vec<u8>),
}

impl Answer {
    /// A response with a status line such as `200 OK`, header lines and a body.
    pub fn http(status: &str, headers: &[&str], body: impl AsRef<[u8]>) -> Self {
        Self::Bytes(http(status, headers, body.as_ref()))
    }

    /// A 200 with a feed of one entry, called `title`.
    pub fn feed(title: &str) -> Self {
        Self::http("200 OK", &["Content-Type: application/rss+xml"], feed(title))
    }
}

/// The bytes of a response.
pub fn http(status: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n", body.len());
    for header in headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    [head.as_bytes(), b"\r\n", body].concat()
}

/// A feed of one entry, called `title`.
pub fn feed(title: &str) -> String {
    format!(
        "<rss version=\"2.0\"><channel><title>Feed</title><item><guid>{title}</guid><title>{title}</title></item></channel></rss>"
    )
}

/// The server, for as long as the test lasts.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    most: Arc<AtomicUsize>,
}

impl Server {
    /// Answers every request as `answer` says.
    pub fn start(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let server = Self { address: listener.local_addr().unwrap(), requests: Arc::default(), most: Arc::default() };
        let (requests, most, answer) = (Arc::clone(&server.requests), Arc::clone(&server.most), Arc::new(answer));
        let open = Arc::new(AtomicUsize::new(0));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (requests, most, open, answer) =
                    (Arc::clone(&requests), Arc::clone(&most), Arc::clone(&open), Arc::clone(&answer));
                std::thread::spawn(move || {
                    let stream = stream.unwrap();
                    let Some(request) = read(&stream) else { return };
                    most.fetch_max(open.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    requests.lock().unwrap().push(request.clone());
                    let answer = answer(&request);
                    // Before the client can have the answer, and ask again.
                    open.fetch_sub(1, Ordering::SeqCst);
                    carry_out(stream, answer);
                });
            }
        });
        server
    }

    /// Where it is: `127.0.0.1:port`.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// The URL of a path.
    pub fn url(&self, path: &str) -> url::Url {
        url::Url::parse(&format!("http://{}{path}", self.address)).unwrap()
    }

    /// What was asked so far, in order.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// The most requests that were answered at one time.
    pub fn most_at_a_time(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    reader.read_until(b'\n', &mut line).ok()?;
    let path = String::from_utf8(line).ok()?.split(' ').nth(1)?.to_owned();
    let mut headers = Vec::new();
    loop {
        let mut line = Vec::new();
        reader.read_until(b'\n', &mut line).ok()?;
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { break };
        let name = String::from_utf8_lossy(&line[..colon]).to_lowercase();
        headers.push((name, line[colon + 1..].trim_ascii().to_vec()));
    }
    let request = Request { path, headers, body: Vec::new() };
    let length = request.header("content-length").and_then(|value| str::from_utf8(value).ok()?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    Some(Request { body, ..request })
}

/// A client may leave at any time: what fails then does not matter.
fn carry_out(mut stream: TcpStream, answer: Answer) {
    match answer {
        Answer::Bytes(bytes) => {
            stream.write_all(&bytes).ok();
        }
        Answer::Stall(bytes) => {
            stream.write_all(&bytes).ok();
            stream.read_to_end(&mut Vec::new()).ok();
        }
        Answer::Endless(head, chunk) => {
            stream.write_all(&head).ok();
            while stream.write_all(&chunk).is_ok() {}
        }
        Answer::Reset(bytes) => {
            stream.write_all(&bytes).ok();
            rustix::net::sockopt::set_socket_linger(&stream, Some(std::time::Duration::ZERO)).ok();
        }
    }
}
