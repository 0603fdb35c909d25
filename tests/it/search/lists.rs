//! Pages of what was found, and what is shown while the index cannot answer.

use std::sync::Arc;

use awc::http::Method;
use futures_util::future::BoxFuture;
use serde_json::json;
use vitrine::catalog::filter::{ProductFilter, Scope, Sort};
use vitrine::catalog::finder::{Finder, Finding, Found, Wanted};
use vitrine::catalog::{Catalog, ListQuery};
use vitrine::config::CacheBackend;
use vitrine::db::Seq;
use vitrine::web::paging::{PageRequest, Position};

use super::{indexed, names};
use crate::helpers::Shop;
use crate::on_both_databases;

on_both_databases!(
    pages_of_a_search_hold_each_product_once_while_others_come_and_go,
    without_an_index_the_database_finds_and_says_so,
);

/// Follows the links of a list to its end, or back to its begin.
async fn walk(shop: &Shop, start: &str, direction: &str) -> Vec<String> {
    let (mut found, mut next) = (Vec::new(), Some(start.to_owned()));
    while let Some(path) = next {
        let answer = shop.fresh(&path).await;
        let page = names(&answer);
        found.push(page);
        next = answer.json()["links"][direction].as_str().map(str::to_owned);
        assert!(found.len() < 50, "it never ends");
    }
    if direction == "prev" {
        found.reverse();
    }
    found.concat()
}

async fn pages_of_a_search_hold_each_product_once_while_others_come_and_go(shop: Shop) {
    for number in 0..30 {
        let price = format!("{}.00", 10 + number);
        shop.create(&json!({"name": format!("Marmot number {number:02}"), "price": price}))
            .await;
    }
    for sort in ["relevance", "price", "-price", "name"] {
        let list = format!("/api/v1/search?q=marmot&sort={sort}");
        let whole = names(&shop.fresh(&format!("{list}&limit=100")).await);
        assert_eq!(whole.len(), 30, "{sort}");
        assert_eq!(
            walk(&shop, &format!("{list}&limit=7"), "next").await,
            whole,
            "{sort}"
        );
        let mut last = format!("{list}&limit=7");
        while let Some(next) = shop.fresh(&last).await.json()["links"]["next"].as_str() {
            last = next.to_owned();
        }
        assert_eq!(walk(&shop, &last, "prev").await, whole, "{sort} backwards");
    }
    // Three come before the second page, two of the first go.
    let list = "/api/v1/search?q=marmot&sort=price&limit=10";
    let first = shop.fresh(list).await;
    let next = first.json()["links"]["next"].as_str().unwrap().to_owned();
    for number in 0..3 {
        shop.create(&json!({"name": format!("Marmot new {number}"), "price": "1.00"}))
            .await;
    }
    for product in &first.json()["data"].as_array().unwrap()[..2] {
        let own = format!("/api/admin/products/{}", product["product_id"]);
        let seen = shop.read(&own).await;
        let version = [("if-match", seen.header("etag"))];
        assert_eq!(shop.admin(Method::DELETE, &own, &version, None).await.status, 204);
    }
    let second = names(&shop.fresh(&next).await);
    let expected: Vec<String> = (10..20).map(|number| format!("Marmot number {number}")).collect();
    assert_eq!(second, expected);
    let foreign = next.replace("marmot", "otter");
    assert_eq!(shop.fresh(&foreign).await.json()["code"], "invalid_cursor");
    let page = shop.fresh("/search?q=marmot&page=2").await.text;
    assert!(page.contains("rel=\"prev\"") && page.contains("page=1") | page.contains("/search?q=marmot\""));
    assert_eq!(shop.get("/search?q=marmot&page=43").await.status, 400);
}

/// An index that is never ready.
struct Unready;

impl Finder for Unready {
    fn find(&self, _: Wanted, _: Seq) -> BoxFuture<'static, vitrine::error::Result<Option<Found>>> {
        Box::pin(async { Ok(None) })
    }
}

async fn without_an_index_the_database_finds_and_says_so(shop: Shop) {
    for number in 0..12 {
        shop.create(&json!({"name": format!("Marmot {number:02}"), "price": "1.00"}))
            .await;
    }
    indexed(&shop).await;
    let catalog: Catalog = shop
        .parts
        .catalog
        .clone()
        .found_by(Finding::By(Arc::new(Unready)));
    let filter = ProductFilter::of_text(Scope::Visible, "marmot").unwrap();
    let mut query = ListQuery {
        sort: Sort::parse_for(None, catalog.has_relevance(&filter)).unwrap(),
        filter,
        page: PageRequest {
            limit: 5,
            ..PageRequest::default()
        },
        ..ListQuery::default()
    };
    let at_least = Seq(shop.head().await.parse().unwrap());
    let mut found = Vec::new();
    loop {
        let listed = catalog.products(query.clone(), at_least).await.unwrap().value;
        assert!(listed.search.unwrap().is_degraded);
        found.extend(listed.page.items.into_iter().map(|product| product.name));
        match listed.page.next {
            Some(next) => query.page.position = Position::Cursor(next),
            None => break,
        }
    }
    let newest_first: Vec<String> = (0..12)
        .rev()
        .map(|number| format!("Marmot {number:02}"))
        .collect();
    assert_eq!(found, newest_first);
}

#[actix_web::test]
async fn pages_of_one_list_are_counted_once_until_something_changes() {
    const SEARCHES: &str = "search_query_duration_seconds_count";
    let shop = Shop::on_sqlite_with(|settings| settings.cache.backend = CacheBackend::Off).await;
    for number in 0..30 {
        shop.create(&json!({"name": format!("Lamp {number}"), "brand": "Acme", "price": "1.00"}))
            .await;
    }
    indexed(&shop).await;
    let counted = async |path: &str, brand: &str| {
        let page = shop.fresh(path).await.text;
        assert!(page.contains(brand), "{brand} on {path}");
        shop.metric(SEARCHES).await
    };
    let once = counted("/products", "Acme (30)").await;
    for path in ["/products?page=2", "/products", "/products?sort=price"] {
        assert_eq!(counted(path, "Acme (30)").await, once, "{path}");
    }
    assert_eq!(counted("/products?in_stock=false", "Acme (30)").await, once + 1);
    shop.create(&json!({"name": "One more", "brand": "Acme", "price": "1.00"}))
        .await;
    assert_eq!(counted("/products", "Acme (31)").await, once + 2);
    assert_eq!(counted("/products?in_stock=false", "Acme (31)").await, once + 3);
}
