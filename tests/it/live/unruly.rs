//! Clients that do what they must not: each is cut as promised, and nobody else notices.

use std::time::{Duration, Instant};

use awc::http::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use crate::helpers::live::Client;
use crate::helpers::{Serving, Shop, eventually, send};

pub(super) const HANDSHAKE: &str = "upgrade: websocket\r\nconnection: upgrade\r\n";
pub(super) const KEY: &str = "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
pub(super) const VERSION: &str = "sec-websocket-version: 13\r\n";

/// Sends a handshake with these lines by hand; the connection and the first line of the answer.
async fn by_hand(shop: &Shop, lines: &str) -> (TcpStream, String) {
    let address = shop.base.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!("GET /ws HTTP/1.1\r\nhost: {address}\r\n{lines}\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0_u8; 12];
    stream.read_exact(&mut answer).await.unwrap();
    (stream, String::from_utf8_lossy(&answer[9..]).into_owned())
}

async fn dropped(shop: &Shop, reason: &str) -> u64 {
    let series = format!("ws_dropped_total{{reason=\"{reason}\"}} ");
    let text = shop.metrics().await;
    let value = text.lines().find_map(|line| line.strip_prefix(&series));
    value.unwrap().parse().unwrap()
}

async fn nobody_is_left(shop: &Shop) {
    eventually("every session is gone", || async {
        shop.metrics().await.contains("ws_sessions 0\n")
    })
    .await;
}

#[actix_web::test]
async fn only_a_right_handshake_of_an_own_page_or_a_program_is_let_in() {
    let shop = Shop::on_sqlite().await;
    Client::of(&shop).await;
    let own = format!("origin: {}\r\n", shop.base);
    for (lines, status) in [
        (format!("{HANDSHAKE}{KEY}{VERSION}"), "101"),
        (format!("{HANDSHAKE}{KEY}{VERSION}{own}"), "101"),
        (
            format!("{HANDSHAKE}{KEY}{VERSION}origin: https://evil.example\r\n"),
            "403",
        ),
        (format!("{HANDSHAKE}{KEY}{VERSION}origin: null\r\n"), "403"),
        (format!("{HANDSHAKE}{KEY}sec-websocket-version: 8\r\n"), "426"),
        (format!("{HANDSHAKE}{KEY}"), "426"),
        (format!("{HANDSHAKE}{VERSION}"), "400"),
        (format!("{HANDSHAKE}sec-websocket-key: short\r\n{VERSION}"), "400"),
        (format!("upgrade: websocket\r\n{KEY}{VERSION}"), "400"),
        (
            format!("connection: upgrade\r\nupgrade: h2c\r\n{KEY}{VERSION}"),
            "400",
        ),
    ] {
        assert_eq!(by_hand(&shop, &lines).await.1, status, "{lines}");
    }
    assert_eq!(dropped(&shop, "foreign_origin").await, 2);
    nobody_is_left(&shop).await;
}

#[actix_web::test]
async fn what_must_not_be_sent_ends_the_session_with_its_code() {
    let shop = Shop::on_sqlite().await;
    let piece = |kind, is_final| Message::Frame(Frame::message(vec![b'x'; 10], OpCode::Data(kind), is_final));
    for (sent, code, reason) in [
        (Message::binary(vec![1, 2, 3]), 1003, "not_text"),
        (piece(Data::Text, false), 1003, "not_text"),
        (piece(Data::Continue, true), 1002, "malformed"),
        (Message::text("x".repeat(64 * 1024)), 1009, "too_large"),
        (Message::text("x".repeat(4097)), 1009, "too_large"),
    ] {
        let before = dropped(&shop, reason).await;
        let mut client = Client::of(&shop).await;
        client.send(sent.clone()).await;
        assert_eq!(client.end().await, code, "{sent:?}");
        assert_eq!(dropped(&shop, reason).await, before + 1, "{reason}");
    }
    let mut client = Client::of(&shop).await;
    for _ in 0..100 {
        client.say(&json!({"op": "ping"})).await;
    }
    assert_eq!(client.end().await, 1008);
    let mut client = Client::of(&shop).await;
    for _ in 0..100 {
        client.send(Message::Ping(bytes::Bytes::new())).await;
    }
    assert_eq!(client.end().await, 1008);
    assert_eq!(dropped(&shop, "too_many_messages").await, 2);
    nobody_is_left(&shop).await;
}

/// Measured without the cure: a core busy for ever, and five million lines in the log within a minute.
#[actix_web::test]
async fn a_frame_without_a_mask_costs_one_line_and_no_time() {
    let shop = Shop::on_sqlite().await;
    let mut command = shop.vitrine(&["serve"]);
    command.env("VITRINE__LOG__LEVEL", "warn,vitrine=debug");
    let serving = Serving::start(command);
    let address = serving.said("listening on http://").unwrap().to_owned();
    let mut stream = TcpStream::connect(&address).await.unwrap();
    let head = format!("GET /ws HTTP/1.1\r\nhost: {address}\r\n{HANDSHAKE}{KEY}{VERSION}\r\n");
    // The shop may just be starting to follow its log.
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = vec![0_u8; 4096];
        let length = stream.read(&mut answer).await.unwrap();
        if answer[..length].starts_with(b"HTTP/1.1 101") {
            break;
        }
        assert!(Instant::now() < deadline, "{}", String::from_utf8_lossy(&answer));
        tokio::time::sleep(Duration::from_millis(50)).await;
        stream = TcpStream::connect(&address).await.unwrap();
    }
    stream.write_all(b"\x81\x05hello").await.unwrap();
    let mut rest = Vec::new();
    tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut rest))
        .await
        .expect("it was not cut")
        .unwrap();
    assert!(
        rest.windows(4).any(|bytes| bytes == [0x88, 0x13, 0x03, 0xea]),
        "{rest:?}"
    );
    let begun = cpu_seconds(&serving).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let used = cpu_seconds(&serving).await - begun;
    assert!(used < 0.5, "{used} s of CPU in 2 s without a client");
    let (log, _) = serving.stop();
    let lines = log
        .lines()
        .filter(|line| line.contains("live session was ended"))
        .count();
    assert_eq!(lines, 1, "{log}");
}

#[actix_web::test]
async fn a_thousand_sockets_of_one_address_get_its_twenty_places() {
    let shop = Shop::on_sqlite().await;
    drop(Client::of(&shop).await);
    nobody_is_left(&shop).await;
    let mut inside = Vec::new();
    let mut refused = 0;
    for _ in 0..1_000 {
        match Client::at(&shop.base, &[]).await {
            Ok(client) => inside.push(client),
            Err(status) => {
                assert_eq!(status, 429);
                refused += 1;
            }
        }
    }
    assert_eq!((inside.len(), refused), (20, 980));
    assert_eq!(dropped(&shop, "full_address").await, 980);
    drop(inside);
    nobody_is_left(&shop).await;
    drop(Client::of(&shop).await);
    let full = Shop::on_sqlite_with(|settings| settings.realtime.max_sessions = 1).await;
    let _inside = Client::of(&full).await;
    assert_eq!(Client::at(&full.base, &[]).await.err(), Some(503));
}

#[actix_web::test]
async fn who_says_nothing_and_who_does_not_answer_is_let_go() {
    let shop = Shop::on_sqlite_with(|settings| settings.realtime.heartbeat_s = 1).await;
    Client::of(&shop).await;
    let mut mute = Client::of(&shop).await;
    // The library answers pings only while somebody reads.
    let mut deaf = Client::of(&shop).await;
    deaf.watch(&["products"]).await;
    let mut well = Client::of(&shop).await;
    well.watch(&["products"]).await;
    let begun = Instant::now();
    let listening = async { tokio::time::timeout(Duration::from_secs(14), well.next_or_end()).await };
    let (_, silent) = futures_util::future::join(mute.end(), listening).await;
    assert!(silent.is_err(), "one that answers stays: {silent:?}");
    assert!(begun.elapsed() < Duration::from_secs(16));
    eventually("the deaf one is let go", || async {
        dropped(&shop, "silent").await == 1
    })
    .await;
    assert_eq!((deaf.end().await, dropped(&shop, "mute").await), (1008, 1));
}

/// Its socket takes nothing any more, so its session stands still; the others hear everything.
#[actix_web::test]
async fn a_client_that_never_reads_is_hung_up_on_and_delays_nobody() {
    let shop = Shop::on_sqlite_with(|settings| settings.realtime.heartbeat_s = 5).await;
    let lamp = shop
        .create(&json!({"name": "x".repeat(200), "price": "1.00"}))
        .await;
    Client::of(&shop).await;
    let address = shop.base.strip_prefix("http://").unwrap();
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stuck = socket.connect(address.parse().unwrap()).await.unwrap();
    let head = format!("GET /ws HTTP/1.1\r\nhost: {address}\r\n{HANDSHAKE}{KEY}{VERSION}\r\n");
    stuck.write_all(head.as_bytes()).await.unwrap();
    stuck
        .write_all(&masked(r#"{"op":"subscribe","topics":["products"]}"#))
        .await
        .unwrap();
    eventually("it is inside", || async {
        shop.metrics().await.contains("ws_sessions 1\n")
    })
    .await;
    let mut well = Client::of(&shop).await;
    well.watch(&["products"]).await;
    let begun = Instant::now();
    let mut written = 0_u32;
    let mut slowest = Duration::ZERO;
    // Until it is gone: what is written fills the socket's buffers, then nothing is acknowledged any more.
    while shop.metrics().await.contains("ws_sessions 2\n") {
        assert!(
            begun.elapsed() < Duration::from_secs(100),
            "it is still there after {written} changes"
        );
        for _ in 0..20 {
            let price = format!("{}.00", 1 + written % 1_000);
            let started = Instant::now();
            shop.amend(
                &lamp["product_id"],
                &json!({"price": price, "name": format!("{written:0200}")}),
            )
            .await;
            well.event().await;
            slowest = slowest.max(started.elapsed());
            written += 1;
        }
    }
    assert!(slowest < Duration::from_secs(5), "{slowest:?}");
    drop(stuck);
}

async fn cpu_seconds(serving: &Serving) -> f64 {
    measured(serving, "process_cpu_seconds_total").await
}

/// A series of a process.
pub(super) async fn measured(serving: &Serving, series: &str) -> f64 {
    let text = send(Method::GET, &format!("{}/metrics", serving.ops()), &[], None)
        .await
        .text;
    let value = |line: &str| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok();
    text.lines()
        .find_map(value)
        .unwrap_or_else(|| panic!("{series} is missing:\n{text}"))
}

/// A text frame as clients send it.
pub(super) fn masked(text: &str) -> Vec<u8> {
    let mut frame = vec![0x81, 0x80 | u8::try_from(text.len()).unwrap(), 0, 0, 0, 0];
    frame.extend_from_slice(text.as_bytes());
    frame
}
