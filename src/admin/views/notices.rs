//! What the person who is signed in is told. Must not know why.

use maud::{Markup, html};

use super::{Desk, desk_page};
use crate::notices::{Inbox, Notice};
use crate::web::desk::moment;
use crate::web::form::hidden;

pub const ADDRESS: &str = "/admin/notices";

pub fn inbox(desk: &Desk<'_>, inbox: &Inbox) -> Markup {
    let newest = inbox.notices.first().map_or(0, |notice| notice.notice_id);
    let threshold = desk.site.shop.low_stock;
    let main = html! {
        div .page-head {
            h1 { "Notices " span .count { (inbox.unread) " unread" } }
            a .button.quiet href="/admin/products?status=low" { "Products with low stock" }
        }
        @if inbox.notices.is_empty() {
            div .empty {
                @if threshold > 0 { p { "Nothing yet. Here you are told when no more than " (threshold) " of a product are left." } }
                @else { p { "Nothing. The shop tells nobody of low stock (" code { "shop.low_stock" } " is 0)." } }
            }
        } @else {
            ul .inbox role="list" { @for notice in &inbox.notices { li { (line(notice)) } } }
        }
        @if inbox.unread > 0 {
            form action=(ADDRESS) method="post" {
                (hidden("csrf_token", desk.csrf_token))
                (hidden("up_to", &newest.to_string()))
                button .button.quiet type="submit" { "Mark all as read" }
            }
        }
    };
    desk_page(desk, "Notices", &main)
}

fn line(notice: &Notice) -> Markup {
    html! {
        @if !notice.is_read { strong { "New: " } }
        a href={ "/admin/products/" (notice.low.product_id) } { (notice.low.name) }
        @if notice.low.stock_quantity <= 0 { " is sold out, " }
        @else { " has only " (notice.low.stock_quantity) " left, " }
        (moment(notice.at))
    }
}
