//! The page of one product.

use maud::{Markup, html};

use super::card::{cards, initial, stock};
use crate::catalog::{Category, Product, ProductCard};
use crate::web::format;
use crate::web::layout::{Head, Shell, page};

/// `more` are other products of its category, if there are any to show.
pub fn product(
    shell: &Shell<'_>,
    product: &Product,
    category: Option<&Category>,
    more: &[ProductCard],
) -> Markup {
    let currency = &shell.site.shop.currency;
    let address = format!("/products/{}", product.slug);
    let category_path = category
        .map(|category| format!("/categories/{}", category.slug))
        .unwrap_or_default();
    let description = product.description.as_deref().unwrap_or(&product.name);
    let head = Head {
        title: &product.name,
        description,
        canonical: Some(&address),
        picture: product.image_url.as_deref(),
    };
    page(
        &Shell {
            path: &category_path,
            ..*shell
        },
        &head,
        html! {
            div .wrap {
                (crumbs(product, category))
                article .product {
                    div .product-picture { (picture(product)) }
                    div .product-text {
                        div {
                            h1 { (product.name) }
                            @if let Some(brand) = &product.brand { p .product-maker { "by " (brand) } }
                        }
                        p .product-buy {
                            span .price { (format::price(product.price, currency)) }
                            (stock(product.stock_quantity, true))
                        }
                        (description_text(product))
                        (facts(product, category))
                    }
                }
                @if let (Some(category), false) = (category, more.is_empty()) {
                    section .section {
                        div .section-head {
                            h2 { "More in " (category.name) }
                            a href=(category_path) { "See the category" }
                        }
                        (cards(more, currency))
                    }
                }
            }
        },
    )
}

fn crumbs(product: &Product, category: Option<&Category>) -> Markup {
    html! {
        nav .crumbs aria-label="Breadcrumb" {
            ol role="list" {
                li { a href="/" { "Home" } }
                @match category {
                    Some(category) => { li { a href={ "/categories/" (category.slug) } { (category.name) } } }
                    None => { li { a href="/products" { "Products" } } }
                }
                li { span aria-current="page" { (product.name) } }
            }
        }
    }
}

fn picture(product: &Product) -> Markup {
    html! {
        @match &product.image_url {
            Some(address) => { img src=(address) alt=(product.name) width="800" height="800" fetchpriority="high"; }
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

fn facts(product: &Product, category: Option<&Category>) -> Markup {
    html! {
        @if category.is_some() || product.brand.is_some() || product.sku.is_some() {
            dl .facts {
                @if let Some(category) = category {
                    dt { "Category" }
                    dd { a href={ "/categories/" (category.slug) } { (category.name) } }
                }
                @if let Some(brand) = &product.brand { dt { "Brand" } dd { (brand) } }
                @if let Some(sku) = &product.sku { dt { "SKU" } dd { (sku) } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::{Moment, Money};
    use crate::web::site::tests::site;

    #[test]
    fn a_hostile_product_is_shown_as_text() {
        let hostile = "</title><script>alert(1)</script>\"'\u{2028}".to_owned();
        let now = Moment::now();
        let item = Product {
            product_id: 1,
            name: hostile.clone(),
            slug: "x".to_owned(),
            sku: Some(hostile.clone()),
            brand: Some(hostile.clone()),
            description: Some(format!("{hostile}\n\nsecond")),
            price: Money::parse("24.9").unwrap(),
            category: None,
            stock_quantity: 9,
            image_url: Some("/media/0/original.webp".to_owned()),
            is_active: true,
            version: 1,
            created_at: now,
            updated_at: now,
            deleted_at: None,
        };
        let site = site(None);
        let shell = Shell {
            site: &site,
            nav: &[],
            path: "",
            query: "",
            signed_in: false,
        };
        let page = product(&shell, &item, None, &[]).into_string();
        assert!(!page.contains("<script") && page.contains("&lt;script&gt;"));
        assert!(page.contains("<p>second</p>") && page.contains("€24.90") && page.contains("In stock"));
    }
}
