//! What somebody typed becomes a term, or all that is wrong with it. Must not know how a term is stored.

use super::TermInput;
use crate::catalog::edit::IMAGE_URL_LENGTH;
use crate::catalog::model::{MOST_LEVELS, TOO_DEEP, Taxonomy, Term, TermTree};
use crate::catalog::repo::terms;
use crate::catalog::values::{self, Fault};
use crate::catalog::{CatalogRules, text};
use crate::db::WriteTransaction;
use crate::error::{Error, FieldError, Result};

const DESCRIPTION_LENGTH: usize = 2_000;

/// Understands an input over what there was.
pub(super) fn understood(
    transaction: &mut WriteTransaction<'_>,
    rules: &CatalogRules,
    base: &Term,
    input: &TermInput,
) -> Result<Term> {
    let mut faults = Vec::new();
    let taxonomy = base.taxonomy;
    let name = kept(
        &mut faults,
        "/name",
        values::line(&input.name, taxonomy.longest_name()),
    )
    .flatten();
    if name.is_none() && faults.is_empty() {
        faults.push(FieldError::new("/name", "required", "is required"));
    }
    if taxonomy == Taxonomy::Tag && input.name.contains('|') {
        let detail = "must not hold the sign |, which separates tags in files";
        faults.push(FieldError::new("/name", "format", detail));
    }
    let slug = match input.slug.trim() {
        "" => None,
        slug => kept(&mut faults, "/slug", values::slug(slug)).flatten(),
    };
    let description = text::paragraphs(&input.description, DESCRIPTION_LENGTH).map_err(values::text_fault);
    let description = kept(&mut faults, "/description", description).flatten();
    let image_url = match input.image_url.trim() {
        "" => None,
        url => kept(
            &mut faults,
            "/image_url",
            values::image_url(url, IMAGE_URL_LENGTH),
        )
        .flatten(),
    };
    if image_url
        .as_ref()
        .is_some_and(|url| base.image_url.as_ref() != Some(url) && !rules.allows_image(url))
    {
        faults.push(FieldError::new("/image_url", "not_allowed", rules.image_advice()));
    }
    let position = kept(&mut faults, "/position", position(&input.position)).unwrap_or_default();
    let parent_id = kept(&mut faults, "/parent", parent(transaction, base, &input.parent)?).flatten();
    let name = name.unwrap_or_else(|| base.name.clone());
    let made = || match base.slug.as_str() {
        "" => text::slugify(&name, taxonomy.name()),
        kept => kept.to_owned(),
    };
    let next = Term {
        slug: slug.clone().unwrap_or_else(made),
        name,
        parent_id,
        position,
        description,
        image_url,
        ..base.clone()
    };
    faults.extend(taken(transaction, &next, slug.is_some())?);
    if faults.is_empty() {
        Ok(next)
    } else {
        Err(Error::Invalid(faults))
    }
}

fn kept<T>(faults: &mut Vec<FieldError>, pointer: &str, result: Result<T, Fault>) -> Option<T> {
    result
        .map_err(|(code, detail)| faults.push(FieldError::new(pointer, code, detail)))
        .ok()
}

fn position(text: &str) -> Result<i32, Fault> {
    match text.trim() {
        "" => Ok(0),
        text => text
            .parse()
            .map_err(|_| ("format", "must be a whole number, for example 10".to_owned())),
    }
}

/// The id of the category above: it must exist, not stand below this one, and leave room for what stands below.
fn parent(
    transaction: &mut WriteTransaction<'_>,
    term: &Term,
    text: &str,
) -> Result<Result<Option<i32>, Fault>> {
    let text = text.trim();
    if text.is_empty() || term.taxonomy != Taxonomy::Category {
        return Ok(Ok(None));
    }
    let tree = terms::all(transaction.connection(), Taxonomy::Category)?;
    let Some(parent) = text.parse().ok().and_then(|id| tree.find(id)) else {
        return Ok(Err(("unknown", "is no category".to_owned())));
    };
    let own = tree.subtree(term.term_id);
    if own.iter().any(|below| below.term_id == parent.term_id) {
        return Ok(Err((
            "out_of_range",
            "must not be this category or one below it".to_owned(),
        )));
    }
    if !has_room(&tree, parent, levels(&tree, term)) {
        return Ok(Err(("out_of_range", TOO_DEEP.to_owned())));
    }
    Ok(Ok(Some(parent.term_id)))
}

/// How many levels a term takes, its own and those below it.
pub(super) fn levels(tree: &TermTree, term: &Term) -> usize {
    let depth = |term: &Term| tree.path(term.term_id).len();
    let own = tree.subtree(term.term_id);
    let deepest = own.iter().map(|below| depth(below)).max().unwrap_or(1);
    deepest + 1 - depth(term).max(1)
}

/// Whether this many levels can stand below a category.
pub(super) fn has_room(tree: &TermTree, parent: &Term, levels: usize) -> bool {
    levels == 0 || tree.path(parent.term_id).len() + levels <= MOST_LEVELS
}

fn taken(
    transaction: &mut WriteTransaction<'_>,
    term: &Term,
    slug_was_given: bool,
) -> Result<Vec<FieldError>> {
    let mut faults = Vec::new();
    let connection = transaction.connection();
    let other = |found: Option<Term>| found.filter(|found| found.term_id != term.term_id);
    if let Some(found) = other(terms::find_by_name(connection, term.taxonomy, &term.name)?) {
        let detail = format!(
            "is taken by “{}”: merge the two, or choose another name",
            found.name
        );
        faults.push(FieldError::new("/name", "taken", detail));
    }
    if slug_was_given && let Some(found) = other(terms::find_by_slug(connection, term.taxonomy, &term.slug)?)
    {
        let detail = format!("is the address of “{}”", found.name);
        faults.push(FieldError::new("/slug", "taken", detail));
    }
    Ok(faults)
}
