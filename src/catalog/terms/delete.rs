//! What nobody uses can go. Must not know HTTP.

use std::collections::HashMap;

use super::understand::understood;
use super::{TermInput, current};
use crate::catalog::model::{Taxonomy, Term};
use crate::catalog::repo::{terms, uses};
use crate::catalog::write::labels;
use crate::catalog::{Catalog, CatalogRules};
use crate::db::{Action, Committed, Origin, Seq, WriteTransaction};
use crate::error::{Error, Result};

impl Catalog {
    /// How many kept products each of these terms of one taxonomy has, by its id; those without any are left out.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn term_uses(
        &self,
        taxonomy: Taxonomy,
        terms: Vec<Term>,
        at_least: Seq,
    ) -> Result<HashMap<i32, i64>> {
        let read = move |connection: &mut _| uses::of_terms(connection, taxonomy, &terms);
        Ok(self
            .db
            .read_at_least("catalog.term_uses", at_least, read)
            .await?
            .value)
    }

    /// Removes a term that no kept product has and nothing stands below, with its former names and addresses.
    ///
    /// # Errors
    /// `NotFound`; `VersionMismatch`; `Conflict` while it is in use; those of the database.
    pub async fn delete_term(
        &self,
        origin: Origin,
        term_id: i32,
        expected_version: i32,
    ) -> Result<Committed<Term>> {
        let work = move |transaction: &mut WriteTransaction<'_>| {
            let term = current(transaction, term_id, expected_version)?;
            delete(transaction, term)
        };
        self.db.write("catalog.delete_term", origin, work).await
    }
}

/// Removes a term that nothing uses.
pub fn delete(transaction: &mut WriteTransaction<'_>, term: Term) -> Result<Term> {
    let connection = transaction.connection();
    let used = uses::of_terms(connection, term.taxonomy, std::slice::from_ref(&term))?;
    let tree = terms::all(connection, term.taxonomy)?;
    if !used.is_empty() || tree.children(Some(term.term_id)).next().is_some() {
        return Err(Error::Conflict {
            code: "in_use",
            detail: format!("“{}” is in use: merge it into another one instead.", term.name),
        });
    }
    terms::delete(connection, term.term_id)?;
    labels::record(transaction, Action::Deleted, Some(&term), None)?;
    Ok(term)
}

/// Makes a deleted term anew, with its id, so that its history goes on. If the category above is gone it stands at the top.
pub fn restore(transaction: &mut WriteTransaction<'_>, rules: &CatalogRules, deleted: &Term) -> Result<Term> {
    let parent = deleted
        .parent_id
        .map(|parent_id| terms::find(transaction.connection(), parent_id));
    let parent = parent.transpose()?.flatten();
    let input = TermInput {
        name: deleted.name.clone(),
        slug: deleted.slug.clone(),
        parent: parent
            .map(|parent| parent.term_id.to_string())
            .unwrap_or_default(),
        position: deleted.position.to_string(),
        description: deleted.description.clone().unwrap_or_default(),
        image_url: deleted.image_url.clone().unwrap_or_default(),
    };
    let mut term = understood(transaction, rules, deleted, &input)?;
    term.version += 1;
    let now = transaction.now();
    terms::insert_again(transaction.connection(), &term, now)?;
    labels::record(transaction, Action::Restored, None, Some(&term))?;
    Ok(term)
}
