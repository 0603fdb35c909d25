//! The content of a product that people decide on, and how an edit is laid over it. Must not know storage.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{AttributesEdit, ProductEdit};
use crate::catalog::model::{Attribute, Attributes, Image, Product, Sale};
use crate::db::{Moment, Money};
use crate::error::FieldError;

/// The content of a product that people decide on; the rest is bookkeeping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::catalog) struct Content {
    pub name: String,
    /// `None` asks for one to be made from the name.
    pub slug: Option<String>,
    pub sku: Option<String>,
    pub brand: Option<String>,
    pub description: Option<String>,
    pub price: Money,
    pub sale: Option<Sale>,
    pub category: Option<String>,
    /// Names of the categories above it, the top first: where it stands if it has to be made.
    pub category_above: Vec<String>,
    pub tags: Vec<String>,
    pub attributes: Attributes,
    pub stock_quantity: i32,
    pub images: Vec<Image>,
    pub buy_url: Option<String>,
    pub publish_at: Option<Moment>,
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
            sale: None,
            category: None,
            category_above: Vec::new(),
            tags: Vec::new(),
            attributes: Attributes::new(),
            stock_quantity: 0,
            images: Vec::new(),
            buy_url: None,
            publish_at: None,
            is_active: true,
        }
    }

    /// The defaults over which a replacement is laid: address and pictures stay unless they are sent.
    pub fn blank_at(product: &Product) -> Content {
        Content {
            slug: Some(product.slug.clone()),
            images: product.images.clone(),
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
            sale: product.sale,
            category: product.category.clone(),
            category_above: Vec::new(),
            tags: product.tags.clone(),
            attributes: product.attributes.clone(),
            stock_quantity: product.stock_quantity,
            images: product.images.clone(),
            buy_url: product.buy_url.clone(),
            publish_at: product.publish_at,
            is_active: product.is_active,
        }
    }
}

impl ProductEdit {
    /// The content a product has once this edit is laid over `base`; `defined` are the attributes that there are.
    ///
    /// # Errors
    /// Every fault that only shows when old and new are put together.
    pub(in crate::catalog) fn over(
        &self,
        base: &Content,
        defined: &[Attribute],
    ) -> Result<Content, Vec<FieldError>> {
        let mut faults = Vec::new();
        let mut kept = |result: Result<_, FieldError>| result.map_err(|fault| faults.push(fault)).ok();
        let price = self.price.unwrap_or(base.price);
        let sale = kept(self.sale_over(base.sale, price).map(Part::Sale));
        let images = kept(self.images_over(&base.images).map(Part::Images));
        let attributes = self.attributes.over(&base.attributes, defined);
        faults.extend(attributes.as_ref().err().into_iter().flatten().cloned());
        let (Some(Part::Sale(sale)), Some(Part::Images(images)), Ok(attributes)) = (sale, images, attributes)
        else {
            return Err(faults);
        };
        Ok(Content {
            name: self.name.clone().unwrap_or_else(|| base.name.clone()),
            slug: self.slug.clone().or_else(|| base.slug.clone()),
            sku: self.sku.clone().unwrap_or_else(|| base.sku.clone()),
            brand: self.brand.clone().unwrap_or_else(|| base.brand.clone()),
            description: self
                .description
                .clone()
                .unwrap_or_else(|| base.description.clone()),
            price,
            sale,
            category: self
                .place
                .category
                .clone()
                .unwrap_or_else(|| base.category.clone()),
            category_above: self.place.above.clone(),
            tags: self.tags.clone().unwrap_or_else(|| base.tags.clone()),
            attributes,
            stock_quantity: self.stock_quantity.unwrap_or(base.stock_quantity),
            images,
            buy_url: self.buy_url.clone().unwrap_or_else(|| base.buy_url.clone()),
            publish_at: self.publish_at.unwrap_or(base.publish_at),
            is_active: self.is_active.unwrap_or(base.is_active),
        })
    }

    fn sale_over(&self, base: Option<Sale>, regular: Money) -> Result<Option<Sale>, FieldError> {
        let price = self.sale_price.unwrap_or(base.map(|sale| sale.price));
        let starts_at = self
            .sale_starts_at
            .unwrap_or(base.and_then(|sale| sale.starts_at));
        let ends_at = self.sale_ends_at.unwrap_or(base.and_then(|sale| sale.ends_at));
        let Some(price) = price else {
            let dates_were_sent = self.sale_starts_at.flatten().or(self.sale_ends_at.flatten());
            return match dates_were_sent {
                Some(_) => Err(FieldError::new(
                    "/sale/price",
                    "required",
                    "is required when the sale has a start or an end",
                )),
                None => Ok(None),
            };
        };
        if price >= regular {
            let detail = format!("must be below the regular price of {regular}");
            return Err(FieldError::new("/sale/price", "out_of_range", detail));
        }
        if let (Some(start), Some(end)) = (starts_at, ends_at)
            && end <= start
        {
            return Err(FieldError::new(
                "/sale/ends_at",
                "out_of_range",
                "must be after the start of the sale",
            ));
        }
        Ok(Some(Sale {
            price,
            starts_at,
            ends_at,
        }))
    }

    /// `images` and `image_url` say the same thing twice when what was read is sent back. Whichever of the two differs
    /// from what there was is what was meant.
    fn images_over(&self, base: &[Image]) -> Result<Vec<Image>, FieldError> {
        let stood = base.first().map(|image| &image.url);
        let sent_url = self.image_url.as_ref().map(Option::as_ref);
        let mut images = match (&self.images, sent_url) {
            (None, None) => base.to_vec(),
            (Some(images), None) => images.clone(),
            (None, Some(url)) => led_by(url, base),
            (Some(images), Some(url)) if images.first().map(|image| &image.url) == url || url == stood => {
                images.clone()
            }
            (Some(images), Some(url)) if images == base => led_by(url, base),
            (Some(_), Some(_)) => {
                return Err(FieldError::new(
                    "/image_url",
                    "conflict",
                    "must be the first of images, or be left out",
                ));
            }
        };
        if let (Some(alt), Some(first)) = (&self.image_alt, images.first_mut()) {
            first.alt.clone_from(alt);
        }
        Ok(images)
    }
}

/// Parts of a content that can be faulty by themselves.
enum Part {
    Sale(Option<Sale>),
    Images(Vec<Image>),
}

/// The pictures with this one first in the place of the first; none takes all away.
fn led_by(url: Option<&String>, base: &[Image]) -> Vec<Image> {
    let Some(url) = url else { return Vec::new() };
    let known = base.iter().find(|image| image.url == *url);
    let first = known.cloned().unwrap_or_else(|| Image {
        url: url.clone(),
        alt: None,
    });
    let replaced = usize::from(known.is_none());
    let rest = base.iter().skip(replaced).filter(|image| image.url != *url);
    std::iter::once(first).chain(rest.cloned()).collect()
}

impl AttributesEdit {
    fn over(&self, base: &Attributes, defined: &[Attribute]) -> Result<Attributes, Vec<FieldError>> {
        let mut attributes = if self.clear { BTreeMap::new() } else { base.clone() };
        let mut faults = Vec::new();
        for (key, value) in &self.values {
            let Some(attribute) = defined.iter().find(|attribute| attribute.key == *key) else {
                faults.push(unknown(key, defined));
                continue;
            };
            if *value == Value::Null {
                attributes.remove(key);
                continue;
            }
            match attribute.understand(value) {
                Ok(value) => drop(attributes.insert(key.clone(), value)),
                Err(detail) => faults.push(FieldError::new(pointer(key), "format", detail)),
            }
        }
        if faults.is_empty() {
            Ok(attributes)
        } else {
            Err(faults)
        }
    }
}

fn pointer(key: &str) -> String {
    format!("/attributes/{}", key.replace('~', "~0").replace('/', "~1"))
}

fn unknown(key: &str, defined: &[Attribute]) -> FieldError {
    let known: Vec<&str> = defined.iter().map(|attribute| attribute.key.as_str()).collect();
    let detail = if known.is_empty() {
        "is no attribute of this shop: it has none yet".to_owned()
    } else {
        format!("is no attribute of this shop; they are {}", known.join(", "))
    };
    FieldError::new(pointer(key), "unknown", detail)
}
