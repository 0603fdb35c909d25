//! The form of a proposal, as far as its author fills it in. Must not know what makes a value valid.

use maud::{Markup, html};

use super::{OWN_PICTURES, Words};
use crate::catalog::{ATTRIBUTE_PREFIX, Attribute, AttributeKind, PROPOSABLE, Proposed, TermTree};
use crate::error::FieldError;
use crate::web::desk::Viewer;
use crate::web::form::{TextField, fault_summary, files_field, hidden, text_field};

/// Files of new pictures.
pub const FILES: &str = "pictures";
/// The addresses of pictures that stand in the form, what each of them shows, and whether it is left out, by their places.
pub const PICTURE: &str = "picture.";
pub const ALT: &str = "alt.";
pub const DROP: &str = "drop.";

/// What the shop takes; the same that its media room knows.
const ACCEPT: &str = "image/jpeg,image/png,image/webp,image/gif";
const MB: usize = 1_000_000;

/// What is offered while typing; a new name makes a new category or brand when the proposal is approved.
#[derive(Debug, Default)]
pub struct Offered {
    pub categories: TermTree,
    pub brands: TermTree,
}

/// What stands in the form.
pub struct Filled<'a> {
    pub typed: &'a Proposed,
    pub message: &'a str,
    /// By the names that the form's fields have.
    pub faults: &'a [FieldError],
    pub offered: &'a Offered,
}

/// The faults of all fields, at the head of the page.
pub fn summary(words: &Words, faults: &[FieldError]) -> Markup {
    let name_of = |fault: &FieldError| fault.pointer.trim_start_matches('/').to_owned();
    let mut labels: Vec<(String, String)> = faults
        .iter()
        .map(|fault| (name_of(fault), words.label(&name_of(fault))))
        .filter(|(name, _)| !name.is_empty())
        .collect();
    for (name, label) in &mut labels {
        if name == "message" {
            "Message".clone_into(label);
        }
    }
    let labels: Vec<(&str, &str)> = labels
        .iter()
        .map(|(name, label)| (name.as_str(), label.as_str()))
        .collect();
    fault_summary(faults, &labels)
}

/// All fields, with help.
pub fn fields(viewer: &Viewer<'_>, words: &Words, filled: &Filled<'_>) -> Markup {
    let value = |name: &str| filled.typed.text(name);
    // Attributes have a field each.
    let texts: Vec<(String, String, String)> = PROPOSABLE
        .into_iter()
        .filter(|name| *name != "attributes")
        .map(|name| (name.to_owned(), words.label(name), value(name)))
        .collect();
    let field = |name: &str| {
        let found = texts.iter().find(|(known, _, _)| known == name);
        let (name, label, value) = found.map_or(("", "", ""), |(name, label, value)| (name, label, value));
        TextField {
            faults: filled.faults,
            ..TextField::new(name, label, value)
        }
    };
    let currency = format!("In {}, such as 19.90.", viewer.site.shop.currency);
    html! {
        div .sheet {
            (text_field(&TextField { required: true, hint: Some("As it would stand in the shop."), ..field("name") }))
            (text_field(&TextField { kind: "textarea", hint: Some("Plain text: what it is, what it is made of, whom it suits. An empty line starts a new paragraph."), ..field("description") }))
            (pictures(viewer, words, filled))
            @for attribute in &words.attributes { (attribute_field(filled, attribute)) }
        }
        div .sheet.side {
            (text_field(&TextField { required: true, inputmode: Some("decimal"), hint: Some(&currency), ..field("price") }))
            (text_field(&TextField { list: Some("categories"), hint: Some("One that there is, or a new name."), ..field("category") }))
            (suggestions("categories", filled.offered.categories.terms().iter().map(|term| term.name.as_str())))
            (text_field(&TextField { list: Some("brands"), hint: Some("Who makes it."), ..field("brand") }))
            (suggestions("brands", filled.offered.brands.terms().iter().map(|term| term.name.as_str())))
            (text_field(&TextField { hint: Some("Between commas."), ..field("tags") }))
            (text_field(&TextField { inputmode: Some("numeric"), hint: Some("How many there are."), ..field("stock_quantity") }))
            (text_field(&TextField { hint: Some("Left empty if it has none."), ..field("sku") }))
        }
    }
}

/// The pictures that are proposed, each with what it shows; new ones; and those that stand elsewhere, by address.
fn pictures(viewer: &Viewer<'_>, words: &Words, filled: &Filled<'_>) -> Markup {
    let images = filled.typed.images();
    let (own, others): (Vec<_>, Vec<_>) = images
        .into_iter()
        .partition(|(address, _)| address.starts_with(OWN_PICTURES));
    // What could not be read as pictures is shown as it was typed.
    let elsewhere = match (own.is_empty(), others.is_empty()) {
        (true, true) => filled.typed.text("images"),
        _ => {
            let lines = others
                .iter()
                .map(|(url, alt)| format!("{url} {alt}").trim().to_owned());
            lines.collect::<Vec<_>>().join("\n")
        }
    };
    let hint = format!(
        "JPEG, PNG, WebP or GIF, at most {} MB each. Only you and those who decide see them until the proposal is approved.",
        viewer.site.max_picture / MB
    );
    let field = |name, label| TextField {
        faults: filled.faults,
        ..TextField::new(name, label, "")
    };
    html! {
        @if !own.is_empty() {
            fieldset .proposed-pictures {
                legend { "Pictures" }
                @for (place, (address, alt)) in own.iter().enumerate() { (proposed_picture(words, place, address, alt)) }
            }
        }
        (files_field(&TextField { hint: Some(&hint), ..field(FILES, "Add pictures") }, ACCEPT))
        (text_field(&TextField {
            kind: "textarea",
            value: &elsewhere,
            hint: Some("One per line: an address, a space, what it shows. Only of hosts that the shop allows."),
            ..field("images", "Pictures on other sites")
        }))
    }
}

fn proposed_picture(words: &Words, place: usize, address: &str, alt: &str) -> Markup {
    let number = place + 1;
    let (alt_name, drop_name) = (format!("{ALT}{place}"), format!("{DROP}{place}"));
    let label = format!("What picture {number} shows");
    html! {
        div .proposed-picture {
            (words.picture(address, &format!("Picture {number}")))
            div {
                (hidden(&format!("{PICTURE}{place}"), address))
                (text_field(&TextField::new(&alt_name, &label, alt)))
                label .check { input type="checkbox" name=(drop_name) value="yes"; " Leave picture " (number) " out" }
            }
        }
    }
}

/// The field for words to those who decide, or to the author.
pub fn message_field(label: &str, hint: &str, value: &str, faults: &[FieldError]) -> Markup {
    text_field(&TextField {
        kind: "textarea",
        hint: Some(hint),
        faults,
        ..TextField::new("message", label, value)
    })
}

fn suggestions<'a>(id: &str, values: impl Iterator<Item = &'a str>) -> Markup {
    html! { datalist id=(id) { @for value in values { option value=(value) {} } } }
}

fn attribute_field(filled: &Filled<'_>, attribute: &Attribute) -> Markup {
    let name = format!("{ATTRIBUTE_PREFIX}{}", attribute.key);
    let value = filled.typed.text(&name);
    let unit = attribute.unit.as_ref().map(|unit| format!(" ({unit})"));
    let label = format!("{}{}", attribute.name, unit.unwrap_or_default());
    let list = format!("choices-{}", attribute.key);
    let hint = match attribute.kind {
        AttributeKind::Text | AttributeKind::Number => None,
        AttributeKind::YesNo => Some("yes or no"),
        AttributeKind::Choice => Some("One of the choices."),
    };
    html! {
        (text_field(&TextField {
            hint,
            faults: filled.faults,
            list: (!attribute.choices.is_empty()).then_some(&*list),
            ..TextField::new(&name, &label, &value)
        }))
        @if !attribute.choices.is_empty() { (suggestions(&list, attribute.choices.iter().map(String::as_str))) }
    }
}
