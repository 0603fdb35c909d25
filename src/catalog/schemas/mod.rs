//! How the API describes products and categories: a line for each field. Must not know addresses.
//!
//! A new field has its line in `people_set` or `the_shop_sets`, a new filter in `parameters`; tests find what is missing.

mod parameters;
mod parts;
mod search;

use serde_json::Value;

pub use parameters::list_parameters;
pub use parts::{attributes, brands, categories, tags};

use super::edit::{
    BUY_URL_LENGTH, DESCRIPTION_LENGTH, IMAGE_URL_LENGTH, NAME_LENGTH, SHORT_LENGTH, SKU_LENGTH,
};
use crate::web::listing;
use crate::web::openapi::{Object, Schema};

/// Address parts: lower-case letters, digits and single hyphens.
const SLUG: &str = "^[a-z0-9]+(-[a-z0-9]+)*$";

/// Who sets a field.
enum Set {
    /// People must.
    Required,
    /// People may.
    Optional,
    /// People may; left out or null it becomes this.
    Default(Value),
    /// The shop does.
    ByShop,
}

struct Field {
    name: &'static str,
    set: Set,
    read: Schema,
    /// Where more is accepted than is shown.
    written: Schema,
    /// Not part of every answer.
    sometimes: bool,
}

/// A product as the API shows it.
pub fn product() -> Schema {
    let add = |product: Object, field: Field| match field.sometimes {
        true => product.maybe(field.name, field.read),
        false => product.with(field.name, field.read),
    };
    let product = fields().into_iter().fold(Object::new(), add);
    Schema::named("Product", product.closed())
}

/// A whole product as it is sent: what is left out takes its default.
pub fn whole_product() -> Schema {
    let add = |product: Object, field: Field| match field.set {
        Set::Required => product.with(field.name, field.written),
        Set::Optional => product.maybe(field.name, field.written.or_null()),
        Set::Default(value) => product.maybe(field.name, field.written.or_null().default(value)),
        Set::ByShop => product.maybe(field.name, field.read.read_only()),
    };
    let product = fields().into_iter().fold(Object::new(), add);
    Schema::named("WholeProduct", product.closed())
}

/// The fields of a product that are to change.
pub fn partial_product() -> Schema {
    let add = |product: Object, field: Field| {
        let shape = match field.set {
            Set::Required => field.written,
            Set::Optional | Set::Default(_) => field.written.or_null(),
            Set::ByShop => field.read.read_only(),
        };
        product.maybe(field.name, shape)
    };
    let product = fields().into_iter().fold(Object::new(), add);
    Schema::named("PartialProduct", product.closed())
}

/// A page of products.
pub fn product_page() -> Schema {
    Schema::named(
        "ProductPage",
        listing::schema_sometimes(product(), search::meta()),
    )
}

/// The id of a product in a path.
pub fn id() -> Schema {
    Schema::integer().between(1, i32::MAX.into()).example(1)
}

pub fn version() -> Schema {
    Schema::integer().between(1, i32::MAX.into())
}

fn fields() -> Vec<Field> {
    people_set()
        .into_iter()
        .chain(the_shop_sets())
        .chain(the_shop_computes())
        .collect()
}

fn people_set() -> Vec<Field> {
    let line = |longest: usize| Schema::text().at_most(longest);
    let address = "Its address below `/products/`; made from the name unless it is given.";
    let slug = Schema::text().pattern(SLUG).example("moon-lamp");
    let paragraphs = "Plain text; paragraphs are separated by line breaks.";
    let category = "Display name of its category; a new name makes a new category.";
    let picture = "The first of its pictures: of this shop (`/media/...`), or https on an allowed host.";
    let sold = "Where it is sold, an https address; null: the shop's enquiry address, if it has one.";
    let sale = "A reduced price and when it holds; null: none. What it does not name is open.";
    let values = "Values of the shop's attributes by key; a null takes one away.";
    let publish = "Customers see it from then on; null: from the beginning.";
    let count = Schema::integer().between(0, i32::MAX.into());
    let price = "What it costs, in the shop's currency.";
    vec![
        required(
            "name",
            line(NAME_LENGTH).example("Moon lamp"),
            "What it is called.",
        ),
        Field {
            read: slug.clone().describe(address),
            ..optional("slug", slug, address)
        },
        optional(
            "sku",
            line(SKU_LENGTH),
            "Article number, one of its kind in the shop.",
        ),
        optional("brand", line(SHORT_LENGTH), "Who makes it."),
        optional("description", line(DESCRIPTION_LENGTH), paragraphs),
        Field {
            read: exact_amount().describe(price),
            ..required("price", amount(), price)
        },
        optional("sale", parts::sale(), sale),
        optional("category", line(SHORT_LENGTH), category),
        with_default(
            "tags",
            Value::Array(Vec::new()),
            parts::tag_names(),
            "Words that it is found under; a new one makes a new tag.",
        ),
        Field {
            written: parts::written_values().describe(values),
            ..with_default(
                "attributes",
                Value::Object(serde_json::Map::new()),
                parts::values(),
                values,
            )
        },
        with_default("stock_quantity", 0, count, "How many are in stock."),
        Field {
            set: Set::Optional,
            ..with_default(
                "images",
                Value::Array(Vec::new()),
                parts::images(),
                "Its pictures; the first one stands for it.",
            )
        },
        optional("image_url", line(IMAGE_URL_LENGTH), picture),
        optional("buy_url", line(BUY_URL_LENGTH), sold),
        Field {
            written: Schema::text().describe(publish),
            ..optional("publish_at", Schema::moment(), publish)
        },
        with_default("is_active", true, Schema::boolean(), "Whether customers see it."),
    ]
}

fn the_shop_sets() -> Vec<Field> {
    let currency = Schema::text().example("EUR");
    vec![
        by_shop("product_id", id(), "Its number; never that of another product."),
        by_shop("currency", currency, "ISO 4217 code of the shop's currency."),
        by_shop("version", version(), "Grows by one with each change."),
        by_shop("created_at", Schema::moment(), "When it was made."),
        by_shop("updated_at", Schema::moment(), "When it was last changed."),
        Field {
            sometimes: true,
            ..by_shop(
                "deleted_at",
                Schema::moment(),
                "When it was deleted; missing unless it is.",
            )
        },
    ]
}

/// What follows from the other fields and the present; sent back it says nothing.
fn the_shop_computes() -> Vec<Field> {
    let prior = "The lowest price of the 30 days before the reduction began; null outside a sale.";
    vec![
        by_shop("current_price", exact_amount(), "What customers pay right now."),
        by_shop("on_sale", Schema::boolean(), "Whether that is reduced."),
        by_shop("prior_price", exact_amount().or_null(), prior),
    ]
}

fn field(name: &'static str, set: Set, shape: Schema, about: &str) -> Field {
    let shape = shape.describe(about);
    Field {
        name,
        set,
        written: shape.clone(),
        read: shape,
        sometimes: false,
    }
}

fn required(name: &'static str, shape: Schema, about: &str) -> Field {
    field(name, Set::Required, shape, about)
}

/// A field that a product may do without.
fn optional(name: &'static str, shape: Schema, about: &str) -> Field {
    let field = field(name, Set::Optional, shape, about);
    Field {
        read: field.read.or_null(),
        ..field
    }
}

fn with_default(name: &'static str, default: impl Into<Value>, shape: Schema, about: &str) -> Field {
    field(name, Set::Default(default.into()), shape, about)
}

fn by_shop(name: &'static str, shape: Schema, about: &str) -> Field {
    field(name, Set::ByShop, shape, about)
}

/// An amount as the shop writes it.
fn exact_amount() -> Schema {
    Schema::text().pattern(r"^\d{1,8}\.\d{2}$").example("39.90")
}

/// An amount as the shop reads it.
pub fn amount() -> Schema {
    Schema::text().pattern(r"^\d{1,8}(\.\d{1,2})?$").example("39.90")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{COMPUTED, READ_ONLY, WRITABLE};

    #[test]
    fn every_field_that_can_be_sent_is_described() {
        let (by_shop, by_people): (Vec<_>, Vec<_>) = fields()
            .into_iter()
            .partition(|field| matches!(field.set, Set::ByShop));
        let names = |fields: Vec<Field>| fields.into_iter().map(|field| field.name).collect::<Vec<_>>();
        assert_eq!(names(by_people), WRITABLE);
        assert_eq!(names(by_shop), [&READ_ONLY[..], &COMPUTED[..]].concat());
    }
}
