//! What customers of the demo shop type, and what they must find: `tests/search/demo-queries.tsv`.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::*;

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// The demo shop without its pictures, and the article numbers by product id.
fn demo_shop() -> (Engine, Vec<String>) {
    let lines = read("static/demo/products.jsonl");
    let products = (0..).zip(lines.lines()).map(|(id, line)| {
        let value: Value = serde_json::from_str(line).unwrap();
        let attributes = value["attributes"].as_object().unwrap().iter();
        let texts = attributes
            .filter_map(|(key, value)| Some((key.clone(), AttributeValue::Text(facet(value.as_str()?)))));
        Document {
            sku: text(&value["sku"]),
            brand: value["brand"].as_str().map(facet),
            description: text(&value["description"]),
            categories: value["category"].as_str().map(facet).into_iter().collect(),
            tags: value["tags"]
                .as_array()
                .unwrap()
                .iter()
                .filter_map(Value::as_str)
                .map(facet)
                .collect(),
            attributes: texts.collect(),
            ..product(id, value["name"].as_str().unwrap())
        }
    });
    let products: Vec<Document> = products.collect();
    let numbers = products
        .iter()
        .map(|product| product.sku.clone().unwrap())
        .collect();
    let engine = shop(products);
    let mut synonyms = Synonyms::default();
    synonyms.add_one_way("couch", "cushion");
    synonyms.add_one_way("couch", "throw");
    engine.set_synonyms(synonyms);
    (engine, numbers)
}

#[test]
fn customers_of_the_demo_shop_find_what_they_mean() {
    let (engine, numbers) = demo_shop();
    let queries = read("tests/search/demo-queries.tsv");
    let mut faults = Vec::new();
    let mut asked = 0;
    for line in queries.lines().filter(|line| !line.starts_with('#')) {
        let [typed, expected, why] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let (within, expected) = expected.split_once(' ').unwrap_or(("1", expected));
        let found = search(&engine, typed);
        let first = ids(&found).into_iter().take(within.parse().unwrap());
        let first: Vec<&str> = first
            .map(|id| numbers[usize::try_from(id).unwrap()].as_str())
            .collect();
        asked += 1;
        if !expected.split(',').all(|number| first.contains(&number)) {
            faults.push(format!("{typed} ({why}): {expected} is not {first:?}"));
        }
    }
    assert!(asked >= 60);
    assert!(
        faults.is_empty(),
        "{} of {asked}:\n{}",
        faults.len(),
        faults.join("\n")
    );
}
