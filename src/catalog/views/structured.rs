//! What a page says about itself to search engines (schema.org) and to links shared elsewhere (Open Graph).
//!
//! Addresses are complete ones below `server.public_url`; without it a block leaves them out, and breadcrumbs, which are
//! nothing but addresses, are left out altogether. Must not know how the facts are put into the page.

use serde_json::{Map, Value, json};

use crate::catalog::{Product, ShownOffer, Term};
use crate::db::Moment;
use crate::web::site::Site;

/// A place and its path, from the home page down.
pub type Step = (String, String);

/// The blocks of a product's page; `path` are its category and those above it, the top first.
pub fn product_blocks(site: &Site, product: &Product, path: &[&Term], now: Moment) -> Vec<Value> {
    let mut trail = vec![home_step()];
    if path.is_empty() {
        trail.push(products_step());
    }
    trail.extend(path.iter().map(|category| category_step(category)));
    trail.push((product.name.clone(), format!("/products/{}", product.slug)));
    let mut blocks = vec![product_facts(site, product, now)];
    blocks.extend(breadcrumbs(site, &trail));
    blocks
}

/// The blocks of a category's page; `path` is it and those above it, the top first.
pub fn category_blocks(site: &Site, path: &[&Term]) -> Vec<Value> {
    let mut trail = vec![home_step(), products_step()];
    trail.extend(path.iter().map(|category| category_step(category)));
    breadcrumbs(site, &trail).into_iter().collect()
}

/// The blocks of the home page: who runs the shop, and how it is searched.
pub fn home_blocks(site: &Site) -> Vec<Value> {
    let mut organization = typed("Organization");
    organization.insert("name".to_owned(), json!(site.shop.name));
    let mut website = typed("WebSite");
    website.insert("name".to_owned(), json!(site.shop.name));
    website.insert("inLanguage".to_owned(), json!(site.shop.locale));
    if !site.shop.tagline.is_empty() {
        organization.insert("description".to_owned(), json!(site.shop.tagline));
    }
    if let Some(home) = site.absolute("/") {
        organization.insert("url".to_owned(), json!(home));
        website.insert("url".to_owned(), json!(home));
    }
    if let Some(target) = site
        .absolute("/search?q={search_term_string}")
        .filter(|_| site.features.search)
    {
        let action = json!({
            "@type": "SearchAction",
            "target": { "@type": "EntryPoint", "urlTemplate": target },
            "query-input": "required name=search_term_string",
        });
        website.insert("potentialAction".to_owned(), action);
    }
    vec![organization.into(), website.into()]
}

/// Open Graph's properties of a product besides those that every page has.
pub fn product_properties(site: &Site, product: &Product, now: Moment) -> Vec<(&'static str, String)> {
    let offer = ShownOffer::of(product, now);
    let availability = if offer.in_stock {
        "in stock"
    } else {
        "out of stock"
    };
    vec![
        ("product:price:amount", offer.price.to_string()),
        ("product:price:currency", site.shop.currency.clone()),
        ("product:availability", availability.to_owned()),
    ]
}

fn product_facts(site: &Site, product: &Product, now: Moment) -> Value {
    let mut facts = typed("Product");
    facts.insert("name".to_owned(), json!(product.name));
    let description = product.description.as_ref().unwrap_or(&product.name);
    facts.insert("description".to_owned(), json!(description));
    let url = site.absolute(&format!("/products/{}", product.slug));
    let images: Vec<String> = product
        .images
        .iter()
        .filter_map(|image| site.absolute(&image.url))
        .collect();
    let brand = product
        .brand
        .as_ref()
        .map(|name| json!({ "@type": "Brand", "name": name }));
    for (name, value) in [
        ("sku", product.sku.as_ref().map(|sku| json!(sku))),
        ("brand", brand),
        ("category", product.category.as_ref().map(|name| json!(name))),
        ("image", (!images.is_empty()).then(|| json!(images))),
        ("url", url.clone().map(Value::from)),
        (
            "offers",
            Some(offer_facts(site, product, product.buy_url.clone().or(url), now)),
        ),
    ] {
        facts.extend(value.map(|value| (name.to_owned(), value)));
    }
    facts.into()
}

fn offer_facts(site: &Site, product: &Product, url: Option<String>, now: Moment) -> Value {
    let offer = ShownOffer::of(product, now);
    let availability = if offer.in_stock { "InStock" } else { "OutOfStock" };
    let mut facts = Map::new();
    for (name, value) in [
        ("@type", Some("Offer".to_owned())),
        ("price", Some(offer.price.to_string())),
        ("priceCurrency", Some(site.shop.currency.clone())),
        ("availability", Some(format!("https://schema.org/{availability}"))),
        (
            "itemCondition",
            Some("https://schema.org/NewCondition".to_owned()),
        ),
        ("priceValidUntil", offer.valid_until.map(|end| end.to_rfc3339())),
        ("url", url),
    ] {
        facts.extend(value.map(|value| (name.to_owned(), value.into())));
    }
    facts.into()
}

fn breadcrumbs(site: &Site, trail: &[Step]) -> Option<Value> {
    let items: Option<Vec<Value>> = trail
        .iter()
        .zip(1..)
        .map(|((name, path), position)| {
            let item = site.absolute(path)?;
            Some(json!({ "@type": "ListItem", "position": position, "name": name, "item": item }))
        })
        .collect();
    let mut facts = typed("BreadcrumbList");
    facts.insert("itemListElement".to_owned(), items?.into());
    Some(facts.into())
}

fn typed(name: &str) -> Map<String, Value> {
    [("@context", "https://schema.org"), ("@type", name)]
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .into_iter()
        .collect()
}

fn home_step() -> Step {
    ("Home".to_owned(), "/".to_owned())
}

fn products_step() -> Step {
    ("Products".to_owned(), "/products".to_owned())
}

fn category_step(category: &Term) -> Step {
    (category.name.clone(), format!("/categories/{}", category.slug))
}
