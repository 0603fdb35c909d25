//! Lists of products with filter, sort and pages: everything, a category, or what a filter leaves.

use maud::{Markup, html};

use super::card::cards;
use crate::catalog::{Category, ProductCard};
use crate::web::format;
use crate::web::layout::{Head, Shell, page};
use crate::web::listing::PageLinks;
use crate::web::listing::query_of;
use crate::web::paging::{Page, TOTAL_CAP};

const ACTION: &str = "/products";

const SORTS: [(&str, &str); 4] = [
    ("newest", "Newest first"),
    ("price", "Price, low to high"),
    ("-price", "Price, high to low"),
    ("name", "Name, A to Z"),
];

/// The filter as the address has it, shown again as it was typed. Empty text does not narrow.
#[derive(Clone, Copy, Debug, Default)]
pub struct FilterForm<'a> {
    /// Name or slug.
    pub category: &'a str,
    pub min_price: &'a str,
    pub max_price: &'a str,
    pub in_stock: bool,
    pub q: &'a str,
    pub created_since: &'a str,
    pub sort: &'a str,
}

impl FilterForm<'_> {
    /// The address of the list that this filter and sort describe.
    pub fn address(&self) -> String {
        query_of(
            ACTION,
            self.pairs().into_iter().filter(|(_, value)| !value.is_empty()),
        )
    }

    fn pairs(&self) -> [(&'static str, &str); 7] {
        [
            ("category", self.category),
            ("q", self.q),
            ("min_price", self.min_price),
            ("max_price", self.max_price),
            ("in_stock", if self.in_stock { "true" } else { "" }),
            ("created_since", self.created_since),
            ("sort", self.sort),
        ]
    }

    fn is_narrow(&self) -> bool {
        self.pairs()
            .iter()
            .any(|(name, value)| *name != "sort" && !value.is_empty())
    }
}

/// What a list page shows.
pub struct List<'a> {
    /// The category that the page is about, on `/categories/{slug}`.
    pub category: Option<&'a Category>,
    /// What can be chosen.
    pub categories: &'a [Category],
    pub filter: FilterForm<'a>,
    pub products: &'a Page<ProductCard>,
    pub links: PageLinks,
    /// Why the filter cannot be understood; then there are no products.
    pub fault: Option<&'a str>,
}

pub fn list(shell: &Shell<'_>, list: &List<'_>) -> Markup {
    let title = list.category.map_or("All products", |category| &category.name);
    let own_path = list
        .category
        .map(|category| format!("/categories/{}", category.slug));
    let whole = list.category.is_some() || !list.filter.is_narrow();
    let description = format!("{title} at {}", shell.site.shop.name);
    let first = list.products.items.first();
    let head = Head {
        title,
        description: &description,
        canonical: whole.then_some(own_path.as_deref().unwrap_or(ACTION)),
        picture: first.and_then(|product| product.image_url.as_deref()),
    };
    page(
        shell,
        &head,
        html! {
            div .wrap {
                @if list.category.is_some() { (crumbs(title)) }
                div .page-head {
                    h1 { (title) }
                    @if let Some(total) = list.products.total { p .count { (total_words(total)) } }
                }
                (filter_form(list))
                @if let Some(fault) = list.fault { p .alert role="alert" { (fault) } }
                (chips(list))
                @if list.products.items.is_empty() {
                    (nothing_here(list))
                } @else {
                    (cards(&list.products.items, &shell.site.shop.currency))
                    (paging(&list.links))
                }
            }
        },
    )
}

fn total_words(total: i64) -> String {
    if total >= TOTAL_CAP {
        "More than 10,000 products".to_owned()
    } else {
        format::count(total, "product", "products")
    }
}

fn crumbs(title: &str) -> Markup {
    html! {
        nav .crumbs aria-label="Breadcrumb" {
            ol role="list" {
                li { a href="/" { "Home" } }
                li { a href=(ACTION) { "Products" } }
                li { span aria-current="page" { (title) } }
            }
        }
    }
}

fn filter_form(list: &List<'_>) -> Markup {
    let filter = &list.filter;
    let chosen = list.category.map_or(filter.category, |category| &category.slug);
    let is_chosen =
        |category: &Category| !chosen.is_empty() && (category.slug == chosen || category.name == chosen);
    html! {
        form .filters action=(ACTION) method="get" aria-label="Filter" {
            @for (name, value) in [("q", filter.q), ("created_since", filter.created_since)] {
                @if !value.is_empty() { input type="hidden" name=(name) value=(value); }
            }
            div .field {
                label for="filter-category" { "Category" }
                select #filter-category name="category" {
                    option value="" { "All categories" }
                    @for category in list.categories {
                        option value=(category.slug) selected[is_chosen(category)] { (category.name) }
                    }
                }
            }
            div .field {
                label for="filter-sort" { "Sort by" }
                select #filter-sort name="sort" {
                    @for (value, words) in SORTS { option value=(value) selected[value == filter.sort] { (words) } }
                }
            }
            (price_field("min_price", "Minimum price", filter.min_price))
            (price_field("max_price", "Maximum price", filter.max_price))
            label .check { input type="checkbox" name="in_stock" value="true" checked[filter.in_stock]; "In stock only" }
            button .button type="submit" { "Apply" }
        }
    }
}

fn price_field(name: &str, label: &str, value: &str) -> Markup {
    html! {
        div .field {
            label for={ "filter-" (name) } { (label) }
            input id={ "filter-" (name) } name=(name) value=(value) inputmode="decimal" autocomplete="off" maxlength="20";
        }
    }
}

/// What the list is narrowed to; each chip leads to the list without it.
fn chips(list: &List<'_>) -> Markup {
    let filter = list.filter;
    let category = list
        .categories
        .iter()
        .find(|known| known.slug == filter.category)
        .map_or(filter.category, |known| &known.name);
    let chips: Vec<(String, FilterForm<'_>)> = [
        (
            !filter.q.is_empty(),
            format!("“{}”", filter.q),
            FilterForm { q: "", ..filter },
        ),
        (
            !filter.category.is_empty(),
            category.to_owned(),
            FilterForm {
                category: "",
                ..filter
            },
        ),
        (
            !filter.min_price.is_empty(),
            format!("From {}", filter.min_price),
            FilterForm {
                min_price: "",
                ..filter
            },
        ),
        (
            !filter.max_price.is_empty(),
            format!("Up to {}", filter.max_price),
            FilterForm {
                max_price: "",
                ..filter
            },
        ),
        (
            filter.in_stock,
            "In stock".to_owned(),
            FilterForm {
                in_stock: false,
                ..filter
            },
        ),
        (
            !filter.created_since.is_empty(),
            format!("New since {}", filter.created_since),
            FilterForm {
                created_since: "",
                ..filter
            },
        ),
    ]
    .into_iter()
    .filter_map(|(active, words, without)| active.then_some((words, without)))
    .collect();
    html! {
        @if !chips.is_empty() {
            div .chips role="group" aria-label="Filters in use" {
                @for (words, without) in &chips {
                    a .chip href=(without.address()) { span .visually-hidden { "Remove filter: " } (words) }
                }
                @if chips.len() > 1 { a .clear href=(FilterForm { sort: filter.sort, ..FilterForm::default() }.address()) { "Remove all" } }
            }
        }
    }
}

fn nothing_here(list: &List<'_>) -> Markup {
    html! {
        div .empty {
            h2 { "Nothing fits" }
            @if list.filter.is_narrow() {
                p { "No product passes all of these filters. Remove one above, or look at everything." }
            } @else if list.category.is_some() {
                p { "There is nothing in this category right now." }
            } @else {
                p { "There are no products here." }
            }
            p .ways { a .button href=(ACTION) { "All products" } a .button.quiet href="/" { "To the front page" } }
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
    use crate::web::site::tests::site;

    fn shown(filter: FilterForm<'_>) -> String {
        let site = site(None);
        let shell = Shell {
            site: &site,
            nav: &[],
            path: "/products",
            query: "",
            signed_in: false,
        };
        let products = Page {
            items: Vec::new(),
            next: None,
            prev: None,
            total: Some(TOTAL_CAP),
            limit: 24,
        };
        let categories = [Category {
            category_id: 1,
            name: "Garden & more".to_owned(),
            slug: "garden".to_owned(),
            version: 1,
        }];
        let view = List {
            category: None,
            categories: &categories,
            filter,
            products: &products,
            links: PageLinks::default(),
            fault: None,
        };
        list(&shell, &view).into_string()
    }

    #[test]
    fn each_chip_leads_to_the_list_without_it() {
        let page = shown(FilterForm {
            category: "garden",
            q: "a&b=\"c",
            in_stock: true,
            sort: "price",
            ..FilterForm::default()
        });
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
        let page = shown(FilterForm::default());
        assert!(
            page.contains("rel=\"canonical\" href=\"/products\"")
                && page.contains("More than 10,000 products")
        );
        assert!(!page.contains("Filters in use"));
    }
}
