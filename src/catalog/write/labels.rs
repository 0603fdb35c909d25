//! The terms that a product's content names: found, or made in the same transaction; and what is left of them when a
//! product comes back. Must not know HTTP.

use crate::catalog::edit::Content;
use crate::catalog::model::{Attributes, MOST_LEVELS, Product, TOO_DEEP, Taxonomy, Term};
use crate::catalog::repo::{attributes, terms};
use crate::catalog::text;
use crate::catalog::write::state;
use crate::db::{Action, NewChange, WriteTransaction};
use crate::error::{Error, Result};

/// The product with new content, its labels in the spelling of their terms, and the ids of its tags.
pub fn put(
    transaction: &mut WriteTransaction<'_>,
    product: Product,
    content: Content,
) -> Result<(Product, Vec<i32>)> {
    // What the product has already need not be looked up.
    let category = match content.category {
        Some(name) if Some(&name) != product.category.as_ref() => {
            Some(category(transaction, &content.category_above, &name)?.name)
        }
        unchanged => unchanged,
    };
    let brand = match content.brand {
        Some(name) if Some(&name) != product.brand.as_ref() => {
            Some(term(transaction, Taxonomy::Brand, &name)?.name)
        }
        unchanged => unchanged,
    };
    let (mut tags, mut tag_ids) = (content.tags, Vec::new());
    if tags != product.tags {
        for tag in &mut tags {
            let term = term(transaction, Taxonomy::Tag, tag)?;
            tag.clone_from(&term.name);
            tag_ids.push(term.term_id);
        }
        // Two former names of one tag are one tag.
        let mut seen = std::collections::HashSet::new();
        tags.retain(|tag| seen.insert(tag.clone()));
        tag_ids.sort_unstable();
        tag_ids.dedup();
    }
    let next = Product {
        name: content.name,
        slug: content.slug.unwrap_or_else(|| product.slug.clone()),
        sku: content.sku,
        brand,
        description: content.description,
        price: content.price,
        sale: content.sale,
        category,
        tags,
        attributes: content.attributes,
        stock_quantity: content.stock_quantity,
        images: content.images,
        buy_url: content.buy_url,
        publish_at: content.publish_at,
        is_active: content.is_active,
        ..product
    };
    Ok((next, tag_ids))
}

/// The names of a product that comes back, and the ids of its tags. What was deleted meanwhile is made again.
pub fn revive(transaction: &mut WriteTransaction<'_>, product: Product) -> Result<(Product, Vec<i32>)> {
    let mut content = Content::from(&product);
    let bare = Product {
        category: None,
        brand: None,
        tags: Vec::new(),
        ..product
    };
    content.attributes = values_of(transaction, &content.attributes)?;
    put(transaction, bare, content)
}

/// The values whose attributes there still are, of the kind that they have now.
fn values_of(transaction: &mut WriteTransaction<'_>, values: &Attributes) -> Result<Attributes> {
    let defined = attributes::all(transaction.connection())?;
    let mut kept = Attributes::new();
    for (key, value) in values {
        let given = serde_json::to_value(value).map_err(Error::internal)?;
        let attribute = defined.iter().find(|attribute| attribute.key == *key);
        if let Some(Ok(value)) = attribute.map(|attribute| attribute.understand(&given)) {
            kept.insert(key.clone(), value);
        }
    }
    Ok(kept)
}

/// The category that a name means. One that does not exist yet is made below those that `above` names, the top first,
/// which are made likewise; whatever exists stays where it is.
fn category(transaction: &mut WriteTransaction<'_>, above: &[String], name: &String) -> Result<Term> {
    let (mut missing, mut known) = (Vec::new(), None);
    for name in above.iter().chain([name]).rev() {
        known = terms::meant_by(transaction.connection(), Taxonomy::Category, name)?;
        if known.is_some() {
            break;
        }
        missing.push(name);
    }
    // Before any is made: a row that is refused changes nothing.
    if let (Some(known), true) = (&known, !missing.is_empty()) {
        let tree = terms::all(transaction.connection(), Taxonomy::Category)?;
        if tree.path(known.term_id).len() + missing.len() > MOST_LEVELS {
            return Err(Error::field("/category_path", "out_of_range", TOO_DEEP));
        }
    }
    for name in missing.into_iter().rev() {
        let parent_id = known.map(|above| above.term_id);
        known = Some(made(transaction, Taxonomy::Category, name, parent_id)?);
    }
    known.ok_or_else(|| Error::internal("a category was neither found nor made"))
}

/// The term that a name means; one that does not exist yet is made.
fn term(transaction: &mut WriteTransaction<'_>, taxonomy: Taxonomy, name: &str) -> Result<Term> {
    match terms::meant_by(transaction.connection(), taxonomy, name)? {
        Some(term) => Ok(term),
        None => made(transaction, taxonomy, name, None),
    }
}

fn made(
    transaction: &mut WriteTransaction<'_>,
    taxonomy: Taxonomy,
    name: &str,
    parent_id: Option<i32>,
) -> Result<Term> {
    let mut term = Term {
        term_id: 0,
        taxonomy,
        name: name.to_owned(),
        slug: text::slugify(name, taxonomy.name()),
        parent_id,
        position: 0,
        description: None,
        image_url: None,
        version: 1,
    };
    create(transaction, &mut term)?;
    Ok(term)
}

/// Stores a new term and its change.
pub fn create(transaction: &mut WriteTransaction<'_>, term: &mut Term) -> Result<()> {
    let now = transaction.now();
    terms::insert(transaction.connection(), term, now)?;
    record(transaction, Action::Created, None, Some(term))
}

/// Appends a change of a term.
pub fn record(
    transaction: &mut WriteTransaction<'_>,
    action: Action,
    before: Option<&Term>,
    after: Option<&Term>,
) -> Result<()> {
    let Some(subject) = after.or(before) else {
        return Ok(());
    };
    transaction.record(NewChange {
        entity: subject.taxonomy.entity(),
        entity_id: subject.term_id,
        version: subject.version,
        action,
        before: state(before)?,
        after: state(after)?,
    })
}
