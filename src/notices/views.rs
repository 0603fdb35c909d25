//! What the person who is signed in is told. Must not know why.

use maud::{Markup, html};

use super::model::{About, Inbox, Notice};
use crate::submissions::State;
use crate::web::desk::{self, NOTICES, Viewer, moment};
use crate::web::form::hidden;
use crate::web::permission::Permission;

pub const ADDRESS: &str = NOTICES;

pub fn inbox(viewer: &Viewer<'_>, inbox: &Inbox) -> Markup {
    let newest = inbox.notices.first().map_or(0, |notice| notice.notice_id);
    let main = html! {
        div .page-head {
            h1 { "Notices" }
            @if viewer.may(Permission::WriteCatalog) {
                a .button.quiet href="/admin/products?status=low" { "Products with low stock" }
            }
        }
        // What `static/notices.js` puts anew when something comes.
        div #inbox {
            p .count { (inbox.unread) " unread" }
            @if inbox.notices.is_empty() { (nothing(viewer)) }
            @else { ul .notices role="list" { @for notice in &inbox.notices { li { (line(notice)) } } } }
            @if inbox.unread > 0 {
                form action=(ADDRESS) method="post" {
                    (hidden("csrf_token", viewer.csrf_token))
                    (hidden("up_to", &newest.to_string()))
                    button .button.quiet type="submit" { "Mark all as read" }
                }
            }
        }
    };
    desk::page(viewer, "Notices", &main)
}

/// What somebody is told of here, once there is something.
fn nothing(viewer: &Viewer<'_>) -> Markup {
    let threshold = viewer.site.shop.low_stock;
    html! {
        div .empty {
            h2 { "Nothing yet" }
            @if viewer.may(Permission::WriteCatalog) {
                @if threshold > 0 { p { "Here you are told when no more than " (threshold) " of a product are left." } }
                @else { p { "The shop tells nobody of low stock (" code { "shop.low_stock" } " is 0)." } }
            }
            @if viewer.may(Permission::Review) { p { "Here you are told what others propose." } }
            @else { p { "Here you are told what was decided on what you propose." } }
        }
    }
}

fn line(notice: &Notice) -> Markup {
    html! {
        span {
            @if !notice.is_read { strong { "New: " } }
            @match &notice.about {
                About::LowStock(low) => {
                    a href={ "/admin/products/" (low.product_id) } { (low.name) }
                    @if low.stock_quantity <= 0 { " is sold out" } @else { " has only " (low.stock_quantity) " left" }
                }
                // What somebody handed in is looked at by those who decide.
                About::Proposal { submission_id, state: State::Submitted } => {
                    a href={ "/admin/submissions/" (submission_id) } { "Proposal " (submission_id) } " was handed in"
                }
                About::Proposal { submission_id, state } => {
                    a href={ "/submit/" (submission_id) } { "Proposal " (submission_id) } " " (decided(*state))
                }
                About::Unknown => { "Something that this version of the program has no words for" }
            }
        }
        " "
        span .aside { (moment(notice.at)) }
    }
}

fn decided(state: State) -> &'static str {
    match state {
        State::Approved => "was approved",
        State::Refused => "was refused",
        State::ChangesRequested => "needs a change",
        State::Withdrawn => "was withdrawn",
        State::Submitted | State::Draft => "was handed in",
    }
}
