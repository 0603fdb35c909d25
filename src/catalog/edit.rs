//! What is to be set on a product: understood, valid, all faults found at once. Must not know where the input
//! came from or where the product is stored.

use std::collections::BTreeMap;

use serde_json::Value;

use super::input::{Given, ProductInput, WRITABLE};
use super::model::Product;
use super::text;
use super::values::{self, Fault, line};
use crate::db::Money;
use crate::error::FieldError;

/// Longest texts in characters; a description of four-byte characters still fits a TEXT column of 65,535 bytes.
const NAME_LENGTH: usize = 255;
const SKU_LENGTH: usize = 64;
const SHORT_LENGTH: usize = 100;
const DESCRIPTION_LENGTH: usize = 16_000;
const IMAGE_URL_LENGTH: usize = 500;

/// Whether fields may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// A whole product: name and price are required, missing fields take their default.
    Whole,
    /// Some fields of an existing product: missing fields stay.
    Partial,
}

/// What is to be set: understood and valid. `None` is a field that was not sent, `Some(None)` one to be emptied.
#[derive(Debug, Clone, Default)]
pub struct ProductEdit {
    name: Option<String>,
    slug: Option<String>,
    sku: Option<Option<String>>,
    brand: Option<Option<String>>,
    description: Option<Option<String>>,
    price: Option<Money>,
    category: Option<Option<String>>,
    stock_quantity: Option<i32>,
    image_url: Option<Option<String>>,
    is_active: Option<bool>,
    read_only: BTreeMap<&'static str, Value>,
}

impl ProductEdit {
    /// Understands the input.
    ///
    /// # Errors
    /// Every fault of every field.
    pub fn parse(input: ProductInput, extent: Extent) -> Result<ProductEdit, Vec<FieldError>> {
        let mut reader = Reader {
            fields: input.fields,
            extent,
            faults: Vec::new(),
        };
        for name in &input.unknown {
            let allowed = WRITABLE.join(", ");
            reader.fault(
                name,
                "unknown",
                format!("is no field of a product; the fields are {allowed}"),
            );
        }
        let edit = ProductEdit {
            name: reader.required("name", |text| line(text, NAME_LENGTH)),
            slug: reader.optional("slug", values::slug).flatten(),
            sku: reader.optional("sku", |text| line(text, SKU_LENGTH)),
            brand: reader.optional("brand", |text| line(text, SHORT_LENGTH)),
            description: reader.optional("description", |text| {
                text::paragraphs(text, DESCRIPTION_LENGTH).map_err(values::text_fault)
            }),
            price: reader.required("price", |text| values::money(text).map(Some)),
            category: reader.optional("category", |text| line(text, SHORT_LENGTH)),
            stock_quantity: reader
                .optional("stock_quantity", |text| values::stock(text).map(Some))
                .map(Option::unwrap_or_default),
            image_url: reader.optional("image_url", |text| values::image_url(text, IMAGE_URL_LENGTH)),
            is_active: reader
                .optional("is_active", |text| values::flag(text).map(Some))
                .map(|flag| flag.unwrap_or(true)),
            read_only: input.read_only,
        };
        if reader.faults.is_empty() {
            Ok(edit)
        } else {
            Err(reader.faults)
        }
    }

    /// The content a product has once this edit is laid over `base`.
    pub(super) fn over(&self, base: &Content) -> Content {
        Content {
            name: self.name.clone().unwrap_or_else(|| base.name.clone()),
            slug: self.slug.clone().or_else(|| base.slug.clone()),
            sku: self.sku.clone().unwrap_or_else(|| base.sku.clone()),
            brand: self.brand.clone().unwrap_or_else(|| base.brand.clone()),
            description: self
                .description
                .clone()
                .unwrap_or_else(|| base.description.clone()),
            price: self.price.unwrap_or(base.price),
            category: self.category.clone().unwrap_or_else(|| base.category.clone()),
            stock_quantity: self.stock_quantity.unwrap_or(base.stock_quantity),
            image_url: self.image_url.clone().unwrap_or_else(|| base.image_url.clone()),
            is_active: self.is_active.unwrap_or(base.is_active),
        }
    }

    /// Sets the picture, for an import that has just stored one.
    pub fn set_image_url(&mut self, url: String) {
        self.image_url = Some(Some(url));
    }

    /// The article number to be set.
    pub fn sku(&self) -> Option<&str> {
        self.sku.as_ref().and_then(Option::as_deref)
    }

    /// The address to be set.
    pub fn slug(&self) -> Option<&str> {
        self.slug.as_deref()
    }

    /// The name to be set.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Faults of an edit from which a new product cannot be made.
    pub(super) fn missing_for_new(&self) -> Vec<FieldError> {
        let missing = [("/name", self.name.is_none()), ("/price", self.price.is_none())];
        missing
            .into_iter()
            .filter(|(_, missing)| *missing)
            .map(|(pointer, _)| FieldError::new(pointer, "required", "is required"))
            .collect()
    }

    /// Faults of fields that only the shop sets: they may be sent, but only as they stand in `current`.
    pub(super) fn read_only_faults(
        &self,
        current: Option<&serde_json::Map<String, Value>>,
    ) -> Vec<FieldError> {
        let stands = |name: &str| {
            current
                .and_then(|current| current.get(name))
                .unwrap_or(&Value::Null)
        };
        self.read_only
            .iter()
            .filter(|(name, sent)| stands(name) != *sent)
            .map(|(name, _)| {
                FieldError::new(
                    format!("/{name}"),
                    "read_only",
                    "is set by the shop and cannot be changed",
                )
            })
            .collect()
    }
}

/// The content of a product that people decide on; the rest is bookkeeping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Content {
    pub name: String,
    /// `None` asks for one to be made from the name.
    pub slug: Option<String>,
    pub sku: Option<String>,
    pub brand: Option<String>,
    pub description: Option<String>,
    pub price: Money,
    pub category: Option<String>,
    pub stock_quantity: i32,
    pub image_url: Option<String>,
    pub is_active: bool,
}

impl Content {
    /// The defaults over which a whole new product is laid (its name and price are required, so never these).
    pub fn blank() -> Content {
        Content {
            name: String::new(),
            slug: None,
            sku: None,
            brand: None,
            description: None,
            price: Money::default(),
            category: None,
            stock_quantity: 0,
            image_url: None,
            is_active: true,
        }
    }

    /// The defaults over which a replacement is laid: address and picture stay unless they are sent.
    pub fn blank_at(product: &Product) -> Content {
        Content {
            slug: Some(product.slug.clone()),
            image_url: product.image_url.clone(),
            ..Content::blank()
        }
    }
}

impl From<&Product> for Content {
    fn from(product: &Product) -> Content {
        Content {
            name: product.name.clone(),
            slug: Some(product.slug.clone()),
            sku: product.sku.clone(),
            brand: product.brand.clone(),
            description: product.description.clone(),
            price: product.price,
            category: product.category.clone(),
            stock_quantity: product.stock_quantity,
            image_url: product.image_url.clone(),
            is_active: product.is_active,
        }
    }
}

struct Reader {
    fields: BTreeMap<&'static str, Given>,
    extent: Extent,
    faults: Vec<FieldError>,
}

impl Reader {
    /// A field that a product cannot be without.
    fn required<T>(
        &mut self,
        name: &'static str,
        read: impl Fn(&str) -> Result<Option<T>, Fault>,
    ) -> Option<T> {
        let missing = !self.fields.contains_key(name) && self.extent == Extent::Partial;
        let known = self.faults.len();
        let value = self.optional(name, read).flatten();
        if value.is_none() && !missing && self.faults.len() == known {
            self.fault(name, "required", "is required".to_owned());
        }
        value
    }

    /// A field that may be empty: `None` not sent, `Some(None)` sent empty.
    fn optional<T>(
        &mut self,
        name: &'static str,
        read: impl Fn(&str) -> Result<Option<T>, Fault>,
    ) -> Option<Option<T>> {
        match self.fields.remove(name)? {
            Given::Null => Some(None),
            Given::Mistyped(expected) => {
                self.fault(name, "format", expected.to_owned());
                None
            }
            Given::Text(text) => match read(&text) {
                Ok(value) => Some(value),
                Err((code, detail)) => {
                    self.fault(name, code, detail);
                    None
                }
            },
        }
    }

    fn fault(&mut self, name: &str, code: &'static str, detail: String) {
        let pointer = name.replace('~', "~0").replace('/', "~1");
        self.faults
            .push(FieldError::new(format!("/{pointer}"), code, detail));
    }
}
