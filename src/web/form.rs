//! Fields of forms: a label, what was typed, and what is wrong with it, tied together for eyes and ears.
//! Must not know what a field means.

use maud::{Markup, html};

use crate::error::FieldError;
use crate::web::format;

/// One line or more of text.
#[derive(Clone, Copy)]
pub struct TextField<'a> {
    pub name: &'a str,
    pub label: &'a str,
    pub value: &'a str,
    /// What `type` says: `text`, `email`, `password`; `textarea` for several lines.
    pub kind: &'a str,
    pub hint: Option<&'a str>,
    /// All faults of the form; the field picks its own.
    pub faults: &'a [FieldError],
    pub required: bool,
    pub autocomplete: Option<&'a str>,
    /// `decimal` or `numeric` bring up the right keys on a phone.
    pub inputmode: Option<&'a str>,
    /// Id of a datalist with suggestions.
    pub list: Option<&'a str>,
    /// Most characters, told beneath; `static/length.js` counts them while somebody types.
    pub longest: Option<usize>,
}

impl<'a> TextField<'a> {
    pub fn new(name: &'a str, label: &'a str, value: &'a str) -> Self {
        Self {
            name,
            label,
            value,
            kind: "text",
            hint: None,
            faults: &[],
            required: false,
            autocomplete: None,
            inputmode: None,
            list: None,
            longest: None,
        }
    }
}

/// The field with its label above and hint and fault below. Forms that hold it are `novalidate`: the shop names all
/// faults at once, which browsers do not.
pub fn text_field(field: &TextField<'_>) -> Markup {
    let id = format!("field-{}", field.name);
    let fault = fault_of(field.faults, field.name);
    let described = described_by(field, &id, fault.is_some());
    html! {
        div .field {
            label for=(id) { (field.label) }
            @if field.kind == "textarea" {
                // Parsers drop the first line break inside a textarea; this one is there to be dropped.
                textarea id=(id) name=(field.name) rows="8" required[field.required]
                    aria-invalid=[fault.map(|_| "true")] aria-describedby=[described] { "\n" (field.value) }
            } @else {
                input id=(id) name=(field.name) type=(field.kind) value=(field.value) required[field.required]
                    autocomplete=(field.autocomplete.unwrap_or("off")) inputmode=[field.inputmode] list=[field.list]
                    aria-invalid=[fault.map(|_| "true")] aria-describedby=[described];
            }
            (beneath(field, &id, fault))
        }
    }
}

/// The same with files of these types, of which there may be several. What was chosen is lost when a form comes back: browsers
/// let no page fill it in.
pub fn files_field(field: &TextField<'_>, accept: &str) -> Markup {
    let id = format!("field-{}", field.name);
    let fault = fault_of(field.faults, field.name);
    let described = described_by(field, &id, fault.is_some());
    html! {
        div .field {
            label for=(id) { (field.label) }
            input id=(id) name=(field.name) type="file" accept=(accept) multiple
                aria-invalid=[fault.map(|_| "true")] aria-describedby=[described];
            (beneath(field, &id, fault))
        }
    }
}

/// The same with a choice instead of text: each option by its value and what is shown for it. The chosen one is the
/// field's value.
pub fn select_field(field: &TextField<'_>, options: &[(String, String)]) -> Markup {
    let id = format!("field-{}", field.name);
    let fault = fault_of(field.faults, field.name);
    let described = described_by(field, &id, fault.is_some());
    html! {
        div .field {
            label for=(id) { (field.label) }
            select id=(id) name=(field.name) required[field.required]
                aria-invalid=[fault.map(|_| "true")] aria-describedby=[described] {
                @for (value, words) in options { option value=(value) selected[value == field.value] { (words) } }
            }
            (beneath(field, &id, fault))
        }
    }
}

/// What helps with a field, and what is wrong with it.
fn beneath(field: &TextField<'_>, id: &str, fault: Option<&str>) -> Markup {
    html! {
        @if let Some(hint) = field.hint { p .hint id={ (id) "-hint" } { (hint) } }
        @if let Some(longest) = field.longest {
            p .hint id={ (id) "-length" } data-of=(id) data-longest=(longest) { "At most " (format::number(i64::try_from(longest).unwrap_or(i64::MAX))) " characters." }
        }
        @if let Some(fault) = fault { p .field-error id={ (id) "-error" } { (sentence(field.label, fault)) } }
    }
}

fn described_by(field: &TextField<'_>, id: &str, fault: bool) -> Option<String> {
    let parts = [
        field.hint.map(|_| format!("{id}-hint")),
        field.longest.map(|_| format!("{id}-length")),
        fault.then(|| format!("{id}-error")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// What people call the field of this name; `labels` pairs the two.
pub fn label_of<'a>(labels: &[(&'a str, &'a str)], name: &'a str) -> &'a str {
    let found = labels.iter().find(|(known, _)| *known == name);
    found.map_or(name, |(_, label)| label)
}

/// The end of a form that saves something: or back to where one came from.
pub fn form_end(way_back: &str) -> Markup {
    html! {
        div .form-end {
            button .button type="submit" { "Save" }
            a .button.quiet href=(way_back) { "Cancel" }
        }
    }
}

/// What is wrong with the field of this name.
pub fn fault_of<'a>(faults: &'a [FieldError], name: &str) -> Option<&'a str> {
    faults
        .iter()
        .find(|fault| fault.pointer.strip_prefix('/') == Some(name))
        .map(|fault| fault.detail.as_str())
}

/// All faults at the head of the form, each a link to its field. `labels` pairs names of fields with their labels.
pub fn fault_summary(faults: &[FieldError], labels: &[(&str, &str)]) -> Markup {
    html! {
        @if !faults.is_empty() {
            div .alert role="alert" {
                h2 { @if faults.len() == 1 { "One thing needs your attention" } @else { (faults.len()) " things need your attention" } }
                ul {
                    @for fault in faults {
                        @let name = fault.pointer.trim_start_matches('/');
                        @match labels.iter().find(|(field, _)| *field == name) {
                            Some((name, label)) => { li { a href={ "#field-" (name) } { (sentence(label, &fault.detail)) } } }
                            None => { li { (fault.detail) } }
                        }
                    }
                }
            }
        }
    }
}

/// A fault as a sentence. Details are either predicates ("is required") or sentences of their own.
fn sentence(label: &str, detail: &str) -> String {
    let stop = if detail.ends_with(['.', '!', '?']) {
        ""
    } else {
        "."
    };
    if detail.starts_with(char::is_lowercase) {
        format!("{label} {detail}{stop}")
    } else {
        format!("{label}: {detail}{stop}")
    }
}

/// A value that travels with the form unseen.
pub fn hidden(name: &str, value: &str) -> Markup {
    html! { input type="hidden" name=(name) value=(value); }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_tied_to_its_field_and_keeps_what_was_typed() {
        let faults = [FieldError::new(
            "/price",
            "format",
            "is not a decimal number such as 19.99",
        )];
        let field = TextField {
            hint: Some("In euros"),
            faults: &faults,
            ..TextField::new("price", "Price", "<ten>")
        };
        let shown = text_field(&field).into_string();
        assert!(
            shown.contains("aria-invalid=\"true\" aria-describedby=\"field-price-hint field-price-error\"")
        );
        assert!(shown.contains("value=\"&lt;ten&gt;\""));
        assert!(shown.contains("id=\"field-price-error\">Price is not a decimal number such as 19.99.</p>"));
        let summary = fault_summary(&faults, &[("price", "Price")]).into_string();
        assert!(summary.contains("<a href=\"#field-price\">Price is not"));
    }

    #[test]
    fn text_of_several_lines_keeps_its_first_empty_line() {
        let field = TextField {
            kind: "textarea",
            ..TextField::new("description", "Description", "\nsecond")
        };
        assert!(
            text_field(&field)
                .into_string()
                .contains(">\n\nsecond</textarea>")
        );
    }
}
