//! Any sequence of writes gives the same visible catalog on SQLite and on MariaDB.

#[cfg(feature = "mysql")]
mod both {
    use awc::http::Method;
    use proptest::prelude::*;
    use proptest::strategy::ValueTree;
    use proptest::test_runner::{Config, TestRunner};
    use serde_json::{Value, json};

    use crate::helpers::Shop;

    #[derive(Debug, Clone)]
    enum Step {
        Create(Value),
        Put(usize, Value),
        Patch(usize, Value),
        Delete(usize),
        Restore(usize),
    }

    const SEQUENCES: usize = 8;
    const STEPS: usize = 16;

    fn text() -> impl Strategy<Value = String> {
        prop_oneof![
            "[a-cA-C ]{0,4}",
            "[äÄaéEß½ﬁ -]{1,4}",
            "\\PC{0,6}",
            Just("Lamp".to_owned()),
            Just("lämp".to_owned())
        ]
    }

    fn body() -> impl Strategy<Value = Value> {
        let price = prop_oneof![
            Just("1.00"),
            Just("1.5"),
            Just("20"),
            Just("-1"),
            Just("99999999.99"),
            Just("1e3")
        ];
        let sku = proptest::option::of(prop_oneof![Just("A-1"), Just("a-1"), Just("ß"), Just("B")]);
        (text(), price, text(), sku, 0..3_i32, any::<bool>()).prop_map(|(name, price, category, sku, stock, active)| {
            json!({"name": name, "price": price, "category": category, "sku": sku, "stock_quantity": stock, "is_active": active})
        })
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => body().prop_map(Step::Create),
            2 => (0..9_usize, body()).prop_map(|(which, body)| Step::Put(which, body)),
            2 => (0..9_usize, text()).prop_map(|(which, name)| Step::Patch(which, json!({"name": name}))),
            1 => (0..9_usize).prop_map(Step::Delete),
            1 => (0..9_usize).prop_map(Step::Restore),
        ]
    }

    async fn apply(shop: &Shop, made: &mut Vec<i64>, step: &Step) -> u16 {
        let (method, which, body, suffix) = match step {
            Step::Create(body) => {
                let answer = shop
                    .admin(Method::POST, "/api/admin/products", &[], Some(body))
                    .await;
                made.extend(answer.json()["product_id"].as_i64());
                return answer.status;
            }
            Step::Put(which, body) => (Method::PUT, which, Some(body), ""),
            Step::Patch(which, body) => (Method::PATCH, which, Some(body), ""),
            Step::Delete(which) => (Method::DELETE, which, None, ""),
            Step::Restore(which) => (Method::POST, which, None, "/restore"),
        };
        let Some(id) = made.get(*which) else { return 0 };
        let own = format!("/api/admin/products/{id}");
        let seq = shop.parts.db.primary_head().await.unwrap().seq.to_string();
        let tag = shop
            .admin(Method::GET, &own, &[("x-min-change-seq", &seq)], None)
            .await
            .header("etag")
            .to_owned();
        shop.admin(method, &format!("{own}{suffix}"), &[("if-match", &tag)], body)
            .await
            .status
    }

    /// Everything customers see, without what differs by nature: ids of either database and times.
    async fn visible(shop: &Shop) -> Value {
        let seq = shop.parts.db.primary_head().await.unwrap().seq.to_string();
        let fresh = [("x-min-change-seq", seq.as_str())];
        let mut seen = Vec::new();
        for path in [
            "products?sort=created_at",
            "products?sort=price",
            "products?sort=-name",
            "products?category=lamp&sort=name",
            "categories",
        ] {
            let mut answer = shop
                .send(Method::GET, &format!("/api/v1/{path}"), &fresh, None)
                .await
                .json();
            for row in answer["data"].as_array_mut().unwrap() {
                for varying in ["product_id", "category_id", "created_at", "updated_at"] {
                    row.as_object_mut().unwrap().remove(varying);
                }
            }
            seen.push(answer["data"].clone());
        }
        Value::Array(seen)
    }

    #[actix_web::test]
    async fn any_sequence_of_writes_gives_the_same_catalog() {
        let (sqlite, mariadb) = (Shop::on_sqlite().await, Shop::on_mariadb().await);
        let Some(mariadb) = mariadb else { return };
        let mut runner = TestRunner::new(Config::default());
        let (mut there, mut here) = (Vec::new(), Vec::new());
        let mut accepted = 0;
        for _ in 0..SEQUENCES {
            let steps = proptest::collection::vec(step(), STEPS)
                .new_tree(&mut runner)
                .unwrap()
                .current();
            for step in &steps {
                let statuses = (
                    apply(&sqlite, &mut here, step).await,
                    apply(&mariadb, &mut there, step).await,
                );
                assert_eq!(statuses.0, statuses.1, "{step:?} in {steps:#?}");
                accepted += usize::from((200..300).contains(&statuses.0));
            }
            assert_eq!(visible(&sqlite).await, visible(&mariadb).await, "{steps:#?}");
        }
        assert!(accepted > SEQUENCES, "nearly every write was refused");
    }
}
