//! Storage of categories. Must not know products beyond asking whether a category has any to show.

use diesel::dsl::exists;
use diesel::prelude::*;

use super::visible;
use crate::catalog::model::Category;
use crate::catalog::text;
use crate::db::schema::{categories, products};
use crate::db::{AnyConnection, Moment, dialect};
use crate::error::Result;

type Row = (i32, String, String, i32);
const COLUMNS: (
    categories::category_id,
    categories::name,
    categories::slug,
    categories::version,
) = (
    categories::category_id,
    categories::name,
    categories::slug,
    categories::version,
);

fn category((category_id, name, slug, version): Row) -> Category {
    Category {
        category_id,
        name,
        slug,
        version,
    }
}

/// The categories that have something to show, by name.
pub fn visible_ones(connection: &mut AnyConnection) -> Result<Vec<Category>> {
    let shown = products::table
        .filter(products::category.eq(categories::name.nullable()))
        .filter(visible());
    let rows: Vec<Row> = categories::table
        .filter(exists(shown))
        .order(categories::name_key)
        .select(COLUMNS)
        .load(connection)?;
    Ok(rows.into_iter().map(category).collect())
}

/// All categories, by name.
pub fn all(connection: &mut AnyConnection) -> Result<Vec<Category>> {
    let rows: Vec<Row> = categories::table
        .order(categories::name_key)
        .select(COLUMNS)
        .load(connection)?;
    Ok(rows.into_iter().map(category).collect())
}

/// The category of this slug.
pub fn find_by_slug(connection: &mut AnyConnection, slug: &str) -> Result<Option<Category>> {
    let row: Option<Row> = categories::table
        .filter(categories::slug.eq(slug))
        .select(COLUMNS)
        .get_result(connection)
        .optional()?;
    Ok(row.map(category))
}

/// The category of this name, case and accents aside.
pub fn find_by_name(connection: &mut AnyConnection, name: &str) -> Result<Option<Category>> {
    let row: Option<Row> = categories::table
        .filter(categories::name_key.eq(text::fold(name)))
        .select(COLUMNS)
        .get_result(connection)
        .optional()?;
    Ok(row.map(category))
}

/// Stores a new category under a slug that is still free.
pub fn insert(connection: &mut AnyConnection, name: &str, now: Moment) -> Result<Category> {
    let wanted = text::slugify(name, "category");
    let mut slug = wanted.clone();
    let mut number = 2;
    while find_by_slug(connection, &slug)?.is_some() {
        slug = format!("{wanted}-{number}");
        number += 1;
    }
    diesel::insert_into(categories::table)
        .values((
            categories::name.eq(name),
            categories::name_key.eq(text::fold(name)),
            categories::slug.eq(&slug),
            categories::version.eq(1),
            categories::created_at.eq(now),
            categories::updated_at.eq(now),
        ))
        .execute(connection)?;
    Ok(Category {
        category_id: dialect::last_insert_id(connection)?,
        name: name.to_owned(),
        slug,
        version: 1,
    })
}
