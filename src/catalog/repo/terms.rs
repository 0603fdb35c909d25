//! Storage of terms: categories, brands, tags, and the names and addresses that lead to them. Must not know products
//! beyond asking whether a category has any to show.

use diesel::dsl::exists;
use diesel::prelude::*;

use super::visible;
use crate::catalog::model::{Taxonomy, Term, TermTree};
use crate::catalog::text;
use crate::db::schema::{product_tags, products, term_aliases, terms};
use crate::db::{AnyConnection, Moment, dialect};
use crate::error::{Error, Result};

#[derive(Queryable, Selectable)]
#[diesel(table_name = terms)]
struct TermRow {
    term_id: i32,
    taxonomy: String,
    name: String,
    slug: String,
    parent_id: Option<i32>,
    position: i32,
    description: Option<String>,
    image_url: Option<String>,
    version: i32,
}

impl TryFrom<TermRow> for Term {
    type Error = Error;

    fn try_from(row: TermRow) -> Result<Term> {
        Ok(Term {
            term_id: row.term_id,
            taxonomy: Taxonomy::parse(&row.taxonomy)
                .ok_or_else(|| Error::internal("a term of an unknown taxonomy is stored"))?,
            name: row.name,
            slug: row.slug,
            parent_id: row.parent_id,
            position: row.position,
            description: row.description,
            image_url: row.image_url,
            version: row.version,
        })
    }
}

/// The categories that have something to show at a moment, they or one below them.
pub fn visible_categories(connection: &mut AnyConnection, now: Moment) -> Result<TermTree> {
    let shown = products::table
        .filter(products::category.eq(terms::name.nullable()))
        .filter(visible(now))
        .select(products::product_id);
    let rows: Vec<(TermRow, bool)> = terms::table
        .filter(terms::taxonomy.eq(Taxonomy::Category.name()))
        .order((terms::position, terms::name_key))
        .select((TermRow::as_select(), exists(shown)))
        .load(connection)?;
    let mut occupied = Vec::new();
    let mut all = Vec::new();
    for (row, has_products) in rows {
        if has_products {
            occupied.push(row.term_id);
        }
        all.push(Term::try_from(row)?);
    }
    let mut tree = TermTree::new(all);
    tree.retain(|term| occupied.contains(&term.term_id));
    Ok(tree)
}

/// All terms of a taxonomy in the order in which they are shown.
pub fn all(connection: &mut AnyConnection, taxonomy: Taxonomy) -> Result<TermTree> {
    let rows: Vec<TermRow> = terms::table
        .filter(terms::taxonomy.eq(taxonomy.name()))
        .order((terms::position, terms::name_key))
        .select(TermRow::as_select())
        .load(connection)?;
    let terms = rows.into_iter().map(Term::try_from).collect::<Result<_>>()?;
    Ok(TermTree::new(terms))
}

pub fn find(connection: &mut AnyConnection, term_id: i32) -> Result<Option<Term>> {
    let row: Option<TermRow> = terms::table
        .find(term_id)
        .select(TermRow::as_select())
        .get_result(connection)
        .optional()?;
    row.map(Term::try_from).transpose()
}

/// The term with this slug now.
pub fn find_by_slug(connection: &mut AnyConnection, taxonomy: Taxonomy, slug: &str) -> Result<Option<Term>> {
    let row: Option<TermRow> = terms::table
        .filter(terms::taxonomy.eq(taxonomy.name()))
        .filter(terms::slug.eq(slug))
        .select(TermRow::as_select())
        .get_result(connection)
        .optional()?;
    row.map(Term::try_from).transpose()
}

/// The term with this name now, case and accents aside.
pub fn find_by_name(connection: &mut AnyConnection, taxonomy: Taxonomy, name: &str) -> Result<Option<Term>> {
    let row: Option<TermRow> = terms::table
        .filter(terms::taxonomy.eq(taxonomy.name()))
        .filter(terms::name_key.eq(text::fold(name)))
        .select(TermRow::as_select())
        .get_result(connection)
        .optional()?;
    row.map(Term::try_from).transpose()
}

/// The terms with any of these names now, case and accents aside.
pub fn of_names(connection: &mut AnyConnection, taxonomy: Taxonomy, names: &[&str]) -> Result<Vec<Term>> {
    let keys: Vec<String> = names.iter().map(|name| text::fold(name)).collect();
    let rows: Vec<TermRow> = terms::table
        .filter(terms::taxonomy.eq(taxonomy.name()))
        .filter(terms::name_key.eq_any(keys))
        .select(TermRow::as_select())
        .load(connection)?;
    rows.into_iter().map(Term::try_from).collect()
}

/// The term that had this slug or folded name before.
pub fn find_by_alias(
    connection: &mut AnyConnection,
    taxonomy: Taxonomy,
    alias: &str,
) -> Result<Option<Term>> {
    let term_id: Option<i32> = term_aliases::table
        .find((taxonomy.name(), alias))
        .select(term_aliases::term_id)
        .get_result(connection)
        .optional()?;
    term_id.map_or(Ok(None), |term_id| find(connection, term_id))
}

/// The term that a name means in a product: the one with it, else the one that had it.
pub fn meant_by(connection: &mut AnyConnection, taxonomy: Taxonomy, name: &str) -> Result<Option<Term>> {
    match find_by_name(connection, taxonomy, name)? {
        Some(term) => Ok(Some(term)),
        None => find_by_alias(connection, taxonomy, &text::fold(name)),
    }
}

/// The term that a filter names, by slug or name, present or former.
pub fn wanted(connection: &mut AnyConnection, taxonomy: Taxonomy, text: &str) -> Result<Option<Term>> {
    if let Some(term) = find_by_slug(connection, taxonomy, text)? {
        return Ok(Some(term));
    }
    match meant_by(connection, taxonomy, text)? {
        Some(term) => Ok(Some(term)),
        None => find_by_alias(connection, taxonomy, text),
    }
}

/// Stores a new term under a slug that is still free and gives it its id. What led to another term by this name or
/// slug leads to it from now on.
pub fn insert(connection: &mut AnyConnection, term: &mut Term, now: Moment) -> Result<()> {
    let wanted = term.slug.clone();
    let mut number = 2;
    while find_by_slug(connection, term.taxonomy, &term.slug)?.is_some() {
        term.slug = format!("{wanted}-{number}");
        number += 1;
    }
    insert_row(connection, None, term, now)?;
    term.term_id = dialect::last_insert_id(connection)?;
    Ok(())
}

/// Stores a term that was deleted under the id that it had; its name and slug are free.
pub fn insert_again(connection: &mut AnyConnection, term: &Term, now: Moment) -> Result<()> {
    insert_row(connection, Some(term.term_id), term, now)
}

/// Without an id the database gives one.
fn insert_row(connection: &mut AnyConnection, term_id: Option<i32>, term: &Term, now: Moment) -> Result<()> {
    forget_aliases(connection, term)?;
    diesel::insert_into(terms::table)
        .values((
            term_id.map(|term_id| terms::term_id.eq(term_id)),
            terms::taxonomy.eq(term.taxonomy.name()),
            terms::name.eq(&term.name),
            terms::name_key.eq(text::fold(&term.name)),
            terms::slug.eq(&term.slug),
            terms::parent_id.eq(term.parent_id),
            terms::position.eq(term.position),
            terms::description.eq(&term.description),
            terms::image_url.eq(&term.image_url),
            terms::version.eq(term.version),
            terms::created_at.eq(now),
            terms::updated_at.eq(now),
        ))
        .execute(connection)?;
    Ok(())
}

/// Stores a term over the row that still has `expected_version`; false when it no longer has.
pub fn update(
    connection: &mut AnyConnection,
    term: &Term,
    expected_version: i32,
    now: Moment,
) -> Result<bool> {
    forget_aliases(connection, term)?;
    let row = terms::table
        .find(term.term_id)
        .filter(terms::version.eq(expected_version));
    let updated = diesel::update(row)
        .set((
            terms::name.eq(&term.name),
            terms::name_key.eq(text::fold(&term.name)),
            terms::slug.eq(&term.slug),
            terms::parent_id.eq(term.parent_id),
            terms::position.eq(term.position),
            terms::description.eq(&term.description),
            terms::image_url.eq(&term.image_url),
            terms::version.eq(term.version),
            terms::updated_at.eq(now),
        ))
        .execute(connection)?;
    Ok(updated == 1)
}

/// Removes a term that nothing stands below any more; what led to it leads to `heir`.
pub fn replace(connection: &mut AnyConnection, term: &Term, heir: &Term, now: Moment) -> Result<()> {
    diesel::update(term_aliases::table.filter(term_aliases::term_id.eq(term.term_id)))
        .set(term_aliases::term_id.eq(heir.term_id))
        .execute(connection)?;
    diesel::delete(terms::table.find(term.term_id)).execute(connection)?;
    remember(connection, term, heir.term_id, now)
}

/// Removes a term that nothing stands below and no kept product has. Deleted products keep its name; should one come
/// back, so does the term.
pub fn delete(connection: &mut AnyConnection, term_id: i32) -> Result<()> {
    diesel::delete(product_tags::table.filter(product_tags::term_id.eq(term_id))).execute(connection)?;
    diesel::delete(term_aliases::table.filter(term_aliases::term_id.eq(term_id))).execute(connection)?;
    diesel::delete(terms::table.find(term_id)).execute(connection)?;
    Ok(())
}

/// Lets the name and the slug that `term` has lead to the term of this id.
pub fn remember(connection: &mut AnyConnection, term: &Term, term_id: i32, now: Moment) -> Result<()> {
    let mut aliases = vec![text::fold(&term.name), term.slug.clone()];
    aliases.dedup();
    for alias in aliases {
        diesel::delete(term_aliases::table.find((term.taxonomy.name(), &alias))).execute(connection)?;
        diesel::insert_into(term_aliases::table)
            .values((
                term_aliases::taxonomy.eq(term.taxonomy.name()),
                term_aliases::alias.eq(alias),
                term_aliases::term_id.eq(term_id),
                term_aliases::created_at.eq(now),
            ))
            .execute(connection)?;
    }
    Ok(())
}

fn forget_aliases(connection: &mut AnyConnection, term: &Term) -> Result<()> {
    for alias in [&text::fold(&term.name), &term.slug] {
        diesel::delete(term_aliases::table.find((term.taxonomy.name(), alias))).execute(connection)?;
    }
    Ok(())
}
