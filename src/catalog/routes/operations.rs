//! How the public API of the catalog describes itself. Must not know how it is done.

use crate::catalog::schemas::{
    attributes, brands, categories, id, list_parameters, product, product_page, tags,
};
use crate::web::openapi::{Example, Group, Operation, Schema};

/// What customers see.
pub const CATALOG: Group = Group {
    name: "Catalog",
    about: "What customers see, for everybody.",
};

/// The header that leads through a list.
const LINK: &str = "The next and the previous page (RFC 8288).";

pub fn index() -> Operation {
    list(Operation::new(CATALOG, "listProducts", "List products"))
        .about("The products that customers see, narrowed by filters: values of one filter are alternatives, filters narrow each other.")
        .with_etag()
        .revalidates()
        .example(Example::of("/api/v1/products?category=lighting&sort=-price&limit=2"))
}

pub fn show() -> Operation {
    Operation::new(CATALOG, "getProduct", "Read a product")
        .path("id", id(), "Id of the product.")
        .fresh()
        .answers(200, "The product.", Some(product()))
        .with_etag()
        .revalidates()
        .example(Example::of("/api/v1/products/1"))
}

pub fn all_categories() -> Operation {
    all("listCategories", "List categories", "/api/v1/categories", categories())
        .about("The categories that have something to show, they or one below them: each parent before its children.")
}

pub fn all_brands() -> Operation {
    all("listBrands", "List brands", "/api/v1/brands", brands()).about("By name.")
}

pub fn all_tags() -> Operation {
    all("listTags", "List tags", "/api/v1/tags", tags()).about("By name.")
}

pub fn all_attributes() -> Operation {
    all(
        "listAttributes",
        "List attributes",
        "/api/v1/attributes",
        attributes(),
    )
    .about("What the owner tells of products beyond their fields.")
}

/// A list that is short enough to be read whole.
fn all(id: &'static str, summary: &'static str, address: &'static str, shape: Schema) -> Operation {
    Operation::new(CATALOG, id, summary)
        .fresh()
        .answers(200, "All of them.", Some(shape))
        .with_etag()
        .revalidates()
        .example(Example::of(address))
}

/// What all lists of products have in common.
pub fn list(operation: Operation) -> Operation {
    operation
        .takes(list_parameters())
        .fresh()
        .answers(200, "A page of products.", Some(product_page()))
        .with_header("Link", LINK, false)
}
