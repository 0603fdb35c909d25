//! Bodies that come too slowly, and those that are too large.

use std::time::{Duration, Instant};

use awc::http::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::helpers::{Browser, Shop, html};

/// Longer than any answer may take here.
const PATIENCE: Duration = Duration::from_secs(20);

#[actix_web::test]
async fn api4_a_body_that_comes_too_slowly_is_answered_408() {
    let shop = Shop::on_sqlite_with(|settings| settings.limits.body_s = 1).await;
    let key = format!(
        "authorization: Bearer {}\r\ncontent-type: application/json",
        shop.key
    );
    let form = "sec-fetch-site: same-origin\r\ncontent-type: application/x-www-form-urlencoded".to_owned();
    for (path, headers) in [
        ("/api/admin/products", &key),
        ("/login", &form),
        ("/search/clicks", &form),
    ] {
        for drips in [false, true] {
            let address = shop.base.strip_prefix("http://").unwrap();
            let mut line = TcpStream::connect(address).await.unwrap();
            let head = format!(
                "POST {path} HTTP/1.1\r\nhost: {address}\r\n{headers}\r\ncontent-length: 1000\r\n\r\n"
            );
            line.write_all(head.as_bytes()).await.unwrap();
            let started = Instant::now();
            let (mut read, mut write) = line.split();
            let drip = async {
                while drips && write.write_all(b"a").await.is_ok() {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                std::future::pending::<()>().await;
            };
            let mut answer = vec![0; 4096];
            let length = tokio::select! {
                () = drip => unreachable!("it never ends"),
                length = timeout(PATIENCE, read.read(&mut answer)) => length.expect("it is cut").unwrap(),
            };
            let answer = String::from_utf8_lossy(&answer[..length]).into_owned();
            assert!(answer.starts_with("HTTP/1.1 408 "), "{path} {drips}: {answer}");
            assert!(started.elapsed() >= Duration::from_secs(1), "{path} {drips}");
        }
    }
}

#[actix_web::test]
async fn api4_a_body_beyond_the_limit_is_refused_in_words() {
    let shop = Shop::on_sqlite_with(|settings| {
        settings.server.max_body = 2_000;
        settings.media.max_bytes = 2_000;
    })
    .await;
    let mut olive = Browser::of_owner(&shop).await;
    let long = "x".repeat(100_000);
    for path in [
        "/login",
        "/admin/products",
        "/account/password",
        "/submit",
        "/search/clicks",
    ] {
        let answer = olive.post(path, &[("name", &long)]).await;
        assert_eq!(answer.status, 413, "{path}: {:.200}", answer.text);
        assert_eq!(
            answer.header("content-type"),
            "text/html; charset=utf-8",
            "{path}"
        );
        html::assert_is_ours(&answer.text, path);
        assert!(
            html::text(&answer.text).contains("That is too large"),
            "{path}: {}",
            answer.text
        );
    }
    for path in [
        "/api/admin/products",
        "/api/v1/submissions",
        "/api/v1/submissions/1/pictures",
    ] {
        let body = json!({"content": long, "name": long});
        let answer = shop.admin(Method::POST, path, &[], Some(&body)).await;
        assert_eq!(answer.status, 413, "{path}: {:.200}", answer.text);
        assert_eq!(
            answer.header("content-type"),
            "application/problem+json",
            "{path}"
        );
        assert_eq!(answer.json()["code"], "body_too_large", "{path}");
    }
}
