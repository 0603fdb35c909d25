//! The terms that a product's content names: found, or made in the same transaction. Must not know HTTP.

use crate::catalog::edit::Content;
use crate::catalog::model::{Product, Taxonomy, Term};
use crate::catalog::repo::terms;
use crate::catalog::text;
use crate::catalog::write::state;
use crate::db::{Action, NewChange, WriteTransaction};
use crate::error::Result;

/// The product with new content, its labels in the spelling of their terms, and the ids of its tags.
pub fn put(
    transaction: &mut WriteTransaction<'_>,
    product: Product,
    content: Content,
) -> Result<(Product, Vec<i32>)> {
    let category = label(
        transaction,
        Taxonomy::Category,
        content.category,
        &product.category,
    )?;
    let brand = label(transaction, Taxonomy::Brand, content.brand, &product.brand)?;
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
        publish_at: content.publish_at,
        is_active: content.is_active,
        ..product
    };
    Ok((next, tag_ids))
}

/// The name of a term as it is stored; what the product has already need not be looked up.
fn label(
    transaction: &mut WriteTransaction<'_>,
    taxonomy: Taxonomy,
    wanted: Option<String>,
    current: &Option<String>,
) -> Result<Option<String>> {
    match wanted {
        Some(name) if Some(&name) != current.as_ref() => {
            term(transaction, taxonomy, &name).map(|term| Some(term.name))
        }
        unchanged => Ok(unchanged),
    }
}

/// The term that a name means; one that does not exist yet is made.
pub fn term(transaction: &mut WriteTransaction<'_>, taxonomy: Taxonomy, name: &str) -> Result<Term> {
    if let Some(term) = terms::meant_by(transaction.connection(), taxonomy, name)? {
        return Ok(term);
    }
    let mut term = Term {
        term_id: 0,
        taxonomy,
        name: name.to_owned(),
        slug: text::slugify(name, taxonomy.name()),
        parent_id: None,
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
