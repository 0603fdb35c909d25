//! What the databases find by themselves: the same products, the best order they have, the same counts where they can.

pub mod mariadb;
pub mod sqlite;

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Nullable, Text};
use vitrine::search::engine::{AttributeValue, Document};

/// Rows that are written by one statement.
const PIECE: usize = 500;

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = Nullable<Text>)]
    value: Option<String>,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// How many choices and products were counted.
fn counted(rows: &[Counted]) -> usize {
    let products: i64 = rows.iter().map(|row| row.count).sum();
    rows.iter().filter(|row| row.value.is_some()).count() + products as usize
}

/// The columns of both databases, in this order: id, name, brand, categories, traits, description, category, colour, stock.
/// Nothing in them has to be escaped.
fn row(product: &Document) -> String {
    let labels = |facets: &[vitrine::search::engine::Facet]| {
        let labels: Vec<&str> = facets.iter().map(|facet| facet.label.as_str()).collect();
        labels.join(" ")
    };
    let values = product.attributes.iter().filter_map(|(_, value)| match value {
        AttributeValue::Text(facet) => Some(facet.label.as_str()),
        AttributeValue::Number(_) => None,
    });
    let values: Vec<&str> = values.collect();
    format!(
        "({},'{}','{}','{}','{} {}','{}','{}','{}',{})",
        product.product_id,
        product.name,
        product.brand.as_ref().map_or("", |brand| &brand.label),
        labels(&product.categories),
        labels(&product.tags),
        values.join(" "),
        product.description.as_deref().unwrap_or_default(),
        product.categories.last().map_or("", |category| &category.key),
        values.first().unwrap_or(&""),
        product.stock,
    )
}

/// Those columns that choices are counted by.
const COUNTED: [&str; 4] = ["category", "brand", "colour", "stock > 0"];

const NARROWED: &str = "colour IN ('red', 'blue') AND stock > 0";
