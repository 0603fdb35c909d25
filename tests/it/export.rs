//! The export command against real files: what it writes changes nothing when it is imported again.

use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};
use vitrine::catalog::AttributeInput;
use vitrine::db::{Actor, Origin, Seq};

use crate::helpers::{Shop, skipped};
use crate::on_both_databases;

on_both_databases!(
    an_exported_shop_changes_nothing_when_it_is_imported_again,
    an_exported_shop_stands_in_another_database_as_it_stood,
    the_shop_of_the_data_folder_changes_nothing_when_it_is_imported_again,
    an_export_says_what_it_wrote_and_appears_only_when_complete,
);

const DATA: &str = "../shared/data/shop/products.csv";

fn last_line(bytes: &[u8]) -> String {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    text.lines().last().unwrap_or_default().to_owned()
}

/// The demo shop, and products that somebody made to break spreadsheets and files; how many there are.
async fn fill(shop: &Shop) -> usize {
    let seeded = succeed(shop, &["seed", "demo"]);
    assert!(last_line(&seeded.stdout).contains(" refused=0"));
    for (number, name) in ["=1+1", "'=1+1", "＝1+1", "@a, \"b\"", "-", "שלום", "😀 \\n"]
        .into_iter()
        .enumerate()
    {
        let sku = (number % 2 == 0).then(|| format!("+{number}"));
        let product = json!({
            "name": name, "sku": sku, "brand": name, "category": format!("{name} category"),
            "description": format!("{name}\n=2,\t\"three\"\n\n'"), "tags": [name, "a,b"], "price": "10.00",
            "sale": {"price": "0.05", "starts_at": null, "ends_at": "2999-01-01T00:00:00Z"},
            "images": [
                {"url": format!("/media/{}/original.webp", "a".repeat(64)), "alt": name},
                {"url": format!("/media/{}/original.webp", "b".repeat(64)), "alt": null},
            ],
            "is_active": number % 3 != 0, "stock_quantity": number,
            "buy_url": (number % 2 == 1).then(|| format!("https://market.example/{number}?a=1,2#b")),
        });
        shop.create(&product).await;
    }
    let deleted = shop
        .create(&json!({"name": "Deleted", "sku": "GONE", "price": "1.00"}))
        .await;
    let own = format!("/api/admin/products/{}", deleted["product_id"]);
    let gone = shop
        .admin(awc::http::Method::DELETE, &own, &[("if-match", "\"v1\"")], None)
        .await;
    assert!((200..300).contains(&gone.status), "{}", gone.text);
    let kept = shop.count("SELECT COUNT(*) AS count FROM products WHERE deleted_at IS NULL");
    usize::try_from(kept.await).unwrap()
}

fn succeed(shop: &Shop, arguments: &[&str]) -> Output {
    let output = shop.vitrine(arguments).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {told}");
    output
}

fn path(shop: &Shop, name: &str) -> String {
    shop.folder.path().join(name).to_str().unwrap().to_owned()
}

/// Exports and imports again in both formats.
fn changes_nothing(shop: &Shop, rows: usize) {
    for name in ["out.csv", "out.jsonl"] {
        let file = path(shop, name);
        let exported = succeed(shop, &["export", &file]);
        assert_eq!(last_line(&exported.stderr), format!("rows={rows}"));
        let imported = succeed(shop, &["import", &file]);
        let expected = format!("rows={rows} created=0 changed=0 same={rows} refused=0");
        let told = String::from_utf8_lossy(&imported.stderr);
        assert_eq!(last_line(&imported.stdout), expected, "{name}: {told}");
    }
}

async fn an_exported_shop_changes_nothing_when_it_is_imported_again(shop: Shop) {
    let rows = fill(&shop).await;
    changes_nothing(&shop, rows);
}

async fn an_exported_shop_stands_in_another_database_as_it_stood(shop: Shop) {
    let rows = fill(&shop).await;
    for format in ["csv", "jsonl"] {
        // SQLite whatever the first one is: files carry a shop from one database to the other.
        let other = Shop::on_sqlite().await;
        define_attributes_of(&shop, &other).await;
        let (file, copy) = (path(&shop, &format!("out.{format}")), path(&other, "copy"));
        succeed(&shop, &["export", &file]);
        let imported = succeed(&other, &["import", &file]);
        let expected = format!("rows={rows} created={rows} changed=0 same=0 refused=0");
        assert_eq!(last_line(&imported.stdout), expected);
        succeed(&other, &["export", &copy, "--format", format]);
        assert_eq!(
            std::fs::read_to_string(copy).unwrap(),
            std::fs::read_to_string(file).unwrap()
        );
        let stands = tree(&shop).await;
        assert!(stands.iter().any(|(_, above)| above.is_string()));
        assert_eq!(tree(&other).await, stands, "{format}");
    }
}

/// The names of the categories that customers see, each with the one above it.
async fn tree(shop: &Shop) -> Vec<(String, Value)> {
    let listed = shop.fresh("/api/v1/categories").await.json();
    let all = listed["data"].as_array().unwrap();
    let name_of = |id: &Value| {
        let named = all.iter().find(|category| category["category_id"] == *id);
        named.map_or(Value::Null, |category| category["name"].clone())
    };
    let mut tree: Vec<_> = all
        .iter()
        .map(|category| {
            let name = category["name"].as_str().unwrap().to_owned();
            (name, name_of(&category["parent_id"]))
        })
        .collect();
    tree.sort_by(|one, other| one.0.cmp(&other.0));
    tree
}

async fn define_attributes_of(shop: &Shop, other: &Shop) {
    for attribute in shop.parts.catalog.attributes(Seq::MAX).await.unwrap().value {
        let input = AttributeInput {
            key: attribute.key,
            name: attribute.name,
            kind: attribute.kind.name().to_owned(),
            unit: attribute.unit.unwrap_or_default(),
            choices: attribute.choices.join("\n"),
            position: attribute.position.to_string(),
        };
        let origin = Origin {
            actor: Actor::System,
            request_id: "test".to_owned(),
            batch: None,
        };
        other.parts.catalog.create_attribute(origin, input).await.unwrap();
    }
}

async fn the_shop_of_the_data_folder_changes_nothing_when_it_is_imported_again(shop: Shop) {
    if !Path::new(DATA).exists() {
        skipped(&format!("{DATA} is not here"));
        return;
    }
    succeed(&shop, &["import", DATA]);
    changes_nothing(&shop, 99);
}

async fn an_export_says_what_it_wrote_and_appears_only_when_complete(shop: Shop) {
    shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
    shop.create(&json!({"name": "Desk", "price": "2.00", "is_active": false}))
        .await;
    let printed = succeed(&shop, &["export", "--status", "hidden", "--format", "jsonl"]);
    assert_eq!(last_line(&printed.stderr), "rows=1");
    assert!(last_line(&printed.stdout).starts_with("{\"name\":\"Desk\","));
    let csv = String::from_utf8(succeed(&shop, &["export"]).stdout).unwrap();
    assert!(
        csv.starts_with("name,sku,slug,description,brand,price,") && csv.lines().count() == 3,
        "{csv}"
    );
    let folder = path(&shop, "folder");
    std::fs::create_dir(&folder).unwrap();
    for unusable in [folder.clone(), format!("{folder}/none/out.csv")] {
        let refused = shop.vitrine(&["export", &unusable]).output().unwrap();
        assert!(!refused.status.success(), "{unusable}");
    }
    let file = format!("{folder}/out.csv");
    std::fs::write(&file, "old").unwrap();
    // Of the primary alone: no position of the log says whether a replica has lost its table already.
    let alone = shop.beside(|settings| settings.database.replicas.clear()).await;
    shop.sql("ALTER TABLE attributes RENAME TO other_attributes")
        .await;
    assert!(
        !alone
            .vitrine(&["export", &file])
            .output()
            .unwrap()
            .status
            .success()
    );
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "old");
    assert_eq!(
        std::fs::read_dir(&folder).unwrap().count(),
        1,
        "nothing is left beside it"
    );
}
