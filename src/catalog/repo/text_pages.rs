//! Storage of the shop's pages of text. Must not know what a page may hold.

use diesel::prelude::*;

use super::rows::{packed, unpacked};
use crate::catalog::model::{PageLink, TextPage};
use crate::db::schema::text_pages as table;
use crate::db::{AnyConnection, Moment, dialect};
use crate::error::{Error, Result};

#[derive(Queryable, Selectable)]
#[diesel(table_name = table)]
struct Row {
    page_id: i32,
    title: String,
    slug: String,
    former_slugs: Option<String>,
    body: String,
    position: i32,
    is_published: bool,
    version: i32,
    updated_at: Moment,
}

impl TryFrom<Row> for TextPage {
    type Error = Error;

    fn try_from(row: Row) -> Result<TextPage> {
        Ok(TextPage {
            page_id: row.page_id,
            title: row.title,
            slug: row.slug,
            former_slugs: unpacked(row.former_slugs.as_deref())?,
            body: row.body,
            position: row.position,
            is_published: row.is_published,
            version: row.version,
            updated_at: row.updated_at,
        })
    }
}

/// All pages in the order in which they are linked.
pub fn all(connection: &mut AnyConnection) -> Result<Vec<TextPage>> {
    let rows: Vec<Row> = table::table
        .order((table::position, table::slug))
        .select(Row::as_select())
        .load(connection)?;
    rows.into_iter().map(TextPage::try_from).collect()
}

/// Where the pages are that customers can see, in the order in which they are linked.
pub fn links(connection: &mut AnyConnection) -> Result<Vec<PageLink>> {
    let rows: Vec<(String, String, Moment)> = table::table
        .filter(table::is_published.eq(true))
        .order((table::position, table::slug))
        .select((table::title, table::slug, table::updated_at))
        .load(connection)?;
    let link = |(title, slug, updated_at)| PageLink {
        title,
        slug,
        updated_at,
    };
    Ok(rows.into_iter().map(link).collect())
}

pub fn find(connection: &mut AnyConnection, page_id: i32) -> Result<Option<TextPage>> {
    let row: Option<Row> = table::table
        .find(page_id)
        .select(Row::as_select())
        .get_result(connection)
        .optional()?;
    row.map(TextPage::try_from).transpose()
}

/// Stores a new page; without an id the database gives it one.
pub fn insert(connection: &mut AnyConnection, page: &mut TextPage) -> Result<()> {
    let given = (page.page_id > 0).then_some(page.page_id);
    diesel::insert_into(table::table)
        .values((
            given.map(|page_id| table::page_id.eq(page_id)),
            table::title.eq(&page.title),
            table::slug.eq(&page.slug),
            table::former_slugs.eq(packed(&page.former_slugs, page.former_slugs.is_empty())?),
            table::body.eq(&page.body),
            table::position.eq(page.position),
            table::is_published.eq(page.is_published),
            table::version.eq(page.version),
            table::created_at.eq(page.updated_at),
            table::updated_at.eq(page.updated_at),
        ))
        .execute(connection)?;
    if given.is_none() {
        page.page_id = dialect::last_insert_id(connection)?;
    }
    Ok(())
}

/// Stores a page over its row.
pub fn update(connection: &mut AnyConnection, page: &TextPage) -> Result<()> {
    diesel::update(table::table.find(page.page_id))
        .set((
            table::title.eq(&page.title),
            table::slug.eq(&page.slug),
            table::former_slugs.eq(packed(&page.former_slugs, page.former_slugs.is_empty())?),
            table::body.eq(&page.body),
            table::position.eq(page.position),
            table::is_published.eq(page.is_published),
            table::version.eq(page.version),
            table::updated_at.eq(page.updated_at),
        ))
        .execute(connection)?;
    Ok(())
}

pub fn delete(connection: &mut AnyConnection, page_id: i32) -> Result<()> {
    diesel::delete(table::table.find(page_id)).execute(connection)?;
    Ok(())
}
