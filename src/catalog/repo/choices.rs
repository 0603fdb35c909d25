//! What the lists of a large shop can be narrowed by, asked of the tables that say what there could be, one probe of
//! an index for each: no product is counted. Must not know forms.

use diesel::dsl::exists;
use diesel::prelude::*;

use super::{attributes, visible};
use crate::catalog::model::{
    Attribute, AttributeChoices, AttributeKind, Choices, MOST_OFFERED, Offered, Taxonomy,
};
use crate::catalog::text;
use crate::db::schema::{product_attributes, product_tags, products, terms};
use crate::db::{AnyConnection, Moment};
use crate::error::Result;

/// Attributes whose values are looked for, in the owner's order: a hundred choices each are what bounds the cost.
const MOST_ATTRIBUTES: usize = 20;

/// What products of the shop can be found by; a value that only a hidden product has may be among it.
pub fn of_shop(connection: &mut AnyConnection, defined: Vec<Attribute>) -> Result<Choices> {
    let mut attributes = Vec::new();
    for (index, attribute) in defined.into_iter().enumerate() {
        attributes.push(if index < MOST_ATTRIBUTES {
            found(connection, attribute)?
        } else {
            AttributeChoices::new(attribute, |_| false, None)
        });
    }
    Ok(Choices {
        brands: brands(connection)?,
        tags: tags(connection)?,
        attributes,
        is_exact: false,
        counts: None,
    })
}

/// One more than is offered tells that there are more.
const ENOUGH: i64 = MOST_OFFERED as i64 + 1;

fn brands(connection: &mut AnyConnection) -> Result<Offered> {
    let shown = products::table
        .filter(products::brand.eq(terms::name.nullable()))
        .filter(visible(Moment::now()));
    let names: Vec<String> = terms::table
        .filter(terms::taxonomy.eq(Taxonomy::Brand.name()))
        .filter(exists(shown))
        .order(terms::name_key)
        .select(terms::name)
        .limit(ENOUGH)
        .load(connection)?;
    Ok(Offered::new(names.into_iter()))
}

fn tags(connection: &mut AnyConnection) -> Result<Offered> {
    let tagged = product_tags::table.filter(product_tags::term_id.eq(terms::term_id));
    let names: Vec<String> = terms::table
        .filter(terms::taxonomy.eq(Taxonomy::Tag.name()))
        .filter(exists(tagged))
        .order(terms::name_key)
        .select(terms::name)
        .limit(ENOUGH)
        .load(connection)?;
    Ok(Offered::new(names.into_iter()))
}

fn found(connection: &mut AnyConnection, attribute: Attribute) -> Result<AttributeChoices> {
    let mut used = Vec::new();
    for value in attribute.possible_values() {
        let key = text::fold(&value);
        if attributes::is_used(connection, attribute.attribute_id, &key)? {
            used.push(key);
        }
    }
    let range = if attribute.kind == AttributeKind::Number {
        range(connection, attribute.attribute_id)?
    } else {
        None
    };
    Ok(AttributeChoices::new(
        attribute,
        |key| used.iter().any(|known| known == key),
        range,
    ))
}

/// Both ends of the index over an attribute's numbers.
fn range(connection: &mut AnyConnection, attribute_id: i32) -> Result<Option<(i64, i64)>> {
    let numbers = || {
        product_attributes::table
            .filter(product_attributes::attribute_id.eq(attribute_id))
            .select(product_attributes::value_number.assume_not_null())
            .filter(product_attributes::value_number.is_not_null())
    };
    let least: Option<i64> = numbers()
        .order(product_attributes::value_number.asc())
        .first(connection)
        .optional()?;
    let most: Option<i64> = numbers()
        .order(product_attributes::value_number.desc())
        .first(connection)
        .optional()?;
    Ok(least.zip(most))
}
