//! The shapes of proposals in the document of the API.

use crate::catalog::PROPOSABLE;
use crate::catalog::schemas::{id, version};
use crate::submissions::model::{MESSAGE_LENGTH, State, Step};
use crate::web::openapi::{Object, Schema};

pub(super) fn message() -> Schema {
    Schema::text().at_most(MESSAGE_LENGTH)
}

pub(super) fn reason() -> Schema {
    Schema::named("Reason", Object::new().with("message", message()).closed())
}

pub(super) fn draft() -> Schema {
    Schema::boolean()
        .default(false)
        .describe("Keep it without handing it in.")
}

/// The fields are those of a product; what is wrong with one is said when it is handed in.
pub(super) fn product() -> Schema {
    let any = || {
        Schema::any_of(&[
            "string", "integer", "number", "boolean", "array", "object", "null",
        ])
    };
    let fields = PROPOSABLE
        .iter()
        .fold(Object::new(), |fields, name| fields.maybe(name, any()));
    Schema::named("ProposedProduct", fields.closed())
}

pub(super) fn state() -> Schema {
    Schema::words(&State::ALL.map(State::name))
}

pub(super) fn author() -> Schema {
    Schema::text().describe("As the change log names people and keys.")
}

pub(super) fn row() -> Schema {
    let row = Object::new()
        .with("submission_id", id())
        .with("author", author())
        .with("state", state())
        .with("is_edit", Schema::boolean())
        .with("product_id", id().or_null())
        .with("name", Schema::text())
        .with("version", version())
        .with("updated_at", Schema::moment());
    Schema::named("SubmissionRow", row.closed())
}

pub(super) fn shape() -> Object {
    let any = || {
        Schema::any_of(&[
            "string", "integer", "number", "boolean", "array", "object", "null",
        ])
    };
    let change = Object::new()
        .with("field", Schema::text())
        .with("was", any())
        .with("proposed", any());
    Object::new()
        .with("submission_id", id())
        .with("author", author())
        .with("state", state())
        .with("is_edit", Schema::boolean())
        .with(
            "product_id",
            id().or_null()
                .describe("The product that it would change, or has become."),
        )
        .with("product", product())
        .with(
            "changes",
            Schema::list(Schema::named("ProposedChange", change.closed()))
                .describe("What it would change, as it was understood when it was handed in."),
        )
        .with("version", version())
        .with("created_at", Schema::moment())
        .with("updated_at", Schema::moment())
        .with("submitted_at", Schema::moment().or_null())
}

pub(super) fn submission() -> Schema {
    Schema::named("Submission", shape().closed())
}

pub(super) fn dossier() -> Schema {
    let said = Object::new()
        .with("by", Schema::words(&["author", "shop"]))
        .with("step", Schema::words(&Step::ALL.map(Step::name)))
        .with("message", message().or_null())
        .with("at", Schema::moment());
    let conversation =
        Schema::list(Schema::named("Said", said.closed())).describe("What was said, in order.");
    let pictures = Schema::list(Schema::named("ProposedPicture", picture().closed()))
        .describe("What was uploaded and nobody has decided about.");
    let dossier = shape()
        .with("conversation", conversation)
        .with("pictures", pictures);
    Schema::named("SubmissionDossier", dossier.closed())
}

pub(super) fn picture() -> Object {
    Object::new()
        .with("picture_id", id())
        .with("submission_id", id())
        .with(
            "url",
            Schema::text().describe("Where everybody sees it once the proposal is approved."),
        )
        .with("width", Schema::integer())
        .with("height", Schema::integer())
}
