//! The program from its start on: what it waits for, when it says that it is ready, what it takes over while it runs.

use awc::http::Method;

use crate::helpers::{Serving, Shop, eventually, send};

/// What an operator reads at an address.
async fn read(url: &str) -> (u16, String) {
    let answer = send(Method::GET, url, &[], None).await;
    (answer.status, answer.text)
}

/// The number that a line of /metrics ends with.
fn number(metrics: &str, series: &str) -> Option<f64> {
    let line = metrics.lines().find(|line| line.starts_with(series))?;
    line.rsplit(' ').next()?.parse().ok()
}

#[actix_web::test]
async fn a_process_says_that_it_is_ready_when_its_first_pages_are_made() {
    let shop = Shop::on_sqlite().await;
    let serving = Serving::start(shop.vitrine(&["serve"]));
    let ops = serving.ops();
    let url = format!("{ops}/readyz?verbose");
    eventually("it is ready", async || read(&url).await.0 == 200).await;
    let (_, checks) = read(&url).await;
    assert!(checks.contains("warmed_up: ok"), "{checks}");
    let (_, metrics) = read(&format!("{ops}/metrics")).await;
    for page in ["/", "/products"] {
        let series = format!("http_server_request_duration_seconds_count{{http_route=\"{page}\"");
        let made = metrics
            .lines()
            .any(|line| line.starts_with(&series) && line.contains("\"200\"") && !line.ends_with(" 0"));
        assert!(made, "nobody has looked at {page} yet\n{metrics}");
    }
    assert!(number(&metrics, "cache_fills_total").unwrap() >= 2.0, "{metrics}");
    assert!(serving.stop().1);
}

#[actix_web::test]
async fn settings_that_can_change_come_into_force_at_a_hang_up() {
    let shop = Shop::on_sqlite().await;
    let file = shop.folder.path().join("shop.toml");
    let path = file.to_str().unwrap();
    let write = |text: &str| std::fs::write(&file, text).unwrap();
    write("[database]\npool_size = 3\n[log]\nlevel = \"warn\"\n");
    let serving = Serving::start(shop.vitrine(&["serve", "--config", path]));
    let (base, ops) = (serving.said("listening on ").unwrap().to_owned(), serving.ops());
    let metrics = format!("{ops}/metrics");
    let connections = async || {
        let (_, text) = read(&metrics).await;
        number(&text, "db_client_connection_max{db_node=\"replica-1\"}")
    };
    eventually("it has three connections", async || {
        connections().await == Some(3.0)
    })
    .await;
    send(
        Method::GET,
        &format!("{base}/api/v1/products/999"),
        &[("x-request-id", "before-it")],
        None,
    )
    .await;
    write("[database]\npool_size = 5\n[log]\nlevel = \"debug\"\n[shop]\nname = \"Other\"\n");
    eventually("the new settings are in force", async || {
        // Signals that come together are one.
        serving.signal("-HUP");
        connections().await == Some(5.0)
    })
    .await;
    send(
        Method::GET,
        &format!("{base}/api/v1/products/998"),
        &[("x-request-id", "after-it")],
        None,
    )
    .await;
    let (log, well) = serving.stop();
    assert!(
        well && !log.contains("before-it") && log.contains("after-it"),
        "{log}"
    );
    assert!(
        log.contains("come into force when the shop is started again"),
        "{log}"
    );
}

#[actix_web::test]
async fn faulty_settings_at_a_hang_up_are_told_and_change_nothing() {
    let shop = Shop::on_sqlite().await;
    let file = shop.folder.path().join("shop.toml");
    std::fs::write(&file, "[database]\npool_size = 3\n").unwrap();
    let serving = Serving::start(shop.vitrine(&["serve", "--config", file.to_str().unwrap()]));
    let base = serving.said("listening on ").unwrap().to_owned();
    std::fs::write(&file, "[database]\npool_size = \"many\"\n").unwrap();
    serving.signal("-HUP");
    assert_eq!(read(&format!("{base}/products")).await.0, 200);
    // Handled one after the other, so a second reading shows that the first one is over.
    std::fs::write(&file, "[database]\npool_size = 4\n").unwrap();
    let metrics = format!("{}/metrics", serving.ops());
    eventually("sound settings are taken", async || {
        serving.signal("-HUP");
        let (_, text) = read(&metrics).await;
        number(&text, "db_client_connection_max{db_node=\"replica-1\"}") == Some(4.0)
    })
    .await;
    let (log, well) = serving.stop();
    assert!(well && log.contains("pool_size"), "{log}");
}

#[cfg(feature = "mysql")]
#[actix_web::test]
async fn a_database_server_that_refuses_is_told_with_its_reason() {
    use secrecy::ExposeSecret;

    let Some(shop) = Shop::on_mariadb().await else {
        return;
    };
    let primary = shop.parts.settings.database.primary.expose_secret();
    let (server, _) = primary.rsplit_once('/').unwrap();
    let (_, place) = server.split_once('@').unwrap();
    for (url, reason) in [
        (format!("{server}/no_such_shop"), "no_such_shop"),
        (
            format!("mysql://vitrine:wrong-words@{place}/shop"),
            "Access denied",
        ),
    ] {
        let mut command = shop.vitrine(&["migrate"]);
        command
            .env("VITRINE__DATABASE__PRIMARY", url)
            .env("VITRINE__DATABASE__REPLICAS", "");
        let done = command.output().unwrap();
        let told = String::from_utf8_lossy(&done.stderr);
        assert!(!done.status.success() && told.contains(reason), "{told}");
        assert!(!told.contains("wrong-words"), "{told}");
    }
}

#[cfg(feature = "mysql")]
#[actix_web::test]
async fn a_process_that_is_started_before_its_database_waits_for_it() {
    use std::io::{BufRead, BufReader};

    use secrecy::ExposeSecret;
    use vitrine::config::Settings;

    let Some(shop) = Shop::on_mariadb().await else {
        return;
    };
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let Settings { database, .. } = &shop.parts.settings;
    let primary = database.primary.expose_secret();
    let (account, place) = primary.split_once('@').unwrap();
    let (server, name) = place.split_once('/').unwrap();
    let mut command = shop.vitrine(&["serve", "--no-demo"]);
    command
        .env(
            "VITRINE__DATABASE__PRIMARY",
            format!("{account}@127.0.0.1:{port}/{name}"),
        )
        .env("VITRINE__DATABASE__REPLICAS", "");
    let mut process = command.spawn().unwrap();
    let mut log = BufReader::new(process.stderr.take().unwrap()).lines();
    let waits = log.find(|line| {
        line.as_ref()
            .is_ok_and(|line| line.contains("waiting for the database"))
    });
    assert!(waits.is_some(), "it ended instead of waiting");
    // Read on, or the pipe would fill.
    let log = std::thread::spawn(move || log.map_while(Result::ok).collect::<Vec<String>>());
    let server = server.to_owned();
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let relay = actix_web::rt::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let mut far = tokio::net::TcpStream::connect(&server).await.unwrap();
            actix_web::rt::spawn(async move { tokio::io::copy_bidirectional(&mut near, &mut far).await });
        }
    });
    let output = process.stdout.take().unwrap();
    let (tell, opened) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        tell.send(lines.any(|line| line.starts_with("listening on ")))
    });
    let opened = opened.await.unwrap();
    process.kill().unwrap();
    process.wait().unwrap();
    relay.abort();
    assert!(opened, "{:?}", log.join().unwrap());
}
