//! The edge of every answer: headers, request ids, metrics, and how the server stops.

use awc::http::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use vitrine::startup::Application;

use crate::helpers::{Browser, Shop, eventually};
use crate::on_both_databases;

on_both_databases!(
    every_answer_tells_the_browser_what_it_may_do,
    a_request_is_known_by_its_id_everywhere
);

const HEADERS: [(&str, &str); 6] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; \
         base-uri 'none'; object-src 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
];

async fn every_answer_tells_the_browser_what_it_may_do(shop: Shop) {
    shop.create(&json!({"name": "Lamp", "price": "1.00", "slug": "old"}))
        .await;
    shop.amend(&json!(1), &json!({"slug": "lamp"})).await;
    let cookie = format!("vitrine_seq={}", shop.head().await);
    let page = shop.send(Method::GET, "/", &[("cookie", &cookie)], None).await;
    let style = crate::helpers::html::tags(&page.text)
        .into_iter()
        .find(|tag| tag.attribute("rel") == Some("stylesheet"))
        .unwrap();
    let style = style.attribute("href").unwrap().to_owned();
    let long = format!("/{}", "a".repeat(9_000));
    let kinds = [
        (Method::GET, "/", 200, "public, max-age=0, must-revalidate"),
        (
            Method::GET,
            "/products/lamp",
            200,
            "public, max-age=0, must-revalidate",
        ),
        (
            Method::GET,
            "/products/old",
            301,
            "public, max-age=0, must-revalidate",
        ),
        (
            Method::GET,
            "/products/",
            301,
            "public, max-age=0, must-revalidate",
        ),
        (
            Method::GET,
            "/api/v1/products",
            200,
            "public, max-age=0, must-revalidate",
        ),
        (Method::GET, &style, 200, "public, max-age=31536000, immutable"),
        (Method::GET, "/none", 404, "no-store"),
        (Method::GET, "/api/none", 404, "no-store"),
        (Method::GET, "/static/0/none.css", 404, "no-store"),
        (Method::GET, "/static/0/..%2f..%2fCargo.toml", 404, "no-store"),
        (Method::GET, "/media/0/original.webp", 404, "no-store"),
        (
            Method::GET,
            "/products?min_price=x",
            400,
            "public, max-age=0, must-revalidate",
        ),
        (Method::GET, "/products/%ff", 404, "no-store"),
        (Method::POST, "/", 405, "no-store"),
        (Method::TRACE, "/products", 405, "no-store"),
        (Method::OPTIONS, "/products", 204, "no-store"),
        (Method::GET, &long, 414, "no-store"),
        (Method::GET, "/admin/products", 303, "private, no-store"),
        (Method::GET, "/login", 200, "private, no-store"),
        (Method::GET, "/admin/none", 303, "private, no-store"),
        (Method::GET, "/api/admin/products", 401, "private, no-store"),
        (Method::GET, "/api/admin/none", 404, "private, no-store"),
    ];
    for (method, path, status, kept) in kinds {
        let answer = shop
            .send(
                method.clone(),
                path,
                &[("cookie", &cookie), ("accept", "text/html")],
                None,
            )
            .await;
        let row = format!("{method} {path:.60}");
        // An address below /admin that is none of ours: whether one must sign in first is all the same.
        assert!(
            answer.status == status || path == "/admin/none" && answer.status == 404,
            "{row}: {}",
            answer.status
        );
        assert_eq!(answer.header("cache-control"), kept, "{row}");
        // Scripts of other sites may read the public API (cors.rs).
        let shared = path.starts_with("/api/v1/");
        for (name, value) in HEADERS {
            let opened = shared && name == "cross-origin-resource-policy";
            let value = if opened { "cross-origin" } else { value };
            assert_eq!(answer.header(name), value, "{name} of {row}");
        }
        assert!(
            !answer.headers.contains_key("strict-transport-security"),
            "{row}: plain http"
        );
        assert!(
            !answer.headers.contains_key("server")
                && answer.headers.contains_key("access-control-allow-origin") == shared,
            "{row}"
        );
        assert!(answer.header("x-request-id").len() >= 8, "{row}");
        if !answer.text.is_empty() {
            let kind = answer.header("content-type");
            assert!(
                kind.contains("charset=utf-8") || kind == "application/problem+json",
                "{row}: {kind}"
            );
        }
    }
    let evil = shop
        .send(Method::GET, "/", &[("host", "evil.example")], None)
        .await;
    assert_eq!(
        (evil.status, evil.header("x-content-type-options")),
        (421, "nosniff")
    );
    assert!(!evil.text.contains("evil.example"));
    let mut olive = Browser::of_owner(&shop).await;
    for path in [
        "/admin/products",
        "/admin/products/1",
        "/admin/products/999",
        "/admin/products?page=x",
    ] {
        let answer = olive.open(path).await;
        assert_eq!(answer.header("cache-control"), "private, no-store", "{path}");
        assert_eq!(answer.header("content-security-policy"), HEADERS[0].1, "{path}");
    }
}

async fn a_request_is_known_by_its_id_everywhere(shop: Shop) {
    for (sent, kept) in [
        ("abcd-1234", true),
        ("short", false),
        (&*"a".repeat(65), false),
        ("evil\"><script>", false),
        ("a b c d e f", false),
    ] {
        let answer = shop
            .send(Method::GET, "/api/v1/none", &[("x-request-id", sent)], None)
            .await;
        let id = answer.header("x-request-id");
        assert_eq!(id == sent, kept, "{sent}");
        assert_eq!(answer.json()["request_id"], id);
    }
    let one = shop.get("/").await;
    assert_ne!(
        one.header("x-request-id"),
        shop.get("/").await.header("x-request-id")
    );
}

#[actix_web::test]
async fn random_addresses_methods_and_words_add_no_series() {
    let shop = Shop::on_sqlite().await;
    let ask = |number: usize| {
        let shop = &shop;
        async move {
            let method = Method::from_bytes(format!("M{}", number % 40).as_bytes()).unwrap();
            shop.get(&format!("/random-{number}/x")).await;
            shop.get(&format!("/products/random-{number}")).await;
            shop.get(&format!("/products?q=random-{number}&utm={number}"))
                .await;
            shop.send(method, "/products", &[], None).await;
        }
    };
    let series = || async {
        let text = shop.metrics().await;
        assert!(!text.contains("random-"), "a made-up word is a label");
        // Which of two replicas answers is chance, and so is when the first answer of each is counted.
        let is_chance = |line: &str| line.starts_with("db_client_operation");
        text.lines()
            .filter(|line| !line.starts_with('#') && !is_chance(line))
            .map(|line| line.split(' ').next().unwrap().to_owned())
            .collect::<std::collections::BTreeSet<_>>()
    };
    for number in 0..40 {
        ask(number).await;
    }
    let before = series().await;
    for number in 40..160 {
        ask(number).await;
    }
    assert_eq!(series().await, before);
}

#[actix_web::test]
async fn every_metric_exists_before_anything_happened() {
    let shop = Shop::on_sqlite().await;
    let text = shop.metrics().await;
    for series in [
        "http_server_request_duration_seconds_count{http_route=\"/products\",http_request_method=\"GET\",http_response_status_code=\"200\"} 0",
        "http_server_active_requests 0",
        "db_client_operation_duration_seconds_count{db_node=\"primary\"",
        "db_client_connection_count{db_node=\"primary\",state=\"idle\"}",
        "db_client_connection_count{db_node=\"replica-1\",state=\"used\"}",
        "db_client_connection_count{db_node=\"replica-2\",state=\"idle\"}",
        "db_client_connection_wait_seconds_count{db_node=\"primary\"}",
        "db_client_connection_wait_seconds_count{db_node=\"replica-1\"}",
        "router_decisions_total{target=\"replica\",reason=\"any\"}",
        "router_decisions_total{target=\"primary\",reason=\"stale_replica\"} 0",
        "router_decisions_total{target=\"primary\",reason=\"no_healthy_replica\"} 0",
        "change_log_seq ",
        "panics_total 0",
        "process_resident_memory_bytes ",
        "process_cpu_seconds_total ",
        "build_info{version=",
    ] {
        assert!(
            text.lines().any(|line| line.starts_with(series)),
            "{series} is missing:\n{text}"
        );
    }
}

/// A form on its way when the server is told to stop is still answered; only then the server is gone.
#[actix_web::test]
async fn a_running_request_is_finished_after_stop_was_asked() {
    let shop = Shop::on_sqlite().await;
    let mut settings = shop.parts.settings.clone();
    settings.server.drain_s = 1;
    let application = Application::build(settings).await.unwrap();
    let (address, ops, handle) = (
        application.address(),
        application.ops_address(),
        application.handle(),
    );
    let running = actix_web::rt::spawn(application.run());
    let body = json!({"name": "Last", "price": "1.00"}).to_string();
    let (start, rest) = body.split_at(10);
    let mut slow = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /api/admin/products HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{start}",
        shop.key,
        body.len()
    );
    slow.write_all(head.as_bytes()).await.unwrap();
    let active = || async {
        let metrics = crate::helpers::send(Method::GET, &format!("http://{ops}/metrics"), &[], None).await;
        metrics.text.contains("http_server_active_requests 1")
    };
    eventually("the request has begun", active).await;

    let stopping = actix_web::rt::spawn(async move { handle.stop().await });
    // While it drains, balancers are told to go elsewhere, and whoever still comes is served.
    let ready = format!("http://{ops}/readyz");
    let ready = || async { crate::helpers::send(Method::GET, &ready, &[], None).await.status };
    eventually("it says that it wants no more", || async { ready().await == 503 }).await;
    let alive = crate::helpers::send(Method::GET, &format!("http://{ops}/livez"), &[], None).await;
    let served = crate::helpers::send(Method::GET, &format!("http://{address}/products"), &[], None).await;
    assert_eq!((alive.status, served.status), (200, 200));
    eventually("the door is shut", || async {
        TcpStream::connect(address).await.is_err()
    })
    .await;

    slow.write_all(rest.as_bytes()).await.unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    stopping.await.unwrap();
    running.await.unwrap().unwrap();
    assert!(shop.fresh("/api/v1/products").await.text.contains("Last"));
}
