//! How the API describes what it tells of a search beside the products. Must not know addresses.

use super::amount;
use crate::web::openapi::{Object, Schema};

/// What `meta` says of lists with words only.
pub fn meta() -> [(&'static str, Schema); 5] {
    [
        (
            "degraded",
            Schema::boolean().describe(
                "Only of lists with words: whether the database has answered, because the index could not. It finds whole words only, the newest first.",
            ),
        ),
        (
            "did_you_mean",
            Schema::text().describe("The words as the shop spells them, if they were found only by another spelling."),
        ),
        (
            "dropped",
            Schema::list(Schema::text())
                .describe("Words that nothing holds together with the rest: what was found does not hold all of them."),
        ),
        ("facets", facets()),
        ("explanations", explanations()),
    ]
}

fn count() -> Schema {
    Schema::integer().between(0, i32::MAX.into())
}

fn facets() -> Schema {
    let choice = || {
        let choice = Object::new()
            .with("key", Schema::text().describe("As the filter takes it."))
            .with("label", Schema::text())
            .with("count", count());
        Schema::list(Schema::named("Choice", choice.closed()))
    };
    let number = || Schema::any_of(&["number", "null"]);
    let attribute = Object::new()
        .with("values", choice())
        .with("min", number())
        .with("max", number());
    let band = Object::new()
        .with("from", amount())
        .with("below", amount())
        .with("count", count());
    let price = Object::new()
        .with("min", amount().or_null())
        .with("max", amount().or_null())
        .with("bands", Schema::list(band.closed()));
    let facets = Object::new()
        .with("categories", choice())
        .with("brands", choice())
        .with("tags", choice())
        .with("attributes", Schema::map(attribute.closed()))
        .with("price", price.closed())
        .with("in_stock", count())
        .with("on_sale", count());
    let about = "How many products each choice would leave, counted without the filter of its own kind; only when it was asked for.";
    Schema::named("Facets", facets.closed()).describe(about)
}

fn explanations() -> Schema {
    let reason = Object::new()
        .with("name", Schema::text())
        .with("value", Schema::any_of(&["number"]))
        .with("detail", Schema::text());
    let explanation = Object::new()
        .with("product_id", Schema::integer())
        .with("reasons", Schema::list(reason.closed()));
    Schema::list(explanation.closed())
        .describe("Why each product is where it is; only if that was asked for.")
}
