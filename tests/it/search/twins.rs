//! Whatever is written, an index that has followed finds what one finds that was just made, on either database; so do two
//! nodes, and a shop of either kind.

use awc::http::Method;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};
use vitrine::catalog::{AttributeInput, Taxonomy, TermInput};
use vitrine::db::{Actor, Origin, Seq};

use super::{indexed, status};
use crate::helpers::{Shop, eventually};
use crate::on_both_databases;

on_both_databases!(an_index_that_has_followed_any_writes_finds_what_a_new_one_finds);

/// Writes of one run.
const WRITES: usize = 80;

const NAMES: [&str; 5] = [
    "Desk lamp",
    "Lamp",
    "Vase of clay",
    "Oak chair",
    "Résumé holder XR-12",
];
const CATEGORIES: [&str; 4] = ["Lamps", "Vases", "Chairs", "Office"];
const WORDS: [&str; 4] = ["Oak", "Linen", "Brass", "Clay"];

#[derive(Debug, Clone)]
enum Write {
    Create(Value),
    Amend(usize, Value),
    Stock(usize),
    Delete(usize),
    Restore(usize),
    /// Renames a term, moves a category below another, or gives it another address.
    Term(usize, usize, &'static str),
    Merge(usize, usize, usize),
    /// A sale or a publication that comes in a moment.
    Moment(usize, bool),
    View(usize),
}

fn product() -> impl Strategy<Value = Value> {
    let name = prop::sample::select(&NAMES[..]);
    let category = prop::option::weighted(0.8, prop::sample::select(&CATEGORIES[..]));
    let tags = prop::sample::subsequence(&WORDS[..], 0..=2);
    let brand = prop::option::of(prop::sample::select(&WORDS[..]));
    let numbers = (1..500_u32, 0..3_u32, 1..9_u32);
    (name, category, tags, brand, numbers, prop::bool::weighted(0.85)).prop_map(
        |(name, category, tags, brand, (cents, stock, height), is_active)| {
            json!({
                "name": name, "category": category, "tags": tags, "brand": brand, "is_active": is_active,
                "price": format!("{}.{:02}", cents / 100, cents % 100), "stock_quantity": stock,
                "attributes": {"height": height}, "description": "Made by hand, for every day.",
            })
        },
    )
}

fn write() -> impl Strategy<Value = Write> {
    let at = || any::<usize>();
    let name = prop::sample::select(vec!["Light", "Lamps", "Seats", "Oaken", "Brass", "Fine linen"]);
    prop_oneof![
        4 => product().prop_map(Write::Create),
        4 => (at(), product()).prop_map(|(at, product)| Write::Amend(at, product)),
        1 => at().prop_map(Write::Stock),
        1 => at().prop_map(Write::Delete),
        1 => at().prop_map(Write::Restore),
        3 => (0..4_usize, at(), name).prop_map(|(what, at, name)| Write::Term(what, at, name)),
        1 => (0..3_usize, at(), at()).prop_map(|(what, from, to)| Write::Merge(what, from, to)),
        1 => (at(), any::<bool>()).prop_map(|(at, sale)| Write::Moment(at, sale)),
        1 => at().prop_map(Write::View),
    ]
}

fn origin() -> Origin {
    Origin {
        actor: Actor::System,
        request_id: "test".to_owned(),
        batch: None,
    }
}

/// Refusals are as good as writes: they change nothing on either side.
async fn apply(shop: &Shop, made: &mut Vec<Value>, write: &Write) {
    let chosen = |at: usize| made.get(at % made.len().max(1)).cloned();
    match write {
        Write::Create(product) => {
            made.push(shop.create(product).await["product_id"].clone());
        }
        Write::Amend(at, fields) => versioned(shop, chosen(*at), Method::PATCH, "", Some(fields)).await,
        Write::Delete(at) => versioned(shop, chosen(*at), Method::DELETE, "", None).await,
        Write::Restore(at) => versioned(shop, chosen(*at), Method::POST, "/restore", None).await,
        Write::Stock(at) => {
            if let Some(id) = chosen(*at) {
                let own = format!("/api/admin/products/{id}/stock");
                shop.admin(Method::POST, &own, &[], Some(&json!({"delta": 1})))
                    .await;
            }
        }
        Write::Moment(at, is_sale) => {
            let soon = chrono::Utc::now() + chrono::Duration::milliseconds(700);
            let fields = match is_sale {
                true => json!({"price": "90.00", "sale": {"price": "0.50", "starts_at": soon.to_rfc3339()}}),
                false => json!({"publish_at": soon.to_rfc3339()}),
            };
            versioned(shop, chosen(*at), Method::PATCH, "", Some(&fields)).await;
        }
        Write::View(at) => {
            if let Some(id) = chosen(*at) {
                shop.get(&format!("/api/v1/products/{id}")).await;
            }
        }
        Write::Term(what, at, name) => term(shop, *what, *at, name).await,
        Write::Merge(what, from, to) => merge(shop, *what, *from, *to).await,
    }
}

async fn versioned(shop: &Shop, id: Option<Value>, method: Method, way: &str, body: Option<&Value>) {
    let Some(id) = id else { return };
    let own = format!("/api/admin/products/{id}");
    let head = shop.head().await;
    let seen = shop
        .admin(Method::GET, &own, &[("x-min-change-seq", &head)], None)
        .await;
    let version = seen.header("etag").to_owned();
    shop.admin(method, &format!("{own}{way}"), &[("if-match", &version)], body)
        .await;
}

const TAXONOMIES: [Taxonomy; 3] = [Taxonomy::Category, Taxonomy::Brand, Taxonomy::Tag];

async fn term(shop: &Shop, what: usize, at: usize, name: &str) {
    let catalog = &shop.parts.catalog;
    // The fourth moves a category.
    let taxonomy = TAXONOMIES[what % 3];
    let head = Seq(shop.head().await.parse().unwrap());
    let terms = catalog.terms(taxonomy, head).await.unwrap().value;
    let Some(term) = terms.terms().get(at % terms.terms().len().max(1)) else {
        return;
    };
    let parent = |id: Option<i32>| id.map(|id| id.to_string()).unwrap_or_default();
    let kept = TermInput {
        name: term.name.clone(),
        slug: term.slug.clone(),
        parent: parent(term.parent_id),
        ..TermInput::default()
    };
    let input = match what {
        3 => TermInput {
            parent: parent(
                terms
                    .terms()
                    .get(at / 7 % terms.terms().len())
                    .map(|term| term.term_id),
            ),
            ..kept
        },
        _ if at.is_multiple_of(2) => TermInput {
            slug: name.to_lowercase().replace(' ', "-"),
            ..kept
        },
        _ => TermInput {
            name: name.to_owned(),
            ..kept
        },
    };
    let _ = catalog
        .save_term(origin(), term.term_id, term.version, input)
        .await;
}

async fn merge(shop: &Shop, what: usize, from: usize, to: usize) {
    let catalog = &shop.parts.catalog;
    let head = Seq(shop.head().await.parse().unwrap());
    let terms = catalog.terms(TAXONOMIES[what], head).await.unwrap().value;
    let terms = terms.terms();
    if let (Some(from), Some(to)) = (
        terms.get(from % terms.len().max(1)),
        terms.get(to % terms.len().max(1)),
    ) {
        let _ = catalog
            .merge_term(origin(), from.term_id, from.version, to.term_id)
            .await;
    }
}

/// Everything that can be asked about such a shop, in every order.
fn questions() -> Vec<String> {
    let mut questions = Vec::new();
    let words = [
        "lamp", "vase", "oak", "chair", "clay", "holder", "xr12", "every", "light", "brass", "lam",
    ];
    for word in words {
        for sort in ["relevance", "price", "-name", "newest", "popular"] {
            questions.push(format!("q={word}&sort={sort}"));
        }
        for filter in [
            "category=lamps",
            "category=office",
            "category=light",
            "brand=oak",
            "brand=oaken",
            "tag=linen",
            "tag=fine-linen",
            "on_sale=true",
            "in_stock=true",
            "max_price=1",
            "min_price=2&max_price=4",
            "attr.height.min=3&attr.height.max=6",
            "min_popularity=1",
        ] {
            questions.push(format!("q={word}&{filter}"));
        }
    }
    questions
}

async fn answers(shop: &Shop, questions: &[String]) -> Vec<Value> {
    let mut answers = Vec::new();
    for question in questions {
        let path = format!("/api/v1/search?{question}&limit=100&total=true&facets=true");
        let answer = shop.fresh(&path).await.json();
        let ids = answer["data"].as_array().unwrap().iter();
        let ids: Vec<&Value> = ids.map(|product| &product["product_id"]).collect();
        answers.push(json!([question, ids, answer["meta"]]));
    }
    answers
}

async fn an_index_that_has_followed_any_writes_finds_what_a_new_one_finds(shop: Shop) {
    let other = shop.beside(|settings| settings.search.reconcile_s = 1).await;
    indexed(&shop).await;
    indexed(&other).await;
    let height = AttributeInput {
        name: "Height".to_owned(),
        kind: "number".to_owned(),
        ..AttributeInput::default()
    };
    shop.parts
        .catalog
        .create_attribute(origin(), height)
        .await
        .unwrap();
    // The same writes in each run, so that a failure comes again.
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[11; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut made = Vec::new();
    for _ in 0..WRITES {
        let write = write().new_tree(&mut runner).unwrap().current();
        apply(&shop, &mut made, &write).await;
    }
    eventually("the clock has nothing more to do", async || {
        let coming = "SELECT COUNT(*) AS count FROM products WHERE next_moment_at IS NOT NULL";
        shop.count(coming).await == 0
    })
    .await;
    shop.parts.catalog.store_views().await.unwrap();
    indexed(&shop).await;
    indexed(&other).await;
    let new = shop.beside(|_| {}).await;
    indexed(&new).await;
    let expected = answers(&new, &questions()).await;
    let found: usize = expected
        .iter()
        .map(|answer| answer[1].as_array().unwrap().len())
        .sum();
    assert!(found > 200, "the questions find something: {found}");
    // A view is no change: it comes with the comparison, and that moves hits that are about as good.
    assert_eq!(
        without_order(answers(&shop, &by_words()).await),
        without_order(expected_of(&expected, &by_words()))
    );
    eventually("the other node knows what was looked at", async || {
        answers(&other, &by_views()).await == expected_of(&expected, &by_views())
    })
    .await;
    for (followed, new) in answers(&other, &questions()).await.iter().zip(&expected) {
        assert_eq!(followed, new);
    }
    for node in [&shop, &other] {
        let status = status(node).await;
        assert_eq!(
            (&status["builds"], &status["repaired"]),
            (&json!(1), &json!(0)),
            "it has followed"
        );
    }
}

fn by_words() -> Vec<String> {
    let all = questions().into_iter();
    all.filter(|question| !question.contains("popular")).collect()
}

fn by_views() -> Vec<String> {
    let all = questions().into_iter();
    all.filter(|question| question.contains("popular")).collect()
}

fn expected_of(answers: &[Value], questions: &[String]) -> Vec<Value> {
    let is_wanted = |answer: &&Value| questions.iter().any(|question| answer[0] == question.as_str());
    answers.iter().filter(is_wanted).cloned().collect()
}

/// Of lists by relevance only what is on them.
fn without_order(mut answers: Vec<Value>) -> Vec<Value> {
    for answer in &mut answers {
        let question = answer[0].as_str().unwrap();
        if !question.contains("sort=") || question.contains("relevance") {
            let ids = answer[1].as_array_mut().unwrap();
            ids.sort_by_key(|id| id.as_i64());
        }
    }
    answers
}
