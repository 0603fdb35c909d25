//! A product in a list: picture, name, price and whether it can be had. Also shown by search and by the owner's table.

use std::ops::Range;

use maud::{Markup, html};

use crate::catalog::finder::Marks;
use crate::catalog::{Offer, ProductCard};
use crate::web::format;

/// From this stock down customers are told how many are left.
const LOW_STOCK: i32 = 5;

/// Pictures above the fold of a wide screen; the others load when they come near.
const EAGER_PICTURES: usize = 4;

/// Products of a page that are shown anew while it is open: a connection watches 64 topics.
const MOST_WATCHED: usize = 60;

/// Background tints for products without a picture.
const TINTS: i32 = 6;

/// A grid of products, each one link with its name as heading.
pub fn cards(products: &[ProductCard], currency: &str) -> Markup {
    marked_cards(products, currency, &Marks::default())
}

/// The same with the words that were searched for marked in the names.
pub fn marked_cards(products: &[ProductCard], currency: &str, marks: &Marks) -> Markup {
    html! {
        ul .panes role="list" {
            @for (index, product) in products.iter().enumerate() {
                li { (card(product, currency, marks, index < EAGER_PICTURES)) }
            }
        }
    }
}

fn card(product: &ProductCard, currency: &str, marks: &Marks, eager: bool) -> Markup {
    let kind = product.brand.as_deref().or(product.category.as_deref());
    html! {
        a .card .sold-out[product.stock_quantity <= 0] data-product=(product.product_id) href={ "/products/" (product.slug) } {
            (picture(product, eager))
            div .card-text {
                h2 .card-name { (marked(&product.name, &marks.of(&product.name))) }
                @if let Some(kind) = kind { span .card-kind { (kind) } }
                (price(&product.offer, currency))
                (stock(product.stock_quantity, false))
            }
        }
    }
}

/// A text with these ranges of bytes marked, rising. One that lies across a character, or over another, is left out.
fn marked(text: &str, ranges: &[Range<usize>]) -> Markup {
    let mut done = 0;
    let mut pieces = Vec::new();
    for range in ranges {
        if let (Some(before), Some(word)) = (text.get(done..range.start), text.get(range.clone())) {
            pieces.push((before, word));
            done = range.end;
        }
    }
    html! {
        @for (before, word) in pieces { (before) mark { (word) } }
        (text.get(done..).unwrap_or_default())
    }
}

/// What a page that shows these products, and no list as a whole, is to be told of.
pub fn watched<'a>(products: impl Iterator<Item = &'a ProductCard>) -> Vec<String> {
    products
        .take(MOST_WATCHED)
        .map(|product| format!("product:{}", product.product_id))
        .collect()
}

/// What it costs; in a sale also what that is compared with.
pub fn price(offer: &Offer, currency: &str) -> Markup {
    html! {
        span .price {
            @if let Some(before) = offer.compared_with() {
                s .was { span .visually-hidden { "Before: " } (format::price(before, currency)) }
                " "
                span .visually-hidden { "Now: " }
            }
            span .now .reduced[offer.is_reduced()] { (format::price(offer.price, currency)) }
        }
    }
}

/// The picture of a card; its text is the name beside it. Without one the product's initial stands there.
pub fn picture(product: &ProductCard, eager: bool) -> Markup {
    html! {
        span .picture {
            @match &product.image_url {
                Some(address) => { img src=(address) alt="" width="800" height="800" decoding="async" loading=[(!eager).then_some("lazy")]; }
                None => { (initial(&product.name, product.product_id)) }
            }
        }
    }
}

/// The first letter or digit of a name on a tint that stays the same for this product.
pub(super) fn initial(name: &str, product_id: i32) -> Markup {
    let letter = name.chars().find(|letter| letter.is_alphanumeric());
    html! {
        span class={ "initial tint-" (product_id.rem_euclid(TINTS)) } aria-hidden="true" {
            @if let Some(letter) = letter { (letter.to_uppercase()) }
        }
    }
}

/// Whether it can be had: said when it is sold out or nearly so, and always if `complete`.
pub fn stock(quantity: i32, complete: bool) -> Markup {
    html! {
        @if quantity <= 0 {
            span .stock.out { "Sold out" }
        } @else if quantity <= LOW_STOCK {
            span .stock.low { "Only " (quantity) " left" }
        } @else if complete {
            span .stock { "In stock" }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::db::{Moment, Money};

    /// A card with this name, else ordinary.
    pub fn named(name: &str) -> ProductCard {
        ProductCard {
            product_id: 7,
            name: name.to_owned(),
            slug: "lamp".to_owned(),
            sku: None,
            brand: None,
            offer: Offer {
                price: Money::parse("1234.50").unwrap(),
                regular: None,
                prior: None,
                ends_at: None,
            },
            current_price: Money::parse("1234.50").unwrap(),
            category: Some("Lamps".to_owned()),
            stock_quantity: 3,
            image_url: None,
            image_alt: None,
            publish_at: None,
            is_active: true,
            version: 1,
            created_at: Moment::now(),
            deleted_at: None,
        }
    }

    #[test]
    fn marks_are_markup_and_what_they_mark_is_text() {
        for (text, ranges, shown) in [
            (
                "Oak lamp, oak table",
                vec![0..3, 10..13],
                "<mark>Oak</mark> lamp, <mark>oak</mark> table",
            ),
            (
                "<b> & lamp",
                vec![0..3, 6..10],
                "<mark>&lt;b&gt;</mark> &amp; <mark>lamp</mark>",
            ),
            // Across a character, over another one, beyond the end: left out.
            ("Lámpara", vec![0..2, 0..8], "<mark>Lámpara</mark>"),
            ("lamp", vec![0..3, 2..4, 1..9], "<mark>lam</mark>p"),
            ("lamp", vec![], "lamp"),
        ] {
            assert_eq!(marked(text, &ranges).into_string(), shown, "{text} {ranges:?}");
        }
    }

    #[test]
    fn a_hostile_name_is_shown_as_text() {
        let shown = cards(&[named("<img src=x onerror=alert(1)>\"'")], "EUR").into_string();
        assert!(shown.contains("&lt;img src=x onerror=alert(1)&gt;&quot;"));
        assert!(!shown.contains("<img"));
    }

    #[test]
    fn a_card_names_price_and_last_pieces() {
        let shown = cards(&[named("Lamp")], "EUR").into_string();
        assert!(shown.contains("€1,234.50") && shown.contains("Only 3 left"));
        for (quantity, words) in [(-1, "Sold out"), (0, "Sold out"), (5, "Only 5 left"), (6, "")] {
            let shown = stock(quantity, false).into_string();
            assert!(
                shown.contains(words) && shown.is_empty() == words.is_empty(),
                "{quantity}"
            );
        }
    }

    #[test]
    fn a_reduced_price_says_what_it_was_before() {
        let mut card = named("Lamp");
        let regular = Money::parse("2000").ok();
        card.offer.regular = regular;
        let shown = cards(&[card.clone()], "EUR").into_string();
        assert!(shown.contains("Before: </span>€2,000.00</s>"), "{shown}");
        card.offer.prior = Money::parse("1500").ok();
        assert!(
            cards(&[card], "EUR")
                .into_string()
                .contains("Before: </span>€1,500.00</s>")
        );
    }

    #[test]
    fn a_product_without_picture_and_letters_still_has_a_place() {
        assert!(initial("✂ “paper”", -1).into_string().contains(">P</span>"));
        assert!(initial("…", 1).into_string().contains("></span>"));
        assert!(initial("ßtraße", 1).into_string().contains(">SS</span>"));
    }
}
