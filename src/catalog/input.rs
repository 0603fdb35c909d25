//! The values of a product as somebody sent them (JSON, a form, a row of a file), not yet understood.
//! Must not know what makes a value valid.

use std::collections::BTreeMap;

use serde_json::Value;

/// The fields that people may set, in the order in which they are listed to them.
pub const WRITABLE: [&str; 16] = [
    "name",
    "slug",
    "sku",
    "brand",
    "description",
    "price",
    "sale",
    "category",
    "tags",
    "attributes",
    "stock_quantity",
    "images",
    "image_url",
    "buy_url",
    "publish_at",
    "is_active",
];

/// What forms and files have in the place of `sale` and the text of the first picture.
pub const FLAT: [&str; 4] = ["sale_price", "sale_starts_at", "sale_ends_at", "image_alt"];

/// What only files have: the category with those above it, the top first.
pub const CATEGORY_PATH: &str = "category_path";

/// The fields that JSON gives as lists and objects.
pub const NESTED: [&str; 5] = ["sale", "tags", "attributes", "images", CATEGORY_PATH];

/// In forms and files each attribute has a field of its own: `attr.height`.
pub const ATTRIBUTE_PREFIX: &str = "attr.";

/// The fields that the shop sets. They may be sent back as they were read, so that a PUT of a GET succeeds.
pub const READ_ONLY: [&str; 6] = [
    "product_id",
    "currency",
    "version",
    "created_at",
    "updated_at",
    "deleted_at",
];

/// Fields that follow from the others and the present. What was sent back may be out of date already, so it says nothing.
pub const COMPUTED: [&str; 3] = ["current_price", "on_sale", "prior_price"];

/// One value as it was sent.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Given {
    Null,
    Text(String),
    /// A list or an object of JSON.
    Nested(Value),
    /// A value of another type than the field has; says which type it should be.
    Mistyped(&'static str),
}

/// The values that were sent, by field name, not yet understood.
#[derive(Debug, Clone, Default)]
pub struct ProductInput {
    pub(super) fields: BTreeMap<&'static str, Given>,
    /// By key; `Null` empties.
    pub(super) attributes: BTreeMap<String, Value>,
    pub(super) read_only: BTreeMap<&'static str, Value>,
    pub(super) unknown: Vec<String>,
}

impl ProductInput {
    /// Takes over a JSON object.
    pub fn from_json(object: &serde_json::Map<String, Value>) -> ProductInput {
        let mut input = ProductInput::default();
        for (key, value) in object {
            if let Some(name) = WRITABLE.iter().find(|name| *name == key) {
                input.take(name, value);
            } else if let Some(name) = READ_ONLY.iter().find(|name| *name == key) {
                input.read_only.insert(name, value.clone());
            } else if !COMPUTED.contains(&key.as_str()) {
                input.unknown.push(key.clone());
            }
        }
        input
    }

    fn take(&mut self, name: &'static str, value: &Value) {
        match (name, value) {
            ("attributes", Value::Object(values)) => {
                self.attributes
                    .extend(values.iter().map(|(key, value)| (key.clone(), value.clone())));
            }
            ("sale", Value::Object(parts)) => self.take_sale(parts),
            ("sale", Value::Null) => self.take_sale(&serde_json::Map::new()),
            _ => drop(self.fields.insert(name, given(name, value))),
        }
    }

    /// A sale replaces the one before as a whole: what it does not name is open.
    fn take_sale(&mut self, parts: &serde_json::Map<String, Value>) {
        for (part, field) in SALE_PARTS {
            let value = parts.get(part).unwrap_or(&Value::Null);
            self.fields.insert(field, given(field, value));
        }
        let unknown = parts
            .keys()
            .filter(|key| !SALE_PARTS.iter().any(|(part, _)| part == key));
        self.unknown.extend(unknown.map(|key| format!("sale/{key}")));
    }

    /// Takes over one text value, as forms and files give them; empty text stands for no value.
    /// False when no such field can be set.
    pub fn set(&mut self, field: &str, value: &str) -> bool {
        if let Some(key) = field.strip_prefix(ATTRIBUTE_PREFIX) {
            let value = Some(value)
                .filter(|value| !value.trim().is_empty())
                .map_or(Value::Null, Value::from);
            self.attributes.insert(key.to_owned(), value);
            return true;
        }
        let nested = ["sale", "attributes"].contains(&field);
        let mut names = WRITABLE
            .iter()
            .filter(|_| !nested)
            .chain(&FLAT)
            .chain(&[CATEGORY_PATH]);
        let Some(name) = names.find(|name| **name == field) else {
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

    /// Takes over a list or an object, as a line of JSON gives them. False when no such field can be set.
    pub fn set_nested(&mut self, field: &str, value: &Value) -> bool {
        let name = NESTED.iter().find(|name| **name == field);
        if let Some(name) = name {
            self.take(name, value);
        }
        name.is_some()
    }

    /// Whether a value was sent for the field.
    pub fn has(&self, field: &str) -> bool {
        self.fields.contains_key(field)
    }
}

/// The parts of a sale in JSON, and the fields that forms and files have for them.
pub(super) const SALE_PARTS: [(&str, &str); 3] = [
    ("price", "sale_price"),
    ("starts_at", "sale_starts_at"),
    ("ends_at", "sale_ends_at"),
];

fn given(name: &str, value: &Value) -> Given {
    match (name, value) {
        (_, Value::Null) => Given::Null,
        ("stock_quantity", Value::Number(number)) => Given::Text(number.to_string()),
        ("stock_quantity", _) => Given::Mistyped("must be a whole number, for example 5"),
        ("is_active", Value::Bool(flag)) => Given::Text(flag.to_string()),
        ("is_active", _) => Given::Mistyped("must be true or false"),
        ("tags" | "images" | CATEGORY_PATH, Value::Array(_)) => Given::Nested(value.clone()),
        ("tags", _) => Given::Mistyped("must be a list of texts, for example [\"gift\", \"linen\"]"),
        ("images", _) => Given::Mistyped(
            "must be a list of pictures, for example [{\"url\": \"/media/...\", \"alt\": \"A green lamp\"}]",
        ),
        ("attributes", _) => {
            Given::Mistyped("must be an object of values by attribute, for example {\"height\": 30}")
        }
        ("sale", _) => Given::Mistyped("must be an object with price, starts_at and ends_at, or null"),
        (CATEGORY_PATH, Value::Object(_)) => {
            Given::Mistyped("must be a text or a list of names, for example [\"Home\", \"Lamps\"]")
        }
        (_, Value::String(text)) => Given::Text(text.clone()),
        ("price" | "sale_price", _) => Given::Mistyped(
            "must be a decimal number in quotes, for example \"19.99\", so that no digit is lost",
        ),
        _ => Given::Mistyped("must be text in quotes"),
    }
}

/// The name under which forms and files have the field that a JSON pointer names: `/sale/price` is `sale_price`,
/// `/attributes/height` is `attr.height`.
pub fn flat_name(pointer: &str) -> String {
    let path = pointer.trim_start_matches('/');
    if let Some(key) = path.strip_prefix("attributes/") {
        return format!("{ATTRIBUTE_PREFIX}{key}");
    }
    let part = path.strip_prefix("sale/");
    let sale = SALE_PARTS.iter().find(|(name, _)| Some(*name) == part);
    sale.map_or_else(
        || path.split('/').next().unwrap_or_default().to_owned(),
        |(_, field)| (*field).to_owned(),
    )
}
