//! How the search describes itself. Must not know how it is done.

use crate::catalog::routes::operations::{CATALOG, list};
use crate::web::openapi::{Example, Operation};

pub fn search() -> Operation {
    list(Operation::new(CATALOG, "searchProducts", "Search products"))
        .about("The list of products, narrowed by words.")
        .requires("q")
        .with_etag()
        .revalidates()
        .example(Example::of("/api/v1/search?q=lamp"))
}
