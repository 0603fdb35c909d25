//! What is shipped behind a backup: the shop as it was at each shipment, with its database gone.

mod partly;
mod pictured;
mod twice;
mod untold;

use std::cell::Cell;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use secrecy::ExposeSecret;
use serde_json::json;
use vitrine::backup::{Folder, Follower, Step, Store, Until, check};
use vitrine::catalog::{AttributeInput, TermInput};
use vitrine::db::{Actor, DatabaseUrl, Origin, Seq};
use vitrine::media::MediaStore;

use super::rows::{agree_with_log, digests};
use super::{fill, folder, opened, restore, run_command, succeed, write};
use crate::helpers::{Browser, EMAIL, PASSWORD, Shop, eventually};
use crate::on_both_databases;

on_both_databases!(
    a_shop_is_restored_row_by_row_as_it_was_at_any_shipment,
    a_shop_whose_database_is_lost_is_restored_up_to_the_last_seconds,
    another_history_is_not_followed,
);

pub fn url(shop: &Shop) -> String {
    shop.parts.settings.database.primary.expose_secret().to_owned()
}

fn follower(shop: &Shop, backup: &str) -> Follower {
    follower_into(shop, Arc::new(Folder::at(backup))).unwrap()
}

pub fn follower_into(shop: &Shop, store: Arc<dyn Store>) -> vitrine::error::Result<Follower> {
    let media = MediaStore::new(&shop.parts.settings.media);
    let url = DatabaseUrl::parse(&url(shop)).unwrap();
    Follower::open(&url, &media, store, &mut |_, _| ())
}

fn origin() -> Origin {
    Origin {
        actor: Actor::System,
        request_id: "test".to_owned(),
        batch: None,
    }
}

/// Every table but what the shop itself goes on writing at rest: how far its own followers have come.
pub fn rows(url: &str) -> Vec<(String, u64, String)> {
    let mut rows = digests(url);
    rows.retain(|(table, _, _)| table != "follower_positions");
    rows
}

/// Whatever an owner does, in parts between which somebody looks.
pub async fn work(shop: &Shop, part: usize) {
    let catalog = &shop.parts.catalog;
    match part {
        // Terms change hands; deleted products lose a tag without a change of their own.
        0 => {
            let named = |name: &str| TermInput {
                name: name.to_owned(),
                ..TermInput::default()
            };
            let (lamp, new) = (tag(shop, "lamp").await, tag(shop, "new").await);
            let renamed = catalog
                .save_term(origin(), lamp, 1, named("Lantern"))
                .await
                .unwrap();
            catalog
                .merge_term(origin(), renamed.value.term_id, renamed.value.version, new)
                .await
                .unwrap();
            let only = shop
                .create(&json!({"name": "Only", "price": "1.00", "tags": ["rare"]}))
                .await;
            delete(shop, &only["product_id"]).await;
            let rare = tag(shop, "rare").await;
            catalog.delete_term(origin(), rare, 1).await.unwrap();
        }
        // An address is left and taken again.
        1 => {
            let made = shop
                .create(&json!({"name": "One", "slug": "one", "price": "1.00"}))
                .await;
            shop.amend(&made["product_id"], &json!({"slug": "one-moved"}))
                .await;
        }
        2 | 3 => {
            let slugs = [("one-moved", "one"), ("one", "one-again")];
            let (old, new) = slugs[part - 2];
            let found = format!("SELECT product_id AS count FROM products WHERE slug = '{old}'");
            let product_id = json!(shop.count(found).await);
            shop.amend(&product_id, &json!({"slug": new})).await;
        }
        // Attributes, an import that is undone, with a picture.
        4 => {
            let input = AttributeInput {
                name: "Power".to_owned(),
                kind: "text".to_owned(),
                ..AttributeInput::default()
            };
            let power = catalog.create_attribute(origin(), input).await.unwrap().value;
            let made = shop
                .create(&json!({"name": "Strong", "price": "3.00", "attributes": {"power": "9 W"}}))
                .await;
            let gone = shop
                .create(&json!({"name": "Gone", "price": "3.00", "attributes": {"power": "8 W"}}))
                .await;
            delete(shop, &gone["product_id"]).await;
            shop.amend(&made["product_id"], &json!({"stock_quantity": 7}))
                .await;
            catalog
                .delete_attribute(origin(), power.attribute_id, power.version, 1)
                .await
                .unwrap();
        }
        5 => {
            let picture = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89";
            std::fs::write(folder(shop, "new.png"), picture).unwrap();
            let file = folder(shop, "more.csv");
            std::fs::write(
                &file,
                "name,sku,price,image_file\nPictured,P-1,4.00,new.png\nLamp,L-1,21.00,\n",
            )
            .unwrap();
            let told = succeed(shop, &["import", &file]).await;
            assert!(told.contains("refused=0"), "{told}");
        }
        6 => {
            let head = shop.parts.db.primary_head().await.unwrap();
            let batch = shop
                .parts
                .db
                .read_at_least("test", Seq(head.seq), |connection: &mut _| {
                    use diesel::prelude::*;
                    use vitrine::db::schema::changes::dsl;
                    let found: Option<Option<String>> = dsl::changes
                        .filter(dsl::batch.like("import-%"))
                        .order(dsl::seq.desc())
                        .select(dsl::batch)
                        .first(connection)
                        .optional()?;
                    Ok(found.flatten())
                });
            let batch = batch.await.unwrap().value.unwrap();
            succeed(shop, &["undo", "--batch", &batch]).await;
        }
        // People and programs.
        7 => {
            let mut olive = Browser::of_owner(shop).await;
            olive.open("/admin/products").await;
            let mut other = Browser::new(shop);
            other.sign_in(EMAIL, PASSWORD).await;
            succeed(
                shop,
                &["key", "create", "--name", "laptop", "--scope", "catalog:read"],
            )
            .await;
        }
        _ => {
            let second = [
                "user",
                "create",
                "--email",
                "second@shop.example",
                "--name",
                "Second",
            ];
            succeed(shop, &second).await;
            succeed(shop, &["user", "disable", EMAIL]).await;
            let key = [("idempotency-key", "later")];
            let body = json!({"name": "Later", "price": "1.00"});
            shop.admin(awc::http::Method::POST, "/api/admin/products", &key, Some(&body))
                .await;
            // A sale that begins by itself.
            let soon = vitrine::db::Moment::now().plus_seconds(1);
            shop.create(&json!({"name": "Soon", "price": "9.00", "sale": {"price": "8.00", "starts_at": soon.to_rfc3339(), "ends_at": null}}))
                .await;
            eventually("the sale begins", || async {
                shop.count("SELECT COUNT(*) AS count FROM changes WHERE action = 'sale_started'")
                    .await
                    > 0
            })
            .await;
        }
    }
}

async fn tag(shop: &Shop, name: &str) -> i32 {
    let query = format!("SELECT term_id AS count FROM terms WHERE taxonomy = 'tag' AND name = '{name}'");
    shop.count(query).await.try_into().unwrap()
}

async fn delete(shop: &Shop, product_id: &serde_json::Value) {
    let own = format!("/api/admin/products/{product_id}");
    let gone = shop
        .admin(awc::http::Method::DELETE, &own, &[("if-match", "\"v1\"")], None)
        .await;
    assert!((200..300).contains(&gone.status), "{}", gone.text);
}

async fn a_shop_is_restored_row_by_row_as_it_was_at_any_shipment(shop: Shop) {
    fill(&shop).await;
    let backup = folder(&shop, "backup");
    let mut points = Vec::new();
    let mut following = follower(&shop, &backup);
    for part in 0..9 {
        work(&shop, part).await;
        assert!(matches!(following.step(true).unwrap(), Step::Shipped { .. }));
        points.push((following.seq(), rows(&url(&shop))));
        if part == 4 {
            // A follower that is started again goes on where the folder ends.
            drop(following);
            following = follower(&shop, &backup);
        }
    }
    assert_eq!(following.seq().to_string(), shop.head().await);
    let told = succeed(&shop, &["backup", "verify", &backup]).await;
    assert!(told.contains(&format!("up to {}", following.seq())), "{told}");
    // The end by no option, the points on the way by change or time.
    for number in [2, 5, 8] {
        let (seq, expected) = &points[number];
        let seq = seq.to_string();
        let more: &[&str] = if number == 8 { &[] } else { &["--to-seq", &seq] };
        let restored = restore(&shop, &backup, more).await;
        assert_eq!(&rows(&restored), expected, "at change {seq}");
        std::fs::remove_file(folder(&shop, "empty.db")).ok();
    }
    let whole = check(&Folder::at(&backup), Until::End, &mut |_, _| ()).unwrap();
    let fifth = &whole.shipments[4].header;
    let restored = restore(&shop, &backup, &["--to-time", &fifth.at.to_rfc3339()]).await;
    assert_eq!(
        opened(&shop, &restored)
            .await
            .db
            .primary_head()
            .await
            .unwrap()
            .seq,
        fifth.to.seq
    );
    let shipped = std::fs::read_dir(folder(&shop, "restored-media"))
        .unwrap()
        .count();
    assert_eq!(
        shipped,
        std::fs::read_dir(&shop.parts.settings.media.store)
            .unwrap()
            .count()
    );
}

/// Takes the database away: the file with what belongs to it, or the whole database of the server.
async fn lose(shop: &Shop) {
    if shop.parts.is_on_sqlite() {
        for ending in ["", "-wal", "-shm"] {
            let path = folder(shop, &format!("shop.db{ending}"));
            std::fs::remove_file(path).ok();
        }
        return;
    }
    let url = url(shop);
    let name = url.rsplit('/').next().unwrap();
    shop.sql(format!("DROP DATABASE {name}")).await;
}

async fn a_shop_whose_database_is_lost_is_restored_up_to_the_last_seconds(shop: Shop) {
    fill(&shop).await;
    let backup = folder(&shop, "backup");
    let mut following = shop.vitrine(&["backup", "--follow", &backup]).spawn().unwrap();
    eventually("it follows", || async {
        Path::new(&backup).join("changes").exists()
    })
    .await;
    let is_over = Cell::new(false);
    let written = Cell::new((Instant::now(), 0_i64));
    let losing = async {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(4) {
            let seq = shop.head().await.parse().unwrap();
            written.set((Instant::now(), seq));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        is_over.set(true);
    };
    let ((), count) = tokio::join!(losing, write(&shop, &is_over));
    assert!(count > 10);
    lose(&shop).await;
    let (lost_at, last) = written.get();
    // Killed as well: whatever it had shipped counts, and nothing else.
    following.kill().unwrap();
    following.wait().unwrap();
    let restored_at = Instant::now();
    let restored = restore(&shop, &backup, &[]).await;
    let rto = restored_at.elapsed();
    let restored = opened(&shop, &restored).await;
    agree_with_log(&restored.db).await;
    let head = restored.db.primary_head().await.unwrap();
    let whole = check(&Folder::at(&backup), Until::End, &mut |_, _| ()).unwrap();
    let shipped = &whole.shipments.last().unwrap().header;
    assert_eq!((shipped.to.seq, &shipped.to.hash), (head.seq, &head.hash));
    let rpo = vitrine::db::Moment::now()
        .since(shipped.at)
        .saturating_sub(lost_at.elapsed());
    println!(
        "RPO {rpo:.2?} ({} of {last} changes), RTO {rto:.2?}",
        last - head.seq
    );
    assert!(rpo < Duration::from_secs(10), "{rpo:?}");
    let verified = vitrine::db::changes::verify;
    assert_eq!(
        restored.db.read("test", verified).await.unwrap().value,
        Ok(head.seq)
    );
}

async fn another_history_is_not_followed(shop: Shop) {
    fill(&shop).await;
    let backup = folder(&shop, "backup");
    let mut following = follower(&shop, &backup);
    following.step(true).unwrap();
    let mut second = shop.vitrine(&["backup", "--follow", &backup]);
    second.env("VITRINE__LOG__LEVEL", "warn");
    let told = run_command(second).await;
    assert!(
        String::from_utf8_lossy(&told.stderr).contains("Another process follows"),
        "{told:?}"
    );
    shop.sql("UPDATE change_head SET epoch = '00000000000000000000000000000000'")
        .await;
    let error = following.step(false).unwrap_err().to_string();
    assert!(
        error.contains("the history of the shop is another one"),
        "{error}"
    );
    restore(&shop, &backup, &[]).await;
}
