//! The demo shop: products written and drawn for it, taken in through the same import as any other file, below
//! categories and with attributes that its owner would define first, and its pages of text. Must not know when it is wanted.

use std::io::Cursor;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::engine::Import;
use super::pictures::Pictures;
use super::report::{Observer, Refusal, Summary};
use super::rows::Format;
use crate::catalog::filter::{ProductFilter, Scope, Sort};
use crate::catalog::{AttributeInput, Catalog, Elsewhere, ImportMode, Taxonomy, TermInput, TextPageInput};
use crate::db::{Actor, Moment, Origin, Seq};
use crate::error::{Error, Result};
use crate::media::MediaStore;
use crate::web::assets;
use crate::web::paging::PageRequest;

/// Fields that hold a time from the moment on at which the shop is laid out, such as `-40d` or `+6h`.
const TIMES: [&str; 4] = ["created_at", "publish_at", "sale_starts_at", "sale_ends_at"];

/// Fills the shop with the demo products and pages; those it has already stay as they are.
///
/// # Errors
/// Those of the database and the media folder.
pub async fn seed(catalog: &Catalog, media: &MediaStore) -> Result<Summary> {
    define_attributes(catalog).await?;
    define_categories(catalog, media).await?;
    write_pages(catalog).await?;
    let import = Import {
        catalog,
        media,
        pictures: Pictures::Demo,
        mode: ImportMode::Write,
        assume_currency: true,
        origin: origin(),
    };
    let products = Cursor::new(products(catalog).await?);
    import.run(products, Some(Format::JsonLines), &mut Log).await
}

fn origin() -> Origin {
    Origin {
        actor: Actor::System,
        request_id: "demo".to_owned(),
        batch: Some("demo".to_owned()),
    }
}

fn file(name: &str) -> Result<String> {
    let bytes = assets::demo(name).ok_or_else(|| Error::internal("the demo shop is not in this program"))?;
    String::from_utf8(bytes.into_owned()).map_err(Error::internal)
}

fn lines<T: for<'de> Deserialize<'de>>(name: &str) -> Result<Vec<T>> {
    let parse = |line| serde_json::from_str(line).map_err(Error::internal);
    file(name)?.lines().map(parse).collect()
}

/// The products with their times in full. One that the shop has already keeps its times: they count from the day on
/// which it came.
async fn products(catalog: &Catalog) -> Result<String> {
    let now = Moment::now();
    let mut products = String::new();
    for mut product in lines::<Map<String, Value>>("products.jsonl")? {
        if is_known(catalog, &product).await? {
            product.retain(|name, _| !TIMES.contains(&name.as_str()));
        }
        for (_, time) in product
            .iter_mut()
            .filter(|(name, _)| TIMES.contains(&name.as_str()))
        {
            let text = time.as_str().unwrap_or_default();
            let seconds = offset(text).ok_or_else(|| Error::internal(format!("{text} is no time")))?;
            *time = now.plus_seconds(seconds).to_rfc3339().into();
        }
        products.push_str(&Value::Object(product).to_string());
        products.push('\n');
    }
    Ok(products)
}

async fn is_known(catalog: &Catalog, product: &Map<String, Value>) -> Result<bool> {
    let sku = product.get("sku").and_then(Value::as_str).unwrap_or_default();
    let filter = ProductFilter::of_text(Scope::Kept, sku)?;
    let page = PageRequest {
        limit: 1,
        ..PageRequest::default()
    };
    let found = catalog.cards(filter, Sort::default(), page, Seq::MAX).await?;
    Ok(found
        .value
        .items
        .iter()
        .any(|card| card.sku.as_deref() == Some(sku)))
}

/// Seconds from now on: a sign, a number, `d`, `h` or `m`.
fn offset(text: &str) -> Option<i64> {
    let unit = match text.chars().last()? {
        'd' => 24 * 60 * 60,
        'h' => 60 * 60,
        'm' => 60,
        _ => return None,
    };
    let number: i64 = text.get(..text.len() - 1)?.parse().ok()?;
    Some(number * unit)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DemoAttribute {
    key: String,
    name: String,
    kind: String,
    #[serde(default)]
    unit: String,
    #[serde(default)]
    choices: Vec<String>,
}

async fn define_attributes(catalog: &Catalog) -> Result<()> {
    let known = catalog.attributes(Seq::MAX).await?.value;
    for (attribute, position) in lines::<DemoAttribute>("attributes.jsonl")?.into_iter().zip(1..) {
        if known.iter().any(|known| known.key == attribute.key) {
            continue;
        }
        let input = AttributeInput {
            key: attribute.key,
            name: attribute.name,
            kind: attribute.kind,
            unit: attribute.unit,
            choices: attribute.choices.join("\n"),
            position: (10 * position).to_string(),
        };
        catalog.create_attribute(origin(), input).await?;
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DemoCategory {
    name: String,
    parent: Option<String>,
    description: String,
    image_file: String,
}

async fn define_categories(catalog: &Catalog, media: &MediaStore) -> Result<()> {
    let mut known = catalog
        .terms(Taxonomy::Category, Seq::MAX)
        .await?
        .value
        .terms()
        .to_vec();
    for (category, position) in lines::<DemoCategory>("categories.jsonl")?.into_iter().zip(1..) {
        if known.iter().any(|known| known.name == category.name) {
            continue;
        }
        let parent = known
            .iter()
            .find(|known| Some(&known.name) == category.parent.as_ref());
        let picture = Pictures::Demo
            .read(&category.image_file, media.max_bytes())
            .map_err(Error::internal)?;
        let input = TermInput {
            name: category.name,
            parent: parent
                .map(|parent| parent.term_id.to_string())
                .unwrap_or_default(),
            position: (10 * position).to_string(),
            description: category.description,
            image_url: media.store(&picture).map_err(Error::internal)?,
            ..TermInput::default()
        };
        let made = catalog.create_term(origin(), Taxonomy::Category, input).await?;
        known.push(made.value);
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DemoPage {
    title: String,
    slug: String,
    body: String,
    position: i32,
}

async fn write_pages(catalog: &Catalog) -> Result<()> {
    let known = catalog.text_pages(Seq::MAX).await?.value;
    for page in lines::<DemoPage>("pages.jsonl")? {
        if known.iter().any(|known| known.slug == page.slug) {
            continue;
        }
        let input = TextPageInput {
            title: page.title,
            slug: page.slug,
            body: page.body,
            position: page.position.to_string(),
            is_published: true,
        };
        catalog.create_text_page(origin(), input, None).await?;
    }
    Ok(())
}

/// Nobody watches: what goes wrong is logged.
struct Log;

impl Observer for Log {
    fn refused(&mut self, refusal: &Refusal) {
        tracing::warn!(row = refusal.row, column = %refusal.column, reason = %refusal.reason, "a demo product was refused");
    }

    fn unknown_columns(&mut self, names: &[String]) {
        tracing::warn!(columns = ?names, "the demo shop has columns that mean nothing");
    }

    fn stands_elsewhere(&mut self, found: &Elsewhere) {
        tracing::warn!(category = %found.category, "a demo category stands elsewhere");
    }

    fn progress(&mut self, _rows: u64) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_times_of_the_demo_shop_are_counted_from_now() {
        for (text, seconds) in [
            ("-40d", Some(-3_456_000)),
            ("+6h", Some(21_600)),
            ("-90m", Some(-5_400)),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(offset(text), seconds, "{text}");
        }
    }
}
