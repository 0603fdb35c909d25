//! All categories, brands or tags, each a link to its form: with the number of its products, in pages, narrowed by a
//! text.

use std::collections::HashMap;

use maud::{Markup, html};

use super::Kind;
use crate::admin::views::{Desk, desk_page};
use crate::catalog::views::paging;
use crate::catalog::{Term, TermTree, text};
use crate::web::format;
use crate::web::listing::{PageLinks, query_of};

/// Rows of a page.
const ROWS: usize = 100;

/// As many fit on a screen: beyond, there is something to search in.
const FEW: usize = 20;

/// What an address asks for: one page of all that fit a text, with those above them.
pub struct Found {
    q: String,
    /// All there are, fitting or not.
    total: usize,
    tree: TermTree,
    /// Numbered from 1.
    page: usize,
}

impl Found {
    /// A list that has become shorter meanwhile ends with its last page.
    pub fn new(mut tree: TermTree, q: &str, page: usize) -> Found {
        let total = tree.terms().len();
        let wanted = text::fold(q);
        if !wanted.is_empty() {
            tree.retain(|term| text::fold(&term.name).contains(&wanted) || term.slug.contains(&wanted));
        }
        let last = tree.terms().len().div_ceil(ROWS).max(1);
        Found {
            q: q.to_owned(),
            total,
            tree,
            page: page.clamp(1, last),
        }
    }

    /// The terms of this page with their depths.
    pub fn page(&self) -> impl Iterator<Item = (&Term, usize)> {
        self.tree.with_depths().skip((self.page - 1) * ROWS).take(ROWS)
    }

    fn links(&self, kind: &Kind) -> PageLinks {
        let address = |page: usize| {
            let page = page.to_string();
            let pairs = [
                ("q", self.q.as_str()),
                ("page", if page == "1" { "" } else { &page }),
            ];
            query_of(
                kind.address,
                pairs.into_iter().filter(|(_, value)| !value.is_empty()),
            )
        };
        PageLinks {
            prev: (self.page > 1).then(|| address(self.page - 1)),
            next: (self.page * ROWS < self.tree.terms().len()).then(|| address(self.page + 1)),
        }
    }
}

/// `uses` are the kept products of the page's terms, by id.
pub fn list(desk: &Desk<'_>, kind: &Kind, found: &Found, uses: &HashMap<i32, i64>) -> Markup {
    let total = i64::try_from(found.total).unwrap_or(i64::MAX);
    let many = kind.all.to_lowercase();
    let main = html! {
        div .page-head {
            h1 { (kind.all) " " span .count { (format::count(total, kind.one, &many)) } }
            a .button href={ (kind.address) "/new" } { "New " (kind.one) }
        }
        @if found.total > FEW || !found.q.is_empty() { (search_form(kind, found)) }
        @if found.total == 0 {
            div .empty {
                h2 { "No " (many) " yet" }
                p { "Add the first one here. A name that is typed into a product's form makes one as well." }
            }
        } @else if found.tree.is_empty() {
            div .empty {
                h2 { "Nothing fits “" (found.q) "”" }
                p { a href=(kind.address) { "Show all " (many) } }
            }
        } @else {
            (rows(kind, found, uses))
        }
        (paging(&found.links(kind)))
    };
    desk_page(desk, kind.all, &main)
}

fn search_form(kind: &Kind, found: &Found) -> Markup {
    let words = format!("Search {}", kind.all.to_lowercase());
    html! {
        form .ledger-search role="search" action=(kind.address) method="get" {
            input type="search" name="q" value=(found.q) aria-label=(words) placeholder=(words) maxlength="200" autocomplete="off";
            button .button.quiet type="submit" { "Show" }
        }
    }
}

fn rows(kind: &Kind, found: &Found, uses: &HashMap<i32, i64>) -> Markup {
    html! {
        table .ledger {
            caption .visually-hidden { (kind.all) @if found.page > 1 { ", page " (found.page) } }
            thead {
                tr {
                    th scope="col" { "Name" }
                    th .key scope="col" { "Address" }
                    th .amount scope="col" { "Products" }
                    @if kind.is_tree() { th .amount scope="col" { "Place" } }
                }
            }
            tbody {
                @for (term, depth) in found.page() {
                    (row(kind, &found.tree, term, depth, uses.get(&term.term_id).copied().unwrap_or_default()))
                }
            }
        }
    }
}

/// What is indented for the eye is said for the ear.
fn row(kind: &Kind, tree: &TermTree, term: &Term, depth: usize, products: i64) -> Markup {
    let above = term.parent_id.and_then(|parent| tree.find(parent));
    html! {
        tr {
            td class={ "what depth-" (depth) } {
                a href=(kind.page_of(term.term_id)) { (term.name) }
                @if let Some(above) = above { span .visually-hidden { ", below " (above.name) } }
            }
            td .aside.key { (term.slug) }
            td .amount { (format::number(products)) }
            @if kind.is_tree() { td .amount { (term.position) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::tests::category;

    fn found(q: &str, page: usize) -> (Vec<String>, PageLinks) {
        let number = |id: i32| category(id, &format!("Lamp {id}"), (id % 100 == 7).then_some(1));
        let found = Found::new(TermTree::new((1..=250).map(number).collect()), q, page);
        let names = found.page().map(|(term, _)| term.name.clone()).collect();
        (names, found.links(Kind::at("/admin/categories").unwrap()))
    }

    #[test]
    fn a_long_list_is_cut_into_pages_and_ends() {
        let address = |page: &str| Some(format!("/admin/categories{page}"));
        let (first, links) = found("", 1);
        assert_eq!(
            (first.len(), links.prev, links.next),
            (100, None, address("?page=2"))
        );
        let (_, links) = found("", 2);
        assert_eq!((links.prev, links.next), (address(""), address("?page=3")));
        for page in [3, 4, usize::MAX] {
            let (last, links) = found("", page);
            assert_eq!(
                (last.len(), links.prev, links.next),
                (50, address("?page=2"), None)
            );
        }
        let (_, links) = found("läMP", 2);
        assert_eq!(links.next, address("?q=l%C3%A4MP&page=3"));
    }

    #[test]
    fn what_fits_is_shown_with_what_stands_above_it() {
        assert_eq!(found("LÁMP 107", 1).0, ["Lamp 1", "Lamp 107"]);
        assert!(found("none", 1).0.is_empty());
    }
}
