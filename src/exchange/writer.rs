//! Products as rows of a file, in the words that the import reads. Must not know where the file goes.

use serde::Serialize;

use super::formula::guarded;
use super::rows::Format;
use crate::catalog::{
    ATTRIBUTE_PREFIX, AttributeValue, CATEGORY_PATH, Image, Product, Sale, TermTree, join_images, join_path,
    join_tags,
};
use crate::db::{Moment, Money};
use crate::error::{Error, Result};

/// The columns before those of the attributes.
const COLUMNS: [&str; 19] = [
    "name",
    "sku",
    "slug",
    "description",
    "brand",
    "price",
    "sale_price",
    "sale_starts_at",
    "sale_ends_at",
    "category",
    CATEGORY_PATH,
    "tags",
    "stock_quantity",
    "images",
    "buy_url",
    "publish_at",
    "is_active",
    "created_at",
    "currency",
];

/// How the rows of one file are written.
pub struct Writer {
    pub format: Format,
    /// ISO 4217 code of the shop's currency.
    pub currency: String,
    /// Keys of the shop's attributes; the values of others would be refused by an import.
    pub attributes: Vec<String>,
}

impl Writer {
    /// What the file begins with.
    ///
    /// # Errors
    /// None that a shop can cause.
    pub fn header(&self) -> Result<Vec<u8>> {
        match self.format {
            Format::Csv => {
                let attributes = self.attributes.iter();
                let attributes = attributes.map(|key| format!("{ATTRIBUTE_PREFIX}{key}"));
                let columns = COLUMNS.into_iter().map(str::to_owned);
                csv_records([columns.chain(attributes).collect()])
            }
            Format::JsonLines => Ok(Vec::new()),
        }
    }

    /// A row for each product; `categories` are all that there are.
    ///
    /// # Errors
    /// None that a product can cause.
    pub fn rows(&self, products: &[Product], categories: &TermTree) -> Result<Vec<u8>> {
        match self.format {
            Format::Csv => csv_records(
                products
                    .iter()
                    .map(|product| self.cells(product, &path(product, categories))),
            ),
            Format::JsonLines => {
                let mut lines = Vec::new();
                for product in products {
                    let line = self.line(product, path(product, categories));
                    serde_json::to_writer(&mut lines, &line).map_err(Error::internal)?;
                    lines.push(b'\n');
                }
                Ok(lines)
            }
        }
    }

    /// Texts are guarded, numbers and times are not: a spreadsheet is to calculate with those.
    fn cells(&self, product: &Product, path: &[&str]) -> Vec<String> {
        let text = |text: &str| guarded(text).into_owned();
        let optional = |value: &Option<String>| text(value.as_deref().unwrap_or_default());
        let sale = product.sale;
        let moment = |moment: Option<Moment>| moment.map(Moment::to_rfc3339).unwrap_or_default();
        let fields: [String; COLUMNS.len()] = [
            text(&product.name),
            optional(&product.sku),
            text(&product.slug),
            optional(&product.description),
            optional(&product.brand),
            product.price.to_string(),
            sale.map(|sale| sale.price.to_string()).unwrap_or_default(),
            moment(sale.and_then(|sale| sale.starts_at)),
            moment(sale.and_then(|sale| sale.ends_at)),
            optional(&product.category),
            text(&join_path(path.iter().copied())),
            text(&join_tags(&product.tags)),
            product.stock_quantity.to_string(),
            text(&join_images(&product.images)),
            optional(&product.buy_url),
            moment(product.publish_at),
            product.is_active.to_string(),
            product.created_at.to_rfc3339(),
            self.currency.clone(),
        ];
        let attributes = self.attributes.iter();
        let attributes = attributes.map(|key| match product.attributes.get(key) {
            Some(AttributeValue::Text(value)) => text(value),
            Some(value) => value.to_string(),
            None => String::new(),
        });
        fields.into_iter().chain(attributes).collect()
    }

    fn line<'a>(&'a self, product: &'a Product, category_path: Vec<&'a str>) -> Line<'a> {
        let attributes = self.attributes.iter();
        Line {
            name: &product.name,
            sku: product.sku.as_deref(),
            slug: &product.slug,
            description: product.description.as_deref(),
            brand: product.brand.as_deref(),
            price: product.price,
            sale: product.sale.as_ref(),
            category: product.category.as_deref(),
            category_path,
            tags: &product.tags,
            attributes: attributes
                .filter_map(|key| product.attributes.get_key_value(key))
                .collect(),
            stock_quantity: product.stock_quantity,
            images: &product.images,
            buy_url: product.buy_url.as_deref(),
            publish_at: product.publish_at,
            is_active: product.is_active,
            created_at: product.created_at,
            currency: &self.currency,
        }
    }
}

/// A product as a line of JSON.
#[derive(Serialize)]
struct Line<'a> {
    name: &'a str,
    sku: Option<&'a str>,
    slug: &'a str,
    description: Option<&'a str>,
    brand: Option<&'a str>,
    price: Money,
    sale: Option<&'a Sale>,
    category: Option<&'a str>,
    category_path: Vec<&'a str>,
    tags: &'a [String],
    attributes: std::collections::BTreeMap<&'a String, &'a AttributeValue>,
    stock_quantity: i32,
    images: &'a [Image],
    buy_url: Option<&'a str>,
    publish_at: Option<Moment>,
    is_active: bool,
    created_at: Moment,
    currency: &'a str,
}

/// The names of the product's category and those above it, the top first.
fn path<'a>(product: &Product, categories: &'a TermTree) -> Vec<&'a str> {
    let category = product
        .category
        .as_deref()
        .and_then(|name| categories.named(name));
    let path = category.map(|category| categories.path(category.term_id));
    path.into_iter()
        .flatten()
        .map(|term| term.name.as_str())
        .collect()
}

fn csv_records(records: impl IntoIterator<Item = Vec<String>>) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for record in records {
        writer.write_record(record).map_err(Error::internal)?;
    }
    writer
        .into_inner()
        .map_err(|error| Error::internal(error.to_string()))
}
