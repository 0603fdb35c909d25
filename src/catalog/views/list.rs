//! Lists of products with filter, sort and pages: everything, a category, or what a filter leaves.

use maud::{Markup, html};

use super::card::cards;
use super::filter::{ACTION, FOUND, FilterForm, Way, Words, chips, fault_summary, filter_form, ways_out};
use super::structured::category_blocks;
use crate::catalog::{Choices, ProductCard, Term, TermTree};
use crate::error::FieldError;
use crate::web::format;
use crate::web::layout::{Head, Shell, page};
use crate::web::listing::PageLinks;
use crate::web::paging::{Page, TOTAL_CAP};

/// What a list page shows.
pub struct List<'a> {
    /// The category that the page is about, on `/categories/{slug}`.
    pub category: Option<&'a Term>,
    /// What can be chosen.
    pub categories: &'a TermTree,
    pub filter: FilterForm<'a>,
    /// What the category or the shop can be narrowed by.
    pub choices: &'a Choices,
    /// The same of what is listed, when it is all on this page.
    pub own_choices: Option<&'a Choices>,
    pub products: &'a Page<ProductCard>,
    pub links: PageLinks,
    /// Why the filter cannot be understood; then there are no products.
    pub faults: &'a [FieldError],
    /// Of an empty list: parts of the filter without which there are products, where that is cheap to know.
    pub ways: &'a [Way<'a>],
}

pub fn list(shell: &Shell<'_>, list: &List<'_>) -> Markup {
    let title = list.category.map_or("All products", |category| &category.name);
    let own_path = list
        .category
        .map(|category| format!("/categories/{}", category.slug));
    let whole = list.category.is_some() || list.filter.parts().is_empty();
    // Only the first page stands for the list.
    let whole = whole && list.links.prev.is_none();
    let told = list.category.and_then(|category| category.description.as_deref());
    let description = told.map_or_else(|| format!("{title} at {}", shell.site.shop.name), str::to_owned);
    let first = list.products.items.first();
    let head = Head {
        title,
        description: &description,
        canonical: whole.then_some(own_path.as_deref().unwrap_or(ACTION)),
        picture: first.and_then(|product| product.image_url.as_deref()),
        picture_alt: first.map_or("", |product| &product.name),
        structured: &list
            .category
            .map(|category| category_blocks(shell.site, &list.categories.path(category.term_id)))
            .unwrap_or_default(),
        has_feed: true,
        ..Head::default()
    };
    let words = Words {
        categories: list.categories,
        choices: list.choices,
        currency: &shell.site.shop.currency,
    };
    page(
        shell,
        &head,
        html! {
            div .wrap {
                @if let Some(category) = list.category { (crumbs(list.categories, category)) }
                div .page-head {
                    h1 { (title) }
                    @if let Some(total) = list.products.total { p .count { (total_words(total)) } }
                }
                @if let Some(category) = list.category { (about(list.categories, category)) }
                (filter_form(list))
                div .found id=(FOUND) { (found(list, words)) }
            }
        },
    )
}

/// What is wrong with the filter, what the list is narrowed to, and the list itself: a sent form leads here.
fn found(list: &List<'_>, words: Words<'_>) -> Markup {
    html! {
        (fault_summary(list))
        (chips(&list.filter, words))
        @if !list.faults.is_empty() {
            (without_faults(list))
        } @else if list.products.items.is_empty() {
            (nothing_here(list, words))
        } @else {
            (cards(&list.products.items, words.currency))
            (paging(&list.links))
        }
    }
}

fn total_words(total: i64) -> String {
    if total >= TOTAL_CAP {
        "More than 10,000 products".to_owned()
    } else {
        format::count(total, "product", "products")
    }
}

fn crumbs(categories: &TermTree, category: &Term) -> Markup {
    let above = categories.path(category.term_id);
    let above = above.split_last().map_or(&[][..], |(_, above)| above);
    html! {
        nav .crumbs aria-label="Breadcrumb" {
            ol role="list" {
                li { a href="/" { "Home" } }
                li { a href=(ACTION) { "Products" } }
                @for term in above { li { a href={ "/categories/" (term.slug) } { (term.name) } } }
                li { span aria-current="page" { (category.name) } }
            }
        }
    }
}

/// What the owner says of a category, and the categories below it.
fn about(categories: &TermTree, category: &Term) -> Markup {
    let below: Vec<_> = categories.children(Some(category.term_id)).collect();
    html! {
        @if let Some(description) = &category.description {
            div .prose { @for line in description.lines().filter(|line| !line.trim().is_empty()) { p { (line) } } }
        }
        @if !below.is_empty() {
            nav .chips aria-label={ "Within " (category.name) } {
                @for child in below { a .way href={ "/categories/" (child.slug) } { (child.name) } }
            }
        }
    }
}

/// Where a list is that can be shown: the same filter without what was not understood.
fn without_faults(list: &List<'_>) -> Markup {
    let mut understood = list.filter.clone();
    for fault in list.faults {
        understood = understood.without_all(fault.pointer.trim_start_matches('/'));
    }
    html! {
        div .empty { p .ways { a .button href=(understood.address()) { "Show the list without " @if list.faults.len() == 1 { "it" } @else { "them" } } a .button.quiet href=(ACTION) { "All products" } } }
    }
}

fn nothing_here(list: &List<'_>, words: Words<'_>) -> Markup {
    html! {
        div .empty {
            h2 { "Nothing fits" }
            @if list.filter.is_narrow() {
                (ways_out(&list.filter, words, list.ways))
            } @else {
                p { @if list.filter.parts().is_empty() { "There are no products here." } @else { "There is nothing in this category right now." } }
                p .ways { a .button href=(ACTION) { "All products" } a .button.quiet href="/" { "To the front page" } }
            }
        }
    }
}

/// Links to the neighbouring pages, where there are any.
pub fn paging(links: &PageLinks) -> Markup {
    html! {
        @if links.prev.is_some() || links.next.is_some() {
            nav .paging aria-label="Pages" {
                @if let Some(prev) = &links.prev { a .button.quiet rel="prev" href=(prev) { "Previous page" } }
                @if let Some(next) = &links.next { a .button.quiet.next rel="next" href=(next) { "Next page" } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::tests::category;
    use crate::web::site::tests::site;

    fn shown(given: &[(&'static str, &'static str)], sort: &'static str) -> String {
        let site = site(None);
        let shell = Shell {
            site: &site,
            nav: &[],
            path: "/products",
            query: "",
            signed_in: false,
        };
        let products = Page {
            total: Some(TOTAL_CAP),
            ..Page::empty()
        };
        let categories = TermTree::new(vec![crate::catalog::Term {
            slug: "garden".to_owned(),
            ..category(1, "Garden & more", None)
        }]);
        let view = List {
            category: None,
            categories: &categories,
            filter: FilterForm::of(given.iter().copied(), None, sort),
            choices: &Choices::default(),
            own_choices: None,
            products: &products,
            links: PageLinks::default(),
            faults: &[],
            ways: &[],
        };
        list(&shell, &view).into_string()
    }

    #[test]
    fn each_chip_leads_to_the_list_without_it() {
        let page = shown(
            &[("category", "garden"), ("q", "a&b=\"c"), ("in_stock", "true")],
            "price",
        );
        assert!(
            page.contains("href=\"/products?category=garden&amp;in_stock=true&amp;sort=price\""),
            "without the text"
        );
        assert!(
            page.contains("href=\"/products?q=a%26b%3D%22c&amp;in_stock=true&amp;sort=price\""),
            "without the category"
        );
        assert!(page.contains("“a&amp;b=&quot;c”") && page.contains("Garden &amp; more"));
        assert!(
            page.contains("<option value=\"garden\" selected>")
                && page.contains("<option value=\"price\" selected>")
        );
        assert!(
            page.contains("noindex"),
            "a filtered list is not for search engines"
        );
    }

    #[test]
    fn the_whole_list_has_an_address_of_its_own_and_a_capped_total() {
        let page = shown(&[], "");
        assert!(
            page.contains("rel=\"canonical\" href=\"/products\"")
                && page.contains("More than 10,000 products")
        );
        assert!(!page.contains("Filters in use"));
    }
}
