//! The question before a change is undone; where something was changed since, field by field.

use maud::{Markup, html};

use super::ADDRESS;
use super::words::{self, Words};
use crate::admin::views::{Desk, crumbs, desk_page};
use crate::catalog::{Plan, Step};
use crate::error::{FieldError, ThreeWay};
use crate::history::{Entry, Merge, Side, Sides};
use crate::web::desk::moment;
use crate::web::form::{fault_summary, hidden};

/// All of a value, within reason.
const SHOWN: usize = 20_000;

/// What is asked.
pub struct Question<'a> {
    pub words: &'a Words,
    pub entry: &'a Entry,
    pub plan: &'a Plan,
    /// What was decided so far.
    pub sides: &'a Sides,
    pub faults: &'a [FieldError],
    /// The answer that was given came to nothing; says why.
    pub refused: Option<&'a str>,
}

pub fn undo(desk: &Desk<'_>, question: &Question<'_>) -> Markup {
    let name = question.words.thing(question.entry);
    let change = &question.entry.change;
    let title = format!("Undo what was done to “{name}”");
    let main = html! {
        (crumbs((ADDRESS, "History"), "Undo"))
        div .undo {
            h1 { (title) }
            p .lead {
                (moment(change.at)) ", " (question.words.who(&change.actor)) ": "
                (change.entity) " " (words::action(change)) "."
            }
            @if let Some(reason) = question.refused { p .alert role="alert" { (reason) } }
            (faults(question))
            @match &question.plan.step {
                Step::Refused(why) => { (nothing(question, why)) }
                Step::Nothing => { (nothing(question, "There is nothing to undo: it is as it was before, or was undone already.")) }
                Step::Restore => { (confirm(desk, question, "It comes back as it was before it was deleted; former names and addresses of a category, brand or tag stay free.", "Restore it")) }
                Step::Remove(merge) => { (removal(desk, question, merge)) }
                Step::PutBack(merge) => { (put_back(desk, question, merge)) }
            }
        }
    };
    desk_page(desk, &title, &main)
}

fn faults(question: &Question<'_>) -> Markup {
    let merge = match &question.plan.step {
        Step::PutBack(merge) => merge,
        _ => &Merge::default(),
    };
    // The form's fields are called by the fields of the log; a fault of a part is one of the whole.
    let named = |fault: &FieldError| {
        let path = fault.pointer.trim_start_matches('/').replace('/', ".");
        let field = merge
            .fields
            .iter()
            .find(|field| path.starts_with(field.field.as_str()));
        field.map(|field| field.field.clone())
    };
    let in_form = |fault: &FieldError| match named(fault) {
        Some(field) => FieldError {
            pointer: format!("/{field}"),
            ..fault.clone()
        },
        // Not to be decided here: the summary names it itself.
        None => {
            let field = fault.pointer.trim_start_matches('/');
            let label = question.words.label(field.split('/').next().unwrap_or_default());
            FieldError {
                pointer: String::new(),
                detail: format!("{label} {}.", fault.detail),
                ..fault.clone()
            }
        }
    };
    let faults: Vec<FieldError> = question.faults.iter().map(in_form).collect();
    let labels: Vec<(String, String)> = merge
        .fields
        .iter()
        .map(|field| (field.field.clone(), question.words.label(&field.field)))
        .collect();
    let labels: Vec<(&str, &str)> = labels
        .iter()
        .map(|(name, label)| (name.as_str(), label.as_str()))
        .collect();
    fault_summary(&faults, &labels)
}

fn history_of(question: &Question<'_>) -> String {
    let change = &question.entry.change;
    format!("{ADDRESS}?{}={}", change.entity, change.entity_id)
}

fn nothing(question: &Question<'_>, why: &str) -> Markup {
    html! {
        div .empty {
            p { (why) }
            p { a href=(back(question)) { "Back to the history" } }
        }
    }
}

/// The history of the thing; accounts and keys have none of their own.
fn back(question: &Question<'_>) -> String {
    match words::address(&question.entry.change) {
        Some(_) => history_of(question),
        None => ADDRESS.to_owned(),
    }
}

fn form(desk: &Desk<'_>, question: &Question<'_>, inside: &Markup) -> Markup {
    html! {
        form .conflict action={ (ADDRESS) "/" (question.entry.change.seq) "/undo" } method="post" {
            (hidden("csrf_token", desk.csrf_token))
            (hidden("version", &question.plan.version.to_string()))
            (inside)
        }
    }
}

fn buttons(question: &Question<'_>, words: &str, dangerous: bool) -> Markup {
    html! {
        div .form-end {
            button class={ "button" @if dangerous { " danger" } } type="submit" { (words) }
            a .button.quiet href=(back(question)) { "Leave it as it is" }
        }
    }
}

fn confirm(desk: &Desk<'_>, question: &Question<'_>, sentence: &str, words: &str) -> Markup {
    form(
        desk,
        question,
        &html! { p { (sentence) } (buttons(question, words, false)) },
    )
}

/// What was made goes away, and with it what was done to it since.
fn removal(desk: &Desk<'_>, question: &Question<'_>, merge: &Merge) -> Markup {
    let change = &question.entry.change;
    let is_product = change.entity == "product";
    let inside = html! {
        p {
            @if is_product { "Undoing this deletes the product. It can be restored at any time." }
            @else { "Undoing this deletes it, if nothing uses it." }
        }
        @if !merge.fields.is_empty() {
            h2 { "It was worked on since" }
            p { "This goes away with it:" }
            (table(question.words, merge, ["Field", "When it was added", "Now"], |field| [&field.became, &field.now]))
            @for field in &merge.fields { (hidden(&format!("side.{}", field.field), Side::PutBack.name())) }
        }
        (buttons(question, if merge.fields.is_empty() { "Delete it" } else { "Delete it all the same" }, true))
    };
    form(desk, question, &inside)
}

fn put_back(desk: &Desk<'_>, question: &Question<'_>, merge: &Merge) -> Markup {
    let plain = merge.fields.iter().all(|field| !field.moved_on());
    if plain && question.faults.is_empty() && question.sides.is_empty() {
        let inside = html! {
            (table(question.words, merge, ["Field", "Now", "Will be"], |field| [&field.now, &field.was]))
            (buttons(question, "Undo", false))
        };
        return form(desk, question, &inside);
    }
    let inside = html! {
        p { "Some of it was changed since. Nothing is put back over that unless you choose so, field by field; what nobody touched since is chosen already." }
        div .versions { @for field in &merge.fields { (choice(question, field)) } }
        (buttons(question, "Save what I chose", false))
    };
    form(desk, question, &inside)
}

fn table<'a>(
    words: &Words,
    merge: &'a Merge,
    heads: [&str; 3],
    cells: impl Fn(&'a ThreeWay) -> [&'a serde_json::Value; 2],
) -> Markup {
    html! {
        table .differences {
            thead { tr { @for head in heads { th scope="col" { (head) } } } }
            tbody {
                @for field in &merge.fields {
                    tr {
                        th scope="row" { (words.label(&field.field)) }
                        @for cell in cells(field) { td { (words::value(&field.field, cell, SHOWN)) } }
                    }
                }
            }
        }
    }
}

/// One field three ways: what it was, what the change made of it, what it is. The first and the last can be chosen.
fn choice(question: &Question<'_>, field: &ThreeWay) -> Markup {
    let decided = question.sides.get(&field.field).copied();
    let preferred = decided.or((!field.moved_on()).then_some(Side::PutBack));
    let shown = |value| words::value(&field.field, value, SHOWN);
    let side = |side: Side, words: &str, value| {
        html! {
            label .version {
                span .version-head {
                    input type="radio" name={ "side." (field.field) } value=(side.name()) checked[preferred == Some(side)] required;
                    (words)
                }
                span .version-text { (shown(value)) }
            }
        }
    };
    html! {
        fieldset .difference.three #{ "field-" (field.field) } {
            legend { (question.words.label(&field.field)) }
            (side(Side::PutBack, "As it was before", &field.was))
            div .version.aside {
                span .version-head { "What the change made it" }
                span .version-text { (shown(&field.became)) }
            }
            (side(Side::Keep, "As it is now", &field.now))
        }
    }
}
