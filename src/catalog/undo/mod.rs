//! Undoing changes of products, terms, attributes, rules of the search and pages of text: one, or those of a batch. An undo is a write like any other, with
//! the same rules and its own change, so it can be undone as well. What was changed since is never overwritten unless
//! somebody decided so. Must not know HTTP.

mod batch;
mod fields;
mod plan;

use serde::{Deserialize, Serialize};

pub use batch::{BatchStep, Skipped, new_batch};
pub(super) use fields::product as product_edit;
pub use plan::{Plan, Step};

use super::model::{Attribute, SearchRule, Term, TextPage};
use super::repo::{attributes, terms};
use super::write::{self, SaveMode, Saved};
use super::{
    Catalog, CatalogRules, attributes as owners_attributes, search_rules, terms as owners_terms, text_pages,
};
use crate::db::idempotency::{self, IdempotentRequest};
use crate::db::{AnyConnection, Change, Committed, Entity, Origin, Seq, Snapshot, WriteTransaction, changes};
use crate::error::{Error, Result};
use crate::history::{Merge, Sides};

/// What somebody decided, seeing the thing at this version.
#[derive(Debug, Clone)]
pub struct Decisions {
    pub version: i32,
    pub sides: Sides,
}

/// What an undo did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Undone,
    /// It was undone before, or everything is as it was already.
    Already,
    /// Everything was decided to stay as it is.
    Kept,
}

impl Outcome {
    pub const ALL: [&'static str; 3] = ["undone", "already", "kept"];
}

/// The answer to an undo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undone {
    pub undo_of: i64,
    pub outcome: Outcome,
    pub entity: String,
    pub entity_id: i32,
    /// The version that the thing has now.
    pub version: i32,
}

impl Catalog {
    /// What undoing a change would do right now.
    ///
    /// # Errors
    /// `NotFound`; those of the database.
    pub async fn plan_undo(&self, seq: Seq) -> Result<Snapshot<Plan>> {
        let read = move |connection: &mut AnyConnection| {
            let change = found(connection, seq)?;
            plan::plan(connection, &change)
        };
        self.db.read_at_least("catalog.plan_undo", Seq::MAX, read).await
    }

    /// Undoes a change. A request that was answered before is answered the same way again (the flag says so).
    ///
    /// # Errors
    /// `NotFound`; `MovedOn` when something has to be decided; `Conflict` when it cannot be undone; `Invalid` when what
    /// there was cannot be any more, for example an address that is another's; those of the database.
    pub async fn undo(
        &self,
        origin: Origin,
        seq: Seq,
        decisions: Option<Decisions>,
        request: Option<IdempotentRequest>,
    ) -> Result<Committed<(Undone, bool)>> {
        let rules = self.rules.clone();
        idempotency::once(&self.db, "catalog.undo", origin, request, move |transaction| {
            let change = found(transaction.connection(), seq)?;
            undo(transaction, &rules, &change, decisions.as_ref())
        })
        .await
    }
}

fn found(connection: &mut AnyConnection, seq: Seq) -> Result<Change> {
    changes::find(connection, seq)?.ok_or(Error::NotFound { what: "change" })
}

fn undo(
    transaction: &mut WriteTransaction<'_>,
    rules: &CatalogRules,
    change: &Change,
    decisions: Option<&Decisions>,
) -> Result<Undone> {
    let Plan { version, step } = plan::plan(transaction.connection(), change)?;
    let undone = |outcome, version| Undone {
        undo_of: change.seq,
        outcome,
        entity: change.entity.clone(),
        entity_id: change.entity_id,
        version,
    };
    let (entity, merge) = match (Entity::parse(&change.entity), step) {
        (_, Step::Nothing) => return Ok(undone(Outcome::Already, version)),
        (_, Step::Refused(detail)) => {
            return Err(Error::Conflict {
                code: "not_undoable",
                detail,
            });
        }
        (None, _) => return Err(Error::internal("an undo of an unknown thing was planned")),
        (Some(entity), Step::Restore) => {
            let version = transaction.undoing(entity, change.entity_id, Seq(change.seq), |transaction| {
                restore(transaction, rules, entity, change, version)
            })?;
            return Ok(undone(Outcome::Undone, version));
        }
        (Some(entity), Step::Remove(merge)) => {
            let taken_away = decided(&merge, version, decisions)?;
            if taken_away.len() < merge.fields.len() {
                return Ok(undone(Outcome::Kept, version));
            }
            let version = transaction.undoing(entity, change.entity_id, Seq(change.seq), |transaction| {
                remove(transaction, entity, change.entity_id, version)
            })?;
            return Ok(undone(Outcome::Undone, version));
        }
        (Some(entity), Step::PutBack(merge)) => (entity, merge),
    };
    let values = decided(&merge, version, decisions)?;
    if values.is_empty() {
        return Ok(undone(Outcome::Kept, version));
    }
    let after = transaction.undoing(entity, change.entity_id, Seq(change.seq), |transaction| {
        put_back(transaction, rules, entity, change.entity_id, version, &values)
    })?;
    let outcome = if after == version {
        Outcome::Already
    } else {
        Outcome::Undone
    };
    Ok(undone(outcome, after))
}

/// The values to put back, unless something is left to be decided. Decisions about another version count for nothing:
/// whoever made them did not see what there is now.
fn decided(merge: &Merge, version: i32, decisions: Option<&Decisions>) -> Result<fields::Values> {
    let seen = decisions.is_none_or(|decisions| decisions.version == version);
    let none = Sides::new();
    let sides = decisions.map_or(&none, |decisions| &decisions.sides);
    let values = if seen { merge.resolve(sides)? } else { None };
    values.ok_or_else(|| Error::MovedOn {
        version,
        fields: merge.fields.clone(),
    })
}

/// Brings back what was deleted; returns its version.
fn restore(
    transaction: &mut WriteTransaction<'_>,
    rules: &CatalogRules,
    entity: Entity,
    change: &Change,
    version: i32,
) -> Result<i32> {
    if entity == Entity::Product {
        return Ok(write::restore(transaction, change.entity_id, version)?.version);
    }
    let state = change.state_before.as_deref().unwrap_or_default();
    if matches!(entity, Entity::Synonym | Entity::Redirect) {
        let deleted: SearchRule = serde_json::from_str(state).map_err(Error::internal)?;
        return Ok(search_rules::restore(transaction, &deleted)?.version);
    }
    if entity == Entity::Page {
        let deleted: TextPage = serde_json::from_str(state).map_err(Error::internal)?;
        return Ok(text_pages::restore(transaction, &deleted)?.version);
    }
    let deleted: Term = serde_json::from_str(state).map_err(Error::internal)?;
    Ok(owners_terms::delete::restore(transaction, rules, &deleted)?.version)
}

/// Takes away what was made; returns its last version. A term or attribute goes only if nothing uses it.
fn remove(
    transaction: &mut WriteTransaction<'_>,
    entity: Entity,
    entity_id: i32,
    version: i32,
) -> Result<i32> {
    match entity {
        Entity::Product => return Ok(write::delete(transaction, entity_id, version)?.version),
        Entity::Category | Entity::Brand | Entity::Tag => {
            let current = term(transaction, entity_id)?;
            owners_terms::delete::delete(transaction, current)?;
        }
        Entity::Attribute => {
            let current = attribute(transaction, entity_id)?;
            owners_attributes::delete::delete(transaction, &current, 0)?;
        }
        Entity::Synonym | Entity::Redirect => {
            let current = search_rules::standing(transaction, entity_id)?;
            search_rules::delete(transaction, &current)?;
        }
        Entity::Page => {
            let current = text_pages::standing(transaction, entity_id)?;
            text_pages::delete(transaction, &current)?;
        }
        Entity::Submission
        | Entity::User
        | Entity::Key
        | Entity::Webhook
        | Entity::Cache
        | Entity::History => {
            return Err(Error::internal("an undo of what cannot be undone was planned"));
        }
    }
    Ok(version)
}

fn term(transaction: &mut WriteTransaction<'_>, term_id: i32) -> Result<Term> {
    terms::find(transaction.connection(), term_id)?.ok_or(Error::NotFound { what: "term" })
}

fn attribute(transaction: &mut WriteTransaction<'_>, attribute_id: i32) -> Result<Attribute> {
    let mut known = attributes::all(transaction.connection())?.into_iter();
    let found = known.find(|known| known.attribute_id == attribute_id);
    found.ok_or(Error::NotFound { what: "attribute" })
}

/// Lays former values over a thing; returns its version afterwards.
fn put_back(
    transaction: &mut WriteTransaction<'_>,
    rules: &CatalogRules,
    entity: Entity,
    entity_id: i32,
    version: i32,
    values: &fields::Values,
) -> Result<i32> {
    match entity {
        Entity::Product => {
            let edit = fields::product(values).map_err(Error::Invalid)?;
            let saved = write::save(transaction, rules, entity_id, version, SaveMode::Amend, &edit)?;
            let (Saved::Changed(product) | Saved::Same(product)) = saved;
            Ok(product.version)
        }
        Entity::Category | Entity::Brand | Entity::Tag => {
            let current = term(transaction, entity_id)?;
            let input = fields::term(&current, values);
            Ok(owners_terms::amend(transaction, rules, &current, &input)?.version)
        }
        Entity::Attribute => {
            let current = attribute(transaction, entity_id)?;
            let input = fields::attribute(&current, values);
            Ok(owners_attributes::amend(transaction, &current, &input)?.version)
        }
        Entity::Synonym | Entity::Redirect => {
            let current = search_rules::standing(transaction, entity_id)?;
            let input = fields::search_rule(&current, values);
            Ok(search_rules::amend(transaction, &current, &input)?.version)
        }
        Entity::Page => {
            let current = text_pages::standing(transaction, entity_id)?;
            let input = fields::text_page(&current, values);
            Ok(text_pages::amend(transaction, &current, &input)?.version)
        }
        Entity::Submission
        | Entity::User
        | Entity::Key
        | Entity::Webhook
        | Entity::Cache
        | Entity::History => Err(Error::internal("an undo of what cannot be undone was planned")),
    }
}
