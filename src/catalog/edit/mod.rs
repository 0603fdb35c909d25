//! What is to be set on a product: understood, valid, all faults found at once. Must not know where the input
//! came from or where the product is stored.

mod content;
mod place;
mod reader;

use std::collections::BTreeMap;

use serde_json::Value;

pub(super) use content::Content;
use place::Place;
use reader::Reader;

use super::input::{ProductInput, WRITABLE};
use super::model::{Image, Resource};
use super::text;
use super::values::{self, line};
use crate::db::{Moment, Money};
use crate::error::{Error, FieldError, Result};

/// Longest texts in characters; a description of four-byte characters still fits a TEXT column of 65,535 bytes.
pub(super) const NAME_LENGTH: usize = 255;
pub(super) const SKU_LENGTH: usize = 64;
pub(super) const SHORT_LENGTH: usize = 100;
pub(super) const ALT_LENGTH: usize = 255;
pub(super) const DESCRIPTION_LENGTH: usize = 16_000;
pub(super) const BUY_URL_LENGTH: usize = 500;
pub(super) const IMAGE_URL_LENGTH: usize = 500;

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
    sale_price: Option<Option<Money>>,
    sale_starts_at: Option<Option<Moment>>,
    sale_ends_at: Option<Option<Moment>>,
    place: Place,
    tags: Option<Vec<String>>,
    attributes: AttributesEdit,
    stock_quantity: Option<i32>,
    images: Option<Vec<Image>>,
    image_url: Option<Option<String>>,
    image_alt: Option<Option<String>>,
    buy_url: Option<Option<String>>,
    publish_at: Option<Option<Moment>>,
    is_active: Option<bool>,
    read_only: BTreeMap<&'static str, Value>,
}

/// What is to be set on attributes; what the values mean is for the owner's definitions to say.
#[derive(Debug, Clone, Default)]
struct AttributesEdit {
    /// Nothing of what there was stays.
    clear: bool,
    /// By key; `Null` empties.
    values: BTreeMap<String, Value>,
}

impl ProductEdit {
    /// Understands the input.
    ///
    /// # Errors
    /// Every fault of every field.
    pub fn parse(input: ProductInput, extent: Extent) -> Result<ProductEdit, Vec<FieldError>> {
        let mut reader = Reader::new(input.fields, extent);
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
            sale_price: reader.optional("sale_price", |text| values::money(text).map(Some)),
            sale_starts_at: reader.optional("sale_starts_at", |text| values::moment(text).map(Some)),
            sale_ends_at: reader.optional("sale_ends_at", |text| values::moment(text).map(Some)),
            place: Place::read(&mut reader),
            tags: reader.tags(),
            attributes: AttributesEdit {
                clear: reader.attributes_are_cleared(),
                values: input.attributes,
            },
            stock_quantity: reader
                .optional("stock_quantity", |text| values::stock(text).map(Some))
                .map(Option::unwrap_or_default),
            images: reader.images(),
            image_url: reader.optional("image_url", |text| values::image_url(text, IMAGE_URL_LENGTH)),
            image_alt: reader.optional("image_alt", |text| line(text, ALT_LENGTH)),
            buy_url: reader.optional("buy_url", |text| values::web_address(text, BUY_URL_LENGTH)),
            publish_at: reader.optional("publish_at", |text| values::moment(text).map(Some)),
            is_active: reader
                .optional("is_active", |text| values::flag(text).map(Some))
                .map(|flag| flag.unwrap_or(true)),
            read_only: input.read_only,
        };
        reader.finish(edit)
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

    /// The category with those above it, the top first, where the input says what is above.
    pub fn category_path(&self) -> Option<Vec<String>> {
        let category = self.place.category.as_ref()?.as_ref()?;
        let above = Some(&self.place.above).filter(|above| !above.is_empty())?;
        Some(above.iter().chain([category]).cloned().collect())
    }

    /// Whether the owner's definitions of attributes are needed to understand it.
    pub(super) fn has_attributes(&self) -> bool {
        !self.attributes.values.is_empty()
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
    ///
    /// # Errors
    /// None that a product can cause.
    pub(super) fn read_only_faults(&self, current: Option<Resource<'_>>) -> Result<Vec<FieldError>> {
        let current = serde_json::to_value(current).map_err(Error::internal)?;
        let changed = self
            .read_only
            .iter()
            .filter(|(name, sent)| current.get(**name).unwrap_or(&Value::Null) != *sent);
        let faults = changed
            .map(|(name, _)| {
                FieldError::new(
                    format!("/{name}"),
                    "read_only",
                    "is set by the shop and cannot be changed",
                )
            })
            .collect();
        Ok(faults)
    }
}
