//! What is shipped although the change log tells little or nothing of it: pictures that are only proposed, and webhooks.

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};
use vitrine::accounts::Role;
use vitrine::backup::{Folder, Step, Until, check};

use super::super::{folder, restore, succeed};
use super::{follower, rows, url};
use crate::helpers::{Shop, eventually};
use crate::on_both_databases;
use crate::submissions::{decide, draft, send_files, signed_in};
use crate::webhooks::hook;

on_both_databases!(pictures_that_are_only_proposed_and_webhooks_are_restored_as_they_were);

/// A picture that nothing makes smaller: more than this many bytes.
const LARGE: u64 = 20_000;

/// Notices after each part: Rita's of what was handed in, Sam's of the decision until he is erased.
const TOLD: [i64; 5] = [0, 0, 1, 2, 1];

fn noise() -> Vec<u8> {
    let pixel = |_, _| Rgb([fastrand::u8(..), fastrand::u8(..), fastrand::u8(..)]);
    let mut bytes = Vec::new();
    RgbImage::from_fn(200, 200, pixel)
        .write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)
        .unwrap();
    bytes
}

async fn pictures_that_are_only_proposed_and_webhooks_are_restored_as_they_were(shop: Shop) {
    let mut sam = signed_in(&shop, Role::Submitter, "Sam").await;
    let mut rita = signed_in(&shop, Role::Reviewer, "Rita").await;
    let backup = folder(&shop, "backup");
    let mut following = follower(&shop, &backup);
    let mut shipped = Vec::new();
    for (part, notices) in TOLD.into_iter().enumerate() {
        match part {
            0 => {
                hook(&shop, "https://example.com/shop", &["product.removed"]).await;
                draft(&mut sam, 1).await;
            }
            // Nothing of this is in the change log.
            1 => {
                let (own, picture) = (("/submit/1", "/submit/1"), noise());
                let files: [(&str, &[u8]); 1] = [("noise.png", &picture)];
                let saved = send_files(&mut sam, own, &[("action", "save")], &files).await;
                assert_eq!(saved.status, 303, "{}", saved.text);
            }
            // Another one comes, and whoever follows is started again.
            2 => {
                let (id, ..) = draft(&mut sam, 2).await;
                let own = format!("/submit/{id}");
                assert_eq!(sam.submit(&own, &own, &[("action", "send")]).await.status, 303);
                drop(following);
                following = follower(&shop, &backup);
            }
            3 => {
                rita.catch_up().await;
                assert_eq!(decide(&mut rita, 2, "refuse", "No").await.status, 303);
            }
            _ => drop(succeed(&shop, &["user", "erase", "sam@shop.example"]).await),
        }
        // Who is told of it is written down a moment later.
        let told = "SELECT COUNT(*) AS count FROM inbox";
        eventually("Rita and Sam are told", async || {
            shop.count(told).await == notices
        })
        .await;
        let Step::Shipped { bytes, .. } = following.step(true).unwrap() else {
            panic!("part {part} made no difference");
        };
        shipped.push(bytes);
        let restored = restore(&shop, &backup, &[]).await;
        assert_eq!(rows(&restored), rows(&url(&shop)), "part {part}");
        std::fs::remove_file(folder(&shop, "empty.db")).ok();
    }
    let has_large: Vec<bool> = shipped.iter().map(|bytes| *bytes > LARGE).collect();
    assert_eq!(has_large, [false, true, true, false, false], "{shipped:?}");
    assert!(matches!(following.step(true).unwrap(), Step::Nothing));
    check(&Folder::at(&backup), Until::End, &mut |_, _| ()).unwrap();
}
