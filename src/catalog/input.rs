//! The values of a product as somebody sent them (JSON, a form, a row of a file), not yet understood.
//! Must not know what makes a value valid.

use std::collections::BTreeMap;

use serde_json::Value;

/// The fields that people may set, in the order in which they are listed to them.
pub const WRITABLE: [&str; 10] = [
    "name",
    "slug",
    "sku",
    "brand",
    "description",
    "price",
    "category",
    "stock_quantity",
    "image_url",
    "is_active",
];

/// The fields that the shop sets. They may be sent back as they were read, so that a PUT of a GET succeeds.
pub const READ_ONLY: [&str; 6] = [
    "product_id",
    "currency",
    "version",
    "created_at",
    "updated_at",
    "deleted_at",
];

/// One value as it was sent.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Given {
    Null,
    Text(String),
    /// A value of another type than the field has; says which type it should be.
    Mistyped(&'static str),
}

/// The values that were sent, by field name, not yet understood.
#[derive(Debug, Clone, Default)]
pub struct ProductInput {
    pub(super) fields: BTreeMap<&'static str, Given>,
    pub(super) read_only: BTreeMap<&'static str, Value>,
    pub(super) unknown: Vec<String>,
}

impl ProductInput {
    /// Takes over a JSON object.
    pub fn from_json(object: &serde_json::Map<String, Value>) -> ProductInput {
        let mut input = ProductInput::default();
        for (key, value) in object {
            if let Some(name) = WRITABLE.iter().find(|name| *name == key) {
                input.fields.insert(name, given(name, value));
            } else if let Some(name) = READ_ONLY.iter().find(|name| *name == key) {
                input.read_only.insert(name, value.clone());
            } else {
                input.unknown.push(key.clone());
            }
        }
        input
    }

    /// Takes over one text value, as forms and files give them; empty text stands for no value.
    /// False when no such field can be set.
    pub fn set(&mut self, field: &str, value: &str) -> bool {
        let Some(name) = WRITABLE.iter().find(|name| **name == field) else {
            return false;
        };
        self.fields.insert(
            name,
            if value.trim().is_empty() {
                Given::Null
            } else {
                Given::Text(value.to_owned())
            },
        );
        true
    }

    /// Whether a value was sent for the field.
    pub fn has(&self, field: &str) -> bool {
        self.fields.contains_key(field)
    }
}

fn given(name: &str, value: &Value) -> Given {
    match (name, value) {
        (_, Value::Null) => Given::Null,
        ("stock_quantity", Value::Number(number)) => Given::Text(number.to_string()),
        ("stock_quantity", _) => Given::Mistyped("must be a whole number, for example 5"),
        ("is_active", Value::Bool(flag)) => Given::Text(flag.to_string()),
        ("is_active", _) => Given::Mistyped("must be true or false"),
        (_, Value::String(text)) => Given::Text(text.clone()),
        ("price", _) => Given::Mistyped(
            "must be a decimal number in quotes, for example \"19.99\", so that no digit is lost",
        ),
        _ => Given::Mistyped("must be text in quotes"),
    }
}
