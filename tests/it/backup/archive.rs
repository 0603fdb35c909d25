//! Old changes leave the database, and nothing that the log proves is lost.

use serde_json::json;

use super::{fill, folder, refused, succeed};
use crate::helpers::{Shop, eventually};
use crate::on_both_databases;

on_both_databases!(archived_changes_leave_a_log_that_can_still_be_checked);

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
