//! A change as people read it. Must not know names of people or how it is undone.

use serde_json::Value;

use super::fields::{Difference, differences, fields};
use crate::db::{Action, Actor, Change, Entity};

/// A change with what it did.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub change: Change,
    /// Field by field.
    pub differences: Vec<Difference>,
    /// Position of the change that undid it, if it is undone.
    pub undone_by: Option<i64>,
}

impl Entry {
    pub fn of(change: Change, undone_by: Option<i64>) -> Entry {
        let (before, after) = (
            parsed(change.state_before.as_ref()),
            parsed(change.state_after.as_ref()),
        );
        Entry {
            differences: differences(&fields(&before), &fields(&after)),
            change,
            undone_by,
        }
    }

    /// What the thing was called.
    pub fn name(&self) -> Option<String> {
        name(&self.change)
    }

    /// Why it cannot be undone, whatever has happened since.
    pub fn why_final(&self) -> Option<&'static str> {
        why_final(&self.change)
    }
}

/// What the thing of a change was called then; people and keys are logged without a name.
pub fn name(change: &Change) -> Option<String> {
    let states = [&change.state_after, &change.state_before];
    let mut states = states.into_iter().map(|state| parsed(state.as_ref()));
    let called = |state: Value| {
        state
            .get("name")
            .or(state.get("query"))
            .or(state.get("title"))?
            .as_str()
            .map(str::to_owned)
    };
    states.find_map(called)
}

/// A state as it was logged; null where there was none.
pub fn parsed(state: Option<&String>) -> Value {
    state
        .and_then(|state| serde_json::from_str(state).ok())
        .unwrap_or_default()
}

/// Why a change cannot be undone, whatever has happened since.
pub fn why_final(change: &Change) -> Option<&'static str> {
    let (entity, action) = (Entity::parse(&change.entity), Action::parse(&change.action));
    if change.actor == Actor::Clock.to_string() {
        return Some("A moment came: that cannot be undone. Change the sale or the publication instead.");
    }
    match (entity, action) {
        (Some(Entity::User | Entity::Key), _) => {
            Some("What happened to accounts and keys cannot be undone here.")
        }
        (Some(Entity::Webhook), _) => {
            Some("What happened to a webhook cannot be undone: its secret is gone with it. Set it up anew.")
        }
        (Some(Entity::Submission), _) => Some(
            "What was decided about a proposal stays decided. What it changed can be undone: see the product.",
        ),
        (Some(Entity::Cache), _) => Some(
            "A purge cannot be undone, and need not be: each answer is made anew when it is next asked for.",
        ),
        (Some(Entity::History), _) => Some(
            "What the database that failed had more than this one is not here; a backup of it may have it.",
        ),
        (_, Some(Action::Merged)) => {
            Some("A merge cannot be undone: what led to the one that went away leads to the other one now.")
        }
        (Some(Entity::Attribute), Some(Action::Deleted)) => Some(
            "A deleted attribute is made anew: the history shows how it was, and what it took from products can be undone.",
        ),
        (Some(_), Some(_)) => None,
        _ => Some("This kind of change is not known here."),
    }
}
