//! What is another's or hidden, keys, bounds, and the port of operators.

use awc::http::Method;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use sha2::{Digest, Sha256};
use vitrine::accounts::Role;
use vitrine::startup::endpoints;

use crate::features::{fill, sample};
use crate::helpers::{Browser, PASSWORD, Shop, eventually, make_key};
use crate::on_both_databases;

on_both_databases!(
    v8_2_2_api1_what_is_hidden_is_nowhere_whoever_knows_its_id_or_address,
    v8_2_2_api1_whatever_is_done_to_anothers_proposal_by_its_id_is_404,
    api_keys_are_256_random_bits_of_which_only_a_hash_is_kept,
    api4_pages_words_and_depths_are_bounded,
);

async fn v8_2_2_api1_what_is_hidden_is_nowhere_whoever_knows_its_id_or_address(shop: Shop) {
    let named = shop
        .beside(|settings| settings.server.public_url = Some("https://shop.example".parse().unwrap()))
        .await;
    let ask = async |path: &str| {
        let headers = [("host", "shop.example")];
        named.send(Method::GET, path, &headers, None).await
    };
    let made = shop
        .create(&json!({"name": "Canary lamp", "price": "1.00", "category": "Lamps"}))
        .await;
    let id = &made["product_id"];
    let own = [
        format!("/api/v1/products/{id}"),
        "/products/canary-lamp".to_owned(),
    ];
    let lists = [
        "/",
        "/products",
        "/categories/lamps",
        "/api/v1/products",
        "/search?q=canary",
        "/api/v1/search?q=canary",
        "/api/v1/suggest?q=canary",
        "/search/suggestions?q=canary",
        "/feed.atom",
        "/sitemap.xml",
        "/feeds/google.xml",
    ];
    let found = async || {
        let mut found = Vec::new();
        for path in own.iter().map(String::as_str).chain(lists) {
            let answer = ask(path).await;
            let text = answer.text.to_lowercase();
            if answer.status == 200 && (text.contains("canary lamp") || text.contains("canary-lamp")) {
                found.push(path.to_owned());
            }
        }
        found
    };
    // All of them are kept from here on.
    let all = own.len() + lists.len();
    eventually("it is everywhere", async || found().await.len() == all).await;
    shop.amend(id, &json!({"is_active": false})).await;
    eventually("it is nowhere", async || found().await.is_empty()).await;
    for path in &own {
        assert_eq!(ask(path).await.status, 404, "{path}");
    }
    let read = shop.read(&format!("/api/admin/products/{id}")).await;
    assert_eq!(read.status, 200, "for who keeps the catalog it is there");
}

async fn v8_2_2_api1_whatever_is_done_to_anothers_proposal_by_its_id_is_404(shop: Shop) {
    let mut author = Browser::of_role(&shop, Role::Submitter).await;
    let fields = [("name", "Moon lamp"), ("price", "39.90"), ("action", "save")];
    let draft = author.submit("/submit", "/submit", &fields).await;
    let id: i32 = {
        let location = draft.header("location").split('?').next().unwrap();
        location.rsplit('/').next().unwrap().parse().unwrap()
    };
    // A draft is nobody's but its author's, not even the owner's.
    let mut statuses = Vec::new();
    for role in [Role::Reviewer, Role::Editor, Role::Owner] {
        let mut other = Browser::of_role(&shop, role).await;
        let token = other.csrf_token().await;
        let cookie = format!("vitrine_sid={}", other.cookie("vitrine_sid"));
        let headers = [
            ("cookie", cookie.as_str()),
            ("x-csrf-token", token.as_str()),
            ("sec-fetch-site", "same-origin"),
            ("if-match", "\"v1\""),
        ];
        let body = json!({"product": {"name": "Mine now", "price": "1.00"}});
        let words = json!({"message": "No"});
        let own = format!("/api/v1/submissions/{id}");
        let case = format!("/api/admin/submissions/{id}");
        for (method, path, body) in [
            (Method::GET, own.clone(), None),
            (Method::PUT, own.clone(), Some(&body)),
            (Method::POST, format!("{own}/withdraw"), Some(&json!({}))),
            (Method::GET, case.clone(), None),
            (Method::POST, format!("{case}/approve"), Some(&json!({}))),
            (Method::POST, format!("{case}/request-changes"), Some(&words)),
            (Method::POST, format!("{case}/refuse"), Some(&words)),
        ] {
            let answer = shop.send(method.clone(), &path, &headers, body).await;
            statuses.push((role, format!("{method} {path}"), answer.status));
        }
        let page = format!("/admin/submissions/{id}");
        let decision = [("csrf_token", &*token), ("version", "1"), ("decision", "approve")];
        let trust = [("csrf_token", &*token), ("trusted", "yes")];
        statuses.push((role, page.clone(), other.open(&page).await.status));
        statuses.push((
            role,
            format!("POST {page}"),
            other.post(&page, &decision).await.status,
        ));
        if role == Role::Owner {
            let trusted = other.post(&format!("{page}/trust"), &trust).await;
            statuses.push((role, "trust".to_owned(), trusted.status));
        }
    }
    let astray: Vec<_> = statuses.iter().filter(|(_, _, status)| *status != 404).collect();
    assert!(astray.is_empty(), "{astray:#?}");
    assert_eq!(author.open(&format!("/submit/{id}")).await.status, 200);
    // Ids of what is not there, to who may do it.
    let mut olive = Browser::new(&shop);
    assert_eq!(olive.sign_in("owner@shop.example", PASSWORD).await.status, 303);
    let token = olive.csrf_token().await;
    for path in [
        "/admin/keys/9999/revoke",
        "/admin/people/9999/sign-out",
        "/admin/people/9999/disable",
    ] {
        assert_eq!(
            olive.post(path, &[("csrf_token", &token)]).await.status,
            404,
            "{path}"
        );
    }
}

async fn api_keys_are_256_random_bits_of_which_only_a_hash_is_kept(shop: Shop) {
    let mut keys = Vec::new();
    for _ in 0..3 {
        let key = make_key(&shop.parts, "catalog:read").await;
        let random = key.strip_prefix("vk_").unwrap();
        assert_eq!(URL_SAFE_NO_PAD.decode(random).unwrap().len(), 32, "{key}");
        // It is looked up by its hash: there is no comparison whose time could tell anything of the key.
        let hash = hex::encode(Sha256::digest(&key));
        let kept = format!("SELECT COUNT(*) AS count FROM api_keys WHERE key_hash = '{hash}'");
        assert_eq!(shop.count(kept).await, 1);
        for (table, column) in [
            ("api_keys", "key_hash"),
            ("api_keys", "name"),
            ("changes", "state_after"),
        ] {
            let told = format!("SELECT COUNT(*) AS count FROM {table} WHERE {column} LIKE '%{random}%'");
            assert_eq!(shop.count(told).await, 0, "{table}.{column}");
        }
        assert!(!keys.contains(&key));
        keys.push(key);
    }
}

async fn api4_pages_words_and_depths_are_bounded(shop: Shop) {
    let words = |length: usize| "x".repeat(length);
    let deep = json!({"a": "x".repeat(1_100_000)}).to_string();
    for (path, status) in [
        ("/api/v1/products?limit=100".to_owned(), 200),
        ("/api/v1/products?limit=101".to_owned(), 400),
        ("/api/v1/products?limit=0".to_owned(), 400),
        (format!("/api/v1/products?q={}", words(200)), 200),
        (format!("/api/v1/products?q={}", words(201)), 400),
        (format!("/api/v1/search?q={}", words(201)), 400),
        // Nothing begins like that, and nobody looks.
        (format!("/api/v1/suggest?q={}", words(201)), 200),
        ("/products?page=43".to_owned(), 400),
        ("/products?page=99999999999".to_owned(), 400),
        (format!("/products?{}", words(10_000)), 414),
    ] {
        let answer = shop.get(&path).await;
        assert_eq!(answer.status, status, "{path:.60}: {:.200}", answer.text);
    }
    let bearer = format!("Bearer {}", shop.key);
    let headers = [("authorization", bearer.as_str())];
    let large = shop
        .ask(Method::POST, "/api/admin/products", &headers, Some(deep))
        .await;
    assert_eq!(large.status, 413, "{:.200}", large.text);
}

#[actix_web::test]
async fn v13_4_5_api9_either_port_has_nothing_of_the_other() {
    let shop = Shop::on_sqlite().await;
    fill(&shop).await;
    for path in [
        "/metrics",
        "/livez",
        "/readyz",
        "/startupz",
        "/healthz",
        "/debug",
        "/debug/pprof",
    ] {
        for method in [Method::GET, Method::HEAD, Method::POST] {
            let status = shop.send(method.clone(), path, &[], None).await.status;
            assert_eq!(status, 404, "{method} {path} is not for the public");
        }
    }
    // How the search index is, on one port; the search of customers on the other.
    let both = "/search";
    for endpoint in endpoints()
        .into_iter()
        .filter(|endpoint| endpoint.pattern != both)
    {
        let path = sample(endpoint.pattern);
        // Not by the helper: what it holds answers against describes the other port.
        let asked = awc::Client::new().get(format!("{}{path}", shop.ops)).send();
        assert_eq!(asked.await.unwrap().status(), 404, "{path}");
    }
    assert_eq!(shop.operator(Method::GET, both).await.json()["phase"], "ready");
}
