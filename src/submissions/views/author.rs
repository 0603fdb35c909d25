//! What authors see: the form of a new proposal, one proposal with what was said, all of theirs.

use maud::{Markup, html};

use super::form::{Filled, fields, message_field, summary};
use super::{Words, badge, conversation, differences, headings, state_words};
use crate::submissions::model::{State, Step, Summary};
use crate::submissions::review::Dossier;
use crate::web::desk::{self, Viewer, moment};
use crate::web::form::hidden;

/// Where an author's proposals stand.
pub const OWN: &str = "/account/proposals";

/// The product that an edit is for.
pub struct Target<'a> {
    pub product_id: i32,
    pub name: &'a str,
    /// The version that its author saw.
    pub version: i32,
}

/// The form of a proposal that is none yet.
pub fn new(viewer: &Viewer<'_>, words: &Words, target: Option<&Target<'_>>, filled: &Filled<'_>) -> Markup {
    let title = match target {
        None => "Propose a product".to_owned(),
        Some(target) => format!("Propose a change of “{}”", target.name),
    };
    let main = html! {
        div .page-head { h1 { (title) } a href=(OWN) { "My proposals" } }
        p .lead { "Somebody of the shop looks at it before customers see it. You are told what was decided, and why." }
        (summary(words, filled.faults))
        form .product-form action="/submit" method="post" enctype="multipart/form-data" novalidate {
            (hidden("csrf_token", viewer.csrf_token))
            @if let Some(target) = target {
                (hidden("product", &target.product_id.to_string()))
                (hidden("product_version", &target.version.to_string()))
            }
            (fields(viewer, words, filled))
            (ending(State::Draft, filled))
        }
    };
    desk::page(viewer, &title, &main)
}

/// The end of the form: words to those who decide, and what to do with it.
fn ending(state: State, filled: &Filled<'_>) -> Markup {
    let send = match state {
        State::Submitted => "Send the change",
        State::ChangesRequested => "Send again",
        _ => "Send for review",
    };
    html! {
        div .sheet {
            (message_field("Message to the shop", "What those who decide should know, or your answer to what they asked.", filled.message, filled.faults))
        }
        div .form-end {
            button .button type="submit" name="action" value="send" { (send) }
            @if state.after(Step::Saved).is_some() {
                button .button.quiet type="submit" name="action" value="save" { "Save, send later" }
            }
        }
    }
}

/// What is told above one proposal.
#[derive(Default)]
pub struct Told<'a> {
    /// What was just done.
    pub done: Option<&'a str>,
    /// What went wrong.
    pub refused: Option<&'a str>,
}

/// One proposal of the viewer's.
pub fn one(
    viewer: &Viewer<'_>,
    words: &Words,
    dossier: &Dossier,
    told: &Told<'_>,
    filled: &Filled<'_>,
) -> Markup {
    let submission = &dossier.submission;
    let name = Some(submission.typed.name()).filter(|name| !name.is_empty());
    let title = match (submission.is_edit(), name) {
        (true, name) => format!("Change of “{}”", name.unwrap_or("a product")),
        (false, Some(name)) => format!("“{name}”"),
        (false, None) => "A proposal without a name yet".to_owned(),
    };
    let main = html! {
        @if let Some(done) = told.done { p .notice role="status" { (done) } }
        @if let Some(refused) = told.refused { p .alert role="alert" { (refused) } }
        div .page-head { h1 { (title) " " (badge(submission.state)) } a href=(OWN) { "My proposals" } }
        p .lead { (what_next(dossier)) }
        @if let (State::Approved, Some(product_id)) = (submission.state, submission.product_id) {
            p { a href={ "/submit?product=" (product_id) } { "Propose a change of the product" } }
        }
        (conversation(words, &dossier.said))
        (summary(words, filled.faults))
        @if submission.state.is_open() { (open(viewer, words, dossier, filled)) }
        @else { (differences(words, submission.is_edit(), &submission.changes())) }
    };
    desk::page(viewer, &title, &main)
}

fn open(viewer: &Viewer<'_>, words: &Words, dossier: &Dossier, filled: &Filled<'_>) -> Markup {
    let submission = &dossier.submission;
    let action = format!("/submit/{}", submission.submission_id);
    let version = submission.version.to_string();
    let give_up = if submission.state == State::Draft {
        "Discard the draft"
    } else {
        "Withdraw"
    };
    html! {
        form .product-form action=(action) method="post" enctype="multipart/form-data" novalidate {
            (hidden("csrf_token", viewer.csrf_token))
            (hidden("version", &version))
            (fields(viewer, words, filled))
            (ending(submission.state, filled))
        }
        form .delete-form action=(action) method="post" {
            (hidden("csrf_token", viewer.csrf_token))
            (hidden("version", &version))
            button .button.danger type="submit" name="action" value="withdraw" { (give_up) }
        }
    }
}

fn what_next(dossier: &Dossier) -> &'static str {
    match dossier.submission.state {
        State::Draft => "Only you see this. Send it when it is ready.",
        State::Submitted => "It waits for somebody to decide. You can still change it or take it back.",
        State::ChangesRequested => {
            "Somebody asked for a change: read below what, change it, and send it again."
        }
        State::Approved => "It was approved, and what you proposed is in the shop.",
        State::Refused => "It was refused. You can make another proposal.",
        State::Withdrawn => "You took it back.",
    }
}

/// All proposals of the viewer.
pub fn list(viewer: &Viewer<'_>, done: Option<&str>, own: &[Summary]) -> Markup {
    let main = html! {
        @if let Some(done) = done { p .notice role="status" { (done) } }
        div .page-head { h1 { "My proposals" } a .button href="/submit" { "Propose a product" } }
        @if own.is_empty() {
            div .empty { h2 { "No proposals yet" } p { "Propose a product that the shop should have. A draft can be kept until it is ready." } }
        } @else {
            table .ledger.cards role="table" {
                caption .visually-hidden { "My proposals, the newest first" }
                (headings(&["Proposal", "State", "Changed"]))
                tbody role="rowgroup" { @for summary in own {
                    tr role="row" {
                        td .what role="cell" { a href={ "/submit/" (summary.submission_id) } { (summary.name) } @if summary.is_edit { " (a change)" } }
                        td role="cell" { (state_words(summary.state)) }
                        td .aside role="cell" { (moment(summary.updated_at)) }
                    }
                } }
            }
        }
    };
    desk::page(viewer, "My proposals", &main)
}
