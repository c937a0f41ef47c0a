//! The guarded client against servers that are slow, wrong or hostile.

use std::io::Write;
use std::time::Duration;

use newshound::feed::Validators;
use newshound::http::{Allow, Client, HttpError, Reply};

use crate::server::{Answer, Request, Server, feed, http};

fn client(allow: &str) -> Client {
    Client::new(vec![Allow::parse(allow).unwrap()])
}

async fn get(server: &Server, path: &str) -> Result<Reply, HttpError> {
    client("127.0.0.0/8").get(&server.url(path), &Validators::default()).await
}

/// The one answer of a server that gives no other.
async fn answer_to(answer: Answer) -> Result<Reply, HttpError> {
    get(&Server::start(move |_| answer.clone()), "/feed").await
}

#[tokio::test]
async fn validators_go_and_come_byte_for_byte() {
    let server = Server::start(|_| {
        let mut bytes = b"HTTP/1.1 304 Not Modified\r\nETag: W/\"n\xFC\xFF\"\r\n".to_vec();
        bytes.extend(b"Last-Modified: yesterday, I think\r\nConnection: close\r\n\r\n");
        Answer::Bytes(bytes)
    });
    let sent = Validators { etag: Some(b"W/\"a\xE4\"  b".to_vec()), last_modified: Some(b"Mon, 1 Jan 99".to_vec()) };
    let reply = client("127.0.0.1").get(&server.url("/feed"), &sent).await.unwrap();
    let request = server.requests().remove(0);
    assert_eq!(request.header("if-none-match"), sent.etag.as_deref());
    assert_eq!(request.header("if-modified-since"), sent.last_modified.as_deref());
    assert_eq!((reply.status, reply.body.len()), (304, 0));
    assert_eq!(reply.validators.etag.as_deref(), Some(&b"W/\"n\xFC\xFF\""[..]));
    assert_eq!(reply.validators.last_modified.as_deref(), Some(&b"yesterday, I think"[..]));
}

#[tokio::test]
async fn a_request_says_who_asks_and_nothing_that_follows_a_person() {
    let server = Server::start(|request| match request.path.as_str() {
        "/a" => Answer::http("302 Found", &["Location: /b", "Set-Cookie: id=1"], ""),
        _ => Answer::feed("one"),
    });
    get(&server, "/a").await.unwrap();
    let request = server.requests().remove(1);
    let agent = String::from_utf8(request.header("user-agent").unwrap().to_vec()).unwrap();
    assert!(agent.starts_with("newshound/"), "{agent}");
    assert_eq!((request.header("cookie"), request.header("referer")), (None, None));
    let encodings = String::from_utf8(request.header("accept-encoding").unwrap().to_vec()).unwrap();
    assert!(encodings.contains("gzip") && encodings.contains("br"), "{encodings}");
}

#[tokio::test]
async fn redirects_are_followed_to_a_limit() {
    let server = Server::start(|request| {
        let number: u32 = request.path.trim_start_matches('/').parse().unwrap();
        let next = format!("Location: {}", number.saturating_sub(1));
        let status = ["301 a", "302 b", "303 c", "307 d", "308 e"][number as usize % 5];
        if number == 0 { Answer::feed("end") } else { Answer::http(status, &[&next], "moved") }
    });
    let reply = get(&server, "/5").await.unwrap();
    assert_eq!((reply.url.path(), reply.status), ("/0", 200));
    assert!(matches!(get(&server, "/6").await, Err(HttpError::Redirect(_))));
    let nowhere = answer_to(Answer::http("301 Moved", &[], "")).await;
    assert!(matches!(nowhere, Err(HttpError::Redirect(_))), "{nowhere:?}");
}

#[tokio::test]
async fn a_host_that_others_redirect_to_is_asked_one_thing_at_a_time() {
    let home = Server::start(|_| {
        // Long enough for a second request to overlap, if one were made.
        std::thread::sleep(Duration::from_millis(20));
        Answer::feed("one")
    });
    let location = format!("Location: {}", home.url("/feed").as_str().replace("127.0.0.1", "localhost"));
    let outer = Server::start(move |_| Answer::http("302 Found", &[&location], ""));
    let client = client("127.0.0.0/8");
    let urls = [outer.url("/1"), outer.url("/2"), outer.url("/3")];
    let gets = urls.iter().map(|url| async { client.get(url, &Validators::default()).await.unwrap() });
    futures_util::future::join_all(gets).await;
    assert_eq!((home.requests().len(), home.most_at_a_time()), (3, 1));
}

#[tokio::test]
async fn the_target_of_a_redirect_is_bounded() {
    let location = format!("Location: /{}", "x".repeat(3_000));
    let reply = answer_to(Answer::http("302 Found", &[&location], "")).await;
    assert!(matches!(reply, Err(HttpError::Redirect(_))), "{reply:?}");
}

#[tokio::test]
async fn a_redirect_reaches_nothing_that_a_feed_may_not() {
    let inner = Server::start(|_| Answer::feed("secret"));
    let targets = [inner.url("/").to_string(), inner.url("/").as_str().replace("127.0.0.1", "[::ffff:127.0.0.1]")];
    let hex = inner.url("/").as_str().replace("127.0.0.1", "0x7f000001");
    let named = inner.url("/").as_str().replace("127.0.0.1", "localhost");
    for target in targets.into_iter().chain([hex, named, "http://169.254.169.254/latest".to_owned()]) {
        let location = format!("Location: {target}");
        let outer = Server::start(move |_| Answer::http("302 Found", &[&location], ""));
        let reply = client(&outer.address()).get(&outer.url("/feed"), &Validators::default()).await;
        assert!(matches!(reply, Err(HttpError::Refused { .. })), "{target}: {reply:?}");
    }
    let outer = Server::start(|_| Answer::http("302 Found", &["Location: file:///etc/passwd"], ""));
    let reply = client(&outer.address()).get(&outer.url("/feed"), &Validators::default()).await;
    assert!(matches!(reply, Err(HttpError::Scheme(_))), "{reply:?}");
    assert_eq!(inner.requests(), []);
}

#[tokio::test]
async fn names_are_checked_by_what_they_resolve_to() {
    let server = Server::start(|_| Answer::feed("one"));
    let port = server.url("/").port().unwrap();
    let url = url::Url::parse(&format!("http://localhost:{port}/feed")).unwrap();
    for (allow, reached) in [
        ("127.0.0.0/8".to_owned(), true),
        ("localhost".to_owned(), true),
        (format!("localhost:{port}"), true),
        (format!("127.0.0.1:{port}"), true),
        (format!("localhost:{}", port - 1), false),
        (format!("127.0.0.1:{}", port - 1), false),
        ("10.0.0.0/8".to_owned(), false),
    ] {
        let reply = client(&allow).get(&url, &Validators::default()).await;
        match reply {
            Ok(_) => assert!(reached, "{allow}"),
            Err(HttpError::Refused { .. }) => assert!(!reached, "{allow}"),
            Err(other) => panic!("{allow}: {other}"),
        }
    }
}

/// One way to pack a body.
type Pack<'a> = &'a dyn Fn(&[u8]) -> Vec<u8>;

#[tokio::test]
async fn bodies_are_decoded_and_a_bomb_is_not_unfolded() {
    let gzip = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let zlib = |bytes: &[u8]| {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let brotli = |mut bytes: &[u8]| {
        let mut packed = Vec::new();
        brotli::BrotliCompress(&mut bytes, &mut packed, &brotli::enc::BrotliEncoderParams::default()).unwrap();
        packed
    };
    let plain = feed("one");
    let bomb = vec![b' '; 100 << 20];
    for (name, pack) in [("gzip", &gzip as Pack<'_>), ("deflate", &zlib), ("br", &brotli)] {
        let header = format!("Content-Encoding: {name}");
        let reply = answer_to(Answer::http("200 OK", &[&header], pack(plain.as_bytes()))).await.unwrap();
        assert_eq!(reply.body, plain.as_bytes(), "{name}");
        let reply = answer_to(Answer::http("200 OK", &[&header], pack(&bomb))).await;
        assert!(matches!(reply, Err(HttpError::TooLarge(_))), "{name}: {:?}", reply.map(|reply| reply.body.len()));
    }
    let broken = answer_to(Answer::http("200 OK", &["Content-Encoding: gzip"], "not gzip")).await;
    assert!(matches!(broken, Err(HttpError::Broken(_))), "{broken:?}");
}

#[tokio::test]
async fn a_body_without_end_is_cut_off() {
    let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    let chunk = [&b"1000\r\n"[..], &[b'x'; 0x1000], b"\r\n"].concat();
    let reply = answer_to(Answer::Endless(head, chunk)).await;
    assert!(matches!(reply, Err(HttpError::TooLarge(_))), "{:?}", reply.map(|reply| reply.body.len()));
    let header = b"X-Filler: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n".to_vec();
    let reply = answer_to(Answer::Endless(b"HTTP/1.1 200 OK\r\n".to_vec(), header)).await;
    assert!(matches!(reply, Err(HttpError::Broken(_))), "{reply:?}");
}

#[tokio::test]
async fn garbage_and_broken_connections_are_errors_worth_another_try() {
    let half = http("200 OK", &[], &[b'x'; 1000])[..500].to_vec();
    for answer in [
        Answer::Bytes(b"\x00\x01\x02 what is this\r\n\r\n".to_vec()),
        Answer::Bytes(Vec::new()),
        Answer::Bytes(half.clone()),
        Answer::Reset(Vec::new()),
        Answer::Reset(half),
        Answer::Bytes(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n".to_vec()),
    ] {
        let error = answer_to(answer.clone()).await.unwrap_err();
        assert!(matches!(error, HttpError::Broken(_)) && error.is_worth_retrying(), "{answer:?}: {error}");
    }
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = url::Url::parse(&format!("http://{closed}/")).unwrap();
    let error = client("127.0.0.1").get(&url, &Validators::default()).await.unwrap_err();
    assert!(matches!(error, HttpError::Connect { .. }) && error.to_string().contains("refused"), "{error}");
}

/// With the clock paused, time passes as soon as nothing else happens.
#[tokio::test(start_paused = true)]
async fn a_server_that_says_nothing_is_left_after_a_while() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf".to_vec();
    for answer in [Answer::Stall(Vec::new()), Answer::Stall(head)] {
        let began = tokio::time::Instant::now();
        let reply = answer_to(answer).await;
        assert!(matches!(reply, Err(HttpError::Timeout(_))), "{reply:?}");
        assert!(began.elapsed() <= Duration::from_secs(31), "{:?}", began.elapsed());
    }
}

/// No place is left in the queue of a host that accepts nobody.
#[tokio::test(start_paused = true)]
async fn how_long_was_waited_is_said_as_it_was() {
    let full = rustix::net::socket(rustix::net::AddressFamily::INET, rustix::net::SocketType::STREAM, None).unwrap();
    rustix::net::bind(&full, &std::net::SocketAddrV4::new(std::net::Ipv4Addr::LOCALHOST, 0)).unwrap();
    rustix::net::listen(&full, 0).unwrap();
    let address = std::net::TcpListener::from(full);
    let place = address.local_addr().unwrap();
    let mut queue = Vec::new();
    while let Ok(stream) = std::net::TcpStream::connect_timeout(&place, Duration::from_millis(50)) {
        queue.push(stream);
    }
    let url = url::Url::parse(&format!("http://{place}/")).unwrap();
    let error = client("127.0.0.1").get(&url, &Validators::default()).await.unwrap_err();
    assert_eq!(error.to_string(), format!("cannot connect to {place}: no answer within 5 s"));
    let silent = Server::start(|_| Answer::Stall(Vec::new()));
    let began = tokio::time::Instant::now();
    let error = client("127.0.0.1").post(&silent.url("/"), &[], "text/plain", Vec::new()).await.unwrap_err();
    assert_eq!(error.to_string(), format!("no answer within {} s", began.elapsed().as_secs()));
}

#[tokio::test]
async fn retry_after_is_read_in_both_forms_by_the_servers_own_clock() {
    let asked = async |headers: &'static [&'static str]| {
        answer_to(Answer::http("503 Busy", headers, "")).await.unwrap().retry_after
    };
    assert_eq!(asked(&["Retry-After: 120"]).await, Some(Duration::from_mins(2)));
    let skewed = &["Date: Tue, 01 Jan 2030 00:00:00 GMT", "Retry-After: Tue, 01 Jan 2030 00:05:00 GMT"];
    assert_eq!(asked(skewed).await, Some(Duration::from_mins(5)));
    assert_eq!(asked(&["Retry-After: Tue, 01 Jan 2002 00:00:00 GMT"]).await, Some(Duration::ZERO));
    assert_eq!((asked(&["Retry-After: soon"]).await, asked(&[]).await), (None, None));
}

#[tokio::test]
async fn a_post_carries_its_headers_and_follows_no_redirect() {
    let server = Server::start(|_| Answer::http("307 Elsewhere", &["Location: /other", "Retry-After: 7"], ""));
    let headers = [("Authorization".to_owned(), "Bearer x".to_owned())];
    let posted = client("127.0.0.1").post(&server.url("/hook"), &headers, "application/json", b"{}".to_vec()).await;
    assert_eq!(posted.unwrap(), (307, Some(Duration::from_secs(7))));
    let requests = server.requests();
    let [Request { body, .. }] = requests.as_slice() else { panic!("{requests:?}") };
    assert_eq!((body.as_slice(), requests[0].header("authorization")), (&b"{}"[..], Some(&b"Bearer x"[..])));
}
