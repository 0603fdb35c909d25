//! The newest products as an Atom feed (RFC 4287). Must not know which products those are.

use std::io;

use crate::catalog::{Product, ShownOffer};
use crate::db::Moment;
use crate::error::Result;
use crate::web::format;
use crate::web::site::Site;
use crate::web::xml::Xml;

/// How many products the feed holds.
pub const ENTRIES: u32 = 50;

/// The moment of a feed in which nothing ever happened.
const NEVER: &str = "1970-01-01T00:00:00Z";

/// # Errors
/// None that a product can cause.
pub fn feed(site: &Site, products: &[Product]) -> Result<Vec<u8>> {
    let title = format!("New at {}", site.shop.name);
    let newest = products.iter().map(|product| product.updated_at).max();
    let attributes = [
        ("xmlns", "http://www.w3.org/2005/Atom"),
        ("xml:lang", &site.shop.locale),
    ];
    Xml::document("feed", &attributes, |xml| {
        xml.text("id", &tag(site, "feed"))?;
        xml.text("title", &title)?;
        xml.text(
            "updated",
            &newest.map_or_else(|| NEVER.to_owned(), |at| at.to_rfc3339()),
        )?;
        xml.element("author", &[], |xml| xml.text("name", &site.shop.name))?;
        let (own, home) = (link(site, "/feed.atom"), link(site, "/"));
        xml.empty(
            "link",
            &[("rel", "self"), ("type", "application/atom+xml"), ("href", &own)],
        )?;
        xml.empty(
            "link",
            &[("rel", "alternate"), ("type", "text/html"), ("href", &home)],
        )?;
        products.iter().try_for_each(|product| entry(xml, site, product))
    })
}

fn entry(xml: &mut Xml, site: &Site, product: &Product) -> io::Result<()> {
    let address = link(site, &format!("/products/{}", product.slug));
    let price = format::price(ShownOffer::of(product, Moment::now()).price, &site.shop.currency);
    let summary = match &product.description {
        Some(description) => format!("{price}. {description}"),
        None => price,
    };
    xml.element("entry", &[], |xml| {
        xml.text("id", &tag(site, &format!("product/{}", product.product_id)))?;
        xml.text("title", &product.name)?;
        xml.text("published", &product.created_at.to_rfc3339())?;
        xml.text("updated", &product.updated_at.to_rfc3339())?;
        xml.empty(
            "link",
            &[("rel", "alternate"), ("type", "text/html"), ("href", &address)],
        )?;
        xml.text("summary", &summary)?;
        match &product.category {
            Some(category) => xml.empty("category", &[("term", category)]),
            None => Ok(()),
        }
    })
}

/// A name that stays when a product's address changes (RFC 4151). The year is that of this scheme, not of the product.
fn tag(site: &Site, what: &str) -> String {
    let origin = site.public_origin().unwrap_or("http://localhost");
    let authority = origin.split("://").last().unwrap_or(origin);
    let host = authority.split(':').next().unwrap_or(authority);
    format!("tag:{host},2026:{what}")
}

/// Readers resolve a path against the address of the feed.
fn link(site: &Site, path: &str) -> String {
    site.absolute(path).unwrap_or_else(|| path.to_owned())
}
