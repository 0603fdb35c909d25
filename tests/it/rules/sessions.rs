//! Sessions: their ids, their ends by time and by deed.

use std::time::{Duration, Instant};

use awc::http::Method;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use vitrine::accounts::Role;
use vitrine::db::Moment;

use crate::helpers::live::Client;
use crate::helpers::{Browser, EMAIL, PASSWORD, Shop};
use crate::on_both_databases;
use crate::people::id_of;

on_both_databases!(
    v7_2_3_the_id_of_a_session_is_256_random_bits_and_only_its_hash_is_kept,
    v7_2_4_each_sign_in_gives_a_new_id_and_the_old_one_is_401,
    v7_3_1_twenty_idle_minutes_end_a_session,
    v7_3_2_eight_hours_end_a_session_whatever_is_done_in_it,
    v7_4_2_v7_4_3_live_news_end_on_every_node_within_two_seconds_after_a_disabling_or_a_new_password,
);

const NEW: &str = "another lamp over the sea";
const SID: &str = "vitrine_sid";
const PROGRAMS: &str = "/api/admin/products";

/// What a program that shows this id of a session is told.
async fn status_of(shop: &Shop, sid: &str) -> u16 {
    let cookie = format!("{SID}={sid}");
    let headers = [("cookie", cookie.as_str())];
    shop.send(Method::GET, PROGRAMS, &headers, None).await.status
}

/// As both databases read it.
fn seconds_from_now(seconds: i64) -> String {
    let moment = Moment::now().plus_seconds(seconds).to_rfc3339();
    moment.get(..19).unwrap().replace('T', " ")
}

async fn v7_2_3_the_id_of_a_session_is_256_random_bits_and_only_its_hash_is_kept(shop: Shop) {
    Browser::of_owner(&shop).await;
    let mut ids = Vec::new();
    for _ in 0..4 {
        let mut browser = Browser::new(&shop);
        browser.sign_in(EMAIL, PASSWORD).await;
        let id = browser.cookie(SID).to_owned();
        assert_eq!(URL_SAFE_NO_PAD.decode(&id).unwrap().len(), 32, "{id}");
        let kept =
            |what: &str| format!("SELECT COUNT(*) AS count FROM sessions WHERE session_hash = '{what}'");
        assert_eq!(shop.count(kept(&id)).await, 0);
        let hash = hex::encode(Sha256::digest(&id));
        assert_eq!(shop.count(kept(&hash)).await, 1);
        assert!(!ids.contains(&id));
        ids.push(id);
    }
}

async fn v7_2_4_each_sign_in_gives_a_new_id_and_the_old_one_is_401(shop: Shop) {
    let mut olive = Browser::of_owner(&shop).await;
    // Again while she is signed in, and when the shop asks her to prove who she is.
    for is_asked in [false, true] {
        let old = olive.cookie(SID).to_owned();
        assert_eq!(status_of(&shop, &old).await, 200);
        if is_asked {
            shop.sql("UPDATE sessions SET created_at = '2020-01-01 00:00:00'")
                .await;
            assert_eq!(olive.open("/account/export").await.status, 401);
        }
        assert_eq!(olive.sign_in(EMAIL, PASSWORD).await.status, 303);
        assert_ne!(olive.cookie(SID), old);
        assert_eq!(status_of(&shop, &old).await, 401);
        assert_eq!(status_of(&shop, olive.cookie(SID)).await, 200);
    }
    // An id that a stranger put into the browser is none.
    let planted = "A".repeat(43);
    let mut victim = Browser::new(&shop);
    victim.cookies.push((SID.to_owned(), planted.clone()));
    assert_eq!(victim.sign_in(EMAIL, PASSWORD).await.status, 303);
    assert_ne!(victim.cookie(SID), planted);
    assert_eq!(status_of(&shop, &planted).await, 401);
}

async fn v7_3_1_twenty_idle_minutes_end_a_session(shop: Shop) {
    let mut olive = Browser::of_owner(&shop).await;
    for (minutes, status) in [(19, 200), (20, 303)] {
        let then = seconds_from_now(-minutes * 60);
        shop.sql(format!("UPDATE sessions SET last_seen_at = '{then}'"))
            .await;
        assert_eq!(
            olive.open("/admin/products").await.status,
            status,
            "{minutes} min"
        );
    }
    assert_eq!(status_of(&shop, olive.cookie(SID)).await, 401);
    assert_eq!(
        shop.count("SELECT COUNT(*) AS count FROM sessions").await,
        0,
        "what is over is kept no longer"
    );
}

async fn v7_3_2_eight_hours_end_a_session_whatever_is_done_in_it(shop: Shop) {
    let mut olive = Browser::of_owner(&shop).await;
    let (least, most) = (seconds_from_now(8 * 3_600 - 120), seconds_from_now(8 * 3_600 + 1));
    let lasting =
        format!("SELECT COUNT(*) AS count FROM sessions WHERE expires_at BETWEEN '{least}' AND '{most}'");
    assert_eq!(shop.count(lasting).await, 1);
    for (seconds, status) in [(60, 200), (0, 303)] {
        let end = seconds_from_now(seconds);
        shop.sql(format!("UPDATE sessions SET expires_at = '{end}'"))
            .await;
        assert_eq!(olive.open("/admin/products").await.status, status);
    }
    assert_eq!(status_of(&shop, olive.cookie(SID)).await, 401);
}

/// An editor who watches the shop's insides on two nodes; what ends her sessions ends that.
async fn v7_4_2_v7_4_3_live_news_end_on_every_node_within_two_seconds_after_a_disabling_or_a_new_password(
    shop: Shop,
) {
    let there = shop.beside(|_| {}).await;
    let mut olive = Browser::of_owner(&shop).await;
    let mut eddie = Browser::of_role(&shop, Role::Editor).await;
    for (password, is_disabled) in [(PASSWORD, false), (NEW, true)] {
        // The session in which the password is changed goes on; it is the others that end.
        let mut elsewhere = Browser::new(&shop);
        assert_eq!(
            elsewhere.sign_in("editor@shop.example", password).await.status,
            303
        );
        let id = elsewhere.cookie(SID).to_owned();
        let cookie = format!("{SID}={id}");
        let mut sockets = Vec::new();
        for node in [&shop, &there] {
            drop(Client::of(node).await);
            let headers = [("cookie", cookie.as_str()), ("origin", node.base.as_str())];
            let mut client = Client::at(&node.base, &headers).await.unwrap();
            assert_eq!(client.watch(&["admin:changes"]).await["op"], "subscribed");
            sockets.push(client);
        }
        let done = if is_disabled {
            let person = format!("/admin/people/{}", id_of(&shop, "editor@shop.example").await);
            olive.submit(&person, &format!("{person}/disable"), &[]).await
        } else {
            let fields = [("old_password", PASSWORD), ("password", NEW)];
            eddie.submit("/account", "/account/password", &fields).await
        };
        let begun = Instant::now();
        assert_eq!(done.status, 303, "{}", done.text);
        for mut client in sockets {
            assert_eq!(client.end().await, 1008);
        }
        assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
        assert_eq!(
            (status_of(&shop, &id).await, status_of(&there, &id).await),
            (401, 401)
        );
    }
    assert_eq!(eddie.open("/account").await.status, 303, "shut out");
}
