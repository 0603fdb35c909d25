//! The change log: gapless, chained, complete, free of secrets, and followed in order wherever it was written.

use awc::http::Method;
use futures_util::future::join_all;
use serde_json::{Value, json};
use vitrine::db::changes::Position;
use vitrine::db::{Change, Seq, changes};
use vitrine::realtime::{Follower, News, Realtime};

use crate::helpers::{Browser, EMAIL, PASSWORD, Shop, html};
use crate::on_both_databases;

on_both_databases!(
    each_write_is_kept_with_both_sides_and_who_did_it,
    nothing_secret_and_nobody_by_name_is_in_the_log,
    whoever_changes_the_log_afterwards_is_found_out,
    a_follower_sees_every_change_in_order_whoever_wrote_it,
    a_refused_write_leaves_no_trace,
);

async fn rows(shop: &Shop) -> Vec<Change> {
    shop.parts
        .db
        .unlogged("test", |connection| changes::after(connection, Seq(0), 10_000))
        .await
        .unwrap()
}

async fn verify(shop: &Shop) -> Result<i64, changes::ChainFault> {
    shop.parts.db.unlogged("test", changes::verify).await.unwrap()
}

async fn each_write_is_kept_with_both_sides_and_who_did_it(shop: Shop) {
    let id = ("x-request-id", "the-first-request");
    let body = json!({"name": "Lamp", "price": "19.90", "category": "Lamps"});
    let made = shop
        .admin(Method::POST, "/api/admin/products", &[id], Some(&body))
        .await
        .json();
    let amended = shop.amend(&made["product_id"], &json!({"price": "20.00"})).await;
    let own = format!("/api/admin/products/{}", made["product_id"]);
    shop.admin(Method::DELETE, &own, &[("if-match", "\"v2\"")], None)
        .await;
    shop.admin(
        Method::POST,
        &format!("{own}/restore"),
        &[("if-match", "\"v3\"")],
        None,
    )
    .await;

    let rows = rows(&shop).await;
    let short: Vec<_> = rows
        .iter()
        .skip(1)
        .map(|row| {
            (
                row.seq,
                row.actor.as_str(),
                row.entity.as_str(),
                row.action.as_str(),
                row.version,
            )
        })
        .collect();
    assert_eq!(
        short,
        [
            (2, "key:1", "category", "created", 1),
            (3, "key:1", "product", "created", 1),
            (4, "key:1", "product", "updated", 2),
            (5, "key:1", "product", "deleted", 3),
            (6, "key:1", "product", "restored", 4),
        ]
    );
    assert_eq!(
        (rows[1].request_id.as_str(), rows[2].request_id.as_str()),
        (id.1, id.1)
    );
    assert_eq!(rows[3].request_id, amended.header("x-request-id"));
    let state = |text: &Option<String>| {
        text.as_ref()
            .map(|text| serde_json::from_str::<Value>(text).unwrap())
    };
    for pair in rows[2..].windows(2) {
        assert_eq!(
            state(&pair[0].state_after),
            state(&pair[1].state_before),
            "change {}",
            pair[1].seq
        );
    }
    assert_eq!(rows[2].state_before, None);
    let (before, after) = (
        state(&rows[3].state_before).unwrap(),
        state(&rows[3].state_after).unwrap(),
    );
    assert_eq!(
        (&before["price"], &after["price"]),
        (&json!("19.90"), &json!("20.00")),
        "money is a decimal string"
    );
    let mut shown = amended.json();
    // What follows from the rest is not kept; since when it is reduced is not shown.
    for computed in ["currency", "image_url", "on_sale"] {
        shown.as_object_mut().unwrap().remove(computed).unwrap();
    }
    shown["reduced_since"] = Value::Null;
    assert_eq!(after, shown, "the state is the product as the API shows it");
    assert_eq!(verify(&shop).await, Ok(6));
}

async fn nothing_secret_and_nobody_by_name_is_in_the_log(shop: Shop) {
    let token = shop
        .parts
        .accounts
        .setup_link()
        .await
        .unwrap()
        .unwrap()
        .expose()
        .to_owned();
    let mut olive = Browser::of_owner(&shop).await;
    olive
        .submit(
            "/admin/products/new",
            "/admin/products",
            &[("name", "Lamp"), ("price", "1.00")],
        )
        .await;
    let page = olive.open("/admin/products").await;
    let csrf = html::form(&page.text, "/logout")
        .into_iter()
        .find(|(name, _)| name == "csrf_token")
        .unwrap()
        .1;
    let sid = olive.cookie("vitrine_sid").to_owned();
    let made = shop
        .vitrine(&["key", "create", "--name", "sync", "--scope", "admin", "--quiet"])
        .output()
        .unwrap();
    let key = String::from_utf8(made.stdout).unwrap().trim().to_owned();
    assert!(
        key.starts_with("vk_"),
        "--quiet prints the key and nothing else: {key}"
    );
    for arguments in [
        ["user", "reset", EMAIL].as_slice(),
        &[
            "user",
            "create",
            "--email",
            "second@shop.example",
            "--name",
            "Sec",
        ],
        &["key", "revoke", "2"],
        &["user", "disable", EMAIL],
    ] {
        let done = shop.vitrine(arguments).output().unwrap();
        assert!(
            done.status.success(),
            "{arguments:?} {}",
            String::from_utf8_lossy(&done.stderr)
        );
    }
    let log = format!("{:?}", rows(&shop).await);
    assert!(
        log.contains("\"user\"")
            && log.contains("\"key\"")
            && log.contains("user:1")
            && log.contains("\"cli\"")
    );
    let secrets = [
        EMAIL, "olive", "Olive", PASSWORD, &token, &csrf, &sid, &key, &shop.key, "argon2", "password",
    ];
    for secret in secrets {
        assert!(!log.contains(secret), "{secret} is in the log: {log}");
    }
    for secret in [&token, &csrf, &sid, &key, &shop.key] {
        use vitrine::accounts::SessionToken;
        let hash = SessionToken::parse(secret).map(|token| token.hash());
        assert!(
            hash.is_none_or(|hash| !log.contains(&hash)),
            "the hash of a secret is in the log"
        );
    }
    assert!(verify(&shop).await.is_ok());
}

async fn whoever_changes_the_log_afterwards_is_found_out(shop: Shop) {
    for number in 0..4 {
        shop.create(&json!({"name": format!("Lamp {number}"), "price": "1.00"}))
            .await;
    }
    let untouched = rows(&shop).await;
    assert_eq!(verify(&shop).await, Ok(5));
    for (tampering, fault) in [
        (
            "UPDATE changes SET actor = 'nobody' WHERE seq = 3",
            changes::ChainFault::Altered(3),
        ),
        (
            "UPDATE changes SET at = '2020-01-01 00:00:00' WHERE seq = 2",
            changes::ChainFault::Altered(2),
        ),
        (
            "UPDATE changes SET state_after = '{}' WHERE seq = 4",
            changes::ChainFault::Altered(4),
        ),
        (
            "UPDATE changes SET batch = 'x' WHERE seq = 1",
            changes::ChainFault::Altered(1),
        ),
        (
            "DELETE FROM changes WHERE seq = 3",
            changes::ChainFault::Missing(3),
        ),
        (
            "DELETE FROM changes WHERE seq = 5",
            changes::ChainFault::Truncated {
                found: 4,
                expected: 5,
            },
        ),
        (
            "UPDATE changes SET prev_hash = hash WHERE seq = 4",
            changes::ChainFault::Unlinked(4),
        ),
    ] {
        shop.sql(tampering).await;
        assert_eq!(verify(&shop).await, Err(fault), "{tampering}");
        let audit = shop.vitrine(&["audit", "verify"]).output().unwrap();
        assert_eq!(audit.status.code(), Some(1), "{tampering}");
        // Put back as it was.
        let kept = untouched.clone();
        shop.sql("DELETE FROM changes").await;
        let restore = move |connection: &mut _| {
            use diesel::RunQueryDsl;
            for row in &kept {
                diesel::insert_into(vitrine::db::schema::changes::table)
                    .values(row)
                    .execute(connection)?;
            }
            Ok(())
        };
        shop.parts.db.unlogged("test", restore).await.unwrap();
        assert_eq!(verify(&shop).await, Ok(5));
    }
    let audit = shop.vitrine(&["audit", "verify"]).output().unwrap();
    assert!(audit.status.success());
}

async fn a_follower_sees_every_change_in_order_whoever_wrote_it(shop: Shop) {
    let other_node = shop.beside(|_| {}).await;
    let start = Position::end(&shop.parts.db.primary_head().await.unwrap());
    let Some(mut follower) = Realtime::Memory(shop.parts.db.clone()).follow(start.clone()) else {
        panic!("nobody follows")
    };
    assert!(Realtime::Off.follow(start.clone()).is_none());
    let (one, two) = (&shop, &other_node);
    let writes = join_all((0..12).map(|number| async move {
        let node = if number % 2 == 0 { one } else { two };
        node.create(&json!({"name": format!("Lamp {number}"), "price": "1.00"}))
            .await;
    }));
    let last = start.seq + 12;
    let follow = async {
        let mut seen: Vec<i64> = Vec::new();
        while seen.last() != Some(&last) {
            seen.extend(changes(&mut follower).await.iter().map(|change| change.seq));
        }
        seen
    };
    let (_, seen) = futures_util::future::join(writes, follow).await;
    assert_eq!(seen, (start.seq + 1..=last).collect::<Vec<_>>());
    // And a command, while the follower sleeps.
    let made = shop
        .vitrine(&["key", "create", "--name", "sync", "--scope", "admin", "--quiet"])
        .status()
        .unwrap();
    assert!(made.success());
    let found = changes(&mut follower).await;
    assert_eq!((found[0].seq, found[0].actor.as_str()), (last + 1, "cli"));
}

async fn changes(follower: &mut Follower) -> Vec<Change> {
    match follower.next().await.unwrap() {
        News::Changes(found) => found,
        News::Forked => panic!("history forked"),
    }
}

async fn a_refused_write_leaves_no_trace(shop: Shop) {
    shop.create(&json!({"name": "Lamp", "price": "1.00", "sku": "L"}))
        .await;
    let before = (shop.head().await, rows(&shop).await);
    let new_category = json!({"name": "x", "price": "1.00", "sku": "l", "category": "Never made"});
    let refused = shop
        .admin(
            Method::POST,
            "/api/admin/products",
            &[("idempotency-key", "k")],
            Some(&new_category),
        )
        .await;
    assert_eq!(refused.status, 422);
    for (method, tag) in [
        (Method::PUT, "\"v9\""),
        (Method::PATCH, "\"v0\""),
        (Method::DELETE, "\"v2\""),
    ] {
        let body = json!({"name": "y", "price": "1.00", "category": "Never made"});
        let stale = shop
            .admin(
                method.clone(),
                "/api/admin/products/1",
                &[("if-match", tag)],
                Some(&body),
            )
            .await;
        assert_eq!((stale.status, stale.header("etag")), (412, "\"v1\""), "{method}");
    }
    assert_eq!((shop.head().await, rows(&shop).await), before);
    assert_eq!(shop.count("SELECT COUNT(*) AS count FROM terms").await, 0);
}
