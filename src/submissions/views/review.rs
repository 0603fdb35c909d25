//! What those who decide see: the queue, and one proposal field by field.

use maud::{Markup, html};

use super::form::{message_field, summary};
use super::{Words, badge, conversation, differences, headings, state_words, value};
use crate::catalog::Product;
use crate::error::{FieldError, ThreeWay};
use crate::history::{Merge, Side, Sides};
use crate::submissions::model::{State, Summary};
use crate::submissions::review::Dossier;
use crate::web::desk::{self, Viewer, moment};
use crate::web::form::hidden;
use crate::web::permission::Permission;

pub const QUEUE: &str = "/admin/submissions";

/// A part of the queue.
pub struct Queue<'a> {
    /// `None`: all that were handed in.
    pub state: Option<State>,
    pub rows: &'a [Summary],
    /// Where the list goes on.
    pub older: Option<i32>,
}

pub fn queue(viewer: &Viewer<'_>, words: &Words, done: Option<&str>, queue: &Queue<'_>) -> Markup {
    let address = |state: Option<State>| match state {
        Some(State::Submitted) => QUEUE.to_owned(),
        Some(state) => format!("{QUEUE}?state={}", state.name()),
        None => format!("{QUEUE}?state=all"),
    };
    let shown = [
        State::Submitted,
        State::ChangesRequested,
        State::Approved,
        State::Refused,
        State::Withdrawn,
    ];
    let shown = shown.map(Some).into_iter().chain([None]);
    let main = html! {
        @if let Some(done) = done { p .notice role="status" { (done) } }
        div .page-head { h1 { "Proposals" } }
        nav aria-label="State" {
            ul .ways-in role="list" { @for state in shown {
                li { a .way href=(address(state)) aria-current=[(state == queue.state).then_some("page")] { (state.map_or("All", state_words)) } }
            } }
        }
        @if queue.rows.is_empty() {
            div .empty {
                h2 { "Nothing here" }
                p { @if queue.state == Some(State::Submitted) { "No proposal waits for a decision." } @else { "There is no such proposal." } }
            }
        } @else {
            table .ledger.cards role="table" {
                caption .visually-hidden { "Proposals, the newest first" }
                (headings(&["Proposal", "By", "State", "Changed"]))
                tbody role="rowgroup" { @for row in queue.rows {
                    tr role="row" {
                        td .what role="cell" { a href={ (QUEUE) "/" (row.submission_id) } { (row.name) } @if row.is_edit { " (a change)" } }
                        td role="cell" { (words.who(&row.author)) }
                        td role="cell" { (state_words(row.state)) }
                        td .aside role="cell" { (moment(row.updated_at)) }
                    }
                } }
            }
        }
        @if let Some(older) = queue.older {
            @let state = queue.state.map_or("all", State::name);
            p { a href={ (QUEUE) "?state=" (state) "&before=" (older) } { "Older ones" } }
        }
    };
    desk::page(viewer, "Proposals", &main)
}

/// One proposal to decide on.
pub struct Case<'a> {
    pub dossier: &'a Dossier,
    /// The product that it would change, or has become.
    pub product: Option<&'a Product>,
    pub done: Option<&'a str>,
    pub refused: Option<&'a str>,
    pub faults: &'a [FieldError],
    pub message: &'a str,
    pub sides: &'a Sides,
    /// Whether the author, if that is a person, publishes at once; only for those who may say so.
    pub trusted: Option<bool>,
}

pub fn one(viewer: &Viewer<'_>, words: &Words, case: &Case<'_>) -> Markup {
    let submission = &case.dossier.submission;
    let name = match (submission.typed.name(), case.product) {
        ("", Some(product)) => product.name.as_str(),
        (name, _) => name,
    };
    let title = if submission.is_edit() {
        format!("Change of “{name}”")
    } else {
        format!("“{name}”")
    };
    let merge = case
        .product
        .map(|product| submission.merge(product))
        .unwrap_or_default();
    let main = html! {
        @if let Some(done) = case.done { p .notice role="status" { (done) } }
        @if let Some(refused) = case.refused { p .alert role="alert" { (refused) } }
        div .page-head { h1 { (title) " " (badge(submission.state)) } a href=(QUEUE) { "All proposals" } }
        p .count {
            "Proposal " (submission.submission_id) " by " (words.who(&submission.author)) ", version " (submission.version)
            @if let Some(product) = case.product.filter(|_| viewer.may(Permission::WriteCatalog)) {
                " · " a href={ "/admin/products/" (product.product_id) } { "The product" }
                " · " a href={ "/admin/history?product=" (product.product_id) } { "Its history" }
            }
        }
        (summary(words, case.faults))
        (differences(words, submission.is_edit(), &submission.changes()))
        (conversation(words, &case.dossier.said))
        @if matches!(submission.state, State::Submitted | State::ChangesRequested) { (decision(viewer, words, case, &merge)) }
        @else if !case.message.is_empty() {
            section .conversation aria-labelledby="unsent" {
                h2 #unsent { "What you wrote, and nobody was told" }
                p .said { (case.message) }
            }
        }
        @if let Some(trusted) = case.trusted { (trust(viewer, case.dossier, trusted)) }
    };
    desk::page(viewer, &title, &main)
}

fn decision(viewer: &Viewer<'_>, words: &Words, case: &Case<'_>, merge: &Merge) -> Markup {
    let submission = &case.dossier.submission;
    let waits = submission.state == State::Submitted;
    html! {
        form .conflict.decision action={ (QUEUE) "/" (submission.submission_id) } method="post" novalidate {
            (hidden("csrf_token", viewer.csrf_token))
            (hidden("version", &submission.version.to_string()))
            @if let (Some(product), true) = (case.product, submission.is_edit()) {
                (hidden("product_version", &product.version.to_string()))
            }
            @let moved: Vec<&ThreeWay> = merge.fields.iter().filter(|field| field.moved_on()).collect();
            @if waits && !moved.is_empty() {
                h2 { "The product was changed since" }
                p { "Choose for each of these fields what the shop shall have." }
                div .versions { @for field in moved { (choice(words, field, case.sides)) } }
            }
            (message_field("Message to the author", "Required when you ask for changes or refuse: what to do, or why not.", case.message, case.faults))
            div .form-end {
                @if waits {
                    button .button type="submit" name="decision" value="approve" { "Approve" }
                    button .button.quiet type="submit" name="decision" value="ask" { "Ask for changes" }
                }
                button .button.danger type="submit" name="decision" value="refuse" { "Refuse" }
            }
        }
    }
}

/// A field in which the product has moved on: as it was when the edit was begun, as it is now, as proposed. The merge
/// calls the proposal what "was", since laying it over is undoing the way back.
fn choice(words: &Words, field: &ThreeWay, sides: &Sides) -> Markup {
    let chosen = sides.get(&field.field).copied();
    let side = |side: Side, name: &str, text: &str, shown: &serde_json::Value| {
        html! {
            label .version {
                span .version-head {
                    input type="radio" name={ "take." (field.field) } value=(name) checked[chosen == Some(side)];
                    (text)
                }
                span .version-text { (value(words, &field.field, shown)) }
            }
        }
    };
    html! {
        fieldset .difference.three {
            legend { (words.label(&field.field)) }
            p .version { span .version-head { "When it was proposed" } span .version-text { (value(words, &field.field, &field.became)) } }
            (side(Side::Keep, "keep", "In the shop now", &field.now))
            (side(Side::PutBack, "take", "Proposed", &field.was))
        }
    }
}

fn trust(viewer: &Viewer<'_>, dossier: &Dossier, trusted: bool) -> Markup {
    let (words, label) = if trusted {
        (
            "What this author hands in is published at once.",
            "Review it again from now on",
        )
    } else {
        (
            "What this author hands in waits for a decision.",
            "Publish it at once from now on",
        )
    };
    html! {
        section aria-labelledby="trust" {
            h2 #trust { "The author" }
            p { (words) }
            form action={ (QUEUE) "/" (dossier.submission.submission_id) "/trust" } method="post" {
                (hidden("csrf_token", viewer.csrf_token))
                (hidden("trusted", if trusted { "no" } else { "yes" }))
                button .button.quiet type="submit" { (label) }
            }
        }
    }
}
