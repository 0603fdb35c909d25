//! What search engines, feed readers and marketplaces read: complete, correct, and never older than the page.

mod addresses;

use awc::http::Method;
use serde_json::{Value, json};
use vitrine::catalog::{Extent, ProductEdit, ProductInput};

use crate::helpers::xml::{self, Element};
use crate::helpers::{Answer, Shop, html};
use crate::hostile::naughty;
use crate::on_both_databases;

on_both_databases!(
    pages_hold_the_facts_that_search_engines_require,
    naughty_words_are_the_same_text_in_facts_and_feeds,
    a_change_of_price_shows_everywhere_at_once,
    the_feed_of_new_products_keeps_its_ids_when_addresses_change,
    the_product_feed_says_what_the_marketplace_requires,
);

const ORIGIN: &str = "https://shop.example";

/// The required fields of Google's rich results, and those that we promise beyond them, as JSON pointers.
const REQUIRED: &[(&str, &str, &[&str])] = &[
    (
        "/products/moon-lamp",
        "Product",
        &[
            "/name",
            "/description",
            "/image/0",
            "/sku",
            "/brand/name",
            "/category",
            "/url",
            "/offers/price",
            "/offers/priceCurrency",
            "/offers/availability",
            "/offers/itemCondition",
            "/offers/url",
        ],
    ),
    (
        "/products/moon-lamp",
        "BreadcrumbList",
        &[
            "/itemListElement/0/position",
            "/itemListElement/0/name",
            "/itemListElement/0/item",
            "/itemListElement/2/item",
        ],
    ),
    (
        "/categories/lamps",
        "BreadcrumbList",
        &["/itemListElement/0/name", "/itemListElement/2/item"],
    ),
    ("/", "Organization", &["/name", "/url"]),
    (
        "/",
        "WebSite",
        &["/name", "/url", "/potentialAction/target/urlTemplate"],
    ),
];

/// The same shop with a name of its own.
async fn named(shop: &Shop) -> Shop {
    shop.beside(|settings| settings.server.public_url = Some(ORIGIN.parse().unwrap()))
        .await
}

async fn open(shop: &Shop, path: &str) -> Answer {
    let seq = shop.head().await;
    let headers = [("host", "shop.example"), ("x-min-change-seq", seq.as_str())];
    shop.send(Method::GET, path, &headers, None).await
}

async fn document(shop: &Shop, path: &str) -> Element {
    let answer = open(shop, path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    assert!(answer.header("content-type").contains("xml"), "{path}");
    assert_eq!(
        answer.header("cache-control"),
        "public, max-age=0, must-revalidate"
    );
    assert!(answer.header("etag").starts_with('"'), "{path}");
    xml::parse(&answer.text)
}

fn lamp() -> Value {
    json!({"name": "Moon lamp", "description": "It shines.", "price": "39.90", "category": "Lamps", "sku": "ML-1",
        "brand": "Luna", "stock_quantity": 5,
        "image_url": "https://images.example.com/moon.jpg"})
}

async fn with_lamp(shop: &Shop) -> Shop {
    let shop = shop
        .beside(|settings| {
            settings.server.public_url = Some(ORIGIN.parse().unwrap());
            settings.shop.image_hosts = vec!["images.example.com".to_owned()];
        })
        .await;
    create(&shop, &lamp()).await.unwrap();
    shop
}

/// Makes a product without a request, if its texts are accepted.
async fn create(shop: &Shop, body: &Value) -> Option<Value> {
    let input = ProductInput::from_json(body.as_object().unwrap());
    let edit = ProductEdit::parse(input, Extent::Whole).ok()?;
    let origin = vitrine::db::Origin {
        actor: vitrine::db::Actor::System,
        request_id: "test".to_owned(),
        batch: None,
    };
    let made = shop.parts.catalog.create(origin, edit, None).await.ok()?;
    Some(serde_json::to_value(made.value.product).unwrap())
}

async fn pages_hold_the_facts_that_search_engines_require(shop: Shop) {
    let shop = with_lamp(&shop).await;
    for (path, kind, pointers) in REQUIRED {
        let page = open(&shop, path).await.text;
        let facts = html::facts_of(&page, kind).unwrap_or_else(|| panic!("{path} has no {kind}"));
        assert_eq!(facts["@context"], "https://schema.org");
        for pointer in *pointers {
            let value = facts
                .pointer(pointer)
                .unwrap_or_else(|| panic!("{path}: {kind} without {pointer}"));
            assert!(
                value.is_i64() || value.as_str().is_some_and(|text| !text.is_empty()),
                "{pointer}: {value}"
            );
        }
    }
    let page = open(&shop, "/products/moon-lamp").await.text;
    let facts = html::facts_of(&page, "Product").unwrap();
    assert_eq!(facts["offers"]["price"], "39.90");
    assert_eq!(facts["offers"]["availability"], "https://schema.org/InStock");
    for (property, content) in [
        ("og:type", "product"),
        ("og:url", "https://shop.example/products/moon-lamp"),
        ("og:image", "https://images.example.com/moon.jpg"),
        ("og:image:alt", "Moon lamp"),
        ("product:price:amount", "39.90"),
        ("product:price:currency", "EUR"),
        ("product:availability", "in stock"),
    ] {
        let tags = html::tags(&page);
        let found = tags
            .iter()
            .find(|tag| tag.attribute("property") == Some(property));
        assert_eq!(
            found.and_then(|tag| tag.attribute("content")),
            Some(content),
            "{property}"
        );
    }
    let search = document(&shop, "/opensearch.xml").await;
    let template = search.child("Url").attribute("template");
    assert_eq!(template, Some("https://shop.example/search?q={searchTerms}"));
}

async fn naughty_words_are_the_same_text_in_facts_and_feeds(shop: Shop) {
    let shop = named(&shop).await;
    let mut made = Vec::new();
    for text in naughty() {
        let body =
            json!({"name": text, "description": text, "category": text, "brand": text, "price": "1.00"});
        made.extend(create(&shop, &body).await);
    }
    // XML cannot hold the last two characters of the first plane at all.
    let kept_by_xml = |c: &char| !c.is_whitespace() && !matches!(c, '\u{fffe}' | '\u{ffff}');
    let spaceless = |text: &str| text.chars().filter(kept_by_xml).collect::<String>();
    let products = document(&shop, "/feeds/google.xml").await;
    let items: Vec<_> = products.child("channel").all("item").collect();
    assert_eq!(items.len(), made.len());
    for (item, product) in items.iter().zip(&made) {
        let name: String = product["name"].as_str().unwrap().chars().take(150).collect();
        assert_eq!(spaceless(item.of("g:title").unwrap()), spaceless(&name));
    }
    let newest = document(&shop, "/feed.atom").await;
    for entry in newest.all("entry") {
        let id: i64 = entry
            .of("id")
            .unwrap()
            .rsplit('/')
            .next()
            .unwrap()
            .parse()
            .unwrap();
        let product = made.iter().find(|product| product["product_id"] == id);
        let name = product.unwrap()["name"].as_str().unwrap();
        assert_eq!(spaceless(entry.of("title").unwrap()), spaceless(name));
    }
    let places = document(&shop, "/sitemap.xml").await;
    assert!(places.all("url").count() > made.len());
    for product in made.iter().filter(|product| {
        let name = product["name"].as_str().unwrap_or_default();
        name.contains(['<', '&', '"', '\u{2028}'])
    }) {
        let page = open(&shop, &format!("/products/{}", product["slug"].as_str().unwrap())).await;
        let facts = html::facts_of(&page.text, "Product").unwrap();
        for (fact, kept) in [
            (&facts["name"], "name"),
            (&facts["description"], "description"),
            (&facts["brand"]["name"], "brand"),
        ] {
            if !product[kept].is_null() {
                assert_eq!(*fact, product[kept]);
            }
        }
        let trail = html::facts_of(&page.text, "BreadcrumbList").unwrap();
        let last = trail["itemListElement"].as_array().unwrap().last().unwrap();
        assert_eq!(last["name"], product["name"]);
    }
}

async fn a_change_of_price_shows_everywhere_at_once(shop: Shop) {
    let shop = with_lamp(&shop).await;
    let before = open(&shop, "/feeds/google.xml").await;
    for price in ["41.00", "7.77"] {
        let own = "/api/admin/products/1";
        let bearer = format!("Bearer {}", shop.key);
        let mut headers = vec![("host", "shop.example"), ("authorization", bearer.as_str())];
        let seq = shop.head().await;
        headers.push(("x-min-change-seq", &seq));
        let seen = shop.send(Method::GET, own, &headers, None).await;
        headers.pop();
        headers.push(("if-match", seen.header("etag")));
        let saved = shop
            .send(Method::PATCH, own, &headers, Some(&json!({"price": price})))
            .await;
        assert_eq!(saved.status, 200, "{}", saved.text);
        let changed = saved.json()["updated_at"].as_str().unwrap().to_owned();

        let page = open(&shop, "/products/moon-lamp").await.text;
        assert!(html::text(&page).contains(&format!("€{price}")));
        let facts = html::facts_of(&page, "Product").unwrap();
        assert_eq!(facts["offers"]["price"], price);
        let products = document(&shop, "/feeds/google.xml").await;
        let item = products.child("channel").child("item");
        assert_eq!(item.of("g:price"), Some(format!("{price} EUR").as_str()));
        let newest = document(&shop, "/feed.atom").await;
        assert_eq!(newest.of("updated"), Some(changed.as_str()));
        let entry = newest.child("entry");
        assert!(entry.of("summary").unwrap().starts_with(&format!("€{price}")));
        for place in document(&shop, "/sitemap.xml").await.all("url") {
            assert_eq!(place.of("lastmod"), Some(changed.as_str()), "{place:?}");
        }
    }
    let seq = shop.head().await;
    let known = [
        ("host", "shop.example"),
        ("x-min-change-seq", seq.as_str()),
        ("if-none-match", before.header("etag")),
    ];
    let again = shop.send(Method::GET, "/feeds/google.xml", &known, None).await;
    assert_eq!(again.status, 200, "the old copy does not hold any more");
}

async fn the_feed_of_new_products_keeps_its_ids_when_addresses_change(shop: Shop) {
    let named = with_lamp(&shop).await;
    let entry = |feed: &Element| {
        let entry = feed.child("entry");
        let link = entry.child("link").attribute("href").unwrap().to_owned();
        (entry.of("id").unwrap().to_owned(), link)
    };
    let (id, link) = entry(&document(&named, "/feed.atom").await);
    assert_eq!(id, "tag:shop.example,2026:product/1");
    assert_eq!(link, "https://shop.example/products/moon-lamp");
    shop.amend(&json!(1), &json!({"slug": "sun-lamp"})).await;
    let feed = document(&named, "/feed.atom").await;
    assert_eq!(
        entry(&feed),
        (id, "https://shop.example/products/sun-lamp".to_owned())
    );
    for required in ["id", "title", "updated", "author"] {
        assert!(feed.of(required).is_some(), "{required}");
    }
    for number in 0..55 {
        let body = json!({"name": format!("Lamp {number}"), "price": "1.00"});
        create(&named, &body).await.unwrap();
    }
    assert_eq!(document(&named, "/feed.atom").await.all("entry").count(), 50);
}

async fn the_product_feed_says_what_the_marketplace_requires(shop: Shop) {
    let shop = with_lamp(&shop).await;
    create(&shop, &json!({"name": "Vase", "price": "5.00"}))
        .await
        .unwrap();
    let feed = document(&shop, "/feeds/google.xml").await;
    let items: Vec<_> = feed.child("channel").all("item").collect();
    let texts = |names: &[&str], item: &Element| -> Vec<Option<String>> {
        names
            .iter()
            .map(|name| item.of(&format!("g:{name}")).map(str::to_owned))
            .collect()
    };
    let some =
        |texts: &[&str]| -> Vec<Option<String>> { texts.iter().map(|t| Some((*t).to_owned())).collect() };
    let names = [
        "id",
        "title",
        "description",
        "link",
        "image_link",
        "availability",
        "price",
        "brand",
        "mpn",
        "product_type",
        "condition",
    ];
    let link = "https://shop.example/products/moon-lamp";
    let image = "https://images.example.com/moon.jpg";
    assert_eq!(
        texts(&names, items[0]),
        some(&[
            "1",
            "Moon lamp",
            "It shines.",
            link,
            image,
            "in_stock",
            "39.90 EUR",
            "Luna",
            "ML-1",
            "Lamps",
            "new"
        ])
    );
    assert_eq!(items[0].of("g:identifier_exists"), None);
    assert_eq!(
        texts(&["availability", "identifier_exists"], items[1]),
        some(&["out_of_stock", "no"])
    );
    let rest = document(&shop, "/feeds/google.xml?after=1").await;
    assert_eq!(rest.child("channel").all("item").count(), 1);
    assert_eq!(open(&shop, "/feeds/google.xml?after=x").await.status, 400);
}
