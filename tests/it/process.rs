//! The executable as an operator meets it: what a start prints, what it logs, what it does again and what only once.

use std::process::Command;

use awc::http::Method;
use serde_json::json;
use vitrine::config::Role;

use crate::helpers::{Serving, Shop};
use crate::on_both_databases;

on_both_databases!(
    a_second_start_migrates_nothing_and_secrets_stay_out_of_the_log,
    a_node_for_customers_knows_nothing_of_the_owner,
);

async fn a_second_start_migrates_nothing_and_secrets_stay_out_of_the_log(shop: Shop) {
    let check = shop.vitrine(&["migrate", "--check"]).output().unwrap();
    assert!(check.status.success() && String::from_utf8_lossy(&check.stdout).contains("up to date"));
    shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
    let mut links = Vec::new();
    for _ in 0..2 {
        let mut command = shop.vitrine(&["serve"]);
        command.env("VITRINE__LOG__LEVEL", "trace");
        let serving = Serving::start(command);
        let base = serving.said("listening on ").unwrap().to_owned();
        let link = serving
            .said("become the owner (once, within 24 hours): ")
            .unwrap()
            .to_owned();
        let path = link
            .strip_prefix(&base)
            .unwrap_or_else(|| panic!("{link} is not below {base}"));
        let page = crate::helpers::send(Method::GET, &format!("{base}{path}"), &[], None).await;
        assert_eq!(page.status, 200);
        let list = crate::helpers::send(Method::GET, &format!("{base}/api/v1/products"), &[], None).await;
        assert!(
            list.text.contains("\"Lamp\"") && !list.text.contains("currency\":\"\""),
            "{}",
            list.text
        );
        let (log, well) = serving.stop();
        assert!(well, "{log}");
        let token = link.rsplit('=').next().unwrap();
        assert!(
            token.len() > 20 && !log.contains(token),
            "the set-up link is in the log"
        );
        assert!(!log.contains("migrated") && !log.contains("demo"), "{log}");
        links.push(link);
    }
    assert_ne!(links[0], links[1], "each start makes a new link");
    crate::helpers::Browser::of_owner(&shop).await;
    let serving = Serving::start(shop.vitrine(&["serve"]));
    assert_eq!(serving.said("become the owner"), None, "{:?}", serving.output);
    assert!(serving.stop().1);
}

async fn a_node_for_customers_knows_nothing_of_the_owner(shop: Shop) {
    let serving = Serving::start(shop.vitrine(&["serve", "--role", "catalog"]));
    let words = serving.output.join("\n");
    assert!(!words.contains("admin") && !words.contains("owner"), "{words}");
    let base = serving.said("listening on ").unwrap();
    let features = shop.parts.settings.features.narrowed_to(Role::Catalog);
    for path in [
        "/login",
        "/admin",
        "/admin/products",
        "/admin/setup?token=x",
        "/api/admin/products",
        "/api/admin/changes",
    ] {
        let answer =
            crate::helpers::send_to(&features, Method::GET, &format!("{base}{path}"), &[], None).await;
        assert_eq!(answer.status, 404, "{path}");
    }
    let document = format!("{base}/openapi.json");
    let described = crate::helpers::send_to(&features, Method::GET, &document, &[], None)
        .await
        .text;
    assert!(
        described.contains("/api/v1/products") && !described.contains("admin"),
        "{described}"
    );
    let page = crate::helpers::send(Method::GET, &format!("{base}/"), &[], None).await;
    assert!(page.status == 200 && !page.text.contains("/admin") && !page.text.contains("/login"));
    assert!(serving.stop().1);
}

#[actix_web::test]
async fn the_first_start_lays_out_the_demo_shop_once() {
    let folder = tempfile::tempdir().unwrap();
    let shop = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vitrine"));
        let file = folder.path().join("data/shop.db");
        command
            .args(arguments)
            .env("VITRINE__DATABASE__PRIMARY", format!("sqlite:{}", file.display()))
            .env(
                "VITRINE__MEDIA__STORE",
                format!("file:{}", folder.path().join("media").display()),
            )
            .env("VITRINE__SEARCH__PATH", folder.path().join("search"))
            .env("VITRINE__SERVER__OPS_PORT", "0")
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped());
        command
    };
    let mut tags = Vec::new();
    for _ in 0..2 {
        let serving = Serving::start(shop(&["serve", "--port", "0"]));
        let base = serving.said("listening on ").unwrap().to_owned();
        let list = crate::helpers::send(
            Method::GET,
            &format!("{base}/api/v1/products?limit=100&total=true"),
            &[],
            None,
        )
        .await;
        let page = list.json();
        assert!(page["meta"]["total"].as_i64().unwrap() >= 24, "{page}");
        let categories =
            crate::helpers::send(Method::GET, &format!("{base}/api/v1/categories"), &[], None).await;
        assert!(categories.json()["data"].as_array().unwrap().len() >= 6);
        for product in page["data"].as_array().unwrap() {
            let picture = format!("{base}{}", product["image_url"].as_str().unwrap());
            let found = crate::helpers::send(Method::HEAD, &picture, &[], None).await;
            assert_eq!(
                (found.status, found.header("content-type")),
                (200, "image/webp"),
                "{picture}"
            );
        }
        tags.push(list.header("etag").to_owned());
        assert!(serving.stop().1);
    }
    assert_eq!(tags[0], tags[1], "the second start changed the shop");
}

#[test]
fn faults_of_the_configuration_are_told_together_and_exit_with_78() {
    let output = Command::new(env!("CARGO_BIN_EXE_vitrine"))
        .arg("serve")
        .env("VITRINE__SERVER__PORT", "many")
        .env("VITRINE__SHOP__CURRENCY", "euro")
        .env("VITRINE__DATABASE__PRIMARY", "postgres://app:canary@db/shop")
        .output()
        .unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(78), "{told}");
    assert!(
        ["server.port", "shop.currency", "database.primary"]
            .iter()
            .all(|key| told.contains(key)),
        "{told}"
    );
    assert!(!told.contains("canary"), "{told}");
}

#[actix_web::test]
async fn a_port_that_is_taken_is_told_with_the_setting_to_change() {
    let shop = Shop::on_sqlite().await;
    let port = shop.base.rsplit(':').next().unwrap();
    let ops_port = shop.ops.rsplit(':').next().unwrap();
    for (variable, port, setting) in [
        ("VITRINE__SERVER__PORT", port, "server.port"),
        ("VITRINE__SERVER__OPS_PORT", ops_port, "server.ops_port"),
    ] {
        let output = shop.vitrine(&["serve"]).env(variable, port).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains(setting) && told.contains(variable), "{told}");
    }
}

#[cfg(feature = "mysql")]
#[actix_web::test]
async fn v16_5_2_a_node_that_starts_without_its_primary_serves_what_the_replicas_have() {
    use crate::helpers::{Browser, EMAIL, PASSWORD, eventually, html, send};

    // Nobody but this test asks the replicas.
    let alone = |settings: &mut vitrine::config::Settings| {
        settings.features.realtime = false;
        settings.features.cache = false;
    };
    let Some(shop) = Shop::on_mariadb_with(alone).await else {
        return;
    };
    shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
    let olive = Browser::of_owner(&shop).await;
    let session = format!("vitrine_sid={}", olive.cookie("vitrine_sid"));
    let head = shop.head().await;
    eventually("a replica has the lamp and the session", || async {
        let asked = [("x-min-change-seq", head.as_str())];
        let fresh = "router_decisions_total{target=\"replica\",reason=\"fresh\"}";
        let before = shop.metric(fresh).await;
        shop.send(Method::GET, "/api/v1/products/1", &asked, None).await;
        shop.metric(fresh).await > before
    })
    .await;
    let mut command = shop.vitrine(&["serve", "--no-demo"]);
    command.env(
        "VITRINE__DATABASE__PRIMARY",
        "mysql://vitrine:vitrine@127.0.0.1:1/none",
    );
    let serving = Serving::start(command);
    let base = serving.said("listening on ").unwrap().to_owned();
    let page = send(Method::GET, &format!("{base}/products/lamp"), &[], None).await;
    assert!(page.status == 200 && page.text.contains("Lamp"), "{}", page.text);
    let desk = send(
        Method::GET,
        &format!("{base}/admin/products"),
        &[("cookie", &session), ("accept", "text/html")],
        None,
    )
    .await;
    assert_eq!(desk.status, 200, "{}", desk.text);
    assert!(
        html::text(&desk.text).contains("The shop can be read but not changed at the moment"),
        "{}",
        desk.text
    );
    let bearer = format!("Bearer {}", shop.key);
    let refused = send(
        Method::POST,
        &format!("{base}/api/admin/products"),
        &[("authorization", &bearer), ("content-type", "application/json")],
        Some("{\"name\": \"Vase\", \"price\": \"1.00\"}".to_owned()),
    )
    .await;
    assert_eq!(
        (refused.status, refused.header("retry-after")),
        (503, "5"),
        "{}",
        refused.text
    );
    assert_eq!(refused.json()["code"], "read_only_shop");
    let form = serde_urlencoded::to_string([("email", EMAIL), ("password", PASSWORD)]).unwrap();
    let sign_in = send(
        Method::POST,
        &format!("{base}/login"),
        &[
            ("content-type", "application/x-www-form-urlencoded"),
            ("sec-fetch-site", "same-origin"),
            ("accept", "text/html"),
        ],
        Some(form),
    )
    .await;
    assert_eq!(sign_in.status, 503);
    assert!(
        html::text(&sign_in.text).contains("Nobody can sign in while the shop’s main database"),
        "{}",
        sign_in.text
    );
    let (log, ended_well) = serving.stop();
    assert!(ended_well && log.contains("read but not changed"), "{log}");
}
