//! How the API describes what products are made of and sorted by. Must not know addresses.

use super::{SLUG, amount, version};
use crate::catalog::AttributeKind;
use crate::catalog::flat::{MOST_IMAGES, MOST_TAGS, TAG_LENGTH};
use crate::web::openapi::{Object, Schema};

/// A reduced price with its time, as it is shown and as it is sent.
pub fn sale() -> Schema {
    let sale = Object::new()
        .with("price", amount())
        .maybe(
            "starts_at",
            Schema::text()
                .or_null()
                .describe("RFC 3339 or a date; null: at once."),
        )
        .maybe(
            "ends_at",
            Schema::text()
                .or_null()
                .describe("RFC 3339 or a date; null: without end."),
        );
    sale.closed()
}

/// The words on a product.
pub fn tag_names() -> Schema {
    Schema::list(Schema::text().at_most(TAG_LENGTH)).at_most(MOST_TAGS)
}

/// Values of attributes as they are shown.
pub fn values() -> Schema {
    Schema::map(Schema::any_of(&["string", "number", "boolean"]))
}

/// Values of attributes as they are sent.
pub fn written_values() -> Schema {
    Schema::map(Schema::any_of(&["string", "number", "boolean", "null"]))
}

/// The pictures of a product.
pub fn images() -> Schema {
    let alt = Schema::text().or_null().describe("What it shows.");
    let image = Object::new().with("url", Schema::text()).maybe("alt", alt);
    Schema::list(Schema::named("Image", image.closed())).at_most(MOST_IMAGES)
}

/// Every category that has something to show.
pub fn categories() -> Schema {
    let category = term("category_id", "Lamps", "lamps")
        .with(
            "parent_id",
            number()
                .or_null()
                .describe("The category above; null at the top."),
        )
        .with(
            "depth",
            Schema::integer().between(0, 100).describe("0 at the top."),
        );
    Schema::named("Categories", listed(Schema::named("Category", category.closed())))
}

/// Every brand.
pub fn brands() -> Schema {
    let brand = term("brand_id", "Saltmeadow", "saltmeadow");
    Schema::named("Brands", listed(Schema::named("Brand", brand.closed())))
}

/// Every tag.
pub fn tags() -> Schema {
    let tag = term("tag_id", "handmade", "handmade");
    Schema::named("Tags", listed(Schema::named("Tag", tag.closed())))
}

/// Every attribute that the owner defined.
pub fn attributes() -> Schema {
    let kinds = AttributeKind::ALL.map(AttributeKind::name);
    let attribute = Object::new()
        .with("attribute_id", number())
        .with("key", Schema::text().pattern(SLUG).example("height"))
        .with("name", Schema::text().example("Height"))
        .with("kind", Schema::words(&kinds))
        .with("unit", Schema::text().or_null().example("cm"))
        .with("choices", Schema::list(Schema::text()))
        .with("position", Schema::integer())
        .with("version", version());
    Schema::named(
        "Attributes",
        listed(Schema::named("Attribute", attribute.closed())),
    )
}

fn term(id: &'static str, name: &str, slug: &str) -> Object {
    Object::new()
        .with(id, number())
        .with("name", Schema::text().example(name))
        .with("slug", Schema::text().pattern(SLUG).example(slug))
        .with("description", Schema::text().or_null())
        .with("image_url", Schema::text().or_null())
        .with("version", version().describe("Grows by one with each change."))
}

fn number() -> Schema {
    Schema::integer().between(1, i32::MAX.into())
}

fn listed(of: Schema) -> Schema {
    Object::new().with("data", Schema::list(of)).closed()
}
