//! Export, then import: into the shop it came from nothing changes, in an empty one the same products stand.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Shop, origin, paths};
use crate::catalog::filter::Scope;
use crate::catalog::{
    AttributeInput, AttributeValue, Extent, Product, ProductEdit, ProductInput, TermInput, text,
};
use crate::db::{Moment, Seq};
use crate::exchange::{Export, Format};

const FORMATS: [Format; 2] = [Format::Csv, Format::JsonLines];

/// Choices that a spreadsheet would run.
const CHOICES: [&str; 4] = ["=Oak", "-Ash", "'+Pine", "Äsche, \"weiß\""];

impl Shop {
    /// A shop with an attribute of each kind.
    async fn with_attributes() -> Shop {
        let shop = Shop::new();
        for (key, kind) in [
            ("label", "text"),
            ("weight", "number"),
            ("washable", "yes_no"),
            ("wood", "choice"),
        ] {
            let input = AttributeInput {
                key: key.to_owned(),
                name: key.to_owned(),
                kind: kind.to_owned(),
                choices: CHOICES.join("\n"),
                ..AttributeInput::default()
            };
            shop.catalog.create_attribute(origin(), input).await.unwrap();
        }
        shop
    }

    async fn make(&self, product: &Value) -> Product {
        let input = ProductInput::from_json(product.as_object().unwrap());
        let edit = ProductEdit::parse(input, Extent::Whole).unwrap();
        let made = self.catalog.create(origin(), edit, None).await.unwrap();
        made.value.product
    }

    async fn export(&self, format: Format, scope: Scope) -> String {
        let mut file = Vec::new();
        let mut export = Export::begin(&self.catalog, format, scope, Seq::MAX)
            .await
            .unwrap();
        while let Some(piece) = export.next().await.unwrap() {
            file.extend(piece.bytes);
        }
        String::from_utf8(file).unwrap()
    }

    /// Puts each category below the one at its place among those made before it, or leaves it at the top.
    async fn plant(&self, places: &[usize]) {
        let mut terms = self.categories().await.terms().to_vec();
        terms.sort_by_key(|term| term.term_id);
        for (number, term) in terms.iter().enumerate() {
            let place = places.iter().cycle().nth(number).copied().unwrap_or_default();
            let parent = terms.get(place).filter(|_| place < number);
            let input = TermInput {
                name: term.name.clone(),
                parent: parent
                    .map(|parent| parent.term_id.to_string())
                    .unwrap_or_default(),
                ..TermInput::default()
            };
            // More levels than people can make stay as they are.
            let _ = self.catalog.save_term(origin(), term.term_id, 1, input).await;
        }
    }

    /// The categories of kept products and those above them: what a file can hold.
    async fn used_tree(&self) -> Vec<String> {
        let products = self.kept().await;
        let mut tree = self.categories().await;
        tree.retain(|term| {
            products
                .iter()
                .any(|product| product.category.as_ref() == Some(&term.name))
        });
        paths(&tree)
    }

    /// The products without what a copy cannot have: ids, version, times of change and what follows from its history.
    async fn content(&self) -> Vec<Product> {
        let stripped = |product: Product| Product {
            product_id: 0,
            version: 0,
            updated_at: product.created_at,
            clockwork: Default::default(),
            ..product
        };
        let mut products = self.kept().await;
        products.sort_by_key(|product| (product.created_at, product.product_id));
        products.into_iter().map(stripped).collect()
    }
}

/// Exports in both formats and takes each file in again, here and in an empty shop.
async fn round_trip(shop: &Shop) -> Result<(), TestCaseError> {
    let content = shop.content().await;
    let rows = content.len();
    for format in FORMATS {
        let file = shop.export(format, Scope::Kept).await;
        let (summary, told) = shop.import_as(format, &file).await;
        let same = format!("rows={rows} created=0 changed=0 same={rows} refused=0");
        prop_assert_eq!(&summary, &same, "{:?}\n{}", told, file);
        let copy = Shop::with_attributes().await;
        let (summary, told) = copy.import_as(format, &file).await;
        let created = format!("rows={rows} created={rows} changed=0 same=0 refused=0");
        prop_assert_eq!(&summary, &created, "{:?}\n{}", told, file);
        prop_assert_eq!(&copy.content().await, &content, "{}", file);
        prop_assert_eq!(&told.elsewhere, &[]);
        prop_assert_eq!(copy.tree().await, shop.used_tree().await, "{}", file);
        prop_assert_eq!(copy.export(format, Scope::Kept).await, file);
    }
    Ok(())
}

/// Texts of which each sign means something to somebody; and any text at all.
fn any_text() -> impl Strategy<Value = String> {
    let signs = [
        "=", "+", "-", "@", "＝", "＠", "'", "\"", ",", ";", "\n", "\r\n", "\t", " ", "{", "[", "\\", "/",
        "#", ">", "1", "a", "Ä", "é", "😀", "שלום", "\u{200b}", "\u{feff}", "\u{200f}", "null", "true",
        "NaN",
    ];
    prop_oneof![
        3 => prop::collection::vec(prop::sample::select(signs.to_vec()), 0..7).prop_map(|signs| signs.concat()),
        1 => "\\PC{0,12}",
    ]
}

/// A text for one line, as the shop keeps it; `null` when nothing of it can be seen.
fn any_line() -> impl Strategy<Value = Value> {
    any_text().prop_map(|text| json!(text::line(&text, 50).unwrap()))
}

fn any_name() -> impl Strategy<Value = Value> {
    any_line().prop_map(|line| if line.is_null() { json!("Lamp") } else { line })
}

/// A sale before, around or after the present, with and without a start and an end.
fn any_sale() -> impl Strategy<Value = Value> {
    let times = [
        "2020-01-01T00:00:00Z",
        "2024-02-29T23:59:59Z",
        "2999-12-31T12:00:00Z",
    ];
    let bound = |places: std::ops::Range<usize>| prop::option::of(places);
    (0..100_i64, bound(0..2), bound(2..3), any::<bool>()).prop_map(move |(cents, start, end, is_on)| {
        let time = |place: Option<usize>| place.map(|place| times[place]);
        let price = format!("0.{cents:02}");
        is_on
            .then(|| json!({"price": price, "starts_at": time(start), "ends_at": time(end)}))
            .into()
    })
}

fn any_attributes() -> impl Strategy<Value = Value> {
    let number = prop::option::of(-9_999_999_i64..=999_999_999_999_999);
    let choice = prop::option::of(prop::sample::select(CHOICES.to_vec()));
    (any_line(), number, prop::option::of(any::<bool>()), choice).prop_map(
        |(label, number, washable, wood)| {
            let weight = number.map(|number| AttributeValue::Number(number).to_string());
            json!({"label": label, "weight": weight, "washable": washable, "wood": wood})
        },
    )
}

fn any_images() -> impl Strategy<Value = Value> {
    prop::collection::vec(any_line(), 0..4).prop_map(|texts| {
        let image = |(place, alt): (usize, Value)| {
            let url = format!("/media/{}/original.webp", place.to_string().repeat(64));
            json!({"url": url, "alt": alt})
        };
        texts.into_iter().enumerate().map(image).collect()
    })
}

/// A product that a shop may hold.
fn any_product() -> impl Strategy<Value = Value> {
    let tag = any_text().prop_map(|tag| tag.replace('|', "/"));
    let publish_at = prop::sample::select(vec![
        json!(null),
        json!("2999-01-01T00:00:01Z"),
        json!("2024-05-06"),
    ]);
    (
        (
            any_name(),
            any_line(),
            any::<bool>(),
            any_text(),
            any_line(),
            any_line(),
        ),
        prop::collection::vec(tag, 0..4),
        (
            100..=9_999_999_i64,
            any_sale(),
            0..=i32::MAX,
            any::<bool>(),
            publish_at,
        ),
        any_attributes(),
        any_images(),
    )
        .prop_map(|(texts, tags, values, attributes, images)| {
            let (name, sku, has_sku, description, brand, category) = texts;
            let (cents, sale, stock_quantity, is_active, publish_at) = values;
            json!({
                "name": name, "sku": if has_sku { sku } else { json!(null) },
                "description": description, "brand": brand, "category": category, "tags": tags,
                "price": format!("{}.{:02}", cents / 100, cents % 100), "sale": sale,
                "stock_quantity": stock_quantity, "is_active": is_active, "publish_at": publish_at,
                "attributes": attributes, "images": images,
            })
        })
}

/// Article numbers are unique: the place makes them so, at their end, where no sign is guarded.
fn numbered(mut products: Vec<Value>) -> Vec<Value> {
    for (place, product) in products.iter_mut().enumerate() {
        if let Some(sku) = product["sku"].as_str() {
            product["sku"] = json!(format!("{sku}-{place}"));
        }
    }
    products
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn an_export_changes_nothing_where_it_came_from_and_makes_the_same_shop_elsewhere(
        products in prop::collection::vec(any_product(), 1..6).prop_map(numbered),
        deleted in 0..12_usize,
        places in prop::collection::vec(0..6_usize, 1..6),
    ) {
        actix_web::rt::System::new().block_on(async {
            let shop = Shop::with_attributes().await;
            for (place, product) in products.iter().enumerate() {
                let made = shop.make(product).await;
                if place == deleted {
                    shop.catalog.delete(origin(), made.product_id, made.version).await.unwrap();
                }
            }
            shop.plant(&places).await;
            prop_assert_eq!(shop.kept().await.len(), products.len() - usize::from(deleted < products.len()));
            round_trip(&shop).await
        })?;
    }
}

#[actix_web::test]
async fn no_cell_of_an_export_is_a_formula_and_its_numbers_stay_numbers() {
    let shop = Shop::with_attributes().await;
    shop.make(&json!({
        "name": "=HYPERLINK(\"https://evil.example\")", "sku": "+49", "brand": "'@home", "category": "-Sale-",
        "description": "＝1+1\n=2", "tags": ["@a", "b,c"], "price": "2.50",
        "attributes": {"label": "-1", "weight": -1.5, "washable": false, "wood": "'+Pine"},
    }))
    .await;
    let file = shop.export(Format::Csv, Scope::Kept).await;
    let mut reader = csv::Reader::from_reader(file.as_bytes());
    let header = reader.headers().unwrap().clone();
    let row = reader.records().next().unwrap().unwrap();
    for (column, cell) in [
        ("name", "'=HYPERLINK(\"https://evil.example\")"),
        ("sku", "'+49"),
        ("slug", "hyperlink-https-evil-example"),
        ("brand", "''@home"),
        ("category", "'-Sale-"),
        ("description", "'＝1+1\n=2"),
        ("tags", "'@a|b,c"),
        ("price", "2.50"),
        ("attr.label", "'-1"),
        ("attr.weight", "-1.5"),
        ("attr.washable", "no"),
        ("attr.wood", "''+Pine"),
    ] {
        let place = header.iter().position(|name| name == column).unwrap();
        assert_eq!(&row[place], cell, "{column}");
    }
    round_trip(&shop).await.unwrap();
}

#[actix_web::test]
async fn a_shop_of_several_pages_is_exported_whole_and_in_the_order_in_which_it_was_made() {
    let shop = Shop::with_attributes().await;
    let mut file = "name,sku,price,is_active,created_at\n".to_owned();
    for number in 0..250 {
        let (is_active, day) = (number % 5 != 0, 1 + number % 3);
        file += &format!("Lamp,L-{number},1.00,{is_active},2026-01-0{day}\n");
    }
    shop.import_as(Format::Csv, &file).await;
    for (scope, expected) in [(Scope::Kept, 250), (Scope::Visible, 200), (Scope::Hidden, 50)] {
        let lines: Vec<Value> = shop
            .export(Format::JsonLines, scope)
            .await
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let mut skus: Vec<&str> = lines.iter().map(|line| line["sku"].as_str().unwrap()).collect();
        skus.sort_unstable();
        skus.dedup();
        assert_eq!((lines.len(), skus.len()), (expected, expected));
        let times = lines
            .iter()
            .map(|line| Moment::parse(line["created_at"].as_str().unwrap()));
        assert!(times.is_sorted());
    }
    let rows = shop.export(Format::Csv, Scope::Kept).await.lines().count();
    assert_eq!(rows, 251, "one header");
    round_trip(&shop).await.unwrap();
}

#[actix_web::test]
async fn an_empty_shop_is_a_header() {
    let shop = Shop::new();
    let file = shop.export(Format::Csv, Scope::Kept).await;
    assert!(
        file.starts_with("name,sku,slug,") && file.lines().count() == 1,
        "{file}"
    );
    assert_eq!(shop.export(Format::JsonLines, Scope::Kept).await, "");
}
