//! Backups of the real executable: made while somebody writes, restored elsewhere, compared row by row, and broken.

mod archive;
#[cfg(feature = "s3")]
mod bucket;
mod damage;
mod follow;
mod lost_media;
mod rows;
mod schedule;
#[cfg(feature = "mysql")]
mod twins;
mod unfinished;

use std::cell::Cell;
use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

use awc::http::Method;
use rows::digests;
use serde_json::{Value, json};
use vitrine::backup::{Folder, Manifest, Until};

use crate::helpers::{Shop, empty_database};
use crate::on_both_databases;

on_both_databases!(
    a_backup_made_while_somebody_writes_is_one_moment_of_the_shop,
    a_restored_shop_is_equal_row_by_row_and_another_history,
    a_backup_that_is_killed_leaves_nothing_that_looks_like_one,
    a_database_whose_restore_did_not_finish_is_not_served,
    a_shop_is_restored_into_an_empty_place_only,
    ids_of_things_that_are_gone_are_not_given_again,
    every_table_and_column_is_in_a_backup,
);

/// The demo shop, an owner's work on it, and somebody who is signed in.
pub async fn fill(shop: &Shop) {
    succeed(shop, &["seed", "demo"]).await;
    for number in 0..5 {
        let product = json!({
            "name": format!("Lamp \"{number}\"\n\u{1F4A1}"), "sku": format!("L-{number}"), "price": "19.99",
            "tags": ["new", "lamp"], "category": "Lamps", "stock_quantity": 100,
            "sale": {"price": "9.05", "starts_at": null, "ends_at": "2999-01-01T00:00:00.000001Z"},
        });
        let made = shop.create(&product).await;
        let renamed = json!({"slug": format!("lamp-number-{number}"), "price": "20.00"});
        shop.amend(&made["product_id"], &renamed).await;
    }
    let key = [("idempotency-key", "again")];
    let body = json!({"name": "Once", "price": "1.00"});
    shop.admin(Method::POST, "/api/admin/products", &key, Some(&body))
        .await;
}

/// Runs the executable while this shop goes on.
pub async fn run(shop: &Shop, arguments: &[&str]) -> Output {
    run_command(shop.vitrine(arguments)).await
}

pub async fn run_command(mut command: std::process::Command) -> Output {
    let mut child = command.spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(120);
    while child.try_wait().unwrap().is_none() {
        assert!(Instant::now() < deadline, "{command:?} does not end");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    child.wait_with_output().unwrap()
}

pub async fn succeed(shop: &Shop, arguments: &[&str]) -> String {
    let output = run(shop, arguments).await;
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {told}");
    String::from_utf8(output.stdout).unwrap()
}

pub async fn refused(shop: &Shop, arguments: &[&str]) -> String {
    let output = run(shop, arguments).await;
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {output:?}");
    String::from_utf8(output.stderr).unwrap()
}

pub fn folder(shop: &Shop, name: &str) -> String {
    shop.folder.path().join(name).to_str().unwrap().to_owned()
}

/// Restores a backup into an empty database of the shop's kind; the address of that.
async fn restore(shop: &Shop, backup: &str, more: &[&str]) -> String {
    let url = empty_database(shop);
    let output = run_command(restoring(shop, backup, &url, more)).await;
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    url
}

fn restoring(shop: &Shop, backup: &str, url: &str, more: &[&str]) -> std::process::Command {
    let mut command = shop.vitrine(&[&["restore", backup], more].concat());
    let media = format!("file:{}", folder(shop, "restored-media"));
    command
        .env("VITRINE__DATABASE__PRIMARY", url)
        .env("VITRINE__DATABASE__REPLICAS", "")
        .env("VITRINE__MEDIA__STORE", media);
    command
}

/// The shop of another address, without a server.
async fn opened(shop: &Shop, url: &str) -> vitrine::startup::Shop {
    let mut settings = shop.parts.settings.clone();
    settings.database.primary = url.to_owned().into();
    settings.database.replicas.clear();
    vitrine::startup::Shop::open(settings).await.unwrap()
}

/// Changes stock and prices until it is told to stop; how often.
async fn write(shop: &Shop, is_over: &Cell<bool>) -> usize {
    let mut written = 0;
    while !is_over.get() {
        let product_id = json!(1 + written % 20);
        // Above every sale.
        let price = format!("{}.50", 5_000 + written);
        shop.amend(&product_id, &json!({"price": price, "stock_quantity": written}))
            .await;
        if written % 5 == 0 {
            shop.create(&json!({"name": format!("Made {written}"), "price": "2.00", "tags": ["made"]}))
                .await;
        }
        written += 1;
    }
    written
}

async fn a_backup_made_while_somebody_writes_is_one_moment_of_the_shop(shop: Shop) {
    fill(&shop).await;
    for round in 0..3 {
        let name = format!("busy-{round}");
        let (backup, is_over) = (folder(&shop, &name), Cell::new(false));
        let before: i64 = shop.head().await.parse().unwrap();
        let making = async {
            // Somebody is writing already.
            crate::helpers::eventually("somebody writes", || async {
                shop.head().await.parse::<i64>().unwrap() > before + 3
            })
            .await;
            succeed(&shop, &["backup", &backup]).await;
            is_over.set(true);
        };
        let ((), written) = tokio::join!(making, write(&shop, &is_over));
        assert!(written > 3);
        let told = succeed(&shop, &["backup", "verify", &backup]).await;
        assert!(told.contains("whole: "), "{told}");
        let manifest = Manifest::read(&Folder::at(&backup)).unwrap();
        let head: i64 = shop.head().await.parse().unwrap();
        assert!(manifest.history.seq > before && manifest.history.seq <= head);
        let there = shop.count(format!(
            "SELECT COUNT(*) AS count FROM changes WHERE seq = {} AND hash = '{}'",
            manifest.history.seq, manifest.history.hash
        ));
        assert_eq!(there.await, 1);
        if round == 2 {
            let restored = opened(&shop, &restore(&shop, &backup, &[]).await).await;
            rows::agree_with_log(&restored.db).await;
        }
    }
}

async fn a_restored_shop_is_equal_row_by_row_and_another_history(shop: Shop) {
    fill(&shop).await;
    let backup = folder(&shop, "backup");
    let told = succeed(&shop, &["backup", &backup]).await;
    assert!(
        told.contains(&format!("up to change {}", shop.head().await)),
        "{told}"
    );
    let url = restore(&shop, &backup, &[]).await;
    let manifest = Manifest::read(&Folder::at(&backup)).unwrap();
    let stored: Vec<(String, u64, String)> = manifest
        .tables
        .iter()
        .map(|stored| (stored.table.name.clone(), stored.rows, stored.digest.clone()))
        .filter(|(name, _, _)| name != "change_head")
        .collect();
    assert!(stored.len() >= 18);
    assert_eq!(digests(&url), stored);
    let restored = opened(&shop, &url).await;
    let (old, new) = (
        shop.parts.db.primary_head().await.unwrap(),
        restored.db.primary_head().await.unwrap(),
    );
    assert_eq!((old.seq, &old.hash), (new.seq, &new.hash));
    assert_ne!(
        old.epoch, new.epoch,
        "caches and followers of the old history would not notice"
    );
    let pictures = |settings: &vitrine::config::Settings| {
        vitrine::media::MediaStore::new(&settings.media)
            .pictures()
            .unwrap()
    };
    let mut settings = shop.parts.settings.clone();
    let before = pictures(&settings);
    settings.media.store = folder(&shop, "restored-media").into();
    assert!(before.len() > 60);
    assert_eq!(before, pictures(&settings));
}

async fn a_backup_that_is_killed_leaves_nothing_that_looks_like_one(shop: Shop) {
    fill(&shop).await;
    let (mut whole, mut killed) = (0, 0);
    for round in 0..12_u64 {
        let name = format!("killed-{round}");
        let backup = folder(&shop, &name);
        let mut child = shop.vitrine(&["backup", &backup]).spawn().unwrap();
        tokio::time::sleep(Duration::from_millis(round * 15)).await;
        child.kill().unwrap();
        child.wait().unwrap();
        if Path::new(&backup).exists() {
            vitrine::backup::check(&Folder::at(&backup), Until::End, &mut |_, _| ()).unwrap();
            whole += 1;
        } else {
            killed += 1;
        }
    }
    assert!(
        killed > 0,
        "{whole} backups were finished before they were killed"
    );
    succeed(&shop, &["backup", &folder(&shop, "killed-0-again")]).await;
}

async fn a_database_whose_restore_did_not_finish_is_not_served(shop: Shop) {
    fill(&shop).await;
    let backup = folder(&shop, "backup");
    succeed(&shop, &["backup", &backup]).await;
    let url = restore(&shop, &backup, &[]).await;
    {
        // What a restore leaves that is killed before its last row.
        let restored = opened(&shop, &url).await;
        let unfinished = |connection: &mut _| {
            use diesel::RunQueryDsl;
            Ok(diesel::sql_query("DELETE FROM change_head").execute(connection)?)
        };
        restored.db.unlogged("test", unfinished).await.unwrap();
    }
    for arguments in [&["migrate"][..], &["serve", "--no-demo"]] {
        let mut command = shop.vitrine(arguments);
        command
            .env("VITRINE__DATABASE__PRIMARY", &url)
            .env("VITRINE__DATABASE__REPLICAS", "");
        let output = run_command(command).await;
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(
            !output.status.success() && told.contains("did not finish"),
            "{told}"
        );
    }
}

async fn a_shop_is_restored_into_an_empty_place_only(shop: Shop) {
    fill(&shop).await;
    let backup = folder(&shop, "backup");
    succeed(&shop, &["backup", &backup]).await;
    let before = shop.head().await;
    let told = refused(&shop, &["restore", &backup]).await;
    assert!(told.contains("There is a shop in the database already"), "{told}");
    let told = refused(&shop, &["backup", &backup]).await;
    assert!(told.contains("is not empty"), "{told}");
    assert_eq!(shop.head().await, before);
    vitrine::backup::check(&Folder::at(&backup), Until::End, &mut |_, _| ()).unwrap();
    let told = refused(&shop, &["restore", &folder(&shop, "nothing")]).await;
    assert!(told.contains("is no backup"), "{told}");
}

const PAGES: &str = "/api/admin/pages";

async fn ids_of_things_that_are_gone_are_not_given_again(shop: Shop) {
    let made = shop
        .create(&json!({"name": "Lamp", "price": "1.00", "brand": "Short lived"}))
        .await;
    shop.amend(&made["product_id"], &json!({"brand": null})).await;
    let brands = "SELECT COALESCE(MAX(term_id), 0) AS count FROM terms";
    let gone = shop.count(brands).await;
    let deleted = shop
        .admin(
            Method::DELETE,
            &format!("/api/admin/brands/{gone}"),
            &[("if-match", "\"v1\"")],
            None,
        )
        .await;
    if deleted.status == 404 {
        // Terms are deleted on the owner's pages only.
        shop.sql(format!("DELETE FROM terms WHERE term_id = {gone}"))
            .await;
    }
    assert!(shop.count(brands).await < gone);
    let page = json!({"title": "Short lived", "body": "Gone soon."});
    let page = shop.admin(Method::POST, PAGES, &[], Some(&page)).await.json();
    let own = format!("{PAGES}/{}", page["page_id"]);
    let deleted = shop.admin(Method::DELETE, &own, &[("if-match", "\"v1\"")], None);
    assert_eq!(deleted.await.status, 204);
    let backup = folder(&shop, "backup");
    succeed(&shop, &["backup", &backup]).await;
    let restored = opened(&shop, &restore(&shop, &backup, &[]).await).await;
    let other = shop
        .beside(|settings| settings.database = restored.settings.database.clone())
        .await;
    let made: Value = other
        .create(&json!({"name": "Other", "price": "1.00", "brand": "Another"}))
        .await;
    assert_eq!(made["brand"], "Another");
    let new = json!({"title": "Another", "body": "Here to stay."});
    let new = other.admin(Method::POST, PAGES, &[], Some(&new)).await.json();
    assert!(
        new["page_id"].as_i64().unwrap() > page["page_id"].as_i64().unwrap(),
        "{new}"
    );
    assert!(
        other.count(brands).await > gone,
        "an id of the change log was given to something else"
    );
}

async fn every_table_and_column_is_in_a_backup(shop: Shop) {
    let mut expected: Vec<String> = rows::columns_of(&shop).await;
    // What is no data, or is kept by triggers.
    expected.retain(|column| {
        let left_out = [
            "__diesel_schema_migrations ",
            "heartbeat ",
            "leases ",
            "mails ",
            "products_text",
            "sqlite_sequence ",
            "sqlite_stat",
        ];
        !left_out.iter().any(|table| column.starts_with(table))
    });
    let mut known: Vec<String> = vitrine::db::tables::all()
        .iter()
        .flat_map(|table| {
            let of = |column: &vitrine::db::tables::Column| format!("{} {}", table.name, column.name);
            table.columns.iter().map(of).collect::<Vec<_>>()
        })
        .collect();
    expected.sort();
    known.sort();
    assert_eq!(known, expected);
}
