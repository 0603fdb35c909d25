//! The question before an import or bulk edit is undone, and what came of it.

use maud::{Markup, html};

use super::ADDRESS;
use super::words::Words;
use crate::admin::views::{Desk, crumbs, desk_page};
use crate::catalog::BatchStep;
use crate::db::changes::BatchSummary;
use crate::web::desk::moment;
use crate::web::form::hidden;
use crate::web::format;
use crate::web::listing::query_of;

/// A batch that may be undone.
pub struct Batch<'a> {
    pub words: &'a Words,
    pub name: &'a str,
    pub summary: &'a BatchSummary,
}

/// What came of the undoing so far.
pub struct Progress<'a> {
    pub undo_batch: &'a str,
    pub step: &'a BatchStep,
    /// Changes dealt with, those of earlier steps included.
    pub done: i64,
}

pub fn batch(desk: &Desk<'_>, batch: &Batch<'_>) -> Markup {
    let summary = batch.summary;
    let title = format!("Undo all of {}", batch.name);
    let main = html! {
        (crumbs((ADDRESS, "History"), "Undo"))
        div .narrow {
            h1 { (title) }
            p {
                (moment(summary.first_at)) ", " (batch.words.who(&summary.actor)) ": "
                (format::count(summary.changes, "change", "changes")) ", "
                (format::count(summary.products, "product", "products")) " among what was changed."
            }
            p { "What it changed goes back to what it was, what it added is deleted. What somebody changed since stays as it is and is listed afterwards. You can undo the undo." }
            form .ways action=(address(batch)) method="post" {
                (hidden("csrf_token", desk.csrf_token))
                button .button.danger type="submit" { "Undo " (format::count(summary.changes, "change", "changes")) }
                a .button.quiet href=(history(batch.name)) { "Leave it as it is" }
            }
        }
    };
    desk_page(desk, &title, &main)
}

/// What came of it, and the way on while there is more to do.
pub fn undone(desk: &Desk<'_>, batch: &Batch<'_>, progress: &Progress<'_>) -> Markup {
    let step = progress.step;
    let title = format!("Undo of {}", batch.name);
    let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let main = html! {
        (crumbs((ADDRESS, "History"), "Undo"))
        div .narrow {
            h1 { (title) }
            p role="status" {
                (format::count(count(step.undone), "change is", "changes are")) " undone"
                @if step.already > 0 { ", " (format::count(count(step.already), "was", "were")) " as before already" }
                @if !step.conflicts.is_empty() { ", " (format::count(count(step.conflicts.len() as u64), "was", "were")) " left as they are" }
                "."
            }
            @if let Some(before) = step.next {
                form .ways action=(address(batch)) method="post" {
                    (hidden("csrf_token", desk.csrf_token))
                    (hidden("before", &before.to_string()))
                    (hidden("undo_batch", progress.undo_batch))
                    (hidden("done", &progress.done.to_string()))
                    p { (format::count(progress.done, "change", "changes")) " of " (batch.summary.changes) " are dealt with." }
                    button .button type="submit" { "Go on" }
                }
            } @else {
                p { a href=(history(progress.undo_batch)) { "See what was put back" } }
            }
            @if !step.conflicts.is_empty() { (conflicts(step)) }
        }
    };
    desk_page(desk, &title, &main)
}

fn conflicts(step: &BatchStep) -> Markup {
    html! {
        h2 { "Left as they are" }
        ul .conflicts {
            @for skipped in &step.conflicts {
                li {
                    a href={ (ADDRESS) "/" (skipped.seq) "/undo" } {
                        @if skipped.name.is_empty() { (skipped.entity) " " (skipped.entity_id) } @else { (skipped.name) }
                    }
                    ": " (skipped.reason)
                }
            }
        }
    }
}

fn address(batch: &Batch<'_>) -> String {
    format!("/admin/batches/{}/undo", batch.name)
}

fn history(name: &str) -> String {
    query_of(ADDRESS, [("batch", name)].into_iter())
}
