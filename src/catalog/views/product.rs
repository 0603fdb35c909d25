//! The page of one product.

use maud::{Markup, html};
use percent_encoding::NON_ALPHANUMERIC;

use super::card::{cards, initial, price, stock, watched};
use super::structured::{product_blocks, product_properties};
use crate::catalog::{Display, Image, Product, Term};
use crate::db::Moment;
use crate::web::format;
use crate::web::layout::{Head, Shell, Watched, page};
use crate::web::listing::query_of;
use crate::web::site::Site;

/// The page as it is at `now`.
pub fn product(shell: &Shell<'_>, display: &Display, now: Moment) -> Markup {
    let product = &display.product;
    let currency = &shell.site.shop.currency;
    let address = format!("/products/{}", product.slug);
    let path = category_path(display);
    let category = path.last().copied();
    let lit = path.first().map(|top| format!("/categories/{}", top.slug));
    let description = product.description.as_deref().unwrap_or(&product.name);
    let alt = product.images.first().and_then(|image| image.alt.as_deref());
    let head = Head {
        title: &product.name,
        description,
        canonical: Some(&address),
        picture: product.image_url(),
        picture_alt: alt.unwrap_or(&product.name),
        kind: Some("product"),
        properties: &product_properties(shell.site, product, now),
        structured: &product_blocks(shell.site, product, &path, now),
        live: Some(Watched {
            topics: [
                vec![format!("product:{}", product.product_id)],
                watched(display.more.iter()),
                viewers(shell.site, product.product_id),
            ]
            .concat(),
            is_list: false,
        }),
        ..Head::default()
    };
    page(
        &Shell {
            path: lit.as_deref().unwrap_or_default(),
            ..*shell
        },
        &head,
        html! {
            div .wrap {
                (crumbs(product, &path))
                article .product {
                    div .product-picture { (pictures(product)) }
                    div .product-text {
                        div {
                            h1 { (product.name) }
                            @if let Some(brand) = &product.brand {
                                p .product-maker { "by " a href=(query_of("/products", [("brand", brand.as_str())].into_iter())) { (brand) } }
                            }
                        }
                        (offer(product, currency, now))
                        // The room is kept, so that nothing moves when the script writes it.
                        @if shell.site.tells_viewers { p .hint.viewers {} }
                        (way_to_buy(product, shell.site))
                        (description_text(product))
                        (facts(display, category))
                    }
                }
                @if let (Some(category), false) = (category, display.more.is_empty()) {
                    section .section {
                        div .section-head {
                            h2 { "More in " (category.name) }
                            a href={ "/categories/" (category.slug) } { "See the category" }
                        }
                        (cards(&display.more, currency))
                    }
                }
            }
        },
    )
}

/// What the page watches to be counted as one that is looked at.
fn viewers(site: &Site, product_id: i32) -> Vec<String> {
    let topic = site.tells_viewers.then(|| format!("viewers:{product_id}"));
    topic.into_iter().collect()
}

/// The category of the product and those above it, the top first.
fn category_path(display: &Display) -> Vec<&Term> {
    let own = display.product.category.as_deref();
    own.and_then(|name| display.navigation.categories.named(name))
        .map_or_else(Vec::new, |category| {
            display.navigation.categories.path(category.term_id)
        })
}

fn offer(product: &Product, currency: &str, now: Moment) -> Markup {
    let offer = product.offer(now);
    html! {
        div .product-buy data-product=(product.product_id) {
            p {
                (price(&offer, currency))
                " " (stock(product.stock_quantity, true))
            }
            @if let Some(prior) = offer.prior {
                p .hint { "Lowest price in the 30 days before the reduction: " (format::price(prior, currency)) }
            }
            @if let Some(end) = offer.ends_at { p .hint { "Reduced until " (end.to_date()) } }
        }
    }
}

/// The shop has no checkout: a link to where it is sold, or else a letter that asks for it.
fn way_to_buy(product: &Product, site: &Site) -> Markup {
    let at = product
        .buy_url
        .as_deref()
        .zip(product.buy_url.as_deref().and_then(host));
    let ask = site.shop.enquiry_email.as_deref().map(|email| {
        let subject = product
            .sku
            .as_ref()
            .map_or_else(|| product.name.clone(), |sku| format!("{} ({sku})", product.name));
        format!(
            "mailto:{email}?subject={}",
            percent_encoding::utf8_percent_encode(&subject, NON_ALPHANUMERIC)
        )
    });
    html! {
        @match (at, ask) {
            (Some((address, host)), _) => { p .way-to-buy { a .button href=(address) rel="external noopener" { "Buy at " (host) } } }
            (None, Some(letter)) => { p .way-to-buy { a .button href=(letter) { "Ask about this product" } } }
            (None, None) => {}
        }
    }
}

/// The host of an address, as people know it.
fn host(address: &str) -> Option<&str> {
    let host = address.strip_prefix("https://")?.split(['/', '?', '#']).next()?;
    Some(host.strip_prefix("www.").unwrap_or(host))
}

fn crumbs(product: &Product, path: &[&Term]) -> Markup {
    html! {
        nav .crumbs aria-label="Breadcrumb" {
            ol role="list" {
                li { a href="/" { "Home" } }
                @if path.is_empty() { li { a href="/products" { "Products" } } }
                @for category in path { li { a href={ "/categories/" (category.slug) } { (category.name) } } }
                li { span aria-current="page" { (product.name) } }
            }
        }
    }
}

/// The first picture large, the others below it.
fn pictures(product: &Product) -> Markup {
    let alt = |image: &Image| image.alt.clone().unwrap_or_else(|| product.name.clone());
    html! {
        @match product.images.split_first() {
            Some((first, more)) => {
                img src=(first.url) alt=(alt(first)) width="800" height="800" fetchpriority="high";
                @if !more.is_empty() {
                    ul .more-pictures role="list" {
                        @for image in more { li { img src=(image.url) alt=(alt(image)) width="800" height="800" loading="lazy"; } }
                    }
                }
            }
            None => { (initial(&product.name, product.product_id)) }
        }
    }
}

fn description_text(product: &Product) -> Markup {
    let lines = product
        .description
        .as_deref()
        .unwrap_or_default()
        .lines()
        .filter(|line| !line.trim().is_empty());
    html! {
        @if product.description.is_some() {
            div .prose { @for line in lines { p { (line) } } }
        }
    }
}

fn facts(display: &Display, category: Option<&Term>) -> Markup {
    let product = &display.product;
    let values = display
        .attributes
        .iter()
        .filter_map(|attribute| Some((attribute, product.attributes.get(&attribute.key)?)));
    let values: Vec<_> = values.collect();
    let has_facts = category.is_some() || product.sku.is_some() || !values.is_empty();
    html! {
        @if has_facts {
            dl .facts {
                @if let Some(category) = category {
                    dt { "Category" }
                    dd { a href={ "/categories/" (category.slug) } { (category.name) } }
                }
                @for (attribute, value) in &values {
                    dt { (attribute.name) }
                    dd { (value) @if let Some(unit) = &attribute.unit { " " (unit) } }
                }
                @if let Some(sku) = &product.sku { dt { "SKU" } dd { (sku) } }
            }
        }
        @if !product.tags.is_empty() {
            ul .tags role="list" aria-label="Tags" {
                @for tag in &product.tags {
                    li { a href=(query_of("/products", [("tag", tag.as_str())].into_iter())) { (tag) } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::catalog::tests::product;
    use crate::web::site::tests::site;

    #[test]
    fn a_hostile_product_is_shown_as_text() {
        let hostile = "</title><script>alert(1)</script>\"'\u{2028}".to_owned();
        let item = Product {
            sku: Some(hostile.clone()),
            brand: Some(hostile.clone()),
            tags: vec![hostile.clone()],
            description: Some(format!("{hostile}\n\nsecond")),
            images: vec![Image {
                url: "/media/0/original.webp".to_owned(),
                alt: Some(hostile.clone()),
            }],
            ..product(&hostile, "24.9")
        };
        let display = Display {
            navigation: Arc::default(),
            product: item,
            attributes: Vec::new(),
            more: Vec::new(),
        };
        let site = site(None);
        let shell = Shell {
            site: &site,
            nav: &[],
            pages: None,
            path: "",
            query: "",
            signed_in: false,
        };
        let page = super::product(&shell, &display, Moment::now()).into_string();
        let block = "<script type=\"application/ld+json\">";
        let own = "<script src=\"/static/";
        assert_eq!(
            page.matches("<script").count(),
            page.matches(block).count() + page.matches(own).count()
        );
        assert!(!page.contains("way-to-buy"));
        assert!(page.contains("&lt;script&gt;"));
        assert!(page.contains("<p>second</p>") && page.contains("€24.90") && page.contains("In stock"));
    }
}
