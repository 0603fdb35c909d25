//! A database that is being filled: until all is in it and was compared, it is no shop's.

use serde_json::json;
use vitrine::backup::{Folder, Until, copy, restore};
use vitrine::db::{DatabaseUrl, migrate};
use vitrine::media::MediaStore;

use super::follow::{follower_into, rows, url};
use super::{fill, folder, opened};
use crate::helpers::{Shop, empty_database};
use crate::on_both_databases;

on_both_databases!(
    a_database_is_no_shop_while_it_is_restored,
    a_database_is_no_shop_while_it_is_copied,
);

/// Nothing that is started on it now would work with it: a file has no name yet, a server's database is refused.
fn is_no_shop(url: &DatabaseUrl, when: &str) {
    if let Some(file) = url.sqlite_file() {
        assert!(!file.exists(), "{when}");
        return;
    }
    let refused = migrate::prepare(url, url).expect_err(when).to_string();
    assert!(refused.contains("did not finish"), "{when}: {refused}");
}

async fn a_database_is_no_shop_while_it_is_restored(shop: Shop) {
    fill(&shop).await;
    let store = Folder::at(folder(&shop, "backup"));
    let mut following = follower_into(&shop, std::sync::Arc::new(store.clone())).unwrap();
    for name in ["First", "Second"] {
        shop.create(&json!({"name": name, "price": "1.00"})).await;
        following.step(true).unwrap();
    }
    let address = empty_database(&shop);
    let url_of_it = DatabaseUrl::parse(&address).unwrap();
    let media = MediaStore::at(folder(&shop, "restored-media").into());
    let (mut looks, mut is_filled) = (0, false);
    let restored = restore(&store, Until::End, &url_of_it, &media, &mut |what, number| {
        // What is shipped is read once before it is laid over what is there.
        is_filled |= what == "indexes";
        if is_filled {
            is_no_shop(&url_of_it, &format!("{what} {number}"));
            looks += 1;
        }
    });
    assert_eq!(looks, 3);
    assert_eq!(rows(&address), rows(&url(&shop)));
    let head = opened(&shop, &address).await.db.primary_head().await.unwrap();
    assert_eq!(head, restored.unwrap().head);
    let old = shop.parts.db.primary_head().await.unwrap();
    assert_eq!((old.seq, old.hash), (head.seq, head.hash));
    assert_ne!(old.epoch, head.epoch);
}

async fn a_database_is_no_shop_while_it_is_copied(shop: Shop) {
    fill(&shop).await;
    let (from, address) = (url(&shop), empty_database(&shop));
    let [from, to] = [&from, &address].map(|url| DatabaseUrl::parse(url).unwrap());
    let mut looks = 0;
    let copied = copy(&from, &to, &mut |what, number| {
        is_no_shop(&to, &format!("{what} {number}"));
        looks += 1;
    });
    assert!(looks > 10, "{looks}");
    let head = opened(&shop, &address).await.db.primary_head().await.unwrap();
    assert_eq!(head, copied.unwrap().head);
}
