//! Storage of attributes and of the index over the values that products have. Must not know what a value means.

use diesel::prelude::*;

use super::rows::{ProductRow, packed, unpacked};
use crate::catalog::model::{Attribute, AttributeKind, Product};
use crate::db::schema::{attributes, product_attributes, products};
use crate::db::{AnyConnection, Moment, dialect};
use crate::error::{Error, Result};

#[derive(Queryable, Selectable)]
#[diesel(table_name = attributes)]
struct AttributeRow {
    attribute_id: i32,
    attribute_key: String,
    name: String,
    kind: String,
    unit: Option<String>,
    choices: Option<String>,
    position: i32,
    version: i32,
}

impl TryFrom<AttributeRow> for Attribute {
    type Error = Error;

    fn try_from(row: AttributeRow) -> Result<Attribute> {
        Ok(Attribute {
            attribute_id: row.attribute_id,
            key: row.attribute_key,
            name: row.name,
            kind: AttributeKind::parse(&row.kind)
                .ok_or_else(|| Error::internal("an attribute of an unknown kind is stored"))?,
            unit: row.unit,
            choices: unpacked(row.choices.as_deref())?,
            position: row.position,
            version: row.version,
        })
    }
}

/// All attributes in the order in which they are shown.
pub fn all(connection: &mut AnyConnection) -> Result<Vec<Attribute>> {
    let rows: Vec<AttributeRow> = attributes::table
        .order((attributes::position, attributes::attribute_key))
        .select(AttributeRow::as_select())
        .load(connection)?;
    rows.into_iter().map(Attribute::try_from).collect()
}

/// Stores a new attribute and gives it its id.
pub fn insert(connection: &mut AnyConnection, attribute: &mut Attribute, now: Moment) -> Result<()> {
    diesel::insert_into(attributes::table)
        .values((
            attributes::attribute_key.eq(&attribute.key),
            attributes::name.eq(&attribute.name),
            attributes::kind.eq(attribute.kind.name()),
            attributes::unit.eq(&attribute.unit),
            attributes::choices.eq(packed(&attribute.choices, attribute.choices.is_empty())?),
            attributes::position.eq(attribute.position),
            attributes::version.eq(attribute.version),
            attributes::created_at.eq(now),
            attributes::updated_at.eq(now),
        ))
        .execute(connection)?;
    attribute.attribute_id = dialect::last_insert_id(connection)?;
    Ok(())
}

/// Stores an attribute over the row that still has `expected_version`; false when it no longer has. Key and kind stay.
pub fn update(
    connection: &mut AnyConnection,
    attribute: &Attribute,
    expected_version: i32,
    now: Moment,
) -> Result<bool> {
    let row = attributes::table
        .find(attribute.attribute_id)
        .filter(attributes::version.eq(expected_version));
    let updated = diesel::update(row)
        .set((
            attributes::name.eq(&attribute.name),
            attributes::unit.eq(&attribute.unit),
            attributes::choices.eq(packed(&attribute.choices, attribute.choices.is_empty())?),
            attributes::position.eq(attribute.position),
            attributes::version.eq(attribute.version),
            attributes::updated_at.eq(now),
        ))
        .execute(connection)?;
    Ok(updated == 1)
}

/// Removes an attribute with the index over its values.
pub fn delete(connection: &mut AnyConnection, attribute_id: i32) -> Result<()> {
    let indexed = product_attributes::table.filter(product_attributes::attribute_id.eq(attribute_id));
    diesel::delete(indexed).execute(connection)?;
    diesel::delete(attributes::table.find(attribute_id)).execute(connection)?;
    Ok(())
}

/// Kept products behind an id that have a value of this attribute, at most `limit`.
pub fn products_with(
    connection: &mut AnyConnection,
    attribute_id: i32,
    behind: i32,
    limit: i64,
) -> Result<Vec<Product>> {
    let having = product_attributes::table
        .filter(product_attributes::attribute_id.eq(attribute_id))
        .select(product_attributes::product_id);
    let rows: Vec<ProductRow> = products::table
        .filter(products::product_id.gt(behind))
        .filter(products::deleted_at.is_null())
        .filter(products::product_id.eq_any(having))
        .order(products::product_id)
        .limit(limit)
        .select(ProductRow::as_select())
        .load(connection)?;
    rows.into_iter().map(Product::try_from).collect()
}

/// Whether a product has this value, given by its key.
pub fn is_used(connection: &mut AnyConnection, attribute_id: i32, value_key: &str) -> Result<bool> {
    let found: Option<i32> = product_attributes::table
        .filter(product_attributes::attribute_id.eq(attribute_id))
        .filter(product_attributes::value_key.eq(value_key))
        .select(product_attributes::product_id)
        .first(connection)
        .optional()?;
    Ok(found.is_some())
}

/// Makes the index say what the product's values are.
pub fn index(connection: &mut AnyConnection, product: &Product, defined: &[Attribute]) -> Result<()> {
    let own = product_attributes::table.filter(product_attributes::product_id.eq(product.product_id));
    diesel::delete(own).execute(connection)?;
    for (key, value) in &product.attributes {
        let Some(attribute) = defined.iter().find(|attribute| attribute.key == *key) else {
            continue;
        };
        diesel::insert_into(product_attributes::table)
            .values((
                product_attributes::attribute_id.eq(attribute.attribute_id),
                product_attributes::product_id.eq(product.product_id),
                product_attributes::value_key.eq(value.key()),
                product_attributes::value_number.eq(value.thousandths()),
            ))
            .execute(connection)?;
    }
    Ok(())
}
