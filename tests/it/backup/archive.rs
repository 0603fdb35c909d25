//! Old changes leave the database, and nothing that the log proves is lost.

use serde_json::json;

use super::follow::url;
use super::{fill, folder, refused, run_command, succeed};
use crate::helpers::{Shop, empty_database, eventually};
use crate::on_both_databases;

on_both_databases!(
    archived_changes_leave_a_log_that_can_still_be_checked,
    what_an_archive_that_was_killed_left_is_finished_by_the_next_one,
);

/// Until everything was checked as it arrived: nothing else may go.
async fn checked(shop: &Shop) {
    let head = shop.head().await;
    let query = format!(
        "SELECT COUNT(*) AS count FROM follower_positions WHERE follower = 'audit' AND seq >= {head}"
    );
    eventually("the log is checked", || async {
        shop.count(query.clone()).await == 1
    })
    .await;
}

async fn archived_changes_leave_a_log_that_can_still_be_checked(shop: Shop) {
    fill(&shop).await;
    checked(&shop).await;
    let (archive, other) = (folder(&shop, "archive"), folder(&shop, "other"));
    let told = succeed(&shop, &["changes", "archive", &archive, "--before", "51"]).await;
    assert!(told.starts_with("50 changes moved"), "{told}");
    assert_eq!(shop.count("SELECT MIN(seq) AS count FROM changes").await, 51);
    let told = refused(&shop, &["changes", "archive", &other, "--before", "60"]).await;
    assert!(told.contains("does not end there"), "{told}");
    // A second piece, as far as it goes: the newest change stays.
    shop.create(&json!({"name": "One more", "price": "1.00"})).await;
    checked(&shop).await;
    succeed(&shop, &["changes", "archive", &archive, "--before", "2999-01-01"]).await;
    let head: i64 = shop.head().await.parse().unwrap();
    assert_eq!(shop.count("SELECT MIN(seq) AS count FROM changes").await, head);
    shop.create(&json!({"name": "After it", "price": "1.00"})).await;
    let told = succeed(&shop, &["audit", "verify", "--archive", &archive]).await;
    assert!(told.contains(&format!("{} archived changes", head - 1)), "{told}");
    assert!(told.contains("2 changes, none missing"), "{told}");
    // A backup of such a log is whole, and so is what is restored from it.
    let backup = folder(&shop, "backup");
    succeed(&shop, &["backup", &backup]).await;
    succeed(&shop, &["backup", "verify", &backup]).await;
    // What was archived cannot be changed unnoticed, nor what is left.
    let file = std::fs::read_dir(&archive)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let whole = std::fs::read(&file).unwrap();
    let mut changed = whole.clone();
    changed[whole.len() / 2] ^= 1;
    std::fs::write(&file, changed).unwrap();
    let told = refused(&shop, &["audit", "verify", "--archive", &archive]).await;
    assert!(told.contains("was changed"), "{told}");
    std::fs::write(&file, whole).unwrap();
    shop.sql(format!("DELETE FROM changes WHERE seq = {head}")).await;
    let told = refused(&shop, &["audit", "verify", "--archive", &archive]).await;
    assert!(told.contains(&format!("change {head} is missing")), "{told}");
}

async fn what_an_archive_that_was_killed_left_is_finished_by_the_next_one(shop: Shop) {
    fill(&shop).await;
    checked(&shop).await;
    // Of a copy of the shop: so the file is in the archive, and the shop's own log knows nothing of it yet.
    let (archive, twin) = (folder(&shop, "archive"), empty_database(&shop));
    succeed(&shop, &["copy-db", "--from", &url(&shop), "--to", &twin]).await;
    let mut command = shop.vitrine(&["changes", "archive", &archive, "--before", "51"]);
    command
        .env("VITRINE__DATABASE__PRIMARY", &twin)
        .env("VITRINE__DATABASE__REPLICAS", "");
    let output = run_command(command).await;
    assert!(output.status.success(), "{output:?}");
    assert_eq!(shop.count("SELECT MIN(seq) AS count FROM changes").await, 1);
    let verify = ["audit", "verify", "--archive", &archive];
    let told = succeed(&shop, &verify).await;
    assert!(told.contains("50 archived changes"), "{told}");
    // Nothing more is wanted, then a piece more.
    for (before, moved) in [("51", "50 changes moved"), ("61", "10 changes moved")] {
        let told = succeed(&shop, &["changes", "archive", &archive, "--before", before]).await;
        assert!(told.starts_with(moved), "{told}");
        let first = shop.count("SELECT MIN(seq) AS count FROM changes").await;
        assert_eq!(first.to_string(), before);
        succeed(&shop, &verify).await;
    }
    // The archive of another shop is no part of this one, however far it goes.
    let other = Shop::on_sqlite().await;
    fill(&other).await;
    checked(&other).await;
    let foreign = folder(&other, "archive");
    succeed(&other, &["changes", "archive", &foreign, "--before", "71"]).await;
    let told = refused(&shop, &["changes", "archive", &foreign, "--before", "81"]).await;
    assert!(told.contains("does not end there"), "{told}");
    refused(&shop, &["audit", "verify", "--archive", &foreign]).await;
    assert_eq!(shop.count("SELECT MIN(seq) AS count FROM changes").await, 61);
}
