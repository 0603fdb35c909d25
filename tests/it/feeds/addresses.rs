//! The documents of addresses: complete in a large shop, and telling the setting where they cannot be.

use serde_json::json;
use vitrine::catalog::Addresses;
use vitrine::db::Seq;
use vitrine::exchange::feeds::sitemap;
use vitrine::web::site::Site;

use super::{ORIGIN, create, document, named, open};
use crate::helpers::Shop;
use crate::helpers::xml;
use crate::on_both_databases;

on_both_databases!(
    a_large_shop_has_an_index_whose_parts_hold_every_address_once,
    without_a_public_address_documents_of_addresses_name_the_setting,
);

async fn a_large_shop_has_an_index_whose_parts_hold_every_address_once(shop: Shop) {
    let shop = named(&shop).await;
    let site = Site::new(&shop.parts.settings);
    let mut expected = Vec::new();
    for number in 0..11 {
        let body = json!({"name": format!("Lamp {number}"), "price": "1.00", "category": "Lamps",
            "is_active": number % 5 != 4});
        let made = create(&shop, &body).await.unwrap();
        if made["is_active"] == true {
            expected.push(format!("{ORIGIN}/products/{}", made["slug"].as_str().unwrap()));
        }
    }
    let catalog = &shop.parts.catalog;
    let seq = Seq(shop.parts.db.primary_head().await.unwrap().seq);
    // Nine products, a category, home and the list of everything.
    let all = catalog.addresses(12, seq).await.unwrap().value;
    assert!(matches!(all, Addresses::All { .. }), "{all:?}");
    let read = |document: Vec<u8>| xml::parse(&String::from_utf8(document).unwrap());
    assert_eq!(read(sitemap::whole(&site, &all).unwrap()).all("url").count(), 12);

    let some = catalog.addresses(4, seq).await.unwrap().value;
    let Addresses::Parts(numbers) = &some else {
        panic!("{some:?}")
    };
    let index = read(sitemap::whole(&site, &some).unwrap());
    assert_eq!(index.all("sitemap").count(), numbers.len() + 1);
    let mut found = Vec::new();
    for number in numbers {
        let part = catalog.addresses_of_part(*number, 4, seq).await.unwrap().value;
        assert!((1..=4).contains(&part.len()), "{part:?}");
        let part = read(sitemap::part(&site, &part).unwrap());
        found.extend(part.all("url").map(|url| url.of("loc").unwrap().to_owned()));
    }
    assert_eq!(found, expected);
    let home = document(&shop, "/sitemaps/0.xml").await;
    let places: Vec<_> = home.all("url").map(|url| url.of("loc").unwrap()).collect();
    assert_eq!(
        places,
        [
            "https://shop.example/",
            "https://shop.example/products",
            "https://shop.example/categories/lamps"
        ]
    );
    assert_eq!(document(&shop, "/sitemaps/1.xml").await.all("url").count(), 9);
    for path in ["/sitemaps/2.xml", "/sitemaps/x.xml", "/sitemaps/4294967295.xml"] {
        assert_eq!(open(&shop, path).await.status, 404, "{path}");
    }
}

async fn without_a_public_address_documents_of_addresses_name_the_setting(shop: Shop) {
    for path in [
        "/sitemap.xml",
        "/sitemaps/1.xml",
        "/feeds/google.xml",
        "/opensearch.xml",
    ] {
        let answer = shop.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(
            answer.text.contains("server.public_url"),
            "{path}: {}",
            answer.text
        );
    }
    let robots = shop.get("/robots.txt").await;
    assert!(robots.text.contains("Disallow: /admin") && !robots.text.contains("Sitemap"));
    let robots = open(&named(&shop).await, "/robots.txt").await;
    assert!(robots.text.contains("Sitemap: https://shop.example/sitemap.xml"));
    let home = shop.get("/").await.text;
    assert!(home.contains("href=\"/feed.atom\"") && !home.contains("opensearch"));
    xml::parse(&shop.get("/feed.atom").await.text);
}
