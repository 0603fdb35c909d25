//! Sitemaps (sitemaps.org): one for a shop of usual size, an index of parts for a large one.
//! Must not know how addresses are read.

use std::collections::HashMap;
use std::io;

use crate::catalog::{Addresses, Navigation, ProductAddress};
use crate::db::Moment;
use crate::error::Result;
use crate::web::site::Site;
use crate::web::xml::Xml;

/// Addresses of one document. The format allows 50,000.
pub const ADDRESSES: u32 = 45_000;

/// The part with home, lists and pages of text; those with products count from 1.
pub const PAGES: u32 = 0;

const NAMESPACE: [(&str, &str); 1] = [("xmlns", "http://www.sitemaps.org/schemas/sitemap/0.9")];

/// `/sitemap.xml`
///
/// # Errors
/// 404 without a public address.
pub fn whole(site: &Site, addresses: &Addresses) -> Result<Vec<u8>> {
    match addresses {
        Addresses::All { navigation, products } => urls(site, Some(navigation), products),
        Addresses::Parts(numbers) => index(site, numbers),
    }
}

/// The part with home, lists and pages of text. Lists change with any product, so that a last change would cost reading all of them.
///
/// # Errors
/// As [`whole`].
pub fn pages(site: &Site, navigation: &Navigation) -> Result<Vec<u8>> {
    urls(site, Some(navigation), &[])
}

/// A part with products.
///
/// # Errors
/// As [`whole`].
pub fn part(site: &Site, products: &[ProductAddress]) -> Result<Vec<u8>> {
    urls(site, None, products)
}

fn index(site: &Site, numbers: &[u32]) -> Result<Vec<u8>> {
    let origin = site.needed_origin()?;
    Xml::document("sitemapindex", &NAMESPACE, |xml| {
        std::iter::once(&PAGES).chain(numbers).try_for_each(|number| {
            xml.element("sitemap", &[], |xml| {
                xml.text("loc", &format!("{origin}/sitemaps/{number}.xml"))
            })
        })
    })
}

fn urls(site: &Site, navigation: Option<&Navigation>, products: &[ProductAddress]) -> Result<Vec<u8>> {
    let origin = site.needed_origin()?;
    Xml::document("urlset", &NAMESPACE, |xml| {
        if let Some(navigation) = navigation {
            let newest = products.iter().map(|product| product.updated_at).max();
            url(xml, &format!("{origin}/"), newest)?;
            url(xml, &format!("{origin}/products"), newest)?;
            let changed = by_category(products);
            for category in navigation.categories.terms() {
                let address = format!("{origin}/categories/{}", category.slug);
                url(xml, &address, changed.get(category.name.as_str()).copied())?;
            }
            for page in &navigation.pages {
                let address = format!("{origin}/pages/{}", page.slug);
                url(xml, &address, Some(page.updated_at))?;
            }
        }
        products.iter().try_for_each(|product| {
            url(
                xml,
                &format!("{origin}/products/{}", product.slug),
                Some(product.updated_at),
            )
        })
    })
}

/// A category's page changes with its products.
fn by_category(products: &[ProductAddress]) -> HashMap<&str, Moment> {
    let mut changed = HashMap::new();
    for product in products {
        if let Some(category) = &product.category {
            let newest = changed.entry(category.as_str()).or_insert(product.updated_at);
            *newest = product.updated_at.max(*newest);
        }
    }
    changed
}

fn url(xml: &mut Xml, address: &str, changed: Option<Moment>) -> io::Result<()> {
    xml.element("url", &[], |xml| {
        xml.text("loc", address)?;
        match changed {
            Some(at) => xml.text("lastmod", &at.to_rfc3339()),
            None => Ok(()),
        }
    })
}
