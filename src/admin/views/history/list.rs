//! Changes, the newest first, each with what it did.

use maud::{Markup, html};

use super::ADDRESS;
use super::words::{self, Words};
use crate::admin::views::{Desk, desk_page};
use crate::catalog::views::paging;
use crate::db::changes::{BatchSummary, Selection};
use crate::history::Entry;
use crate::web::desk::moment;
use crate::web::form::{TextField, hidden, select_field};
use crate::web::format;
use crate::web::listing::{PageLinks, query_of};

/// Characters of a value in the list; the page of the undo shows all.
const SHOWN: usize = 160;

/// More fields than this are folded.
const OPEN: usize = 5;

/// What the list shows.
pub struct List<'a> {
    pub words: &'a Words,
    pub selection: &'a Selection,
    /// Of the batch that is shown.
    pub batch: Option<&'a BatchSummary>,
    pub entries: &'a [Entry],
    pub links: PageLinks,
}

pub fn list(desk: &Desk<'_>, list: &List<'_>) -> Markup {
    let about = list
        .selection
        .entity
        .and(list.entries.first())
        .map(|entry| list.words.thing(entry));
    let title = about.map_or_else(|| "History".to_owned(), |name| format!("History of “{name}”"));
    let main = html! {
        div .page-head { h1 { (title) } }
        @if let Some(summary) = list.batch { (batch_head(list, summary)) }
        (filter(list))
        @if list.entries.is_empty() { (nothing_here(list)) } @else {
            ol .history role="list" { @for entry in list.entries { (change(list, entry)) } }
        }
        (paging(&list.links))
    };
    desk_page(desk, &title, &main)
}

fn batch_head(list: &List<'_>, summary: &BatchSummary) -> Markup {
    let name = list.selection.batch.as_deref().unwrap_or_default();
    html! {
        div .batch-head {
            p {
                strong { (name) } " by " (list.words.who(&summary.actor)) ", " (moment(summary.first_at)) ": "
                (format::count(summary.changes, "change", "changes")) ", "
                (format::count(summary.products, "product", "products")) " among what was changed."
            }
            a .button.quiet href={ "/admin/batches/" (name) "/undo" } { "Undo all of it" }
        }
    }
}

/// Without scripts: a choice of who, sent by its button. What else is selected stays.
fn filter(list: &List<'_>) -> Markup {
    let selection = list.selection;
    let everybody = (String::new(), "Everybody".to_owned());
    let mut who: Vec<(String, String)> = std::iter::once(everybody)
        .chain(list.words.people.iter().cloned())
        .collect();
    let chosen = selection.actor.clone().unwrap_or_default();
    if who.iter().all(|(actor, _)| *actor != chosen) {
        who.push((chosen.clone(), chosen.clone()));
    }
    let field = TextField::new("actor", "Changed by", &chosen);
    html! {
        form .history-filter action=(ADDRESS) method="get" {
            @if let Some((entity, id)) = selection.entity { (hidden(entity.name(), &id.to_string())) }
            @if let Some(batch) = &selection.batch { (hidden("batch", batch)) }
            (select_field(&field, &who))
            button .button.quiet type="submit" { "Show" }
            @if *selection != Selection::default() { a href=(ADDRESS) { "Show all changes" } }
        }
    }
}

fn nothing_here(list: &List<'_>) -> Markup {
    html! {
        div .empty {
            @if *list.selection == Selection::default() {
                h2 { "Nothing was changed yet" }
                p { "Every change of a product, category or account will stand here, with who made it." }
            } @else {
                h2 { "No change fits" }
                p { a href=(ADDRESS) { "Show all changes" } }
            }
        }
    }
}

fn change(list: &List<'_>, entry: &Entry) -> Markup {
    let change = &entry.change;
    let name = list.words.thing(entry);
    let undoable = entry.why_final().is_none() && entry.undone_by.is_none();
    html! {
        li .change #{ "change-" (change.seq) } {
            div .change-head {
                h2 {
                    @match words::address(change) {
                        Some(address) => { a href=(address) { (name) } }
                        None => { (name) }
                    }
                    " " span .count { (change.entity) " " (words::action(change)) }
                }
                p .aside {
                    (moment(change.at)) " by "
                    a href=(query_of(ADDRESS, [("actor", change.actor.as_str())].into_iter())) { (list.words.who(&change.actor)) }
                    (origin(list, entry))
                }
                @if undoable {
                    a .button.quiet href={ (ADDRESS) "/" (change.seq) "/undo" } {
                        "Undo" span .visually-hidden { " what was done to " (name) }
                    }
                }
            }
            @if entry.differences.len() > OPEN {
                details {
                    summary { (entry.differences.len()) " fields" }
                    (differences(list.words, entry))
                }
            } @else if !entry.differences.is_empty() {
                (differences(list.words, entry))
            }
        }
    }
}

/// What it belongs to, what it undoes, what it was undone by. On this page or another one.
fn origin(list: &List<'_>, entry: &Entry) -> Markup {
    let change = &entry.change;
    let own = |seq: i64| list.entries.iter().any(|other| other.change.seq == seq);
    let number = |seq: i64| {
        html! { @if own(seq) { a href={ "#change-" (seq) } { "change " (seq) } } @else { "change " (seq) } }
    };
    html! {
        @if let Some(batch) = &change.batch {
            @if list.selection.batch.is_none() {
                " · in " a href=(query_of(ADDRESS, [("batch", batch.as_str())].into_iter())) { (batch) }
            }
        }
        " · change " (change.seq)
        @if let Some(seq) = change.undo_of { ", undoes " (number(seq)) }
        @if let Some(seq) = entry.undone_by { ", undone by " (number(seq)) }
    }
}

fn differences(words: &Words, entry: &Entry) -> Markup {
    html! {
        table .differences {
            thead { tr { th scope="col" { "Field" } th scope="col" { "Before" } th scope="col" { "After" } } }
            tbody {
                @for difference in &entry.differences {
                    tr {
                        th scope="row" { (words.label(&difference.field)) }
                        td { (words::value(&difference.field, &difference.was, SHOWN)) }
                        td { (words::value(&difference.field, &difference.became, SHOWN)) }
                    }
                }
            }
        }
    }
}
