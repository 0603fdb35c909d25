//! What belongs together is undone together: an import, and the undo of one.

use awc::http::Method;
use serde_json::{Value, json};

use super::{content, full, history, newest, product, undo};
use crate::helpers::Shop;
use crate::on_both_databases;

on_both_databases!(
    an_import_that_changed_a_thousand_products_is_undone_to_the_byte,
    what_moved_on_since_an_import_stays_and_is_listed,
    what_an_import_made_is_deleted_again,
    a_batch_is_undone_over_the_api_piece_by_piece,
);

/// Every column of a product but the version and the times, each with its name, as the database holds it.
const COLUMNS: &[&str] = &[
    "name",
    "description",
    "price",
    "category",
    "stock_quantity",
    "image_url",
    "is_active",
    "name_key",
    "slug",
    "sku",
    "sku_key",
    "brand",
    "deleted_at",
    "image_alt",
    "more_images",
    "tags",
    "attributes",
    "sale_price",
    "sale_starts_at",
    "sale_ends_at",
    "publish_at",
    "current_price",
    "prior_price",
    "created_at",
];

#[derive(diesel::QueryableByName)]
struct Row {
    #[diesel(sql_type = diesel::sql_types::Text)]
    whole: String,
}

/// The rows of the table, byte for byte.
async fn rows(shop: &Shop) -> Vec<String> {
    columns(shop, COLUMNS).await
}

/// Panics at the first row that differs.
fn assert_same(found: &[String], expected: &[String]) {
    assert_eq!(found.len(), expected.len());
    let different = found
        .iter()
        .zip(expected)
        .find(|(found, expected)| found != expected);
    assert_eq!(different, None);
}

async fn columns(shop: &Shop, columns: &[&str]) -> Vec<String> {
    use diesel::RunQueryDsl;
    let is_mysql = !shop.parts.is_on_sqlite();
    // Lengths keep a value from running into the next one; an empty text is not NULL.
    let column = |name: &&str| match is_mysql {
        true => format!("COALESCE(CONCAT(LENGTH({name}), ':', {name}), 'NULL')"),
        false => format!("COALESCE(LENGTH({name}) || ':' || {name}, 'NULL')"),
    };
    let columns: Vec<String> = columns.iter().map(column).collect();
    let whole = match is_mysql {
        true => format!("CONCAT_WS('|', product_id, {})", columns.join(", ")),
        false => format!("product_id || '|' || {}", columns.join(" || '|' || ")),
    };
    let query = format!("SELECT {whole} AS whole FROM products ORDER BY product_id");
    let read = move |connection: &mut _| {
        let rows: Vec<Row> = diesel::sql_query(&query).load(connection)?;
        Ok(rows.into_iter().map(|row| row.whole).collect())
    };
    shop.parts.db.unlogged("test", read).await.unwrap()
}

/// Imports lines of JSON; the name of the batch.
fn import(shop: &Shop, lines: impl Iterator<Item = Value>) -> String {
    let file = shop.folder.path().join("import.jsonl");
    let text: String = lines.map(|line| format!("{line}\n")).collect();
    std::fs::write(&file, text).unwrap();
    let output = shop
        .vitrine(&["import", file.to_str().unwrap()])
        .output()
        .unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.trim_end().ends_with("refused=0"), "{told}");
    told.lines()
        .find_map(|line| line.strip_prefix("batch "))
        .unwrap()
        .to_owned()
}

/// Undoes a batch on the command line: the name of the batch that did it, what was said of conflicts, and the last line.
fn undone(shop: &Shop, batch: &str) -> (String, String, String) {
    let output = shop.vitrine(&["undo", "--batch", batch]).output().unwrap();
    let (told, said) = (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    );
    assert!(output.status.success(), "{said}");
    let name = told.lines().find_map(|line| line.strip_prefix("batch ")).unwrap();
    (name.to_owned(), said, told.lines().last().unwrap().to_owned())
}

async fn an_import_that_changed_a_thousand_products_is_undone_to_the_byte(shop: Shop) {
    const PRODUCTS: usize = 1_000;
    let wood = vitrine::catalog::AttributeInput {
        name: "Height".to_owned(),
        kind: "number".to_owned(),
        ..Default::default()
    };
    let origin = vitrine::db::Origin {
        actor: vitrine::db::Actor::System,
        request_id: "test".to_owned(),
        batch: None,
    };
    shop.parts.catalog.create_attribute(origin, wood).await.unwrap();
    let first = (0..PRODUCTS).map(|number| {
        let mut product = full(&format!("Lamp {number}"));
        product["created_at"] = json!("2021-03-04T05:06:07Z");
        match number % 5 {
            0 => product["sale"] = json!(null),
            1 => product["attributes"] = json!({"height": 12.5}),
            2 => product["description"] = json!("Ä\u{1f600}  \"quoted\" | 'and' \\ barred"),
            3 => {
                for field in ["brand", "tags", "images", "category", "publish_at"] {
                    product.as_object_mut().unwrap().remove(field);
                }
            }
            _ => {}
        }
        product
    });
    import(&shop, first);
    let before = rows(&shop).await;
    let second = (0..PRODUCTS).map(|number| {
        json!({
            "sku": format!("SKU-Lamp {number}"), "name": format!("Light {number}"), "slug": format!("light-{number}"),
            "brand": "Saltmeadow", "description": "Other.", "price": "18.50", "category": "Lighting", "tags": ["sold out"],
            "stock_quantity": 0, "publish_at": "2031-01-01T00:00:00Z", "is_active": false, "attributes": {"height": 99},
            "sale": {"price": "9.99", "starts_at": null, "ends_at": "2036-01-01T00:00:00Z"},
            "images": [{"url": format!("/media/{}/original.webp", "c".repeat(64)), "alt": "Another"}],
        })
    });
    let batch = import(&shop, second);
    let changed = rows(&shop).await;
    assert!(
        before
            .iter()
            .zip(&changed)
            .all(|(before, changed)| before != changed)
    );
    let without_prior: Vec<&str> = COLUMNS
        .iter()
        .copied()
        .filter(|name| *name != "prior_price")
        .collect();
    let changed = columns(&shop, &without_prior).await;

    let started = std::time::Instant::now();
    let (undo_batch, said, line) = undone(&shop, &batch);
    eprintln!("{PRODUCTS} products undone in {:?}", started.elapsed());
    // A category, a brand and a tag came with it, and go with it.
    let whole = PRODUCTS + 3;
    assert_eq!(
        line,
        format!("changes={whole} undone={whole} conflicts=0 already=0"),
        "{said}"
    );
    assert_same(&rows(&shop).await, &before);
    let verified = shop.vitrine(&["audit", "verify"]).output().unwrap();
    assert!(verified.status.success());

    // Again: all is done. And back: the undo is a batch like any other.
    assert!(
        undone(&shop, &batch)
            .2
            .ends_with(&format!("conflicts=0 already={whole}"))
    );
    assert_same(&rows(&shop).await, &before);
    let (_, said, line) = undone(&shop, &undo_batch);
    assert_eq!(
        line,
        format!("changes={whole} undone={whole} conflicts=0 already=0"),
        "{said}"
    );
    // Customers saw the reduced price before: that is what the same reduction is compared with the second time.
    assert_same(&columns(&shop, &without_prior).await, &changed);
}

async fn what_moved_on_since_an_import_stays_and_is_listed(shop: Shop) {
    let mut ids = Vec::new();
    for number in 0..5 {
        let body = json!({"name": format!("Lamp {number}"), "price": "1.00", "sku": format!("L-{number}")});
        ids.push(shop.create(&body).await["product_id"].clone());
    }
    let batch = import(
        &shop,
        (0..5).map(|number| json!({"sku": format!("L-{number}"), "price": "2.00", "stock_quantity": 4})),
    );
    shop.amend(&ids[0], &json!({"price": "3.00"})).await;
    shop.amend(&ids[1], &json!({"name": "Kept as well"})).await;
    let tag = format!("\"v{}\"", product(&shop, &ids[2]).await["version"]);
    let own = format!("/api/admin/products/{}", ids[2]);
    assert_eq!(
        shop.admin(Method::DELETE, &own, &[("if-match", &tag)], None)
            .await
            .status,
        204
    );
    let by_hand = history(&shop, &format!("product={}", ids[3])).await[0]["seq"]
        .as_i64()
        .unwrap();
    undo(&shop, by_hand, &json!({})).await;

    let (_, said, line) = undone(&shop, &batch);
    assert_eq!(line, "changes=5 undone=2 conflicts=2 already=1", "{said}");
    assert!(
        said.contains("Lamp 0") && said.contains("changed since: price"),
        "{said}"
    );
    assert!(
        said.contains("Lamp 2") && said.contains("restore it first"),
        "{said}"
    );
    let now = product(&shop, &ids[0]).await;
    assert_eq!(
        (&now["price"], &now["stock_quantity"]),
        (&json!("3.00"), &json!(4)),
        "nothing of a conflict is put back"
    );
    let now = product(&shop, &ids[1]).await;
    assert_eq!(
        (&now["price"], &now["name"]),
        (&json!("1.00"), &json!("Kept as well"))
    );
}

async fn what_an_import_made_is_deleted_again(shop: Shop) {
    let batch = import(&shop, (0..3).map(|number| full(&format!("Lamp {number}"))));
    let (_, _, line) = undone(&shop, &batch);
    assert!(line.starts_with("changes=7 undone=7 "), "{line}");
    let listed = |status: &'static str| {
        let shop = &shop;
        async move {
            let head = shop.head().await;
            let address = format!("/api/admin/products?status={status}&total=true");
            let answer = shop
                .admin(Method::GET, &address, &[("x-min-change-seq", &head)], None)
                .await;
            answer.json()["meta"]["total"].clone()
        }
    };
    assert_eq!(
        (listed("kept").await, listed("deleted").await),
        (json!(0), json!(3))
    );
}

async fn a_batch_is_undone_over_the_api_piece_by_piece(shop: Shop) {
    let made = shop.create(&full("Lamp")).await;
    let batch = import(
        &shop,
        std::iter::once(json!({"sku": "SKU-Lamp", "price": "21.00"})),
    );
    let address = format!("/api/admin/batches/{batch}/undo");
    let first = newest(&shop).await;
    // A piece that ends before the batch begins does nothing.
    let none = shop
        .admin(Method::POST, &address, &[], Some(&json!({"before": first})))
        .await
        .json();
    assert_eq!((&none["changes"], &none["next"]), (&json!(0), &json!(null)));
    let name = "undo-0123456789abcdef";
    let done = shop
        .admin(Method::POST, &address, &[], Some(&json!({"undo_batch": name})))
        .await;
    let expected = json!({
        "batch": batch, "undo_batch": name, "changes": 1, "undone": 1, "already": 0, "conflicts": [], "next": null,
    });
    assert_eq!(done.json(), expected);
    assert_eq!(
        content(&product(&shop, &made["product_id"]).await),
        content(&made)
    );
    assert_eq!(history(&shop, &format!("batch={name}")).await.len(), 1);
    // A request that goes on deals with what lies before its place, and nothing else.
    let many = import(
        &shop,
        (0..3).map(|number| json!({"name": format!("Vase {number}"), "price": "1.00"})),
    );
    let last = newest(&shop).await;
    let address_of_many = format!("/api/admin/batches/{many}/undo");
    let body = json!({"before": last, "undo_batch": name});
    let done = shop
        .admin(Method::POST, &address_of_many, &[], Some(&body))
        .await
        .json();
    assert_eq!((&done["changes"], &done["undone"]), (&json!(2), &json!(2)));
    let done = shop
        .admin(Method::POST, &address_of_many, &[], Some(&json!({})))
        .await
        .json();
    assert_eq!((&done["undone"], &done["already"]), (&json!(1), &json!(2)));
    for (body, status) in [
        (json!({"undo_batch": "import-1"}), 422),
        (json!({"undo_batch": 7}), 422),
        (json!({"before": 0}), 422),
        (json!({"after": 1}), 422),
    ] {
        let answer = shop.admin(Method::POST, &address, &[], Some(&body)).await;
        assert_eq!(answer.status, status, "{body}");
    }
    let unknown = shop
        .admin(
            Method::POST,
            "/api/admin/batches/none/undo",
            &[],
            Some(&json!({})),
        )
        .await;
    assert_eq!(unknown.status, 404);
}
