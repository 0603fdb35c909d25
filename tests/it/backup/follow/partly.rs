//! A shop restored from the first part of what was shipped, because that is wanted or because the rest is damaged.

use std::path::Path;

use serde_json::json;
use vitrine::backup::{Folder, Until, check};

use super::super::{fill, folder, opened, restore, restoring, run_command};
use super::follower;
use crate::helpers::{Shop, empty_database};

#[actix_web::test]
async fn a_restore_tells_where_it_stopped_and_why() {
    let shop = Shop::on_sqlite().await;
    let backup = folder(&shop, "backup");
    let mut following = follower(&shop, &backup);
    let mut ends = Vec::new();
    for round in 0..2 {
        for number in 0..3 {
            shop.create(&json!({"name": format!("Lamp {round}-{number}"), "price": "1.00"}))
                .await;
        }
        following.step(false).unwrap();
        ends.push(following.seq().0);
    }
    let (first, second) = (ends[0], ends[1]);
    for (asked, stopped, why) in [
        (first, first, None),
        (
            second - 1,
            first,
            Some(format!("together with those up to {second},")),
        ),
        (second, second, None),
        (second + 1, second, Some("is not in the backup".to_owned())),
    ] {
        let url = empty_database(&shop);
        let asked = asked.to_string();
        let output = run_command(restoring(&shop, &backup, &url, &["--to-seq", &asked])).await;
        let told = String::from_utf8(output.stdout).unwrap();
        assert!(
            told.contains(&format!("up to change {stopped},")),
            "{asked}: {told}"
        );
        match why {
            Some(why) => assert!(
                told.contains(&format!("Change {asked} ")) && told.contains(&why),
                "{told}"
            ),
            None => assert!(!told.contains("Change "), "{told}"),
        }
        std::fs::remove_file(folder(&shop, "empty.db")).unwrap();
    }
}

#[actix_web::test]
async fn a_changed_or_missing_shipment_is_noticed_and_what_came_before_is_restored() {
    let shop = Shop::on_sqlite().await;
    fill(&shop).await;
    let backup = folder(&shop, "backup");
    let mut following = follower(&shop, &backup);
    for round in 0..4 {
        shop.create(&json!({"name": format!("Round {round}"), "price": "1.00"}))
            .await;
        following.step(false).unwrap();
    }
    let store = Folder::at(&backup);
    let whole = check(&store, Until::End, &mut |_, _| ()).unwrap();
    let (second, third) = (&whole.shipments[1], &whole.shipments[2]);
    let (name, path) = (&third.name, Path::new(&backup).join(&third.name));
    let bytes = std::fs::read(&path).unwrap();
    for _ in 0..40 {
        let mut changed = bytes.clone();
        changed[fastrand::usize(..bytes.len())] ^= fastrand::u8(1..);
        std::fs::write(&path, changed).unwrap();
        let told = check(&store, Until::End, &mut |_, _| ()).unwrap_err().to_string();
        assert!(told.contains(name.as_str()), "{told}");
    }
    std::fs::remove_file(&path).unwrap();
    let told = check(&store, Until::End, &mut |_, _| ()).unwrap_err().to_string();
    assert!(
        told.contains("changes/00000003-") && told.contains("is missing"),
        "{told}"
    );
    let before = restore(&shop, &backup, &["--to-seq", &second.header.to.seq.to_string()]).await;
    let head = opened(&shop, &before).await.db.primary_head().await.unwrap();
    assert_eq!(head.seq, second.header.to.seq);
    std::fs::write(&path, bytes).unwrap();
    check(&store, Until::End, &mut |_, _| ()).unwrap();
}
