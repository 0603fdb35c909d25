//! A shipment that a bucket kept although its answer was lost, so that the same number was shipped once more.

use std::path::{Path, PathBuf};

use serde_json::json;
use vitrine::backup::{Folder, Step, Until, check};

use super::super::{fill, folder, opened, restore, succeed};
use super::follower;
use crate::helpers::Shop;

/// Ships what is new into a folder; the file that came.
async fn ship(shop: &Shop, backup: &str, name: &str) -> PathBuf {
    let mut following = follower(shop, backup);
    shop.create(&json!({"name": name, "price": "1.00"})).await;
    assert!(matches!(following.step(false).unwrap(), Step::Shipped { .. }));
    let whole = check(&Folder::at(backup), Until::End, &mut |_, _| ()).unwrap();
    Path::new(backup).join(&whole.shipments.last().unwrap().name)
}

fn copy_into(file: &Path, backup: &str) -> PathBuf {
    let to = Path::new(backup).join("changes").join(file.file_name().unwrap());
    std::fs::copy(file, &to).unwrap();
    to
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (entry, to) = (
            entry.as_ref().unwrap(),
            to.join(entry.as_ref().unwrap().file_name()),
        );
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

fn fault(backup: &str) -> Option<String> {
    let checked = check(&Folder::at(backup), Until::End, &mut |_, _| ());
    checked.err().map(|error| error.to_string())
}

/// Changes a byte in the middle while `look` looks.
fn with_damage(path: &Path, look: impl FnOnce()) {
    let whole = std::fs::read(path).unwrap();
    let mut bytes = whole.clone();
    bytes[whole.len() / 2] ^= 1;
    std::fs::write(path, bytes).unwrap();
    look();
    std::fs::write(path, whole).unwrap();
}

fn name_of(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

#[actix_web::test]
async fn a_number_that_was_shipped_twice_is_gone_on_with_from_the_one_that_the_next_names() {
    let shop = Shop::on_sqlite().await;
    fill(&shop).await;
    // The same backup twice, so that whichever of the twins comes first by its name, it is the wrong one for one of them.
    let [first, second] = ["first", "second"].map(|name| folder(&shop, name));
    ship(&shop, &first, "Before").await;
    copy_folder(Path::new(&first), Path::new(&second));
    let twins = [
        ship(&shop, &first, "Lost").await,
        ship(&shop, &second, "Kept").await,
    ];
    let beside = [copy_into(&twins[1], &first), copy_into(&twins[0], &second)];
    // Nothing follows yet: the newest is where it ends, if all of them are whole.
    let newest = check(&Folder::at(&first), Until::End, &mut |_, _| ()).unwrap();
    assert_eq!(newest.shipments.len(), 2);
    assert_eq!(
        Path::new(&newest.shipments[1].name).file_name(),
        twins[1].file_name()
    );
    for twin in [&twins[0], &beside[0]] {
        with_damage(twin, || assert!(fault(&first).unwrap().contains(name_of(twin))));
    }
    std::fs::remove_file(&beside[0]).unwrap();
    ship(&shop, &first, "After it").await;
    ship(&shop, &first, "Later").await;
    copy_into(&twins[1], &first);
    // Begun anew while it ends in twins.
    ship(&shop, &second, "After that").await;
    for (backup, used, unused) in [(&first, &twins[0], &beside[0]), (&second, &twins[1], &beside[1])] {
        assert_eq!(fault(backup), None);
        succeed(&shop, &["backup", "verify", backup]).await;
        let restored = restore(&shop, backup, &[]).await;
        let head = opened(&shop, &restored).await.db.primary_head().await.unwrap();
        let whole = check(&Folder::at(backup), Until::End, &mut |_, _| ()).unwrap();
        assert_eq!(head.seq, whole.shipments.last().unwrap().header.to.seq);
        std::fs::remove_file(folder(&shop, "empty.db")).unwrap();
        with_damage(used, || {
            let told = fault(backup).unwrap();
            assert!(
                told.contains(name_of(used)) && told.contains("was changed"),
                "{told}"
            );
        });
        with_damage(unused, || assert_eq!(fault(backup), None, "nothing follows it"));
        let kept = std::fs::read(used).unwrap();
        std::fs::remove_file(used).unwrap();
        let told = fault(backup).unwrap();
        assert!(
            told.contains(name_of(used)) && told.contains("is missing"),
            "{told}"
        );
        std::fs::write(used, kept).unwrap();
    }
}
