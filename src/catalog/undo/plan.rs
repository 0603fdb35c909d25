//! What undoing a change comes to, as things stand. Must not write.

use crate::catalog::repo::{attributes, products, search_rules, terms, text_pages};
use crate::catalog::write::state;
use crate::db::{Action, AnyConnection, Change, Entity, changes};
use crate::error::Result;
use crate::history::{Fields, Merge, fields, parsed, why_final};

/// What an undo would do to a thing at this version.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub version: i32,
    pub step: Step,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// It is undone already, or everything is as it was.
    Nothing,
    /// It cannot be undone; says why.
    Refused(String),
    /// What was made goes away; the fields are those that were worked on since.
    Remove(Merge),
    /// What was deleted comes back.
    Restore,
    /// Fields get their former values.
    PutBack(Merge),
}

impl Plan {
    fn refused(why: &str) -> Plan {
        Plan {
            version: 0,
            step: Step::Refused(why.to_owned()),
        }
    }
}

/// Both sides of a change.
struct Sides {
    before: Fields,
    after: Fields,
}

/// Plans the undoing of a change.
pub fn plan(connection: &mut AnyConnection, change: &Change) -> Result<Plan> {
    if let Some(why) = why_final(change) {
        return Ok(Plan::refused(why));
    }
    let (Some(entity), Some(action)) = (Entity::parse(&change.entity), Action::parse(&change.action)) else {
        return Ok(Plan::refused("This kind of change is not known here."));
    };
    let sides = Sides {
        before: fields(&parsed(change.state_before.as_ref())),
        after: fields(&parsed(change.state_after.as_ref())),
    };
    let mut plan = match entity {
        Entity::Product => product(connection, change.entity_id, action, &sides)?,
        Entity::Category | Entity::Brand | Entity::Tag => term(connection, change.entity_id, action, &sides)?,
        Entity::Attribute => attribute(connection, change.entity_id, action, &sides)?,
        Entity::Synonym | Entity::Redirect => search_rule(connection, change.entity_id, action, &sides)?,
        Entity::Page => text_page(connection, change.entity_id, action, &sides)?,
        // Why, was said above.
        Entity::Submission
        | Entity::User
        | Entity::Key
        | Entity::Webhook
        | Entity::Cache
        | Entity::History => Plan::refused("This cannot be undone here."),
    };
    if changes::undone(connection, &[change.seq])?.contains_key(&change.seq) {
        plan.step = Step::Nothing;
    }
    Ok(plan)
}

fn product(connection: &mut AnyConnection, product_id: i32, action: Action, sides: &Sides) -> Result<Plan> {
    let Some(current) = products::find(connection, product_id)? else {
        return Ok(Plan::refused("The product does not exist any more."));
    };
    let now = now(&current)?;
    let is_deleted = current.deleted_at.is_some();
    let step = match action {
        Action::Deleted if is_deleted => Step::Restore,
        Action::Created | Action::Restored if !is_deleted => {
            Step::Remove(Merge::of_removal(&sides.after, &now))
        }
        Action::Deleted | Action::Created | Action::Restored => Step::Nothing,
        _ if is_deleted => Step::Refused("The product is deleted: restore it first.".to_owned()),
        _ => put_back(sides, &now),
    };
    Ok(Plan {
        version: current.version,
        step,
    })
}

fn term(connection: &mut AnyConnection, term_id: i32, action: Action, sides: &Sides) -> Result<Plan> {
    let current = terms::find(connection, term_id)?;
    let version = current.as_ref().map(|term| term.version);
    made_or_amended(current.as_ref(), version, action, sides)
}

fn attribute(
    connection: &mut AnyConnection,
    attribute_id: i32,
    action: Action,
    sides: &Sides,
) -> Result<Plan> {
    let mut known = attributes::all(connection)?.into_iter();
    let current = known.find(|known| known.attribute_id == attribute_id);
    let version = current.as_ref().map(|attribute| attribute.version);
    made_or_amended(current.as_ref(), version, action, sides)
}

fn search_rule(connection: &mut AnyConnection, rule_id: i32, action: Action, sides: &Sides) -> Result<Plan> {
    let current = search_rules::find(connection, rule_id)?;
    let version = current.as_ref().map(|rule| rule.version);
    made_or_amended(current.as_ref(), version, action, sides)
}

fn text_page(connection: &mut AnyConnection, page_id: i32, action: Action, sides: &Sides) -> Result<Plan> {
    let current = text_pages::find(connection, page_id)?;
    let version = current.as_ref().map(|page| page.version);
    made_or_amended(current.as_ref(), version, action, sides)
}

/// What terms, attributes, rules of the search and pages of text have in common.
fn made_or_amended<T: serde::Serialize>(
    current: Option<&T>,
    version: Option<i32>,
    action: Action,
    sides: &Sides,
) -> Result<Plan> {
    let (Some(current), Some(version)) = (current, version) else {
        return Ok(match action {
            Action::Created | Action::Restored => Plan {
                version: 0,
                step: Step::Nothing,
            },
            Action::Deleted => Plan {
                version: 0,
                step: Step::Restore,
            },
            _ => Plan::refused("It does not exist any more."),
        });
    };
    let now = now(current)?;
    let step = match action {
        Action::Created | Action::Restored => Step::Remove(Merge::of_removal(&sides.after, &now)),
        Action::Deleted => Step::Nothing,
        _ => put_back(sides, &now),
    };
    Ok(Plan { version, step })
}

fn put_back(sides: &Sides, now: &Fields) -> Step {
    let merge = Merge::of(&sides.before, &sides.after, now);
    if merge.fields.is_empty() {
        Step::Nothing
    } else {
        Step::PutBack(merge)
    }
}

/// The fields of a thing as it would be logged now.
fn now<T: serde::Serialize>(current: &T) -> Result<Fields> {
    Ok(fields(&state(Some(current))?.unwrap_or_default()))
}
