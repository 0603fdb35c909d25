//! A proposal as its author typed it, valid or not. Must not know what the catalog makes of it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::shown;
use crate::catalog::edit::Content;
use crate::catalog::flat::{join_images, join_tags, split_images, split_tags};
use crate::catalog::model::{Image, Product};
use crate::catalog::{ATTRIBUTE_PREFIX, Extent, ProductEdit, ProductInput};
use crate::error::{Error, FieldError, Result};
use crate::history::{Difference, Fields, differences};

/// The fields that may be proposed, in the order of their form. Address, sale and visibility are the shop's own business.
pub const PROPOSABLE: [&str; 10] = [
    "name",
    "price",
    "description",
    "category",
    "brand",
    "tags",
    "stock_quantity",
    "sku",
    "images",
    "attributes",
];

/// Bytes of a proposal as it is stored: the longest of each field, in signs of four bytes, needs less.
const MOST_BYTES: usize = 256 * 1024;
/// A proposal as it was typed, valid or not: values by field, as the API has them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Proposed(Map<String, Value>);

impl Proposed {
    /// Takes over a JSON object.
    ///
    /// # Errors
    /// `Invalid` with every field that cannot be proposed, or when it is too long to be one.
    pub fn from_json(object: &Map<String, Value>) -> Result<Proposed> {
        let strays = object.keys().filter(|name| !PROPOSABLE.contains(&name.as_str()));
        let faults: Vec<_> = strays.map(|name| stray(name)).collect();
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        Proposed(object.clone()).bounded()
    }

    /// Takes over what a form sent, by the names that forms have; other pairs are none of its business. Empty text
    /// stands for no value.
    ///
    /// # Errors
    /// `Invalid` when it is too long.
    pub fn from_form<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Proposed> {
        let (mut proposed, mut attributes) = (Map::new(), Map::new());
        for (name, text) in pairs {
            // Browsers send line breaks as CR LF whatever stood in the page.
            let text = text.replace("\r\n", "\n");
            if let Some(key) = name.strip_prefix(ATTRIBUTE_PREFIX) {
                attributes.insert(key.to_owned(), typed(&text));
            } else if PROPOSABLE.contains(&name) && name != "attributes" {
                proposed.insert(name.to_owned(), value_of(name, &text));
            }
        }
        if !attributes.is_empty() {
            proposed.insert("attributes".to_owned(), attributes.into());
        }
        Proposed(proposed).bounded()
    }

    /// What the form shows of a product.
    pub fn of(product: &Product) -> Proposed {
        let mut state = shown(&Content::from(product));
        state.retain(|_, value| !value.is_null());
        Proposed(state)
    }

    /// The text of a field in a form.
    pub fn text(&self, field: &str) -> String {
        if let Some(key) = field.strip_prefix(ATTRIBUTE_PREFIX) {
            let value = self.0.get("attributes").and_then(|values| values.get(key));
            return value.map(plain).unwrap_or_default();
        }
        let value = self.0.get(field).unwrap_or(&Value::Null);
        match (field, serde_json::from_value::<Vec<Value>>(value.clone())) {
            ("tags", Ok(tags)) => join_tags(&tags.iter().map(plain).collect::<Vec<_>>()),
            ("images", Ok(_)) => serde_json::from_value::<Vec<Image>>(value.clone())
                .map(|images| join_images(&images))
                .unwrap_or_default(),
            _ => plain(value),
        }
    }

    /// What is proposed is called so; nothing where no name was typed.
    pub fn name(&self) -> &str {
        self.0.get("name").and_then(Value::as_str).unwrap_or_default()
    }

    /// The pictures that are proposed: each address, and what it shows.
    pub fn images(&self) -> Vec<(&str, &str)> {
        fn parts(image: &Value) -> Option<(&str, &str)> {
            let alt = image.get("alt").and_then(Value::as_str);
            Some((
                image.get("url").unwrap_or(image).as_str()?,
                alt.unwrap_or_default(),
            ))
        }
        let images = self.0.get("images").and_then(Value::as_array);
        images.into_iter().flatten().filter_map(parts).collect()
    }

    /// The addresses of the pictures that are proposed.
    pub fn pictures(&self) -> Vec<&str> {
        self.images().into_iter().map(|(url, _)| url).collect()
    }

    /// Proposes one more picture, unless it is among them.
    pub fn add_picture(&mut self, address: &str) {
        if self.pictures().contains(&address) {
            return;
        }
        let images = self.0.entry("images").or_insert(Value::Null);
        if !images.is_array() {
            *images = Value::Array(Vec::new());
        }
        if let Value::Array(images) = images {
            images.push(json!({ "url": address, "alt": null }));
        }
    }

    pub(super) fn understood(&self, extent: Extent) -> Result<ProductEdit, Vec<FieldError>> {
        ProductEdit::parse(ProductInput::from_json(&self.0), extent)
    }

    /// Whether the proposal says something about a field of a state.
    pub(super) fn names(&self, field: &str) -> bool {
        match (field.split_once('.'), self.0.get("attributes")) {
            (Some(("attributes", key)), Some(Value::Object(values))) => values.contains_key(key),
            (Some(("attributes", _)), Some(_)) => true,
            _ => self.0.contains_key(field),
        }
    }

    pub(super) fn named(&self, fields: &Fields) -> Fields {
        let named = fields.iter().filter(|(name, _)| self.names(name));
        named.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// What the proposal changes of its base, field by field.
    pub fn changes(&self, base: &Fields, proposed: &Fields) -> Vec<Difference> {
        differences(&self.named(base), &self.named(proposed))
    }

    fn bounded(self) -> Result<Proposed> {
        let length = serde_json::to_string(&self.0).map_err(Error::internal)?.len();
        if length > MOST_BYTES {
            let detail = format!("is longer than the {MOST_BYTES} bytes that a proposal may have");
            return Err(Error::field("/product", "too_long", detail));
        }
        Ok(self)
    }
}

fn value_of(name: &str, text: &str) -> Value {
    match name {
        _ if text.trim().is_empty() => Value::Null,
        "tags" => split_tags(text).into_iter().map(str::trim).collect(),
        "images" => split_images(text)
            .into_iter()
            .map(|(url, alt)| json!({ "url": url, "alt": typed(alt) }))
            .collect(),
        "stock_quantity" => text
            .trim()
            .parse::<i64>()
            .map_or_else(|_| text.into(), Value::from),
        _ => text.into(),
    }
}

fn typed(text: &str) -> Value {
    Some(text.trim())
        .filter(|text| !text.is_empty())
        .map_or(Value::Null, Value::from)
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn stray(name: &str) -> FieldError {
    let pointer = format!("/product/{}", name.replace('~', "~0").replace('/', "~1"));
    let detail = format!("cannot be proposed; what can be is {}", PROPOSABLE.join(", "));
    FieldError::new(pointer, "unknown", detail)
}
