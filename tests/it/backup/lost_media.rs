//! A folder of pictures that is away, or another one than the shop's: no backup is made that lacks what it should hold.

use std::path::Path;
use std::time::Duration;

use vitrine::backup::{Folder, Schedule, Until, check};
use vitrine::config::BucketSettings;
use vitrine::db::DatabaseUrl;
use vitrine::media::MediaStore;

use super::follow::url;
use super::{fill, folder, refused, succeed};
use crate::helpers::Shop;

fn children(folder: &str) -> Vec<String> {
    let children = std::fs::read_dir(folder).unwrap();
    let names = children.map(|child| child.unwrap().file_name().into_string().unwrap());
    names.collect()
}

#[actix_web::test]
async fn a_shop_whose_pictures_are_away_is_not_backed_up_and_older_backups_stay() {
    let shop = Shop::on_sqlite().await;
    fill(&shop).await;
    let store = shop.parts.settings.media.store.clone();
    let schedule = Schedule {
        place: folder(&shop, "scheduled").parse().unwrap(),
        bucket: BucketSettings::default(),
        every: Duration::ZERO,
        keep: 1,
    };
    let database = DatabaseUrl::parse(&url(&shop)).unwrap();
    let media = MediaStore::new(&shop.parts.settings.media);
    assert!(schedule.run(&database, &media).unwrap().is_some());
    let good = children(&folder(&shop, "scheduled"));
    let away = store.with_file_name("away");
    std::fs::rename(&store, &away).unwrap();
    // Not there at all, then as it is without what is mounted on it.
    for _ in 0..2 {
        let by_hand = folder(&shop, "by-hand");
        let told = refused(&shop, &["backup", &by_hand]).await;
        assert!(
            told.contains("media.store") && told.contains(store.to_str().unwrap()),
            "{told}"
        );
        assert!(!Path::new(&by_hand).exists());
        // The next one would have another name.
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        let told = schedule.run(&database, &media).unwrap_err().to_string();
        assert!(told.contains("media.store"), "{told}");
        assert_eq!(children(&folder(&shop, "scheduled")), good);
        std::fs::create_dir_all(&store).unwrap();
    }
    std::fs::remove_dir(&store).unwrap();
    std::fs::rename(&away, &store).unwrap();
    succeed(&shop, &["backup", &folder(&shop, "by-hand")]).await;
    check(&Folder::at(folder(&shop, "by-hand")), Until::End, &mut |_, _| ()).unwrap();
}

#[actix_web::test]
async fn a_shop_without_pictures_needs_no_folder_for_them() {
    let shop = Shop::on_sqlite().await;
    shop.create(&serde_json::json!({"name": "Plain", "price": "1.00"}))
        .await;
    let _ = std::fs::remove_dir_all(&shop.parts.settings.media.store);
    succeed(&shop, &["backup", &folder(&shop, "backup")]).await;
}
