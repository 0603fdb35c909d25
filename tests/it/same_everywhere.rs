//! Any sequence of writes gives the same visible catalog on SQLite and on MariaDB.
#![cfg(feature = "mysql")]

use awc::http::Method;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};

use crate::helpers::Shop;

/// Bounded, so that it is quick; each run tries others.
const SEQUENCES: usize = 16;
const STEPS: usize = 20;

#[derive(Debug, Clone)]
enum Step {
    Create(Value),
    Put(usize, Value),
    Patch(usize, Value),
    Delete(usize),
    Restore(usize),
}

/// Texts on which databases like to differ: case, accents, width, ligatures, spaces at the end, signs beyond the basic
/// plane, what cannot be kept.
fn text() -> BoxedStrategy<String> {
    prop_oneof![
        3 => "[a-cA-C ]{0,4}",
        2 => "[äÄaéEßﬁſıİ½-]{1,4}",
        1 => "\\PC{0,6}",
        2 => prop_oneof![Just("Lamp"), Just("lämp"), Just("LAMP "), Just("ｌａｍｐ"), Just("lamp\u{301}"), Just("😀"), Just("日本 語")].prop_map(str::to_owned),
        1 => prop_oneof![Just("a\u{0}"), Just("\u{202E}x"), Just("\u{200B}"), Just("100%_\\")].prop_map(str::to_owned),
        1 => Just("n".repeat(256)),
    ]
    .boxed()
}

fn fields() -> BoxedStrategy<Map<String, Value>> {
    let price = prop_oneof![
        8 => prop_oneof![Just("1.00"), Just("1"), Just("1.5"), Just("20"), Just("0"), Just("99999999.99"), Just("0.01")].prop_map(Value::from),
        1 => prop_oneof![Just(json!("-1")), Just(json!("1e3")), Just(json!("100000000")), Just(json!("1.005")), Just(json!(1.5)), Just(json!(""))],
    ];
    let sku = prop_oneof![
        Just(Value::Null),
        text().prop_map(Value::from),
        prop_oneof![Just("A-1"), Just("a-1"), Just("ß"), Just("SS"), Just("B")].prop_map(Value::from)
    ];
    let slug = prop_oneof![6 => Just(Value::Null), 1 => prop_oneof![Just("lamp"), Just("lamp-2"), Just("b"), Just("Not one")].prop_map(Value::from)];
    let stock = prop_oneof![6 => (0..3_i64).prop_map(Value::from), 1 => prop_oneof![Just(json!(-1)), Just(json!(3_000_000_000_i64)), Just(json!(1.5)), Just(json!(null))]];
    let category = prop_oneof![1 => Just(Value::Null), 3 => text().prop_map(Value::from)];
    let picture = prop_oneof![
        8 => Just(Value::Null),
        1 => Just(json!(format!("/media/{}/original.webp", "a".repeat(64)))),
        1 => prop_oneof![Just("javascript:alert(1)"), Just("https://images.example.com/a.png")].prop_map(Value::from),
    ];
    let active =
        prop_oneof![4 => Just(Value::Bool(true)), 1 => Just(Value::Bool(false)), 1 => Just(Value::Null)];
    // Boxed, because strategies in strategies take more stack than a test's thread has.
    let all = (
        text(),
        price.boxed(),
        category.boxed(),
        sku.boxed(),
        slug.boxed(),
        stock.boxed(),
        picture.boxed(),
        active.boxed(),
        text(),
    );
    all.prop_map(|(name, price, category, sku, slug, stock, picture, active, description)| {
        let whole = json!({"name": name, "price": price, "category": category, "sku": sku, "slug": slug, "stock_quantity": stock,
            "image_url": picture, "is_active": active, "description": description});
        whole.as_object().cloned().unwrap()
    })
    .boxed()
}

fn whole() -> impl Strategy<Value = Value> {
    fields().prop_map(Value::Object)
}

/// Some of the fields.
fn part() -> impl Strategy<Value = Value> {
    (fields(), any::<u16>()).prop_map(|(fields, chosen)| {
        let kept = fields
            .into_iter()
            .enumerate()
            .filter(|(place, _)| chosen & (1 << place) != 0);
        Value::Object(kept.map(|(_, field)| field).collect())
    })
}

fn step() -> BoxedStrategy<Step> {
    let which = 0..12_usize;
    prop_oneof![
        5 => whole().prop_map(Step::Create),
        2 => (which.clone(), whole()).prop_map(|(which, body)| Step::Put(which, body)),
        3 => (which.clone(), part()).prop_map(|(which, body)| Step::Patch(which, body)),
        1 => which.clone().prop_map(Step::Delete),
        1 => which.prop_map(Step::Restore),
    ]
    .boxed()
}

/// One of the two shops, and the newest of the products made so far.
struct Side {
    shop: Shop,
    made: Vec<Value>,
}

impl Side {
    /// Takes one step; the status and everything that an answer says but for ids, times and its request's name.
    async fn take(&mut self, step: &Step) -> (u16, Value) {
        let (method, which, body, suffix) = match step {
            Step::Create(body) => {
                let answer = self
                    .shop
                    .admin(Method::POST, "/api/admin/products", &[], Some(body))
                    .await;
                let mut told = answer.json();
                if answer.status == 201 {
                    self.made.insert(0, told["product_id"].clone());
                }
                plain(&mut told);
                return (answer.status, told);
            }
            Step::Put(which, body) => (Method::PUT, which, Some(body), ""),
            Step::Patch(which, body) => (Method::PATCH, which, Some(body), ""),
            Step::Delete(which) => (Method::DELETE, which, None, ""),
            Step::Restore(which) => (Method::POST, which, None, "/restore"),
        };
        let Some(id) = self.made.get(*which) else {
            return (0, Value::Null);
        };
        let own = format!("/api/admin/products/{id}");
        let seen = self
            .shop
            .admin(
                Method::GET,
                &own,
                &[("x-min-change-seq", &self.shop.head().await)],
                None,
            )
            .await;
        let answer = self
            .shop
            .admin(
                method,
                &format!("{own}{suffix}"),
                &[("if-match", seen.header("etag"))],
                body,
            )
            .await;
        let mut told = if answer.text.is_empty() {
            Value::Null
        } else {
            answer.json()
        };
        plain(&mut told);
        (answer.status, told)
    }

    /// Everything that customers and the owner see.
    async fn visible(&self) -> Vec<Value> {
        let mut seen = Vec::new();
        for query in [
            "newest",
            "created_at",
            "price",
            "-price",
            "name",
            "-name",
            "-price,name",
            "name,-created_at",
        ] {
            seen.push(
                self.list(&format!("/api/v1/products?limit=100&total=true&sort={query}"))
                    .await,
            );
        }
        for filter in [
            "category=lamp",
            "category=A",
            "category=%C3%A4",
            "category=%EF%BD%8C%EF%BD%81mp",
            "min_price=1.00&max_price=1.5",
            "in_stock=true",
            "q=lamp",
            "q=l%C3%A4mp%20a",
            "q=A-1",
        ] {
            seen.push(
                self.list(&format!("/api/v1/products?limit=100&sort=name&{filter}"))
                    .await,
            );
        }
        for status in ["kept", "hidden", "deleted"] {
            seen.push(
                self.list(&format!(
                    "/api/admin/products?limit=100&sort=name&status={status}"
                ))
                .await,
            );
        }
        seen.push(self.list("/api/v1/categories").await);
        seen
    }

    async fn list(&self, path: &str) -> Value {
        let (key, seq) = (format!("Bearer {}", self.shop.key), self.shop.head().await);
        let headers: &[_] = &[("x-min-change-seq", seq.as_str()), ("authorization", &key)];
        let headers = if path.starts_with("/api/admin") {
            headers
        } else {
            &headers[..1]
        };
        let mut page = self.shop.send(Method::GET, path, headers, None).await.json();
        page["data"].as_array_mut().unwrap().iter_mut().for_each(plain);
        json!([path, page["data"], page["meta"]])
    }
}

/// Without what differs by nature, and with each id in a sentence (MariaDB counts refused rows as well).
fn plain(told: &mut Value) {
    let Some(fields) = told.as_object_mut() else {
        return;
    };
    for varying in [
        "product_id",
        "category_id",
        "created_at",
        "updated_at",
        "deleted_at",
        "request_id",
        "instance",
    ] {
        fields.remove(varying);
    }
    for fault in fields
        .get_mut("errors")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        fault["detail"] = fault["detail"]
            .as_str()
            .unwrap()
            .replace(|digit: char| digit.is_ascii_digit(), "")
            .into();
    }
}

#[actix_web::test]
async fn any_sequence_of_writes_gives_the_same_catalog_on_both_databases() {
    let Some(mariadb) = Shop::on_mariadb().await else {
        return;
    };
    let mut sqlite = Side {
        shop: Shop::on_sqlite().await,
        made: Vec::new(),
    };
    let mut mariadb = Side {
        shop: mariadb,
        made: Vec::new(),
    };
    let sequence = proptest::collection::vec(step(), STEPS).boxed();
    let mut runner = TestRunner::new(Config::default());
    let (mut accepted, mut refused) = (0, 0);
    for _ in 0..SEQUENCES {
        let steps = sequence.new_tree(&mut runner).unwrap().current();
        for step in &steps {
            let (one, other) = (sqlite.take(step).await, mariadb.take(step).await);
            assert_eq!(one, other, "{step:?} at the end of {steps:#?}");
            assert!(one.0 < 500, "{step:?}: {one:?}");
            accepted += usize::from((200..300).contains(&one.0));
            refused += usize::from((400..500).contains(&one.0));
        }
        let (one, other) = (sqlite.visible().await, mariadb.visible().await);
        for (one, other) in one.iter().zip(&other) {
            assert_eq!(one, other, "after {steps:#?}");
        }
    }
    assert!(
        accepted > 2 * SEQUENCES && refused > SEQUENCES,
        "{accepted} accepted, {refused} refused"
    );
}
