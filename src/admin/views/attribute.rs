//! What can be told of a product beyond its fields: the list of the shop's own attributes, the form of one, and the
//! question before one goes.

use maud::{Markup, html};

use super::{Desk, crumbs, desk_page, overtaken};
use crate::catalog::{Attribute, AttributeInput, AttributeKind};
use crate::error::FieldError;
use crate::web::form::{TextField, fault_summary, form_end, hidden, label_of, select_field, text_field};
use crate::web::format;

/// Where the list is; everything else is below.
pub const ADDRESS: &str = "/admin/attributes";

const LABELS: [(&str, &str); 6] = [
    ("name", "Name"),
    ("key", "Key"),
    ("kind", "Kind"),
    ("unit", "Unit"),
    ("choices", "Choices"),
    ("position", "Place"),
];

/// What the form shows.
pub struct Form<'a> {
    /// `None` for one that does not exist yet.
    pub standing: Option<Standing<'a>>,
    /// What stands in the fields.
    pub values: &'a AttributeInput,
    pub faults: &'a [FieldError],
}

/// The attribute that is edited.
#[derive(Clone, Copy)]
pub struct Standing<'a> {
    pub stored: &'a Attribute,
    /// The version that the next save must meet; a refused form keeps the one it was opened with.
    pub version: i32,
    /// Somebody else changed it while this form was open.
    pub overtaken: bool,
}

/// An attribute as it stands in the form.
pub fn typed(attribute: &Attribute) -> AttributeInput {
    AttributeInput {
        key: attribute.key.clone(),
        name: attribute.name.clone(),
        kind: attribute.kind.name().to_owned(),
        unit: attribute.unit.clone().unwrap_or_default(),
        choices: attribute.choices.join("\n"),
        position: attribute.position.to_string(),
    }
}

pub fn list(desk: &Desk<'_>, attributes: &[Attribute]) -> Markup {
    let total = i64::try_from(attributes.len()).unwrap_or(i64::MAX);
    let main = html! {
        div .page-head {
            h1 { "Attributes " span .count { (format::count(total, "attribute", "attributes")) } }
            a .button href={ (ADDRESS) "/new" } { "New attribute" }
        }
        @if attributes.is_empty() {
            div .empty {
                h2 { "No attributes yet" }
                p { "An attribute is what products are asked for beyond name and price: a material, a width, whether it can be washed." }
            }
        } @else {
            table .ledger {
                caption .visually-hidden { "Attributes" }
                thead { tr { th scope="col" { "Name" } th .key scope="col" { "Key" } th scope="col" { "Kind" } th .amount scope="col" { "Place" } } }
                tbody { @for attribute in attributes { (row(attribute)) } }
            }
        }
    };
    desk_page(desk, "Attributes", &main)
}

fn row(attribute: &Attribute) -> Markup {
    html! {
        tr {
            td .what { a href={ (ADDRESS) "/" (attribute.attribute_id) } { (attribute.name) } }
            td .aside.key { (attribute.key) }
            td .aside {
                (words(attribute.kind))
                @if let Some(unit) = &attribute.unit { " in " (unit) }
                @if !attribute.choices.is_empty() { ": " (attribute.choices.join(", ")) }
            }
            td .amount { (attribute.position) }
        }
    }
}

fn words(kind: AttributeKind) -> &'static str {
    match kind {
        AttributeKind::Text => "Text",
        AttributeKind::Number => "Number",
        AttributeKind::YesNo => "Yes or no",
        AttributeKind::Choice => "Choice",
    }
}

pub fn form(desk: &Desk<'_>, form: &Form<'_>) -> Markup {
    let title = form
        .standing
        .map_or("New attribute", |standing| standing.stored.name.as_str());
    let action = form.standing.map_or(ADDRESS.to_owned(), |standing| {
        format!("{ADDRESS}/{}", standing.stored.attribute_id)
    });
    let main = html! {
        (crumbs((ADDRESS, "Attributes"), title))
        div .page-head { h1 { (title) } }
        @if let Some(standing) = form.standing && standing.overtaken {
            (overtaken(&standing.stored.name, &differences(form.values, standing.stored)))
        }
        (fault_summary(form.faults, &LABELS))
        form .term-form action=(action) method="post" novalidate {
            (hidden("csrf_token", desk.csrf_token))
            @if let Some(standing) = form.standing { (hidden("version", &standing.version.to_string())) }
            (fields(form))
            (form_end(ADDRESS))
        }
        @if form.standing.is_some() {
            div .delete-form { a .button.danger href={ (action) "/delete" } { "Delete" } }
        }
    };
    desk_page(desk, title, &main)
}

/// The question before an attribute goes, which so many products have a value of. The answer repeats their number: more
/// by then are asked about once more.
pub fn delete(desk: &Desk<'_>, attribute: &Attribute, products: i64, overtaken: bool) -> Markup {
    let own = format!("{ADDRESS}/{}", attribute.attribute_id);
    let title = format!("Delete “{}”?", attribute.name);
    let counted = format::count(products, "product has", "products have");
    let main = html! {
        (crumbs((ADDRESS, "Attributes"), "Delete"))
        div .narrow {
            h1 { (title) }
            @if overtaken {
                p .notice role="alert" { "Something changed while you were here. Nothing is deleted yet: look once more, then decide." }
            }
            @if products > 0 {
                p { strong { (counted) " a value of it" } ", which goes away with it. The history keeps what it was. This cannot be undone." }
            } @else {
                p { "No product has a value of it. This cannot be undone." }
            }
            form .ways action={ (own) "/delete" } method="post" {
                (hidden("csrf_token", desk.csrf_token))
                (hidden("version", &attribute.version.to_string()))
                (hidden("products", &products.to_string()))
                button .button.danger type="submit" { @if products > 0 { "Delete it and its values" } @else { "Delete" } }
                a .button.quiet href=(own) { "Keep it" }
            }
        }
    };
    desk_page(desk, &title, &main)
}

/// Key and kind are asked only once: values of products depend on them.
fn fields(form: &Form<'_>) -> Markup {
    let field = |name| {
        let label = label_of(&LABELS, name);
        TextField {
            faults: form.faults,
            ..TextField::new(name, label, value(form.values, name))
        }
    };
    let kind = form.standing.map(|standing| standing.stored.kind);
    let fits = |wanted| kind.is_none_or(|kind| kind == wanted);
    html! {
        div .sheet {
            (text_field(&TextField { required: true, ..field("name") }))
            @if let Some(standing) = form.standing {
                p .hint { (words(standing.stored.kind)) ", with the key " code { (standing.stored.key) } ". Both stay as they are, because products have values of it." }
            } @else {
                (text_field(&TextField { hint: Some("Its name in files, filters and the API; it never changes. Left empty, it is made from the name."), ..field("key") }))
                (select_field(&TextField { hint: Some("It never changes."), ..field("kind") }, &kinds()))
            }
            @if fits(AttributeKind::Number) {
                (text_field(&TextField { hint: Some("Of a number, for example cm."), ..field("unit") }))
            }
            @if fits(AttributeKind::Choice) {
                (text_field(&TextField { kind: "textarea", hint: Some("Of a choice, one on each line. One that products have cannot be taken away."), ..field("choices") }))
            }
            (text_field(&TextField { inputmode: Some("numeric"), hint: Some("A whole number; lower ones come first."), ..field("position") }))
        }
    }
}

fn kinds() -> Vec<(String, String)> {
    let option = |kind: AttributeKind| (kind.name().to_owned(), words(kind).to_owned());
    AttributeKind::ALL.map(option).into()
}

fn value<'a>(values: &'a AttributeInput, name: &str) -> &'a str {
    match name {
        "name" => &values.name,
        "key" => &values.key,
        "kind" => &values.kind,
        "unit" => &values.unit,
        "choices" => &values.choices,
        _ => &values.position,
    }
}

/// What the shop has by now where it is not what was typed.
fn differences(values: &AttributeInput, stored: &Attribute) -> Vec<(&'static str, String)> {
    let theirs = typed(stored);
    let lines = |text: &str| text.lines().map(str::trim).collect::<Vec<_>>().join(", ");
    let now = |(name, label)| {
        let now = lines(value(&theirs, name));
        (now != lines(value(values, name))).then_some((label, now))
    };
    // Key and kind are not in the form.
    let asked = LABELS
        .into_iter()
        .filter(|(name, _)| !["key", "kind"].contains(name));
    asked.filter_map(now).collect()
}
