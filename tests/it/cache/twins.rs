//! Whatever is written, a shop that keeps its answers says the same as one that makes each anew.

use awc::http::Method;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

use super::keeping;
use crate::helpers::{Answer, Browser, Shop, html};
use crate::on_both_databases;

on_both_databases!(kept_answers_are_the_same_as_new_ones_after_any_writes);

/// Writes of one run. Each is followed by a look at everything.
const WRITES: usize = 60;

#[derive(Debug, Clone)]
enum Write {
    Create(Value),
    Amend(usize, Value),
    Stock(usize, i32),
    Delete(usize),
    Restore(usize),
    RenameTerm(&'static str, usize, &'static str),
}

const NAMES: [&str; 4] = ["Lamp", "Vase", "Chair", "Desk lamp"];
const CATEGORIES: [Option<&str>; 4] = [None, Some("Lamps"), Some("Vases"), Some("Chairs")];
const WORDS: [&str; 4] = ["Oak", "Linen", "Brass", "Clay"];

fn product() -> impl Strategy<Value = Value> {
    let name = prop::sample::select(&NAMES[..]);
    let category = prop::sample::select(&CATEGORIES[..]);
    let words = prop::sample::subsequence(&WORDS[..], 0..=2);
    let brand = prop::option::of(prop::sample::select(&WORDS[..]));
    (
        name,
        category,
        words,
        brand,
        1..500_u32,
        0..3_u32,
        prop::bool::weighted(0.85),
    )
        .prop_map(|(name, category, tags, brand, cents, stock, is_active)| {
            json!({
                "name": name, "category": category, "tags": tags, "brand": brand, "is_active": is_active,
                "price": format!("{}.{:02}", cents / 100, cents % 100), "stock_quantity": stock,
            })
        })
}

/// Some fields of a whole product.
fn amendment() -> impl Strategy<Value = Value> {
    (product(), prop::collection::vec(any::<bool>(), 7)).prop_map(|(whole, kept)| {
        let fields = whole.as_object().unwrap().clone();
        let mut kept = kept.into_iter();
        Value::Object(
            fields
                .into_iter()
                .filter(|_| kept.next().unwrap_or(false))
                .collect(),
        )
    })
}

fn write() -> impl Strategy<Value = Write> {
    let at = 0..8_usize;
    prop_oneof![
        3 => product().prop_map(Write::Create),
        6 => (at.clone(), amendment()).prop_map(|(at, fields)| Write::Amend(at, fields)),
        2 => (at.clone(), -1..=1).prop_map(|(at, delta)| Write::Stock(at, delta)),
        1 => at.clone().prop_map(Write::Delete),
        1 => at.clone().prop_map(Write::Restore),
        1 => (prop::sample::select(&["categories", "brands", "tags"][..]), at, prop::sample::select(&WORDS[..]))
            .prop_map(|(kind, at, name)| Write::RenameTerm(kind, at, name)),
    ]
}

async fn kept_answers_are_the_same_as_new_ones_after_any_writes(shop: Shop) {
    let anew = shop.beside(|settings| settings.features.cache = false).await;
    keeping(&shop).await;
    let mut olive = Browser::of_owner(&shop).await;
    let mut addresses: Vec<String> = fixed();
    // The same writes in each run, so that a failure comes again.
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    for number in 0..WRITES {
        let write = write().new_tree(&mut runner).unwrap().current();
        apply(&shop, &mut olive, &write, &mut addresses).await;
        for path in &addresses {
            let kept = shop.get(path).await;
            let new = anew.fresh(path).await;
            assert_eq!(kept.status, new.status, "{path} after write {number}, {write:?}");
            assert_eq!(
                comparable(&kept),
                comparable(&new),
                "{path} after write {number}, {write:?}"
            );
        }
    }
    let hits = super::counted(&shop, super::HIT).await;
    assert!(hits > 200, "most answers were kept ones: {hits}");
}

/// An error names its request.
fn comparable(answer: &Answer) -> (String, String) {
    let text = if answer.status == 404 {
        String::new()
    } else {
        answer.text.clone()
    };
    (text, answer.header("location").to_owned())
}

fn fixed() -> Vec<String> {
    let fixed = [
        "/",
        "/products",
        "/products?sort=price&in_stock=true",
        "/products?brand=Oak",
        "/products?tag=Linen&min_price=1",
        "/products?category=lamps",
        "/categories/lamps",
        "/categories/vases",
        "/categories/chairs",
        "/categories/oak",
        "/api/v1/products?total=true",
        "/api/v1/products?category=Lamps&sort=-price",
        "/api/v1/categories",
        "/api/v1/brands",
        "/api/v1/tags",
        "/api/v1/attributes",
    ];
    fixed.map(str::to_owned).to_vec()
}

/// Makes a write; addresses that it gives to something are looked at from then on.
async fn apply(shop: &Shop, olive: &mut Browser<'_>, write: &Write, addresses: &mut Vec<String>) {
    let known = shop
        .admin(Method::GET, "/api/admin/products?limit=100&status=all", &[], None)
        .await;
    let products = if known.status == 200 {
        known.json()["data"].as_array().unwrap().clone()
    } else {
        Vec::new()
    };
    let chosen = |at: usize| {
        products
            .get(at % products.len().max(1))
            .map(|product| product["product_id"].clone())
    };
    let answer = match write {
        Write::Create(product) => Some(
            shop.admin(Method::POST, "/api/admin/products", &[], Some(product))
                .await,
        ),
        Write::Amend(at, fields) => match chosen(*at) {
            Some(id) => Some(versioned(shop, Method::PATCH, &id, "", Some(fields)).await),
            None => None,
        },
        Write::Stock(at, delta) => match chosen(*at) {
            Some(id) => {
                let own = format!("/api/admin/products/{id}/stock");
                Some(
                    shop.admin(Method::POST, &own, &[], Some(&json!({ "delta": delta })))
                        .await,
                )
            }
            None => None,
        },
        Write::Delete(at) => match chosen(*at) {
            Some(id) => Some(versioned(shop, Method::DELETE, &id, "", None).await),
            None => None,
        },
        Write::Restore(at) => match chosen(*at) {
            Some(id) => Some(versioned(shop, Method::POST, &id, "/restore", None).await),
            None => None,
        },
        Write::RenameTerm(kind, at, name) => {
            rename(olive, kind, *at, name).await;
            None
        }
    };
    let made = answer
        .filter(|answer| matches!(answer.status, 200 | 201))
        .map(|answer| answer.json());
    if let Some(product) = made.filter(|made| made["slug"].is_string()) {
        for path in [
            format!("/products/{}", product["slug"].as_str().unwrap()),
            format!("/api/v1/products/{}", product["product_id"]),
        ] {
            if !addresses.contains(&path) {
                addresses.push(path);
            }
        }
    }
}

async fn versioned(shop: &Shop, method: Method, id: &Value, below: &str, body: Option<&Value>) -> Answer {
    let own = format!("/api/admin/products/{id}");
    let seen = shop
        .admin(
            Method::GET,
            &own,
            &[("x-min-change-seq", &shop.head().await)],
            None,
        )
        .await;
    let headers = [("if-match", seen.header("etag"))];
    shop.admin(method, &format!("{own}{below}"), &headers, body).await
}

/// By the owner's form: terms have no other door. What is refused, because the name is taken, changes nothing.
async fn rename(olive: &mut Browser<'_>, kind: &str, at: usize, name: &str) {
    let list = olive.open(&format!("/admin/{kind}")).await;
    let start = format!("/admin/{kind}/");
    let links = html::tags(&list.text);
    let own: Vec<_> = links
        .iter()
        .filter_map(|tag| tag.attribute("href"))
        .filter(|href| {
            href.strip_prefix(&start)
                .is_some_and(|id| id.bytes().all(|byte| byte.is_ascii_digit()))
        })
        .collect();
    if let Some(own) = own.get(at % own.len().max(1)) {
        olive.submit(own, own, &[("name", name)]).await;
    }
}
