//! Backups that the shop makes by itself.

use secrecy::ExposeSecret;
use vitrine::backup::{Folder, Until, check};

use super::{fill, folder, opened, succeed};
use crate::helpers::{Shop, eventually};
use crate::on_both_databases;

on_both_databases!(one_process_of_a_shop_makes_its_backups_and_all_tell_how_old_they_are);

/// Finished backups of a folder.
fn made(place: &str) -> Vec<String> {
    let entries = std::fs::read_dir(place).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.path())
        .filter(|path| path.join("manifest.json").exists())
        .map(|path| path.to_str().unwrap().to_owned())
        .collect()
}

async fn one_process_of_a_shop_makes_its_backups_and_all_tell_how_old_they_are(shop: Shop) {
    fill(&shop).await;
    assert!(
        shop.metrics()
            .await
            .contains("\nbackup_last_success_timestamp_seconds 0.0\n")
    );
    let (here, there) = (folder(&shop, "backups-1"), folder(&shop, "backups-2"));
    let mut nodes = Vec::new();
    for place in [&here, &there, &here, &there] {
        nodes.push(
            shop.beside(|settings| settings.backup.folder = Some(place.parse().unwrap()))
                .await,
        );
    }
    let all = || made(&here).into_iter().chain(made(&there)).collect::<Vec<_>>();
    eventually("a backup is made", || async { !all().is_empty() }).await;
    eventually("its maker tells so", || async {
        let mut told = false;
        for node in &nodes {
            told |= !node
                .metrics()
                .await
                .contains("\nbackup_last_success_timestamp_seconds 0.0\n");
        }
        told
    })
    .await;
    let one = all();
    assert_eq!(one.len(), 1, "several processes have made one: {one:?}");
    check(&Folder::at(&one[0]), Until::End, &mut |_, _| ()).unwrap();
    // A process that is started later knows of it, makes none and tells when that was; so does it of one made by hand.
    let later = shop
        .beside(|settings| settings.backup.folder = Some(here.parse().unwrap()))
        .await;
    eventually("another one tells so", || async {
        !later
            .metrics()
            .await
            .contains("\nbackup_last_success_timestamp_seconds 0.0\n")
    })
    .await;
    assert_eq!(all().len(), 1);
    succeed(&shop, &["backup", &folder(&shop, "by-hand")]).await;
    let known = opened(&shop, shop.parts.settings.database.primary.expose_secret()).await;
    let at = known.db.read_current("test", |connection: &mut _| {
        vitrine::db::changes::stored_at(connection, vitrine::db::changes::BACKUP_FOLLOWER)
    });
    let age = vitrine::db::Moment::now().since(at.await.unwrap().unwrap());
    assert!(age.as_secs() < 60, "{age:?}");
}
