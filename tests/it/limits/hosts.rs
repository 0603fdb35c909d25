//! The names by which the shop may be called.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::helpers::Shop;

/// What a server at this address answers to a request with these lines.
async fn answer_to(base: &str, lines: &str) -> String {
    let address = base.strip_prefix("http://").unwrap();
    let mut line = TcpStream::connect(address).await.unwrap();
    let request = format!("{lines}\r\nconnection: close\r\n\r\n");
    line.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    line.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

async fn status_of(base: &str, lines: &str) -> String {
    let answer = answer_to(base, lines).await;
    answer.split(' ').nth(1).unwrap_or(&answer).to_owned()
}

#[actix_web::test]
async fn v4_1_3_a_name_that_is_not_the_shops_is_answered_421() {
    let shop = Shop::on_sqlite_with(|settings| {
        settings.server.public_url = Some("https://shop.example".parse().unwrap());
        settings.server.hosts = vec!["www.shop.example".parse().unwrap()];
    })
    .await;
    for host in ["shop.example", "SHOP.example", "www.shop.example"] {
        let lines = format!("GET /products HTTP/1.1\r\nhost: {host}");
        assert_eq!(status_of(&shop.base, &lines).await, "200", "{host}");
    }
    for host in [
        "evil.example",
        "shop.example.evil.example",
        "shop.example:8443",
        "shop.example@evil.example",
        "127.0.0.1",
        "localhost",
        "",
        "a\"><script>",
        "..",
        "[::1",
        &"a".repeat(4000),
    ] {
        for path in [
            "/products",
            "/api/v1/products",
            "/login",
            "/static/0/x",
            "/nowhere",
        ] {
            let lines = format!("GET {path} HTTP/1.1\r\nhost: {host}");
            assert_eq!(status_of(&shop.base, &lines).await, "421", "{path} {host}");
        }
    }
    let answer = answer_to(&shop.base, "GET /api/v1/products HTTP/1.1\r\nhost: evil.example").await;
    assert!(
        answer.contains("\"code\":\"unknown_host\"") && !answer.contains("evil.example"),
        "{answer}"
    );
    // Two names, or none: the server's library refuses what it takes for nonsense, and the rest is not the shop's name.
    for lines in [
        "GET / HTTP/1.1\r\nhost: shop.example\r\nhost: evil.example",
        "GET / HTTP/1.1\r\nx: y",
        "GET / HTTP/1.0",
    ] {
        let status = status_of(&shop.base, lines).await;
        assert!(matches!(status.as_str(), "400" | "421"), "{lines}: {status}");
    }
    let absolute = answer_to(
        &shop.base,
        "GET http://evil.example/ HTTP/1.1\r\nhost: shop.example",
    )
    .await;
    assert!(!absolute.contains("evil.example"), "{absolute}");
    assert!(shop.metrics().await.contains("panics_total 0\n"));
}

#[actix_web::test]
async fn without_a_name_of_its_own_the_shop_answers_to_addresses_only() {
    let shop = Shop::on_sqlite().await;
    for (host, status) in [
        ("localhost", "200"),
        ("192.0.2.7:8080", "200"),
        ("evil.example", "421"),
    ] {
        let lines = format!("GET /products HTTP/1.1\r\nhost: {host}");
        assert_eq!(status_of(&shop.base, &lines).await, status, "{host}");
    }
}
