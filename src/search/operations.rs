//! How the search describes itself. Must not know how it is done.

use crate::catalog::MOST_SUGGESTED;
use crate::catalog::routes::operations::{CATALOG, list};
use crate::catalog::schemas::{amount, id};
use crate::web::openapi::{Example, Object, Operation, Parameter, Schema};

pub fn search() -> Operation {
    list(Operation::new(CATALOG, "searchProducts", "Search products"))
        .about("The list of products, narrowed by words.")
        .requires("q")
        .takes(search_parameters())
        .fails_with([401, 403])
        .with_header(
            "ETag",
            "Names this answer, unless it tells reasons; send it back as `If-None-Match`.",
            false,
        )
        .revalidates()
        .example(Example::of("/api/v1/search?q=lamp"))
}

pub fn suggest() -> Operation {
    let most = i64::try_from(MOST_SUGGESTED).unwrap_or(i64::MAX);
    let typed = Schema::text().example("lam");
    Operation::new(CATALOG, "suggest", "Suggest while somebody types")
        .about("Searches, categories and products that the text may become, best first. Nothing typed suggests nothing.")
        .takes([
            Parameter::query("q", typed, "What was typed so far."),
            Parameter::query("limit", Schema::integer().between(1, most).default(5), "At most so many of each kind."),
        ])
        .fresh()
        .answers(200, "What it may become.", Some(suggestions()))
        .with_etag()
        .revalidates()
        .example(Example::of("/api/v1/suggest?q=lam"))
}

fn suggestions() -> Schema {
    let address = || Schema::text().describe("Its address in this shop.");
    let query = Object::new().with("text", Schema::text()).with("url", address());
    let category = Object::new().with("name", Schema::text()).with("url", address());
    let product = Object::new()
        .with("product_id", id())
        .with("name", Schema::text())
        .with("url", address())
        .with("price", amount().describe("What customers pay now."))
        .with("currency", Schema::text().example("EUR"));
    let list = |name, object: Object| Schema::list(Schema::named(name, object.closed()));
    let found = Object::new()
        .with("query", Schema::text().describe("What was understood of `q`."))
        .with("queries", list("SuggestedQuery", query))
        .with("categories", list("SuggestedCategory", category))
        .with("products", list("SuggestedProduct", product));
    Schema::named("Suggestions", found.closed())
}

fn search_parameters() -> [Parameter; 2] {
    let flag = || Schema::boolean().default(false);
    [
        Parameter::query(
            "facets",
            flag(),
            "Whether to count what the list can be narrowed to.",
        ),
        Parameter::query(
            "explain",
            flag(),
            "Whether to tell why each product is where it is: for the shop's own people and their programs only.",
        ),
    ]
}
