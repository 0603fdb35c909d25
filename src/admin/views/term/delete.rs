//! The question before a category, brand or tag goes; or why it cannot, and what can be done instead.

use maud::{Markup, html};

use super::Kind;
use crate::admin::views::{Desk, crumbs, desk_page};
use crate::catalog::{Taxonomy, Term, TermTree};
use crate::web::form::hidden;
use crate::web::format;

/// What is asked.
pub struct Deleting<'a> {
    pub kind: &'a Kind,
    pub term: &'a Term,
    pub tree: &'a TermTree,
    /// Kept products that have it.
    pub products: i64,
    /// Somebody changed it while the question stood.
    pub overtaken: bool,
}

pub fn delete(desk: &Desk<'_>, deleting: &Deleting<'_>) -> Markup {
    let (kind, term) = (deleting.kind, deleting.term);
    let own = kind.page_of(term.term_id);
    let below = deleting.tree.subtree(term.term_id).len().saturating_sub(1);
    let is_used = deleting.products > 0 || below > 0;
    let title = if is_used {
        format!("“{}” cannot be deleted", term.name)
    } else {
        format!("Delete “{}”?", term.name)
    };
    let main = html! {
        (crumbs((kind.address, kind.all), "Delete"))
        div .narrow {
            h1 { (title) }
            @if deleting.overtaken {
                p .notice role="alert" { "It was changed while you were here. Nothing is deleted yet: look once more, then decide." }
            }
            @if is_used { (instead(deleting, &own, below)) } @else {
                p { "No product has it. Its address, and those it had before, lead nowhere from then on. This cannot be undone." }
                form .ways action={ (own) "/delete" } method="post" {
                    (hidden("csrf_token", desk.csrf_token))
                    (hidden("version", &term.version.to_string()))
                    button .button.danger type="submit" { "Delete" }
                    a .button.quiet href=(own) { "Keep it" }
                }
            }
        }
    };
    desk_page(desk, &title, &main)
}

fn instead(deleting: &Deleting<'_>, own: &str, below: usize) -> Markup {
    let (kind, products) = (deleting.kind, deleting.products);
    let counted = format::count(products, "product", "products");
    let categories = format::count(i64::try_from(below).unwrap_or(i64::MAX), "category", "categories");
    let can_merge = deleting.tree.terms().len() > below + 1;
    html! {
        @if products > 0 {
            p { (counted) " " (have_it(kind.taxonomy, products)) @if below > 0 { ", and " (categories) " below it" } "." }
        } @else {
            p { (categories) @if below == 1 { " stands" } @else { " stand" } " below it." }
        }
        @if can_merge {
            p { "Merge it into another " (kind.one) ": everything moves there, and its name and address lead there." }
        } @else {
            p { "There is no other " (kind.one) " into which it could be merged." }
        }
        div .ways {
            @if can_merge { a .button href={ (own) "/merge" } { "Merge into another " (kind.one) } }
            a .button.quiet href=(own) { "Back" }
        }
    }
}

fn have_it(taxonomy: Taxonomy, products: i64) -> &'static str {
    match (taxonomy, products) {
        (Taxonomy::Category, 1) => "stands in it",
        (Taxonomy::Category, _) => "stand in it",
        (Taxonomy::Brand, 1) => "is of this brand",
        (Taxonomy::Brand, _) => "are of this brand",
        (Taxonomy::Tag, 1) => "carries it",
        (Taxonomy::Tag, _) => "carry it",
    }
}
