//! Lists of products with filter, sort and pages: everything, a category, or what a filter leaves.

use maud::{Markup, html};

use super::card::cards;
use super::filter::{ACTION, FilterForm, chips, filter_form};
use crate::catalog::{Category, ProductCard};
use crate::web::format;
use crate::web::layout::{Head, Shell, page};
use crate::web::listing::PageLinks;
use crate::web::paging::{Page, TOTAL_CAP};

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
    // Only the first page stands for the list.
    let whole = whole && list.links.prev.is_none();
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
                (filter_form(&list.filter, list.category, list.categories))
                @if let Some(fault) = list.fault { p .alert role="alert" { (fault) } }
                (chips(&list.filter, list.categories))
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
