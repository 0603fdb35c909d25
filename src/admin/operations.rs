//! How the owner's API describes itself. Must not know how it is done.

pub mod cache;
pub mod changes;
pub mod search;
pub mod system;
pub mod text;
pub mod webhooks;

use crate::accounts::Scope;
use crate::catalog::routes::operations::list;
use crate::catalog::schemas::{id, partial_product, product, whole_product};
use crate::web::openapi::{Example, Group, Object, Operation, Parameter, Schema};

use super::api::STATUSES;

const MANAGEMENT: Group = Group {
    name: "Management",
    about: "What the owner does, for programs with a key.",
};

pub fn index() -> Operation {
    let words = STATUSES.map(|(word, _)| word);
    let status = Schema::words(&words).default("kept");
    let about = "Which products: all that are not deleted, those that customers see, those switched off, or the deleted ones.";
    list(Operation::new(MANAGEMENT, "listAllProducts", "List all products"))
        .about("The products of the shop, hidden ones included.")
        .takes([Parameter::query("status", status, about)])
        .needs_key(Scope::CatalogRead.as_str())
        .example(Example::of("/api/admin/products?status=hidden&total=true"))
}

pub fn show() -> Operation {
    own("getAnyProduct", "Read any product", Scope::CatalogRead)
        .about("Hidden and deleted ones too.")
        .fresh()
        .answers(200, "The product.", Some(product()))
        .with_version()
        .revalidates()
        .example(Example::of("/api/admin/products/1"))
}

pub fn create() -> Operation {
    let body = r#"{"name": "Moon lamp", "price": "39.90", "category": "Lamps", "stock_quantity": 5}"#;
    Operation::new(MANAGEMENT, "createProduct", "Create a product")
        .about("Only name and price are needed. The new product is shown to customers unless `is_active` says no.")
        .idempotent()
        .body(whole_product())
        .needs_key(Scope::CatalogWrite.as_str())
        .answers(201, "The new product.", Some(product()))
        .with_version()
        .with_change_seq()
        .with_header("Location", "Its address.", true)
        .with_replay()
        .fails_with([409])
        .example(
            Example::of("/api/admin/products")
                .header("Idempotency-Key", "moon-lamp-1")
                .json(body),
        )
}

pub fn replace() -> Operation {
    let body =
        r#"{"name": "Moon lamp", "price": "35", "description": "Shines softly.", "stock_quantity": 12}"#;
    change_of_product("replaceProduct", "Replace a product")
        .about("What is left out takes its default; slug and picture stay. What GET returned can be sent back as it is.")
        .body(whole_product())
        .example(unchanged("/api/admin/products/1").json(body))
}

pub fn amend() -> Operation {
    change_of_product("changeProduct", "Change some fields of a product")
        .about("What is left out stays as it is.")
        .body(partial_product())
        .example(unchanged("/api/admin/products/3").json(r#"{"price": "29.90"}"#))
}

pub fn delete() -> Operation {
    own("deleteProduct", "Delete a product", Scope::CatalogWrite)
        .about("It leaves the shop and can be restored.")
        .if_match()
        .answers(204, "It is deleted.", None)
        .with_version()
        .with_change_seq()
        .fails_with([409])
        .example(unchanged("/api/admin/products/4"))
}

pub fn restore() -> Operation {
    change_of_product("restoreProduct", "Restore a deleted product")
        .about("It is what it was before.")
        .example(Example::of("/api/admin/products/2/restore").header("If-Match", "\"v2\""))
}

pub fn adjust_stock() -> Operation {
    let delta = Schema::integer()
        .between(i32::MIN.into(), i32::MAX.into())
        .describe("What is added; negative takes away.");
    let body = Object::new().with("delta", delta).closed();
    own(
        "adjustStock",
        "Add to the stock of a product, or take from it",
        Scope::CatalogWrite,
    )
    .about("Needs no If-Match: many at once add up. Fewer than none is a 409 and changes nothing.")
    .idempotent()
    .body(Schema::named("StockChange", body))
    .answers(200, "The product as it is now.", Some(product()))
    .with_version()
    .with_change_seq()
    .with_replay()
    .fails_with([409])
    .example(Example::of("/api/admin/products/5/stock").json(r#"{"delta": 3}"#))
}

/// An operation on one product.
fn own(id_of_it: &'static str, summary: &'static str, scope: Scope) -> Operation {
    Operation::new(MANAGEMENT, id_of_it, summary)
        .path("id", id(), "Id of the product.")
        .needs_key(scope.as_str())
}

/// A change of one product that answers with what it is now.
fn change_of_product(id_of_it: &'static str, summary: &'static str) -> Operation {
    own(id_of_it, summary, Scope::CatalogWrite)
        .if_match()
        .answers(200, "The product as it is now.", Some(product()))
        .with_version()
        .with_change_seq()
        .fails_with([409])
}

/// A request that changes what nobody has changed before.
fn unchanged(target: &'static str) -> Example {
    Example::of(target).header("If-Match", "\"v1\"")
}
