//! How the owner's API describes itself. Must not know how it is done.

use crate::accounts::Scope;
use crate::catalog::routes::operations::list;
use crate::catalog::schemas::{id, partial_product, product, whole_product};
use crate::web::openapi::{Example, Group, Object, Operation, Parameter, Schema};

use super::api::{CHANGES_LIMIT, STATUSES};

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
        .with_header("Idempotent-Replayed", "`true` when this repeats an earlier answer.", false)
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
    .with_header(
        "Idempotent-Replayed",
        "`true` when this repeats an earlier answer.",
        false,
    )
    .fails_with([409])
    .example(Example::of("/api/admin/products/5/stock").json(r#"{"delta": 3}"#))
}

pub fn change_log() -> Operation {
    let since = "Only changes after this position; `meta.next_since` of the last answer leads on.";
    Operation::new(MANAGEMENT, "listChanges", "Read the change log")
        .about(format!(
            "Every write in order, at most {CHANGES_LIMIT} at once: who changed what, from what, into what. Each change is \
             hashed together with the one before it."
        ))
        .takes([Parameter::query("since", Schema::integer().between(0, i64::MAX).default(0), since)])
        .fresh()
        .needs_key(Scope::Admin.as_str())
        .answers(200, "The changes, oldest first.", Some(changes()))
        .example(Example::of("/api/admin/changes?since=2"))
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

fn changes() -> Schema {
    let as_of = Schema::integer().describe("The newest position that this answer has seen.");
    let meta = Object::new()
        .with("as_of", as_of)
        .with("next_since", Schema::integer());
    let changes = Object::new()
        .with("data", Schema::list(change_in_log()))
        .with("meta", meta.closed());
    Schema::named("Changes", changes.closed())
}

fn change_in_log() -> Schema {
    let (text, number) = (Schema::text, Schema::integer);
    let state = |about: &str| {
        text()
            .or_null()
            .describe(format!("What it was {about}, as JSON in a text."))
    };
    let hash = || text().pattern("^[0-9a-f]{64}$");
    let seq = number().between(1, i64::MAX).describe("Its position in the log.");
    let batch = text().or_null().describe("The bulk work that it belongs to.");
    let undo_of = number()
        .or_null()
        .describe("Position of the change that it undoes.");
    let change = Object::new()
        .with("seq", seq)
        .with("at", Schema::moment())
        .with("actor", text().example("user:1"))
        .with("request_id", text())
        .with("entity", text().example("product"))
        .with("entity_id", number())
        .with("version", number())
        .with("action", text().example("updated"))
        .with("state_before", state("before"))
        .with("state_after", state("after"))
        .with("batch", batch)
        .with("undo_of", undo_of)
        .with(
            "prev_hash",
            hash().describe("Hash of the change before it; zeros before the first."),
        )
        .with("hash", hash());
    Schema::named("Change", change.closed())
}
