//! What holds when many write at once.

use std::time::Duration;

use awc::http::Method;
use futures_util::future::join_all;
use serde_json::json;
use vitrine::db::{AnyConnection, changes};

use crate::helpers::Shop;
use crate::on_both_databases;

on_both_databases!(
    of_two_parallel_puts_with_one_etag_exactly_one_wins,
    fifty_parallel_posts_with_one_idempotency_key_make_one_product,
    parallel_writes_leave_a_log_without_gaps,
    what_reads_and_then_writes_waits_for_another_process_that_writes,
);

pub async fn of_two_parallel_puts_with_one_etag_exactly_one_wins(shop: Shop) {
    let made = shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
    let own = format!("/api/admin/products/{}", made["product_id"]);
    for version in 1..=8 {
        let tag = format!("\"v{version}\"");
        let put = |price: String| {
            let (shop, own, tag) = (&shop, &own, &tag);
            async move {
                shop.admin(
                    Method::PUT,
                    own,
                    &[("if-match", tag)],
                    Some(&json!({"name": "Lamp", "price": price})),
                )
                .await
                .status
            }
        };
        let mut statuses = join_all([put(format!("{version}.01")), put(format!("{version}.02"))]).await;
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412]);
    }
}

pub async fn fifty_parallel_posts_with_one_idempotency_key_make_one_product(shop: Shop) {
    let body = json!({"name": "Lamp", "price": "1.00"});
    let post = || {
        shop.admin(
            Method::POST,
            "/api/admin/products",
            &[("idempotency-key", "one")],
            Some(&body),
        )
    };
    let answers = join_all((0..50).map(|_| post())).await;
    assert!(answers.iter().all(|answer| answer.status == 201
        && answer.text == answers[0].text
        && answer.header("x-change-seq") == answers[0].header("x-change-seq")));
    assert_eq!(
        answers
            .iter()
            .filter(|answer| answer.header("idempotent-replayed") == "true")
            .count(),
        49
    );
    let listed = shop
        .admin(
            Method::GET,
            "/api/admin/products?total=true",
            &[("x-min-change-seq", answers[0].header("x-change-seq"))],
            None,
        )
        .await;
    assert_eq!(listed.json()["meta"]["total"], 1);
    let other = shop
        .admin(
            Method::POST,
            "/api/admin/products",
            &[("idempotency-key", "one")],
            Some(&json!({"name": "Vase", "price": "1.00"})),
        )
        .await;
    assert_eq!(
        (other.status, other.json()["code"].as_str()),
        (422, Some("idempotency_key_reused"))
    );
}

pub async fn parallel_writes_leave_a_log_without_gaps(shop: Shop) {
    let writes = (0..20).map(|number| {
        let body = json!({"name": format!("Lamp {number}"), "price": "1.00", "category": "Lamps"});
        let shop = &shop;
        async move { shop.create(&body).await }
    });
    join_all(writes).await;
    let head = shop.parts.db.primary_head().await.unwrap();
    let rows = shop
        .parts
        .db
        .read_at_least("test", vitrine::db::Seq(head.seq), |connection| {
            Ok((
                changes::verify(connection)?,
                changes::after(connection, vitrine::db::Seq(0), 100)?,
            ))
        });
    let (verified, rows) = rows.await.unwrap().value;
    assert_eq!(verified, Ok(22), "20 products, a category, a key");
    assert!(rows.iter().zip(1..).all(|(row, seq)| row.seq == seq));
}

/// Longer than a lost race is tried again for: SQLite refuses a write after a read at once, however patient its connection is.
async fn what_reads_and_then_writes_waits_for_another_process_that_writes(shop: Shop) {
    use diesel::RunQueryDsl;
    const WRITTEN_FOR: Duration = Duration::from_millis(400);
    const NOTE: &str = "UPDATE sign_in_marks SET until_at = until_at WHERE mark = 'one'";

    shop.sql("INSERT INTO sign_in_marks (mark, until_at) VALUES ('one', '2026-01-01 00:00:00')")
        .await;
    let other = shop.beside(|_| {}).await;
    let (begun, mut begins) = tokio::sync::mpsc::unbounded_channel();
    let long = other
        .parts
        .db
        .unlogged("test", move |connection: &mut AnyConnection| {
            diesel::sql_query(NOTE).execute(connection)?;
            let _ = begun.send(());
            let (_keep, never) = std::sync::mpsc::channel::<()>();
            let _ = never.recv_timeout(WRITTEN_FOR);
            Ok(())
        });
    let short = async {
        begins.recv().await.unwrap();
        let run = |connection: &mut AnyConnection| {
            changes::head(connection)?;
            Ok(diesel::sql_query(NOTE).execute(connection)?)
        };
        shop.parts.db.unlogged("test", run).await
    };
    let (long, short) = tokio::join!(long, short);
    long.unwrap();
    assert_eq!(short.unwrap(), 1);
}
