//! What a list can be narrowed to, as the API tells it. Must not know how it is counted.

use serde_json::{Map, Value, json};

use crate::catalog::AttributeValue;
use crate::catalog::finder::{AttributeCounts, Count, Facets};
use crate::db::Money;

pub(super) fn facets(facets: &Facets) -> Value {
    let attributes: Map<String, Value> = facets.attributes.iter().map(attribute).collect();
    let bands: Vec<Value> = facets
        .price_bands
        .iter()
        .map(|band| json!({ "from": amount(band.from), "below": amount(band.below), "count": band.count }))
        .collect();
    let range = facets.price_range;
    json!({
        "categories": counts(&facets.categories),
        "brands": counts(&facets.brands),
        "tags": counts(&facets.tags),
        "attributes": attributes,
        "price": {
            "min": range.map(|(least, _)| amount(least)),
            "max": range.map(|(_, most)| amount(most)),
            "bands": bands,
        },
        "in_stock": facets.in_stock,
        "on_sale": facets.on_sale,
    })
}

fn attribute(counted: &AttributeCounts) -> (String, Value) {
    let number = |thousandths| json!(AttributeValue::Number(thousandths));
    let told = json!({
        "values": counts(&counted.values),
        "min": counted.range.map(|(least, _)| number(least)),
        "max": counted.range.map(|(_, most)| number(most)),
    });
    (counted.key.clone(), told)
}

fn counts(counts: &[Count]) -> Vec<Value> {
    let told = |count: &Count| json!({ "key": count.key, "label": count.label, "count": count.count });
    counts.iter().map(told).collect()
}

fn amount(minor: i64) -> Value {
    Money::from_minor_units(minor).map_or(Value::Null, |amount| amount.to_string().into())
}
