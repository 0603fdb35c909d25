//! A logged state as the fields that people own. Must not know what a field means.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

/// The fields of a thing by name; an empty one is left out, so that it equals one that was not known yet when an old
/// state was logged.
pub type Fields = BTreeMap<String, Value>;

/// What stands in states although nobody decides on it: names of the thing, counts, what follows from the rest.
const BOOKKEEPING: [&str; 16] = [
    "product_id",
    "submission_id",
    "term_id",
    "attribute_id",
    "rule_id",
    "page_id",
    "former_slugs",
    "taxonomy",
    "version",
    "created_at",
    "updated_at",
    "deleted_at",
    "current_price",
    "reduced_since",
    "prior_price",
    "next_moment_at",
];

/// Each attribute of a product is a field of its own, `attributes.height`.
const SPLIT: &str = "attributes";

/// A field that a change changed. Null is an empty field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub field: String,
    pub was: Value,
    pub became: Value,
}

/// The fields of a state.
pub fn fields(state: &Value) -> Fields {
    let mut fields = Fields::new();
    for (name, value) in state.as_object().into_iter().flatten() {
        match value {
            Value::Object(parts) if name == SPLIT => {
                let part = |(key, value): (&String, &Value)| (format!("{SPLIT}.{key}"), value.clone());
                fields.extend(parts.iter().map(part));
            }
            _ if BOOKKEEPING.contains(&name.as_str()) => {}
            _ => drop(fields.insert(name.clone(), value.clone())),
        }
    }
    fields.retain(|_, value| !is_empty(value));
    fields
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(parts) => parts.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// The fields in which two states differ, by name.
pub fn differences(before: &Fields, after: &Fields) -> Vec<Difference> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let value = |fields: &Fields, name: &str| fields.get(name).cloned().unwrap_or_default();
    let difference = |name: &String| Difference {
        field: name.clone(),
        was: value(before, name),
        became: value(after, name),
    };
    names
        .into_iter()
        .map(difference)
        .filter(|difference| difference.was != difference.became)
        .collect()
}

/// A value in words: empty, yes or no, a list between commas, the parts of an object that are not empty.
pub fn plain(value: &Value) -> String {
    let joined = |parts: Vec<String>| parts.join(", ");
    match value {
        Value::Null => String::new(),
        Value::Bool(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(items) => joined(items.iter().map(plain).collect()),
        Value::Object(parts) => {
            let parts = parts.iter().filter(|(_, part)| !is_empty(part));
            joined(
                parts
                    .map(|(name, part)| format!("{} {}", name.replace('_', " "), plain(part)))
                    .collect(),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_state_is_what_people_decide_on_and_each_attribute_is_a_field() {
        let state = json!({
            "product_id": 7, "name": "Lamp", "price": "1.00", "version": 3, "updated_at": "2026-11-22T10:00:00Z",
            "current_price": "1.00", "tags": [], "brand": null, "attributes": {"height": 30}, "is_active": false,
        });
        let expected = json!({"name": "Lamp", "price": "1.00", "attributes.height": 30, "is_active": false});
        assert_eq!(json!(fields(&state)), expected);
        assert!(fields(&json!(null)).is_empty());
    }

    #[test]
    fn what_was_empty_or_becomes_empty_is_a_difference() {
        let (before, after) = (
            fields(&json!({"name": "Lamp", "brand": "Windward"})),
            fields(&json!({"name": "Lamp", "tags": ["new"]})),
        );
        let found: Vec<_> = differences(&before, &after)
            .into_iter()
            .map(|difference| (difference.field, difference.was, difference.became))
            .collect();
        assert_eq!(
            found,
            [
                ("brand".to_owned(), json!("Windward"), json!(null)),
                ("tags".to_owned(), json!(null), json!(["new"])),
            ]
        );
    }
}
