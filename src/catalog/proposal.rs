//! What people may propose for a product, and how a proposal gets into the catalog: by the same understanding, rules and
//! writes as the owner's form. Must not know who proposes or what was decided.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::edit::Content;
use super::flat::{join_images, join_tags, split_images, split_tags};
use super::model::{Image, Product};
use super::repo::products;
use super::undo;
use super::write::{self, SaveMode};
use super::{ATTRIBUTE_PREFIX, Catalog, Extent, ProductEdit, ProductInput};
use crate::db::changes::{self, Selection, Window};
use crate::db::{AnyConnection, Entity, Seq, WriteTransaction};
use crate::error::{Error, FieldError, Result};
use crate::history::{Difference, Fields, Merge, Sides, differences, fields, parsed};

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
/// How far back the log is searched for the version of a product that somebody saw.
const VERSIONS_BACK: i64 = 100;

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

    fn understood(&self, extent: Extent) -> Result<ProductEdit, Vec<FieldError>> {
        ProductEdit::parse(ProductInput::from_json(&self.0), extent)
    }

    /// Whether the proposal says something about a field of a state.
    fn names(&self, field: &str) -> bool {
        match (field.split_once('.'), self.0.get("attributes")) {
            (Some(("attributes", key)), Some(Value::Object(values))) => values.contains_key(key),
            (Some(("attributes", _)), Some(_)) => true,
            _ => self.0.contains_key(field),
        }
    }

    fn named(&self, fields: &Fields) -> Fields {
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

impl Catalog {
    /// The product that somebody proposes to change, as customers see it, with its fields as they were at a version.
    /// A version that is too old to be known counts as the present one.
    ///
    /// # Errors
    /// `NotFound` when customers do not see it; those of the database.
    pub fn proposal_base(
        &self,
        connection: &mut AnyConnection,
        product_id: i32,
        seen: Option<i32>,
    ) -> Result<Fields> {
        let product = products::find_visible(connection, product_id)?;
        let product = product.ok_or(Error::NotFound { what: "product" })?;
        let Some(seen) = seen.filter(|seen| *seen != product.version) else {
            return Ok(proposable(&product));
        };
        let selection = Selection {
            entity: Some((Entity::Product, product_id)),
            ..Selection::default()
        };
        let found = changes::select(connection, &selection, Window::Before(Seq::MAX), VERSIONS_BACK)?;
        let then = found.into_iter().find(|change| change.version == seen);
        let then = then.and_then(|change| serde_json::from_value(parsed(change.state_after.as_ref())).ok());
        Ok(proposable(&then.unwrap_or(product)))
    }

    /// What a proposal comes to: the fields it names, as a product would hold them. For an edit also where it differs from
    /// its base is for the caller to see.
    ///
    /// # Errors
    /// `Invalid` with every fault, as the owner's form would name them; `NotFound`; `Conflict` when the product is deleted.
    pub fn understand_proposal(
        &self,
        transaction: &mut WriteTransaction<'_>,
        typed: &Proposed,
        product_id: Option<i32>,
    ) -> Result<Fields> {
        let current = product_id
            .map(|product_id| standing(transaction.connection(), product_id))
            .transpose()?;
        let (extent, base) = match &current {
            Some(product) => (Extent::Partial, Content::from(product)),
            None => (Extent::Whole, Content::blank()),
        };
        let edit = typed.understood(extent).map_err(Error::Invalid)?;
        let mut faults = Vec::new();
        let content = write::content(transaction, &edit, &base, &mut faults)?;
        faults.extend(
            self.rules
                .content_faults(transaction, &content, current.as_ref())?,
        );
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        let mut fields = fields(&Value::Object(shown(&content)));
        fields.retain(|name, _| typed.names(name));
        Ok(fields)
    }

    /// How a proposed edit stands to the product as it is now: of each field what was proposed (`was`), what it was
    /// proposed for (`became`), and what there is (`now`). Laying the proposal over the product is undoing the way back.
    pub fn proposal_merge(typed: &Proposed, base: &Fields, proposed: &Fields, product: &Product) -> Merge {
        Merge::of(&typed.named(proposed), &typed.named(base), &proposable(product))
    }

    /// Makes the product that was proposed.
    ///
    /// # Errors
    /// `Invalid` with every fault that it has by now.
    pub fn adopt_new(&self, transaction: &mut WriteTransaction<'_>, typed: &Proposed) -> Result<Product> {
        let edit = typed.understood(Extent::Whole).map_err(Error::Invalid)?;
        write::create(transaction, &self.rules, &edit, None)
    }

    /// Lays a proposed edit over the product as it is now. Where the product has moved on, `sides` decide, which were made
    /// about the version `seen`; decisions about another one count for nothing.
    ///
    /// # Errors
    /// `MovedOn` with the fields that need a decision; `NotFound`; `Conflict` when it is deleted; `Invalid` with every
    /// fault that the proposal has by now.
    pub fn adopt_edit(
        &self,
        transaction: &mut WriteTransaction<'_>,
        product_id: i32,
        merge: impl Fn(&Product) -> Merge,
        (seen, sides): (Option<i32>, &Sides),
    ) -> Result<Product> {
        let current = standing(transaction.connection(), product_id)?;
        let merge = merge(&current);
        let none = Sides::new();
        let sides = if seen == Some(current.version) {
            sides
        } else {
            &none
        };
        let Some(values) = merge.resolve(sides)? else {
            return Err(moved_on(merge, current.version));
        };
        if values.is_empty() {
            return Ok(current);
        }
        let edit = undo::product_edit(&values).map_err(Error::Invalid)?;
        let version = current.version;
        let saved = write::save(
            transaction,
            &self.rules,
            product_id,
            version,
            SaveMode::Amend,
            &edit,
        )?;
        Ok(saved.into_product())
    }
}

/// The conflict in its own words: was before the proposal, would become by it, is now. Other fields need no decision.
fn moved_on(merge: Merge, version: i32) -> Error {
    let mut fields = merge.fields;
    fields.retain(crate::error::ThreeWay::moved_on);
    for field in &mut fields {
        std::mem::swap(&mut field.was, &mut field.became);
    }
    Error::MovedOn { version, fields }
}

fn standing(connection: &mut AnyConnection, product_id: i32) -> Result<Product> {
    let product = products::find(connection, product_id)?.ok_or(Error::NotFound { what: "product" })?;
    if product.deleted_at.is_some() {
        return Err(Error::Conflict {
            code: "deleted",
            detail: "The product was deleted meanwhile: restore it before changing it.".to_owned(),
        });
    }
    Ok(product)
}

/// The fields of a product that may be proposed, as states have them.
fn proposable(product: &Product) -> Fields {
    fields(&Value::Object(shown(&Content::from(product))))
}

fn shown(content: &Content) -> Map<String, Value> {
    let values = json!({
        "name": content.name,
        "price": content.price,
        "description": content.description,
        "category": content.category,
        "brand": content.brand,
        "tags": content.tags,
        "stock_quantity": content.stock_quantity,
        "sku": content.sku,
        "images": content.images,
        "attributes": content.attributes,
    });
    match values {
        Value::Object(values) => values,
        _ => Map::new(),
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
