//! A session: it ends when it should, keeps what was typed, and is of use to nobody else.

use awc::http::Method;
use awc::http::header::SET_COOKIE;
use serde_json::json;

use super::{SETUP, link};
use crate::helpers::{Browser, EMAIL, PASSWORD, Shop, html};
use crate::on_both_databases;

on_both_databases!(
    v7_4_1_signing_out_ends_the_session_on_every_node,
    v7_3_1_an_idle_session_ends_and_its_form_keeps_what_was_typed,
    v3_5_1_no_other_site_can_use_the_owners_session,
);

async fn v7_4_1_signing_out_ends_the_session_on_every_node(shop: Shop) {
    let other_node = shop.beside(|_| {}).await;
    let mut olive = Browser::of_owner(&shop).await;
    let sid = format!("vitrine_sid={}", olive.cookie("vitrine_sid"));
    let desk = |node: &Shop| {
        let (base, sid) = (format!("{}/admin/products", node.base), sid.clone());
        async move {
            crate::helpers::send(Method::GET, &base, &[("cookie", &sid)], None)
                .await
                .status
        }
    };
    assert_eq!((desk(&shop).await, desk(&other_node).await), (200, 200));
    assert_eq!(olive.post("/logout", &[]).await.status, 403, "without the token");
    let out = olive.sign_out().await;
    assert_eq!((out.status, out.header("location")), (303, "/login"));
    assert_eq!(olive.cookie("vitrine_sid"), "", "the cookie is taken back");
    assert_eq!((desk(&shop).await, desk(&other_node).await), (303, 303));
}

async fn v7_3_1_an_idle_session_ends_and_its_form_keeps_what_was_typed(shop: Shop) {
    let made = shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
    let own = format!("/admin/products/{}", made["product_id"]);
    let mut olive = Browser::of_owner(&shop).await;
    let opened = olive.open(&own).await;
    let typed = "Lamp & \"shade\" <b>äöü</b>\n\nsecond paragraph";
    let fields = crate::helpers::changed(html::form(&opened.text, &own), &[("description", typed)]);
    shop.sql("UPDATE sessions SET last_seen_at = '2020-01-01 00:00:00'")
        .await;

    let expired = olive.post_fields(&own, &fields).await;
    assert_eq!(expired.status, 401, "{}", expired.text);
    html::assert_is_ours(&expired.text, "expired");
    let mut sign_in = html::form(&expired.text, "/login");
    // A wrong password in between loses nothing either.
    for (password, status) in [("wrong", 401), (PASSWORD, 200)] {
        sign_in = crate::helpers::changed(sign_in, &[("email", EMAIL), ("password", password)]);
        let answer = olive.post_fields("/login", &sign_in).await;
        assert_eq!(answer.status, status, "{}", answer.text);
        html::assert_is_ours(&answer.text, "signed in again");
        if status == 401 {
            sign_in = html::form(&answer.text, "/login");
            continue;
        }
        assert!(
            html::text(&answer.text).contains("second paragraph"),
            "what was typed is shown"
        );
        let saved = olive.post_fields(&own, &html::form(&answer.text, &own)).await;
        assert_eq!(
            (saved.status, saved.header("location")),
            (303, format!("{own}?notice=saved").as_str()),
            "{}",
            saved.text
        );
    }
    let stored = shop
        .fresh(&format!("/api/v1/products/{}", made["product_id"]))
        .await;
    assert_eq!(stored.json()["description"], typed);
}

async fn v3_5_1_no_other_site_can_use_the_owners_session(shop: Shop) {
    let mut olive = Browser::of_owner(&shop).await;
    let page = olive.open("/admin/products/new").await;
    let fields = crate::helpers::changed(
        html::form(&page.text, "/admin/products"),
        &[("name", "Lure"), ("price", "1.00")],
    );
    let token = fields
        .iter()
        .find(|(name, _)| name == "csrf_token")
        .unwrap()
        .1
        .clone();
    let pairs: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let host = shop.base.clone();
    for headers in [
        vec![],
        vec![("sec-fetch-site", "cross-site")],
        vec![("sec-fetch-site", "same-site")],
        vec![("origin", "https://evil.example")],
        vec![("origin", "null")],
        vec![("origin", "http://127.0.0.1:1")],
        vec![("sec-fetch-site", "cross-site"), ("origin", host.as_str())],
    ] {
        let answer = olive.post_with("/admin/products", &pairs, &headers).await;
        assert_eq!(answer.status, 403, "{headers:?}: {}", answer.text);
        let (name, value) = ("cookie", format!("vitrine_sid={}", olive.cookie("vitrine_sid")));
        let mut call = vec![(name, value.as_str()), ("x-csrf-token", token.as_str())];
        call.extend(&headers);
        let lamp = json!({"name": "Lure", "price": "1.00"});
        let answer = shop
            .send(Method::POST, "/api/admin/products", &call, Some(&lamp))
            .await;
        assert_eq!(answer.status, 403, "{headers:?}: {}", answer.text);
        let mut stranger = Browser::new(&shop);
        let login = [("email", EMAIL), ("password", PASSWORD)];
        assert_eq!(
            stranger.post_with("/login", &login, &headers).await.status,
            403,
            "{headers:?}"
        );
        assert!(stranger.cookies.is_empty());
    }
    // Our own page without the session's token: nothing is written, and what was typed is shown again.
    for forged in ["", "A", &"A".repeat(43)] {
        let sent = crate::helpers::changed(fields.clone(), &[("csrf_token", forged)]);
        let answer = olive.post_fields("/admin/products", &sent).await;
        assert_eq!(answer.status, 403, "{forged}");
        assert!(
            html::form(&answer.text, "/admin/products").contains(&("name".to_owned(), "Lure".to_owned()))
        );
    }
    assert_eq!(shop.count("SELECT COUNT(*) AS count FROM products").await, 0);
    // The same form, sent by our own page, is accepted: by Sec-Fetch-Site or, in older browsers, by Origin.
    for headers in [
        vec![("sec-fetch-site", "same-origin")],
        vec![("origin", host.as_str())],
    ] {
        let answer = olive.post_with("/admin/products", &pairs, &headers).await;
        assert_eq!(answer.status, 303, "{headers:?}: {}", answer.text);
    }
}

#[actix_web::test]
async fn v3_3_behind_https_cookies_are_bound_to_the_host_and_hsts_is_sent() {
    let shop = Shop::on_sqlite_with(|settings| {
        settings.server.public_url = Some("https://shop.example".parse().unwrap());
    })
    .await;
    let host = [
        ("host", "shop.example"),
        ("origin", "https://shop.example"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let token = link(&shop).await;
    let body = format!("token={token}&name=Olive&email={EMAIL}&password=green+lamp+over+the+sea");
    let answer = shop.ask(Method::POST, SETUP, &host, Some(body)).await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    let cookies: Vec<&str> = answer
        .headers
        .get_all(SET_COOKIE)
        .map(|cookie| cookie.to_str().unwrap())
        .collect();
    assert!(
        cookies
            .iter()
            .any(|cookie| cookie.starts_with("__Host-vitrine_sid=") && cookie.contains("SameSite=Strict")),
        "{cookies:?}"
    );
    for cookie in cookies {
        let flags: Vec<&str> = cookie.split("; ").skip(1).collect();
        for flag in ["Secure", "HttpOnly", "Path=/"] {
            assert!(flags.contains(&flag), "{cookie}");
        }
        assert!(
            flags
                .iter()
                .any(|flag| ["SameSite=Strict", "SameSite=Lax"].contains(flag)),
            "{cookie}"
        );
        assert!(!cookie.contains("Domain") && cookie.len() < 4_096, "{cookie}");
    }
    assert_eq!(
        answer.header("strict-transport-security"),
        "max-age=31536000; includeSubDomains"
    );
    assert_eq!(shop.get("/").await.status, 421, "another name is not this shop");
}

/// The old password was right when it was looked at; the new one is being set while the session begins.
#[cfg(feature = "mysql")]
#[actix_web::test]
async fn v7_4_3_no_session_begins_by_a_password_that_is_replaced_meanwhile_on_mariadb() {
    use diesel::RunQueryDsl;
    use vitrine::db::AnyConnection;

    let Some(shop) = Shop::on_mariadb().await else {
        return;
    };
    Browser::of_owner(&shop).await;
    let (begun, mut begins) = tokio::sync::mpsc::unbounded_channel();
    let (commit, committed) = std::sync::mpsc::channel::<()>();
    let committed = parking_lot::Mutex::new(committed);
    let replace = shop
        .parts
        .db
        .unlogged("test", move |connection: &mut AnyConnection| {
            diesel::sql_query("UPDATE users SET version = version + 1").execute(connection)?;
            let _ = begun.send(());
            let _ = committed.lock().recv();
            Ok(())
        });
    let sign_in = async {
        begins.recv().await.unwrap();
        Browser::new(&shop).sign_in(EMAIL, PASSWORD).await.status
    };
    let go_on = async {
        crate::helpers::eventually("the session waits for the new password", || async {
            let waiting = "SELECT COUNT(*) AS count FROM information_schema.processlist WHERE db = DATABASE() \
                           AND time_ms > 100 AND (info LIKE 'UPDATE%users%' OR info LIKE 'INSERT%sessions%')";
            shop.count(waiting).await == 1
        })
        .await;
        drop(commit);
    };
    let (replaced, status, ()) = tokio::join!(replace, sign_in, go_on);
    replaced.unwrap();
    assert_eq!(status, 401);
}
