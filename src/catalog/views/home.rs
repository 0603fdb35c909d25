//! The front page: what the shop is, what is new, which ways lead in.

use maud::{Markup, html};

use super::card::{cards, picture, watched};
use super::structured::home_blocks;
use crate::catalog::{ProductCard, TermTree};
use crate::web::format;
use crate::web::layout::{Head, Shell, Watched, page};

/// Products that stand in the window beside the shop's line, and how many there must be for that in all.
const IN_THE_WINDOW: usize = 3;
const ENOUGH_FOR_A_WINDOW: usize = 7;

/// Newest products on the front page: those in the window and two rows of four.
const NEWEST: usize = IN_THE_WINDOW + 8;

/// More categories than this are a plain list instead of large doors.
const MOST_DOORS: usize = 24;

/// What the front page shows; of the newest products as many as fill it.
pub struct Home<'a> {
    pub newest: &'a [ProductCard],
    pub categories: &'a TermTree,
    /// How many products there are to see, if counted.
    pub total: Option<i64>,
}

pub fn home(shell: &Shell<'_>, home: &Home<'_>) -> Markup {
    let shop = &shell.site.shop;
    let newest = home.newest.get(..NEWEST).unwrap_or(home.newest);
    let in_window = if newest.len() < ENOUGH_FOR_A_WINDOW {
        0
    } else {
        IN_THE_WINDOW
    };
    let (window, below) = newest.split_at_checked(in_window).unwrap_or((&[], newest));
    let line = if shop.tagline.is_empty() {
        &shop.name
    } else {
        &shop.tagline
    };
    let head = Head {
        title: &shop.name,
        description: line,
        canonical: Some("/"),
        picture: newest.first().and_then(|product| product.image_url.as_deref()),
        picture_alt: newest.first().map_or("", |product| &product.name),
        structured: &home_blocks(shell.site),
        has_feed: true,
        live: Some(Watched {
            topics: watched(newest.iter()),
            is_list: false,
        }),
        ..Head::default()
    };
    let main = html! {
        section .window {
            div .window-text {
                h1 { (line) }
                @if !newest.is_empty() {
                    @if let Some(total) = home.total { p { (extent(total, home.categories.terms().len())) } }
                    a .button href="/products" { "See all products" }
                }
            }
            @if !window.is_empty() { (window_panes(window, &shop.currency)) }
        }
        div .wrap {
            @if newest.is_empty() { (nothing_yet(shell)) } @else { (new_in_the_shop(below, &shop.currency)) }
            (doors(home.categories))
        }
    };
    page(shell, &head, main)
}

fn new_in_the_shop(products: &[ProductCard], currency: &str) -> Markup {
    html! {
        section .section {
            div .section-head {
                h2 { "New in the shop" }
                a href="/products?sort=newest" { "See everything new" }
            }
            (cards(products, currency))
        }
    }
}

fn extent(total: i64, categories: usize) -> String {
    let products = format::count(total, "product", "products");
    match i64::try_from(categories) {
        Ok(categories) if categories > 1 => format!("{products} in {categories} categories."),
        _ => format!("{products}."),
    }
}

fn window_panes(products: &[ProductCard], currency: &str) -> Markup {
    html! {
        ul .window-panes role="list" {
            @for product in products {
                li {
                    a data-product=(product.product_id) href={ "/products/" (product.slug) } {
                        (picture(product, true))
                        span .tag {
                            span .tag-name { (product.name) }
                            span .tag-price { (format::price(product.offer.price, currency)) }
                        }
                    }
                }
            }
        }
    }
}

/// The categories of the top, each with a picture if its owner gave it one, and what stands below them.
fn doors(categories: &TermTree) -> Markup {
    let top: Vec<_> = categories.children(None).collect();
    html! {
        @if !top.is_empty() {
            section #categories .section {
                div .section-head { h2 { "Categories" } }
                ul .panes.doors[top.len() <= MOST_DOORS] .index[top.len() > MOST_DOORS] role="list" {
                    @for category in top {
                        li {
                            a href={ "/categories/" (category.slug) } { (category.name) }
                            @let below: Vec<_> = categories.children(Some(category.term_id)).collect();
                            @if !below.is_empty() {
                                ul .below role="list" {
                                    @for child in below { li { a href={ "/categories/" (child.slug) } { (child.name) } } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A shop without products is seen by its owner: it says what to do next.
fn nothing_yet(shell: &Shell<'_>) -> Markup {
    html! {
        section .section.empty {
            h2 { "There is nothing in the window yet" }
            p { "If this is your shop, put something in:" }
            ul {
                @if shell.site.features.admin { li { a href="/admin/products/new" { "Add the first product" } " by hand." } }
                li { "Fill it from a file: " code { "vitrine import products.csv" } }
                li { "Look around first with our demo shop: " code { "vitrine seed demo" } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::card::tests::named;
    use super::*;
    use crate::web::site::tests::site;

    fn shown(newest: &[ProductCard]) -> String {
        let site = site(None);
        let shell = Shell {
            site: &site,
            nav: &[],
            pages: None,
            path: "/",
            query: "",
            signed_in: false,
        };
        home(
            &shell,
            &Home {
                newest,
                categories: &TermTree::default(),
                total: None,
            },
        )
        .into_string()
    }

    #[test]
    fn the_newest_products_have_one_place_each_however_few_there_are() {
        for count in [1, 6, 7, 11, 24] {
            let newest: Vec<ProductCard> = (0..count)
                .map(|number| ProductCard {
                    slug: format!("slug-{number}."),
                    ..named("Lamp")
                })
                .collect();
            let page = shown(&newest);
            for (place, product) in newest.iter().enumerate() {
                let times = page.matches(&product.slug).count();
                assert_eq!(times, usize::from(place < NEWEST), "{} of {count}", product.slug);
            }
        }
    }

    #[test]
    fn an_empty_shop_says_what_to_do() {
        assert!(shown(&[]).contains("vitrine import"));
    }
}
