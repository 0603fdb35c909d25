//! Pictures that come with a shipment, and what is noticed of them when they are damaged.

use std::path::Path;

use vitrine::backup::{Folder, Manifest, Step, Until, check};
use vitrine::media::{MediaStore, PictureName};

use super::super::{fill, folder, restore, succeed};
use super::{follower, work};
use crate::helpers::Shop;

fn pictures(folder: &Path) -> Vec<PictureName> {
    MediaStore::at(folder.to_owned()).pictures().unwrap()
}

/// Those of the shop that the backup itself does not list.
fn new_pictures(shop: &Shop, backup: &str) -> Vec<PictureName> {
    let listed = Manifest::read(&Folder::at(backup)).unwrap().pictures;
    let mut found = pictures(&shop.parts.settings.media.store);
    found.retain(|name| listed.iter().all(|stored| stored.name != name.as_str()));
    found
}

#[actix_web::test]
async fn a_picture_that_a_failed_shipment_left_is_proved_with_the_next_one() {
    let shop = Shop::on_sqlite().await;
    fill(&shop).await;
    let backup = folder(&shop, "backup");
    let mut following = follower(&shop, &backup);
    work(&shop, 1).await;
    following.step(false).unwrap();
    let before = following.seq();
    work(&shop, 5).await;
    let new = new_pictures(&shop, &backup);
    assert_eq!(new.len(), 1);
    // What a step leaves that fails behind its pictures.
    let kept = Path::new(&backup).join("media").join(new[0].as_str());
    std::fs::create_dir_all(kept.parent().unwrap()).unwrap();
    std::fs::copy(shop.parts.settings.media.store.join(new[0].as_str()), &kept).unwrap();
    assert!(matches!(following.step(false).unwrap(), Step::Shipped { .. }));
    succeed(&shop, &["backup", "verify", &backup]).await;
    let fault = || {
        let checked = check(&Folder::at(&backup), Until::End, &mut |_, _| ());
        checked.unwrap_err().to_string()
    };
    let whole = std::fs::read(&kept).unwrap();
    std::fs::remove_file(&kept).unwrap();
    let missing = format!("{} is missing", new[0].as_str());
    assert!(fault().contains(&missing), "{}", fault());
    let mut damaged = whole.clone();
    damaged[20] ^= 1;
    std::fs::write(&kept, &damaged).unwrap();
    let changed = format!("{} was changed", new[0].as_str());
    assert!(fault().contains(&changed), "{}", fault());
    // What came before can be restored, and nothing under a name that says it is something else.
    restore(&shop, &backup, &["--to-seq", &before.to_string()]).await;
    let restored = pictures(Path::new(&folder(&shop, "restored-media")));
    assert!(restored.len() > 60 && !restored.contains(&new[0]));
}

#[actix_web::test]
async fn a_damaged_picture_that_no_list_of_a_backup_has_is_noticed() {
    let shop = Shop::on_sqlite().await;
    fill(&shop).await;
    let backup = folder(&shop, "backup");
    succeed(&shop, &["backup", &backup]).await;
    let name = format!("ab/{}.png", "ab".repeat(32));
    let path = Path::new(&backup).join("media").join(&name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, "not what its name says").unwrap();
    let checked = check(&Folder::at(&backup), Until::End, &mut |_, _| ());
    let told = checked.unwrap_err().to_string();
    assert!(told.contains(&format!("media/{name} was changed")), "{told}");
}
