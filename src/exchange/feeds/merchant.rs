//! Products as Google's Merchant Center reads them (RSS 2.0 with its namespace). Must not know how they are asked for.

use std::io;

use crate::catalog::{Product, ShownOffer};
use crate::db::{Moment, Money};
use crate::error::Result;
use crate::web::site::Site;
use crate::web::xml::Xml;

/// Products of one document: some ten megabytes with long descriptions. A larger shop has several.
pub const ITEMS: u32 = 10_000;

/// Longest title and description that are accepted there, in characters.
const TITLE: usize = 150;
const DESCRIPTION: usize = 5_000;

/// One part of the feed; `next` is the path of the one after it.
///
/// # Errors
/// 404 without a public address.
pub fn feed(site: &Site, products: &[Product], next: Option<&str>) -> Result<Vec<u8>> {
    let origin = site.needed_origin()?;
    let attributes = [
        ("version", "2.0"),
        ("xmlns:g", "http://base.google.com/ns/1.0"),
        ("xmlns:atom", "http://www.w3.org/2005/Atom"),
    ];
    Xml::document("rss", &attributes, |xml| {
        xml.element("channel", &[], |xml| {
            xml.text("title", &site.shop.name)?;
            xml.text("link", &format!("{origin}/"))?;
            xml.text("description", &format!("The products of {}", site.shop.name))?;
            if let Some(next) = next {
                xml.empty(
                    "atom:link",
                    &[("rel", "next"), ("href", &format!("{origin}{next}"))],
                )?;
            }
            products
                .iter()
                .try_for_each(|product| item(xml, site, origin, product))
        })
    })
}

fn item(xml: &mut Xml, site: &Site, origin: &str, product: &Product) -> io::Result<()> {
    let description = product.description.as_ref().unwrap_or(&product.name);
    xml.element("item", &[], |xml| {
        xml.text("g:id", &product.product_id.to_string())?;
        xml.text("g:title", beginning(&product.name, TITLE))?;
        xml.text("g:description", beginning(description, DESCRIPTION))?;
        xml.text("g:link", &format!("{origin}/products/{}", product.slug))?;
        if let Some(image) = product.image_url().and_then(|url| site.absolute(url)) {
            xml.text("g:image_link", &image)?;
        }
        offer(xml, product, &site.shop.currency)?;
        identity(xml, product)?;
        if let Some(category) = &product.category {
            xml.text("g:product_type", category)?;
        }
        xml.text("g:condition", "new")
    })
}

/// There the price is the regular one, and that of a sale stands beside it.
fn offer(xml: &mut Xml, product: &Product, currency: &str) -> io::Result<()> {
    let offer = ShownOffer::of(product, Moment::now());
    let amount = |price: Money| format!("{price} {currency}");
    let availability = if offer.in_stock {
        "in_stock"
    } else {
        "out_of_stock"
    };
    xml.text("g:availability", availability)?;
    xml.text("g:price", &amount(offer.regular_price.unwrap_or(offer.price)))?;
    if offer.regular_price.is_some() {
        xml.text("g:sale_price", &amount(offer.price))?;
    }
    Ok(())
}

/// Brand and article number identify a product together; without both the feed has to say that nothing does.
fn identity(xml: &mut Xml, product: &Product) -> io::Result<()> {
    if let Some(brand) = &product.brand {
        xml.text("g:brand", brand)?;
    }
    if let Some(sku) = &product.sku {
        xml.text("g:mpn", sku)?;
    }
    if product.brand.is_none() || product.sku.is_none() {
        xml.text("g:identifier_exists", "no")?;
    }
    Ok(())
}

fn beginning(text: &str, length: usize) -> &str {
    text.char_indices()
        .nth(length)
        .and_then(|(end, _)| text.get(..end))
        .unwrap_or(text)
}
