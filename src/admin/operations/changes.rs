//! How the change log describes itself to programs. Must not know how it is done.

use super::MANAGEMENT;
use crate::accounts::Scope;
use crate::admin::api::changes::THINGS;
use crate::catalog::Outcome;
use crate::db::Entity;
use crate::history::{Order, Side};
use crate::web::listing;
use crate::web::openapi::{Example, Object, Operation, Parameter, Schema};

pub fn index() -> Operation {
    let since = "Only changes after this position; `meta.next_since` of the last answer leads on.";
    let sorts = Order::ALL.map(Order::name);
    let sort = Schema::words(&sorts).default(Order::OldestFirst.name());
    let of = |entity: Entity| {
        let about = format!("Id of a {}: only its history.", entity.name());
        Parameter::query(
            entity.name(),
            Schema::integer().between(1, i32::MAX.into()),
            about,
        )
    };
    Operation::new(MANAGEMENT, "listChanges", "Read the change log")
        .about(
            "Every write: who changed what, from what, into what. Each change is hashed together with the one before it. A \
             program that follows the shop asks with `since`.",
        )
        .takes([Parameter::query("since", Schema::integer().between(0, i64::MAX).default(0), since)])
        .takes(THINGS.map(of))
        .takes([
            Parameter::query("actor", Schema::text().example("user:1"), "Only changes of one person, key, or of `cli`, `system`, `clock`."),
            Parameter::query("batch", Schema::text(), "Only changes of one import, bulk edit or undo."),
            Parameter::query("sort", sort, "Oldest or newest first."),
            listing::parameter("limit"),
            listing::parameter("after"),
        ])
        .fresh()
        .needs_key(Scope::Admin.as_str())
        .answers(200, "A page of changes.", Some(changes()))
        .with_header("Link", "The next and the previous page (RFC 8288).", false)
        .example(Example::of("/api/admin/changes?since=2"))
        .example(Example::of("/api/admin/changes?product=1&sort=-seq"))
}

pub fn undo() -> Operation {
    let sides = Side::ALL.map(Side::name);
    let version = Schema::integer().describe("The `merge.version` of the 409 that was decided on.");
    let fields = Schema::map(Schema::words(&sides)).describe("A decision for each field of the merge.");
    let body = Object::new().maybe("version", version).maybe("fields", fields);
    let about = "Puts back what the change changed, as a change of its own. Fields that were changed since are not touched: the \
                 answer is then a 409 whose `merge` shows for each field what it was, became and is now. Send its version \
                 and a decision for each field. Undoing the creation of a product deletes it, undoing a deletion restores it, \
                 and an undo can be undone.";
    Operation::new(MANAGEMENT, "undoChange", "Undo a change")
        .path("seq", seq(), "Position of the change.")
        .about(about)
        .idempotent()
        .body(Schema::named("Decisions", body.closed()))
        .needs_key(Scope::CatalogWrite.as_str())
        .answers(200, "What came of it.", Some(undone()))
        .with_change_seq()
        .with_replay()
        .fails_with([409])
        .example(Example::of("/api/admin/changes/75/undo").json("{}"))
}

pub fn undo_batch() -> Operation {
    let going_on = || {
        Object::new()
            .maybe("before", seq().describe("Only changes before this position."))
            .maybe(
                "undo_batch",
                Schema::text().describe("Name of the undo that goes on."),
            )
            .closed()
    };
    let count = || Schema::integer().between(0, i64::MAX);
    let conflict = Object::new()
        .with("seq", seq())
        .with("entity", Schema::text())
        .with("entity_id", Schema::integer())
        .with("name", Schema::text().describe("What it is called."))
        .with("reason", Schema::text().describe("A sentence for people."));
    let conflicts = Schema::list(Schema::named("UndoConflict", conflict.closed()));
    let step = Object::new()
        .with("batch", Schema::text())
        .with(
            "undo_batch",
            Schema::text().describe("The batch of the undoing; it can be undone as well."),
        )
        .with("changes", count().describe("Changes that this answer is about."))
        .with("undone", count())
        .with("already", count().describe("Undone before, or as they were."))
        .with(
            "conflicts",
            conflicts.describe("Left as they are: changed since, or not to be undone."),
        )
        .with("next", Schema::named("GoOn", going_on()).or_null());
    Operation::new(MANAGEMENT, "undoBatch", "Undo an import or bulk edit")
        .path("id", Schema::text(), "Name of the batch, as its changes carry it.")
        .about(
            "Undoes the changes of a batch, the newest first, some thousand with one request; `next` is the body that goes on \
             and null at the end. What was changed since is left as it is and listed. It can be sent again: what is undone \
             stays undone.",
        )
        .body(Schema::named("GoOn", going_on()))
        .needs_key(Scope::CatalogWrite.as_str())
        .answers(200, "What came of it.", Some(Schema::named("BatchUndone", step.closed())))
        .with_change_seq()
        .example(Example::of("/api/admin/batches/demo/undo").json(r#"{"before": 4}"#))
}

fn seq() -> Schema {
    Schema::integer().between(1, i64::MAX)
}

fn undone() -> Schema {
    let undone = Object::new()
        .with("undo_of", seq())
        .with("outcome", Schema::words(&Outcome::ALL))
        .with("entity", Schema::text().example("product"))
        .with("entity_id", Schema::integer())
        .with("version", Schema::integer().describe("Its version now."));
    Schema::named("Undone", undone.closed())
}

fn changes() -> Schema {
    let as_of = Schema::integer().describe("The newest position that this answer has seen.");
    let more = [
        ("as_of", as_of),
        (
            "next_since",
            Schema::integer().describe("The newest position among these changes."),
        ),
    ];
    Schema::named("Changes", listing::schema_with(change_in_log(), more))
}

fn change_in_log() -> Schema {
    let (text, number) = (Schema::text, Schema::integer);
    let state = |about: &str| {
        text()
            .or_null()
            .describe(format!("What it was {about}, as JSON in a text."))
    };
    let hash = || text().pattern("^[0-9a-f]{64}$");
    let position = seq().describe("Its position in the log.");
    let batch = text().or_null().describe("The bulk work that it belongs to.");
    let undo_of = number()
        .or_null()
        .describe("Position of the change that it undoes.");
    let undone_by = number()
        .or_null()
        .describe("Position of the change that undid it.");
    let any = || Schema::any_of(&["string", "number", "boolean", "array", "object", "null"]);
    let field = Object::new()
        .with("field", text().example("price"))
        .with("was", any())
        .with("became", any());
    let fields = Schema::list(Schema::named("FieldChange", field.closed()));
    let change = Object::new()
        .with("seq", position)
        .with("at", Schema::moment())
        .with("actor", text().example("user:1"))
        .with("request_id", text())
        .with("entity", text().example("product"))
        .with("entity_id", number())
        .with("version", number())
        .with("action", text().example("updated"))
        .with("state_before", state("before"))
        .with("state_after", state("after"))
        .with(
            "fields",
            fields.describe("What changed, field by field; null is an empty field."),
        )
        .with("batch", batch)
        .with("undo_of", undo_of)
        .with("undone_by", undone_by)
        .with(
            "prev_hash",
            hash().describe("Hash of the change before it; zeros before the first."),
        )
        .with("hash", hash());
    Schema::named("Change", change.closed())
}
