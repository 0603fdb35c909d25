//! The page of a text search. Must not know how the search is done.

use maud::{Markup, html};

use crate::catalog::finder::Search;
use crate::catalog::views::{cards, paging};
use crate::catalog::{ProductCard, TermTree};
use crate::web::layout::{Head, Shell, page};
use crate::web::listing::PageLinks;
use crate::web::paging::Page;

/// What a search found; the words themselves stand in the shell's search box.
pub struct Results<'a> {
    pub products: &'a Page<ProductCard>,
    pub links: PageLinks,
    /// Ways on when nothing was found.
    pub categories: &'a TermTree,
    /// How they were found; `None` where nothing was searched for.
    pub search: Option<&'a Search>,
}

pub fn results(shell: &Shell<'_>, results: &Results<'_>) -> Markup {
    let query = shell.query.trim();
    let title = if query.is_empty() {
        "Search".to_owned()
    } else {
        format!("Search: {query}")
    };
    let head = Head {
        title: &title,
        description: &title,
        ..Head::default()
    };
    page(
        shell,
        &head,
        html! {
            div .wrap {
                div .page-head {
                    h1 { @if query.is_empty() { "What are you looking for?" } @else { "Results for “" (query) "”" } }
                }
                (remarks(results))
                @if query.is_empty() {
                    (ways_on(results.categories, "Type a word or two into the search box above, or start here:"))
                } @else if results.products.items.is_empty() {
                    div .empty {
                        h2 { "We found nothing for it" }
                        p { "Try fewer or other words, or check the spelling. Article numbers work too." }
                        (ways_on(results.categories, "Or look around:"))
                    }
                } @else {
                    (cards(&results.products.items, &shell.site.shop.currency))
                    (paging(&results.links))
                }
            }
        },
    )
}

/// What a customer should know of how this was found.
fn remarks(results: &Results<'_>) -> Markup {
    let dropped = results
        .search
        .map_or(&[][..], |search| &search.understood.dropped);
    html! {
        @if !dropped.is_empty() && !results.products.items.is_empty() {
            p .count { "Nothing holds all your words. Left out: " (dropped.join(", ")) "." }
        }
        @if results.search.is_some_and(|search| search.is_degraded) {
            p .count { "The search is being prepared: for the moment it finds whole words only." }
        }
    }
}

fn ways_on(categories: &TermTree, words: &str) -> Markup {
    html! {
        p { (words) }
        p .ways {
            a .button href="/products" { "All products" }
            @for category in categories.children(None).take(8) {
                a .button.quiet href={ "/categories/" (category.slug) } { (category.name) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::site::tests::site;

    #[test]
    fn a_search_without_results_repeats_the_words_as_text_and_leads_on() {
        let site = site(None);
        let shell = Shell {
            site: &site,
            nav: &[],
            path: "",
            query: "<script>",
            signed_in: false,
        };
        let products = Page {
            items: Vec::new(),
            next: None,
            prev: None,
            total: None,
            limit: 24,
        };
        let page = results(
            &shell,
            &Results {
                products: &products,
                links: PageLinks::default(),
                categories: &TermTree::default(),
                search: None,
            },
        )
        .into_string();
        assert!(page.contains("“&lt;script&gt;”") && !page.contains("<script"));
        assert!(page.contains("href=\"/products\""));
    }
}
