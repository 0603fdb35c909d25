//! What clients that do what they must not leave behind: nothing. After each of them, twice over, the process does no work, has
//! the memory that it had, and has written one line at most.

use std::time::Duration;

use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

use super::unruly::{HANDSHAKE, KEY, VERSION, masked, measured};
use crate::helpers::live::Client;
use crate::helpers::{Serving, Shop, eventually};

/// What the allocator may keep of a round.
const KEPT_BYTES: f64 = 4.0 * 1024.0 * 1024.0;

/// A connection by hand, upgraded.
async fn upgraded(address: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!("GET /ws HTTP/1.1\r\nhost: {address}\r\n{HANDSHAKE}{KEY}{VERSION}\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

/// One of each kind. Returns when all are gone.
async fn round(serving: &Serving, address: &str) {
    let base = format!("http://{address}");
    // It takes nothing in and answers no ping.
    let mut never_reads = upgraded(address).await;
    let wish = masked(r#"{"op":"subscribe","topics":["products"]}"#);
    never_reads.write_all(&wish).await.unwrap();

    let mut unmasked = upgraded(address).await;
    unmasked.write_all(b"\x81\x05hello").await.unwrap();

    let mut long = Client::at(&base, &[]).await.unwrap();
    long.send(Message::text("x".repeat(64 * 1024))).await;
    assert_eq!(long.end().await, 1009);

    let mut talks = Client::at(&base, &[]).await.unwrap();
    for _ in 0..100 {
        talks.say(&json!({"op": "ping"})).await;
    }
    assert_eq!(talks.end().await, 1008);

    let mut inside = Vec::new();
    for _ in 0..1_000 {
        match Client::at(&base, &[]).await {
            Ok(client) => inside.push(client),
            Err(status) => assert_eq!(status, 429),
        }
    }
    assert!(inside.len() <= 20, "{} are inside", inside.len());
    drop(inside);
    eventually("every session is gone", async || {
        measured(serving, "ws_sessions").await == 0.0
    })
    .await;
}

#[actix_web::test]
async fn whoever_does_what_they_must_not_leaves_no_work_no_memory_and_one_line() {
    let shop = Shop::on_sqlite().await;
    let mut command = shop.vitrine(&["serve"]);
    command
        .env(
            "VITRINE__LOG__LEVEL",
            "warn,vitrine::realtime::session=debug,vitrine::realtime::routes=debug",
        )
        .env("VITRINE__REALTIME__HEARTBEAT_S", "1");
    let serving = Serving::start(command);
    let address = serving.said("listening on http://").unwrap().to_owned();
    eventually("news are told", async || {
        Client::at(&format!("http://{address}"), &[]).await.is_ok()
    })
    .await;
    round(&serving, &address).await;
    let memory = measured(&serving, "process_resident_memory_bytes").await;
    round(&serving, &address).await;
    let grown = measured(&serving, "process_resident_memory_bytes").await - memory;
    assert!(grown < KEPT_BYTES, "{grown} bytes more");

    let begun = measured(&serving, "process_cpu_seconds_total").await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let used = measured(&serving, "process_cpu_seconds_total").await - begun;
    assert!(used < 0.5, "{used} s of CPU in 2 s without a client");

    let (log, _) = serving.stop();
    for reason in ["silent", "malformed", "too_large", "too_many_messages"] {
        let lines = log.lines().filter(|line| line.contains(reason)).count();
        assert_eq!(lines, 2, "{reason}, in two rounds: {log}");
    }
    // The first refusal, and how many there were in all.
    let refusals = log.lines().filter(|line| line.contains("were refused")).count();
    assert!(refusals <= 4, "{log}");
    let others = log.lines().filter(|line| !line.contains("just starting")).count();
    assert_eq!(others, 8 + refusals, "{log}");
}
