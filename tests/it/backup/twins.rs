//! A shop that moves between SQLite and MariaDB stays the same, with its history.

use serde_json::json;

use super::{fill, folder, refused, rows::digests, succeed};
use crate::helpers::{Shop, servers::Servers};

#[actix_web::test]
async fn a_shop_is_the_same_in_the_other_database_and_back() {
    let Some(servers) = Servers::find() else { return };
    let shop = Shop::on_sqlite().await;
    fill(&shop).await;
    let data = "../shared/data/catalog-10k.jsonl";
    if std::path::Path::new(data).exists() {
        succeed(&shop, &["import", data]).await;
    } else {
        crate::helpers::skipped("copy-db of 10,000 products: there is no ../shared/data/catalog-10k.jsonl");
    }
    let made = shop.create(&json!({"name": "Last", "price": "0.01"})).await;
    shop.amend(&made["product_id"], &json!({"price": "99999999.99"}))
        .await;
    let here = format!("sqlite:{}", folder(&shop, "shop.db"));
    let first = format!("sqlite:{}", folder(&shop, "first.db"));
    succeed(&shop, &["copy-db", "--from", &here, "--to", &first]).await;
    let there = format!("{}/{}", servers.primary, servers.create_database());
    succeed(&shop, &["copy-db", "--from", &first, "--to", &there]).await;
    let back = format!("sqlite:{}", folder(&shop, "back.db"));
    succeed(&shop, &["copy-db", "--from", &there, "--to", &back]).await;
    let known = digests(&first);
    assert_eq!(digests(&there), known);
    assert_eq!(digests(&back), known);
    let told = refused(&shop, &["copy-db", "--from", &here, "--to", &there]).await;
    assert!(told.contains("There is a shop in the database already"), "{told}");
}

#[actix_web::test]
async fn a_backup_of_one_kind_becomes_a_shop_of_the_other() {
    let Some(shop) = Shop::on_mariadb().await else {
        return;
    };
    fill(&shop).await;
    let backup = folder(&shop, "backup");
    succeed(&shop, &["backup", &backup]).await;
    let servers = Servers::find().unwrap();
    let scratch = format!("{}/{}", servers.primary, servers.create_database());
    // Into SQLite, and into a server that is named.
    for more in [&[][..], &["--scratch", &scratch]] {
        let told = succeed(&shop, &[&["backup", "verify", &backup][..], more].concat()).await;
        assert!(told.contains("whole: "), "{told}");
    }
}
