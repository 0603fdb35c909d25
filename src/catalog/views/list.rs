//! Lists of products with filter, sort and pages: everything, a category, or what a filter leaves.

use maud::{Markup, html};

use super::card::{marked_cards, watched};
use super::filter::{ACTION, FOUND, FilterForm, Way, Words, chips, fault_summary, filter_form, ways_out};
use super::search::{remarks, ways_on};
use super::structured::category_blocks;
use crate::catalog::finder::{Marks, Search};
use crate::catalog::{Choices, ProductCard, Term, TermTree};
use crate::error::FieldError;
use crate::web::format;
use crate::web::layout::{Head, Shell, Watched, page};
use crate::web::listing::PageLinks;
use crate::web::paging::{Page, TOTAL_CAP};

/// What a list page is about.
#[derive(Debug, Clone, Copy)]
pub enum About<'a> {
    Everything,
    /// On `/categories/{slug}`.
    Category(&'a Term),
    /// What was typed, on `/search`.
    Search(&'a str),
}

/// What a list page shows.
pub struct List<'a> {
    pub about: About<'a>,
    /// What can be chosen.
    pub categories: &'a TermTree,
    pub filter: FilterForm<'a>,
    /// What the category or the shop can be narrowed by.
    pub choices: &'a Choices,
    /// The same of what is listed, when it is all on this page or was counted.
    pub own_choices: Option<&'a Choices>,
    pub currency: &'a str,
    /// How it came about, if something was searched for.
    pub search: Option<&'a Search>,
    pub products: &'a Page<ProductCard>,
    pub links: PageLinks,
    /// Why the filter cannot be understood; then there are no products.
    pub faults: &'a [FieldError],
    /// Of an empty list: parts of the filter without which there are products, where that is cheap to know.
    pub ways: &'a [Way<'a>],
}

pub fn list(shell: &Shell<'_>, list: &List<'_>) -> Markup {
    let category = list.category();
    let title = list.title();
    let own_path = category.map(|category| format!("/categories/{}", category.slug));
    let whole = match list.about {
        About::Category(_) => true,
        About::Everything => list.filter.parts().is_empty(),
        About::Search(_) => false,
    };
    // Only the first page stands for the list.
    let whole = whole && list.links.prev.is_none();
    let told = category.and_then(|category| category.description.as_deref());
    let description = told.map_or_else(|| format!("{title} at {}", shell.site.shop.name), str::to_owned);
    let first = list.products.items.first();
    let head = Head {
        title: &title,
        description: &description,
        canonical: whole.then_some(own_path.as_deref().unwrap_or(ACTION)),
        picture: first.and_then(|product| product.image_url.as_deref()),
        picture_alt: first.map_or("", |product| &product.name),
        structured: &category
            .map(|category| category_blocks(shell.site, &list.categories.path(category.term_id)))
            .unwrap_or_default(),
        has_feed: true,
        live: Some(if whole {
            let topic = category.map(|category| format!("category:{}", category.slug));
            Watched {
                topics: vec![topic.unwrap_or_else(|| "products".to_owned())],
                is_list: true,
            }
        } else {
            Watched {
                topics: watched(list.products.items.iter()),
                is_list: false,
            }
        }),
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
                @if let Some(category) = category { (crumbs(list.categories, category)) }
                div .page-head {
                    h1 { (heading(list)) }
                    @if let Some(total) = list.products.total.filter(|total| *total > 0) { p .count { (total_words(total)) } }
                }
                @if let Some(category) = category { (about(list.categories, category)) }
                @if list.is_blank_search() {
                    (ways_on(list.categories, "Type a word or two into the search box above, or start here:"))
                } @else {
                    @if let Some(search) = list.search { (remarks(search, &list.filter, !list.products.items.is_empty())) }
                    @if list.has_form() { (filter_form(list)) }
                    div .found id=(FOUND) data-searched=[list.searched()] { (found(list, words)) }
                }
            }
        },
    )
}

impl<'a> List<'a> {
    fn category(&self) -> Option<&'a Term> {
        match self.about {
            About::Category(category) => Some(category),
            About::Everything | About::Search(_) => None,
        }
    }

    fn title(&self) -> String {
        match self.about {
            About::Everything => "All products".to_owned(),
            About::Category(category) => category.name.clone(),
            About::Search(text) if text.trim().is_empty() => "Search".to_owned(),
            About::Search(text) => format!("Search: {}", text.trim()),
        }
    }

    /// The words that opened products are counted for.
    fn searched(&self) -> Option<&'a str> {
        match self.about {
            About::Search(text) => Some(text),
            About::Everything | About::Category(_) => None,
        }
    }

    /// The page of the search before anything was typed.
    fn is_blank_search(&self) -> bool {
        matches!(self.about, About::Search(text) if text.trim().is_empty()) && self.filter.parts().is_empty()
    }

    /// A search that finds nothing by its words alone has nothing to be narrowed.
    fn has_form(&self) -> bool {
        let narrows = self.filter.parts().iter().any(|(name, _)| *name != "q");
        self.searched().is_none() || narrows || !self.products.items.is_empty() || !self.faults.is_empty()
    }
}

fn heading(list: &List<'_>) -> Markup {
    html! {
        @match list.about {
            About::Search(text) if text.trim().is_empty() => { "What are you looking for?" }
            About::Search(text) => { "Results for “" (text.trim()) "”" }
            About::Everything | About::Category(_) => { (list.title()) }
        }
    }
}

/// What is wrong with the filter, what the list is narrowed to, and the list itself: a sent form leads here.
fn found(list: &List<'_>, words: Words<'_>) -> Markup {
    html! {
        (fault_summary(list))
        // What is searched for stands in the heading; alone it needs no chip.
        @if list.has_form() && (list.searched().is_none() || list.filter.parts().len() > 1) { (chips(&list.filter, words)) }
        @if !list.faults.is_empty() {
            (without_faults(list))
        } @else if list.products.items.is_empty() {
            (nothing_here(list, words))
        } @else {
            (marked_cards(&list.products.items, words.currency, list.search.map_or(&Marks::default(), |search| &search.marks)))
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
    if !list.has_form() {
        return html! {
            div .empty {
                h2 { "We found nothing for it" }
                p { "Try fewer or other words, or check the spelling. Article numbers work too." }
                (ways_on(list.categories, "Or look around:"))
            }
        };
    }
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
            pages: None,
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
            about: About::Everything,
            categories: &categories,
            filter: FilterForm::of(given.iter().copied(), None, sort),
            choices: &Choices::default(),
            own_choices: None,
            currency: "EUR",
            search: None,
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
