//! Attributes as the owner defines them. Key and kind stay as they were made, so that no value ever becomes one of
//! another kind; a choice that products have cannot be taken away under them. Must not know HTTP.

pub(super) mod delete;

use super::model::{Attribute, AttributeKind};
use super::repo::attributes;
use super::text;
use super::values;
use super::write::state;
use super::{Catalog, dependence};
use crate::db::{Action, Committed, Entity, NewChange, Origin, Seq, Snapshot, WriteTransaction};
use crate::error::{Error, FieldError, Result};

const KEY_LENGTH: usize = 50;
const NAME_LENGTH: usize = 100;
const UNIT_LENGTH: usize = 20;
const CHOICE_LENGTH: usize = 100;
const MOST_CHOICES: usize = 100;

/// An attribute as somebody typed it; empty text is none.
#[derive(Debug, Clone, Default)]
pub struct AttributeInput {
    /// Empty: made from the name.
    pub key: String,
    pub name: String,
    pub kind: String,
    pub unit: String,
    /// One per line.
    pub choices: String,
    pub position: String,
}

impl Catalog {
    /// All attributes in the order in which they are shown.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn attributes(&self, at_least: Seq) -> Result<Snapshot<Vec<Attribute>>> {
        let depends = |_: &Vec<Attribute>| dependence::of_terms();
        self.shown("catalog.attributes", at_least, attributes::all, depends)
            .await
    }

    /// Makes an attribute.
    ///
    /// # Errors
    /// `Invalid` with every fault; those of the database.
    pub async fn create_attribute(
        &self,
        origin: Origin,
        input: AttributeInput,
    ) -> Result<Committed<Attribute>> {
        let work = move |transaction: &mut WriteTransaction<'_>| {
            let mut attribute = understood(&input, None)?;
            let known = attributes::all(transaction.connection())?;
            if known.iter().any(|known| known.key == attribute.key) {
                let detail = "is the key of another attribute";
                return Err(Error::field("/key", "taken", detail));
            }
            let now = transaction.now();
            attributes::insert(transaction.connection(), &mut attribute, now)?;
            record(transaction, Action::Created, None, Some(&attribute))?;
            Ok(attribute)
        };
        self.db.write("catalog.create_attribute", origin, work).await
    }

    /// Changes an attribute that still has `expected_version`; its key and kind stay.
    ///
    /// # Errors
    /// `NotFound`; `VersionMismatch`; `Invalid` with every fault; those of the database.
    pub async fn save_attribute(
        &self,
        origin: Origin,
        attribute_id: i32,
        expected_version: i32,
        input: AttributeInput,
    ) -> Result<Committed<Attribute>> {
        let work = move |transaction: &mut WriteTransaction<'_>| {
            let current = current(transaction, attribute_id, expected_version)?;
            amend(transaction, &current, &input)
        };
        self.db.write("catalog.save_attribute", origin, work).await
    }
}

fn current(
    transaction: &mut WriteTransaction<'_>,
    attribute_id: i32,
    expected_version: i32,
) -> Result<Attribute> {
    let known = attributes::all(transaction.connection())?;
    let current = known.into_iter().find(|known| known.attribute_id == attribute_id);
    let current = current.ok_or(Error::NotFound { what: "attribute" })?;
    Error::unless_version(current.version, expected_version)?;
    Ok(current)
}

/// Lays an input over an attribute.
pub(super) fn amend(
    transaction: &mut WriteTransaction<'_>,
    current: &Attribute,
    input: &AttributeInput,
) -> Result<Attribute> {
    let mut next = understood(input, Some(current))?;
    if next == *current {
        return Ok(next);
    }
    used_choices_stay(transaction, current, &next)?;
    next.version += 1;
    let now = transaction.now();
    attributes::update(transaction.connection(), &next, current.version, now)?;
    record(transaction, Action::Updated, Some(current), Some(&next))?;
    Ok(next)
}

fn record(
    transaction: &mut WriteTransaction<'_>,
    action: Action,
    before: Option<&Attribute>,
    after: Option<&Attribute>,
) -> Result<()> {
    let Some(subject) = after.or(before) else {
        return Ok(());
    };
    transaction.record(NewChange {
        entity: Entity::Attribute,
        entity_id: subject.attribute_id,
        version: subject.version,
        action,
        before: state(before)?,
        after: state(after)?,
    })
}

fn used_choices_stay(
    transaction: &mut WriteTransaction<'_>,
    current: &Attribute,
    next: &Attribute,
) -> Result<()> {
    for choice in &current.choices {
        let key = text::fold(choice);
        let stays = next.choices.iter().any(|other| text::fold(other) == key);
        if !stays && attributes::is_used(transaction.connection(), current.attribute_id, &key)? {
            let detail = format!("lacks “{choice}”, which products have: give them another one first");
            return Err(Error::field("/choices", "in_use", detail));
        }
    }
    Ok(())
}

fn understood(input: &AttributeInput, base: Option<&Attribute>) -> Result<Attribute> {
    let mut faults = Vec::new();
    let mut line = |pointer: &str, text: &str, longest: usize| match values::line(text, longest) {
        Ok(line) => line,
        Err((code, detail)) => {
            faults.push(FieldError::new(pointer, code, detail));
            None
        }
    };
    let name = line("/name", &input.name, NAME_LENGTH);
    let unit = line("/unit", &input.unit, UNIT_LENGTH);
    let mut choices: Vec<String> = Vec::new();
    for choice in input
        .choices
        .lines()
        .filter_map(|choice| line("/choices", choice, CHOICE_LENGTH))
    {
        if choices
            .iter()
            .all(|known| text::fold(known) != text::fold(&choice))
        {
            choices.push(choice);
        }
    }
    let mut fault = |pointer: &str, code: &'static str, detail: &str| {
        faults.push(FieldError::new(pointer, code, detail));
    };
    let kind = base
        .map(|base| base.kind)
        .or_else(|| AttributeKind::parse(&input.kind));
    if name.is_none() {
        fault("/name", "required", "is required");
    }
    if kind.is_none() {
        fault("/kind", "format", "must be text, number, yes_no or choice");
    }
    if kind == Some(AttributeKind::Choice) && choices.is_empty() {
        fault(
            "/choices",
            "required",
            "must name at least one, each on its own line",
        );
    }
    if choices.len() > MOST_CHOICES {
        fault("/choices", "too_long", "must be at most 100");
    }
    let key = match (base, input.key.trim()) {
        (Some(base), _) => base.key.clone(),
        (None, "") => text::slugify(&input.name, "attribute"),
        (None, key) => key.to_owned(),
    };
    if !text::is_slug(&key) || key.len() > KEY_LENGTH {
        fault(
            "/key",
            "format",
            "must be lower-case letters, digits and hyphens, at most 50",
        );
    }
    let position = match input.position.trim() {
        "" => Some(0),
        text => text.parse().ok(),
    };
    if position.is_none() {
        fault("/position", "format", "must be a whole number, for example 10");
    }
    match (name, kind, position) {
        (Some(name), Some(kind), Some(position)) if faults.is_empty() => Ok(Attribute {
            attribute_id: base.map_or(0, |base| base.attribute_id),
            key,
            name,
            kind,
            unit: unit.filter(|_| kind == AttributeKind::Number),
            choices: if kind == AttributeKind::Choice {
                choices
            } else {
                Vec::new()
            },
            position,
            version: base.map_or(1, |base| base.version),
        }),
        _ => Err(Error::Invalid(faults)),
    }
}
