//! How the search describes itself. Must not know how it is done.

use crate::catalog::routes::operations::{CATALOG, list};
use crate::web::openapi::{Example, Operation, Parameter, Schema};

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
