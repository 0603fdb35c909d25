//! Lists: every filter, every order, every page, also while the shop changes under the reader.

use awc::http::Method;
use serde_json::{Value, json};

use crate::helpers::{Answer, Shop};
use crate::on_both_databases;

on_both_databases!(
    filters_narrow_and_values_of_one_filter_are_alternatives,
    a_walk_loses_and_repeats_nothing_while_products_come_and_go,
    a_cursor_counts_for_its_own_list_only,
    links_lead_where_the_body_says,
    a_total_is_counted_up_to_its_cap,
    signs_of_sql_and_of_search_engines_mean_themselves,
);

fn names(answer: &Answer) -> Vec<String> {
    let page = answer.json();
    let rows = page["data"].as_array().unwrap_or_else(|| panic!("{page}"));
    rows.iter()
        .map(|row| row["name"].as_str().unwrap().to_owned())
        .collect()
}

pub async fn filters_narrow_and_values_of_one_filter_are_alternatives(shop: Shop) {
    for (name, price, category, stock, active) in [
        ("Oak table", "120.00", "Tables", 2, true),
        ("Pine table", "80.50", "Tables", 0, true),
        ("Floor lamp", "80.50", "Lamps", 5, true),
        ("Desk lamp", "19.99", "Lamps", 1, true),
        ("Crème brûlée dish", "30.00", "Kitchen", 0, true),
        ("Secret lamp", "1.00", "Lamps", 1, false),
    ] {
        let body = json!({"name": name, "price": price, "category": category, "stock_quantity": stock, "is_active": active, "sku": name.to_uppercase()});
        shop.create(&body).await;
    }
    for (query, expected) in [
        (
            "",
            "Crème brûlée dish, Desk lamp, Floor lamp, Oak table, Pine table",
        ),
        ("category=Lamps", "Desk lamp, Floor lamp"),
        (
            "category=Lamps&category=tables",
            "Desk lamp, Floor lamp, Oak table, Pine table",
        ),
        (
            "category=",
            "Crème brûlée dish, Desk lamp, Floor lamp, Oak table, Pine table",
        ),
        ("min_price=80.5", "Floor lamp, Oak table, Pine table"),
        ("min_price=80.50&max_price=80.50", "Floor lamp, Pine table"),
        ("max_price=80.49", "Crème brûlée dish, Desk lamp"),
        ("in_stock=true", "Desk lamp, Floor lamp, Oak table"),
        ("in_stock=false", "Crème brûlée dish, Pine table"),
        ("in_stock=true&category=tables", "Oak table"),
        ("q=LAMP", "Desk lamp, Floor lamp"),
        ("q=lamp+floor", "Floor lamp"),
        ("q=tab", "Oak table, Pine table"),
        ("q=pine%20table", "Pine table"),
        ("q=secret", ""),
        ("q=CREME", "Crème brûlée dish"),
        ("q=cr%C3%A8me+br%C3%BBl%C3%A9e", "Crème brûlée dish"),
        ("q=the+dish+of+brulee", "Crème brûlée dish"),
        (
            "created_since=2000-01-01",
            "Crème brûlée dish, Desk lamp, Floor lamp, Oak table, Pine table",
        ),
        ("created_since=2999-01-01", ""),
        ("created_until=2000-01-01T00:00:00Z", ""),
    ] {
        let found = shop.fresh(&format!("/api/v1/products?sort=name&{query}")).await;
        assert_eq!(names(&found).join(", "), expected, "{query}");
    }
    for (sort, expected) in [
        (
            "price,name",
            "Desk lamp, Crème brûlée dish, Floor lamp, Pine table, Oak table",
        ),
        (
            "-price,-name",
            "Oak table, Pine table, Floor lamp, Crème brûlée dish, Desk lamp",
        ),
        (
            "created_at",
            "Oak table, Pine table, Floor lamp, Desk lamp, Crème brûlée dish",
        ),
        (
            "newest",
            "Crème brûlée dish, Desk lamp, Floor lamp, Pine table, Oak table",
        ),
    ] {
        assert_eq!(
            names(&shop.fresh(&format!("/api/v1/products?sort={sort}")).await).join(", "),
            expected,
            "{sort}"
        );
    }
    for (status, expected) in [("kept", 6), ("visible", 5), ("hidden", 1), ("deleted", 0)] {
        let head = shop.head().await;
        let path = format!("/api/admin/products?status={status}");
        let found = shop
            .admin(Method::GET, &path, &[("x-min-change-seq", &head)], None)
            .await;
        assert_eq!(names(&found).len(), expected, "{status}");
    }
}

/// Between two pages one product comes at each end of the order and one that was shown goes.
pub async fn a_walk_loses_and_repeats_nothing_while_products_come_and_go(shop: Shop) {
    let mut ids = Vec::new();
    for number in 0..14 {
        let body = json!({"name": format!("m{}", number % 4), "price": format!("{}.00", 50 + number % 3), "sku": format!("S{number}")});
        ids.push(shop.create(&body).await["product_id"].clone());
    }
    for sort in [
        "newest",
        "created_at",
        "price",
        "-price",
        "name",
        "-name",
        "-price,name",
        "name,-created_at",
    ] {
        let (mut path, mut seen, mut round) =
            (format!("/api/v1/products?limit=4&sort={sort}"), Vec::new(), 0);
        let mut came = Vec::new();
        loop {
            let page = shop.fresh(&path).await.json();
            seen.extend(
                page["data"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|row| row["product_id"].clone()),
            );
            let Some(next) = page["links"]["next"].as_str() else {
                break;
            };
            path = next.to_owned();
            round += 1;
            assert!(round < 20, "{sort} never ends");
            if round <= 2 {
                for (name, price) in [("a first", "0.01"), ("z last", "999.00")] {
                    came.push(
                        shop.create(&json!({"name": name, "price": price})).await["product_id"].clone(),
                    );
                }
            }
        }
        let mut once = seen.clone();
        once.sort_by_key(Value::as_i64);
        once.dedup();
        assert_eq!(once.len(), seen.len(), "{sort} shows a product twice");
        assert!(ids.iter().all(|id| seen.contains(id)), "{sort} lost a product");
        for id in came {
            let path = format!("/api/admin/products/{id}");
            assert_eq!(
                shop.admin(Method::DELETE, &path, &[("if-match", "\"v1\"")], None)
                    .await
                    .status,
                204
            );
        }
    }
}

async fn a_cursor_counts_for_its_own_list_only(shop: Shop) {
    for number in 0..4 {
        shop.create(&json!({"name": format!("Lamp {number}"), "price": "1.00", "category": "Lamps"}))
            .await;
    }
    let page = shop
        .fresh("/api/v1/products?limit=2&sort=price&category=Lamps")
        .await
        .json();
    let next = page["links"]["next"].as_str().unwrap();
    assert_eq!(shop.fresh(next).await.status, 200);
    for other in [
        next.replace("sort=price", "sort=-price"),
        next.replace("sort=price", "sort=name"),
        next.replace("category=Lamps", "category=Vases"),
        next.replace("category=Lamps&", ""),
        format!("{next}&in_stock=true"),
        format!("{next}&q=lamp"),
    ] {
        assert_ne!(other, next);
        let refused = shop.fresh(&other).await;
        assert_eq!(
            (refused.status, &refused.json()["code"]),
            (400, &json!("invalid_cursor")),
            "{other}"
        );
    }
    // Another size of page is the same list.
    assert_eq!(
        names(&shop.fresh(&next.replace("limit=2", "limit=1")).await).len(),
        1
    );
}

async fn links_lead_where_the_body_says(shop: Shop) {
    for number in 0..5 {
        shop.create(&json!({"name": format!("Lamp {number}"), "price": "1.00", "category": "Tea & Coffee"}))
            .await;
    }
    let first = shop
        .fresh("/api/v1/products?limit=2&category=Tea+%26+Coffee&sort=name")
        .await;
    let links = first.json()["links"].clone();
    assert_eq!(
        first.header("link"),
        format!("<{}>; rel=\"next\"", links["next"].as_str().unwrap())
    );
    assert_eq!(links["prev"], Value::Null);
    let middle = shop.fresh(links["next"].as_str().unwrap()).await;
    let links = middle.json()["links"].clone();
    let both = format!(
        "<{}>; rel=\"next\", <{}>; rel=\"prev\"",
        links["next"].as_str().unwrap(),
        links["prev"].as_str().unwrap()
    );
    assert_eq!(middle.header("link"), both);
    let last = shop.fresh(links["next"].as_str().unwrap()).await;
    assert_eq!(last.json()["meta"], json!({"limit": 2, "has_more": false}));
    assert_eq!(names(&last), ["Lamp 4"]);
    let back = shop.fresh(last.json()["links"]["prev"].as_str().unwrap()).await;
    assert_eq!(names(&back), names(&middle));
    let itself = shop.fresh(middle.json()["links"]["self"].as_str().unwrap()).await;
    assert_eq!(names(&itself), names(&middle));
}

/// Rows put straight into the table: what is tested is counting, and 10,005 requests would take a while.
pub async fn a_total_is_counted_up_to_its_cap(shop: Shop) {
    shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
    let sqlite = shop.parts.is_on_sqlite();
    let digits = "(SELECT 0 d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 \
                  UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)";
    let slug = if sqlite {
        "'s' || a.d || b.d || c.d || e.d || f.d"
    } else {
        "CONCAT('s', a.d, b.d, c.d, e.d, f.d)"
    };
    let insert = format!(
        "INSERT INTO products (name, name_key, slug, price, stock_quantity, is_active, version, created_at, updated_at) \
         SELECT 'Vase', 'vase', {slug}, 1, 0, 1, 1, '2026-01-01 00:00:00', '2026-01-01 00:00:00' \
         FROM {digits} a, {digits} b, {digits} c, {digits} e, (SELECT 0 d UNION ALL SELECT 1) f"
    );
    shop.sql(insert).await;
    shop.create(&json!({"name": "Newest", "price": "1.00"})).await;
    let counted = shop.fresh("/api/v1/products?total=true&limit=1").await.json();
    assert_eq!(
        counted["meta"],
        json!({"limit": 1, "has_more": true, "total": 10_001})
    );
    let few = shop.fresh("/api/v1/products?total=true&q=newest").await.json();
    assert_eq!(few["meta"]["total"], 1);
    let uncounted = shop.fresh("/api/v1/products?limit=1").await.json();
    assert_eq!(uncounted["meta"].get("total"), None);
    // Numbered pages end, cursors go on.
    let deepest = shop.fresh("/products?page=42").await;
    assert!(
        deepest.status == 200 && deepest.text.contains("after="),
        "{}",
        deepest.status
    );
    assert_eq!(shop.fresh("/products?page=43").await.status, 400);
}

pub async fn signs_of_sql_and_of_search_engines_mean_themselves(shop: Shop) {
    shop.create(&json!({"name": "100% wool_blanket", "price": "1.00", "category": "50% \\ off_"}))
        .await;
    shop.create(&json!({"name": "Plain blanket", "price": "1.00", "category": "Blankets"}))
        .await;
    for sign in [
        "%25",
        "_",
        "%5C",
        "' OR 1=1--",
        "\" OR \"\"=\"",
        "*",
        "+-~<>()@",
        "AND",
        "NEAR(a b)",
        "\u{0}",
        "%00",
        "blankets'",
    ] {
        let sign: String = sign
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || c == '%' {
                    c.to_string()
                } else {
                    format!("%{:02X}", u32::from(c))
                }
            })
            .collect();
        let category = shop.fresh(&format!("/api/v1/products?category={sign}")).await;
        assert_eq!(names(&category).len(), 0, "category {sign}");
        let query = shop.fresh(&format!("/api/v1/products?q={sign}")).await;
        let is_word = sign == "AND" || sign.starts_with("blankets");
        assert!(
            names(&query).len() <= 1 || is_word,
            "q={sign} found {:?}",
            names(&query)
        );
        assert_eq!(
            shop.fresh(&format!("/api/v1/products?sort={sign}")).await.status,
            400
        );
    }
    let exact = shop.fresh("/api/v1/products?category=50%25%20%5C%20off_").await;
    assert_eq!(names(&exact), ["100% wool_blanket"]);
    assert_eq!(
        names(&shop.fresh("/api/v1/products?q=100%25+wool").await),
        ["100% wool_blanket"]
    );
}
