//! The shop's pages of text: about, contact, imprint, privacy and a few more. They stand here because they are data of the
//! shop like attributes: logged, undone and shown in the history with the same rules. Must not know markup or HTTP.

mod understand;

use std::sync::Arc;

use super::model::{AtAddress, TextPage};
use super::navigation::Navigation;
use super::repo::text_pages as stored;
use super::write::state;
use super::{Catalog, dependence};
use crate::db::idempotency::{self, IdempotentRequest};
use crate::db::{
    Action, AnyConnection, Committed, Entity, NewChange, Origin, Seq, Snapshot, WriteTransaction,
};
use crate::error::{Error, Result};
use understand::understood;
pub use understand::{BODY_LENGTH, TITLE_LENGTH};

/// Every public page links all of them.
pub const MOST_PAGES: usize = 20;

/// Earlier addresses that still lead to a page.
const MOST_FORMER: usize = 10;

/// A page of text with what surrounds it.
#[derive(Debug, Clone)]
pub struct TextDisplay {
    pub navigation: Arc<Navigation>,
    pub page: TextPage,
}

/// A page as somebody typed it; empty text is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextPageInput {
    pub title: String,
    pub slug: String,
    pub body: String,
    pub position: String,
    pub is_published: bool,
}

impl TextPageInput {
    /// A page as it stands in its form.
    pub fn of(page: &TextPage) -> TextPageInput {
        TextPageInput {
            title: page.title.clone(),
            slug: page.slug.clone(),
            body: page.body.clone(),
            position: page.position.to_string(),
            is_published: page.is_published,
        }
    }
}

impl Catalog {
    /// The page of text that customers see at an address, or its present address.
    ///
    /// # Errors
    /// `NotFound`; those of the database.
    pub async fn text_display(
        &self,
        slug: String,
        at_least: Seq,
    ) -> Result<Snapshot<AtAddress<TextDisplay>>> {
        let known = self.known.clone();
        let read = move |connection: &mut AnyConnection| {
            let mut all = stored::all(connection)?;
            all.retain(|page| page.is_published);
            if let Some(page) = all.iter().find(|page| page.slug == slug) {
                let page = page.clone();
                let navigation = known.read(connection)?.navigation;
                return Ok(Some(AtAddress::Here(TextDisplay { navigation, page })));
            }
            let moved = all.into_iter().find(|page| page.former_slugs.contains(&slug));
            Ok(moved.map(|page| AtAddress::MovedTo(page.slug)))
        };
        let depends = |_: &Option<AtAddress<TextDisplay>>| dependence::of_terms();
        let found = self
            .shown("catalog.text_display", at_least, read, depends)
            .await?;
        found.or_not_found("page")
    }

    /// All pages of text, hidden ones too, in the order in which they are linked.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn text_pages(&self, at_least: Seq) -> Result<Snapshot<Vec<TextPage>>> {
        self.db
            .read_at_least("catalog.text_pages", at_least, stored::all)
            .await
    }

    /// One page of text, hidden or not.
    ///
    /// # Errors
    /// `NotFound`; those of the database.
    pub async fn text_page(&self, page_id: i32, at_least: Seq) -> Result<Snapshot<TextPage>> {
        let read = move |connection: &mut AnyConnection| {
            stored::find(connection, page_id)?.ok_or(Error::NotFound { what: "page" })
        };
        self.db.read_at_least("catalog.text_page", at_least, read).await
    }

    /// Makes a page of text. A request that was answered before is answered the same way again (the flag says so).
    ///
    /// # Errors
    /// `Invalid` with every fault; `IdempotencyMismatch`; those of the database.
    pub async fn create_text_page(
        &self,
        origin: Origin,
        input: TextPageInput,
        request: Option<IdempotentRequest>,
    ) -> Result<Committed<(TextPage, bool)>> {
        let work = move |transaction: &mut WriteTransaction<'_>| {
            let mut page = understood(&input, None)?;
            let others = stored::all(transaction.connection())?;
            if others.len() >= MOST_PAGES {
                let detail =
                    format!("is one too many: there are {MOST_PAGES} pages already, remove one first");
                return Err(Error::field("/title", "too_many", detail));
            }
            is_free(&others, &page, !input.slug.trim().is_empty())?;
            page.updated_at = transaction.now();
            stored::insert(transaction.connection(), &mut page)?;
            record(transaction, Action::Created, None, Some(&page))?;
            Ok(page)
        };
        idempotency::once(&self.db, "catalog.create_text_page", origin, request, work).await
    }

    /// Changes a page of text that still has `expected_version`.
    ///
    /// # Errors
    /// `NotFound`; `VersionMismatch`; `Invalid` with every fault; those of the database.
    pub async fn save_text_page(
        &self,
        origin: Origin,
        (page_id, expected_version): (i32, i32),
        input: TextPageInput,
    ) -> Result<Committed<TextPage>> {
        let work = move |transaction: &mut WriteTransaction<'_>| {
            let current = standing(transaction, page_id)?;
            Error::unless_version(current.version, expected_version)?;
            amend(transaction, &current, &input)
        };
        self.db.write("catalog.save_text_page", origin, work).await
    }

    /// Removes a page of text.
    ///
    /// # Errors
    /// `NotFound`; `VersionMismatch`; those of the database.
    pub async fn delete_text_page(
        &self,
        origin: Origin,
        (page_id, expected_version): (i32, i32),
    ) -> Result<Committed<TextPage>> {
        let work = move |transaction: &mut WriteTransaction<'_>| {
            let current = standing(transaction, page_id)?;
            Error::unless_version(current.version, expected_version)?;
            delete(transaction, &current)?;
            Ok(current)
        };
        self.db.write("catalog.delete_text_page", origin, work).await
    }

    /// A page of text as it would be, without making it.
    ///
    /// # Errors
    /// `Invalid` with every fault.
    pub fn understood_text_page(&self, input: &TextPageInput) -> Result<TextPage> {
        understood(input, None)
    }
}

/// The page that there is under an id.
pub(super) fn standing(transaction: &mut WriteTransaction<'_>, page_id: i32) -> Result<TextPage> {
    let found = stored::find(transaction.connection(), page_id)?;
    found.ok_or(Error::NotFound { what: "page" })
}

/// Lays an input over a page.
pub(super) fn amend(
    transaction: &mut WriteTransaction<'_>,
    current: &TextPage,
    input: &TextPageInput,
) -> Result<TextPage> {
    let mut next = understood(input, Some(current))?;
    if next == *current {
        return Ok(next);
    }
    is_free(&stored::all(transaction.connection())?, &next, true)?;
    if next.slug != current.slug {
        let former = next.former_slugs.drain(..).chain([current.slug.clone()]);
        let kept: Vec<String> = former.filter(|slug| *slug != next.slug).collect();
        let oldest = kept.len().saturating_sub(MOST_FORMER);
        next.former_slugs = kept.into_iter().skip(oldest).collect();
    }
    next.version += 1;
    next.updated_at = transaction.now();
    stored::update(transaction.connection(), &next)?;
    record(transaction, Action::Updated, Some(current), Some(&next))?;
    Ok(next)
}

pub(super) fn delete(transaction: &mut WriteTransaction<'_>, page: &TextPage) -> Result<()> {
    stored::delete(transaction.connection(), page.page_id)?;
    record(transaction, Action::Deleted, Some(page), None)
}

/// Makes a deleted page anew, with its id, so that its history goes on.
pub(super) fn restore(transaction: &mut WriteTransaction<'_>, deleted: &TextPage) -> Result<TextPage> {
    let mut page = deleted.clone();
    page.version += 1;
    page.updated_at = transaction.now();
    is_free(&stored::all(transaction.connection())?, &page, true)?;
    stored::insert(transaction.connection(), &mut page)?;
    record(transaction, Action::Restored, None, Some(&page))?;
    Ok(page)
}

/// An address has one page. Whoever named none is told by the title that it was made from.
fn is_free(all: &[TextPage], page: &TextPage, is_named: bool) -> Result<()> {
    let other = all
        .iter()
        .find(|other| other.slug == page.slug && other.page_id != page.page_id);
    let Some(other) = other else { return Ok(()) };
    let detail = format!("is the address of the page “{}” already", other.title);
    if is_named {
        return Err(Error::field("/slug", "taken", detail));
    }
    let detail = format!(
        "leads to /pages/{}, which {detail}: name another address",
        page.slug
    );
    Err(Error::field("/title", "taken", detail))
}

fn record(
    transaction: &mut WriteTransaction<'_>,
    action: Action,
    before: Option<&TextPage>,
    after: Option<&TextPage>,
) -> Result<()> {
    let Some(subject) = after.or(before) else {
        return Ok(());
    };
    transaction.record(NewChange {
        entity: Entity::Page,
        entity_id: subject.page_id,
        version: subject.version,
        action,
        before: state(before)?,
        after: state(after)?,
    })
}
