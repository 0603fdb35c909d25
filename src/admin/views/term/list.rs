//! All categories, brands or tags, each a link to its form.

use maud::{Markup, html};

use super::Kind;
use crate::admin::views::{Desk, desk_page};
use crate::catalog::{Term, TermTree};
use crate::web::format;

pub fn list(desk: &Desk<'_>, kind: &Kind, tree: &TermTree) -> Markup {
    let total = i64::try_from(tree.terms().len()).unwrap_or(i64::MAX);
    let many = kind.all.to_lowercase();
    let main = html! {
        div .page-head {
            h1 { (kind.all) " " span .count { (format::count(total, kind.one, &many)) } }
            a .button href={ (kind.address) "/new" } { "New " (kind.one) }
        }
        @if tree.is_empty() {
            div .empty {
                h2 { "No " (many) " yet" }
                p { "Add the first one here. A name that is typed into a product's form makes one as well." }
            }
        } @else {
            (rows(kind, tree))
        }
    };
    desk_page(desk, kind.all, &main)
}

fn rows(kind: &Kind, tree: &TermTree) -> Markup {
    html! {
        table .ledger {
            caption .visually-hidden { (kind.all) }
            thead {
                tr {
                    th scope="col" { "Name" }
                    th scope="col" { "Address" }
                    @if kind.is_tree() { th .amount scope="col" { "Place" } }
                }
            }
            tbody { @for (term, depth) in tree.with_depths() { (row(kind, tree, term, depth)) } }
        }
    }
}

/// What is indented for the eye is said for the ear.
fn row(kind: &Kind, tree: &TermTree, term: &Term, depth: usize) -> Markup {
    let above = term.parent_id.and_then(|parent| tree.find(parent));
    html! {
        tr {
            td class={ "what depth-" (depth) } {
                a href=(kind.page_of(term.term_id)) { (term.name) }
                @if let Some(above) = above { span .visually-hidden { ", below " (above.name) } }
            }
            td .aside { (term.slug) }
            @if kind.is_tree() { td .amount { (term.position) } }
        }
    }
}
