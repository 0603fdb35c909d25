//! How proposals describe themselves to programs. Must not know how it is done.

mod shapes;

use shapes::{dossier, draft, message, picture, product, reason, row, submission};

use super::model::State;
use crate::accounts::Scope;
use crate::catalog::PROPOSABLE;
use crate::catalog::schemas::{id, version};
use crate::web::listing;
use crate::web::openapi::{Example, Group, Object, Operation, Parameter, Schema};
use crate::web::permission::Permission;

const PROPOSALS: Group = Group {
    name: "Proposals",
    about: "What people propose for the catalog, and what was decided about it.",
};

/// One pixel.
const PIXEL: &str = r#"{"content": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="}"#;

pub fn own() -> Operation {
    list("listOwnSubmissions", "List your proposals", Permission::Propose)
        .about("The proposals that were made with this key, or by this person, drafts included. The newest first.")
        .example(Example::of("/api/v1/submissions?limit=10"))
}

pub fn create() -> Operation {
    let body = r#"{"product": {"name": "Moon lamp", "price": "39.90"}, "message": "We make these."}"#;
    let input = Object::new()
        .maybe(
            "product_id",
            id().or_null()
                .describe("The product that is to be changed; without it, a new one is proposed."),
        )
        .maybe(
            "product_version",
            version()
                .or_null()
                .describe("The version of it that you saw: what was changed since is not overwritten."),
        )
        .with("product", product())
        .maybe("message", message())
        .maybe("draft", draft());
    Operation::new(PROPOSALS, "createSubmission", "Propose a product")
        .about(format!(
            "A new product, or a change of one that there is. What can be proposed is {}. How many, is limited per day.",
            PROPOSABLE.join(", ")
        ))
        .idempotent()
        .body(Schema::named("NewSubmission", input.closed()))
        .needs_key(scope(Permission::Propose))
        .answers(201, "The new proposal.", Some(submission()))
        .with_version()
        .with_change_seq()
        .with_header("Location", "Its address.", true)
        .with_replay()
        .fails_with([404, 409, 429])
        .example(
            Example::of("/api/v1/submissions")
                .header("Idempotency-Key", "proposal-1")
                .json(body),
        )
}

pub fn show() -> Operation {
    one("getSubmission", "Read a proposal", Permission::Propose)
        .about("Your own; for those who decide, any that was handed in.")
        .fresh()
        .answers(200, "The proposal, and what was said about it.", Some(dossier()))
        .with_version()
        .revalidates()
        .example(Example::of("/api/v1/submissions/1"))
}

pub fn replace() -> Operation {
    let input = Object::new()
        .with("product", product())
        .maybe("message", message())
        .maybe("draft", draft());
    one("replaceSubmission", "Change a proposal", Permission::Propose)
        .about("What is proposed, as a whole. It is handed in unless it is kept as a draft; one that waits for a decision cannot become a draft again.")
        .if_match()
        .body(Schema::named("SubmissionInput", input.closed()))
        .answers(200, "The proposal as it is now.", Some(submission()))
        .with_version()
        .with_change_seq()
        .fails_with([409, 429])
        .example(
            Example::of("/api/v1/submissions/1")
                .header("If-Match", "\"v1\"")
                .json(r#"{"product": {"name": "Moon lamp", "price": "35"}, "message": "Cheaper now."}"#),
        )
}

pub fn withdraw() -> Operation {
    one("withdrawSubmission", "Withdraw a proposal", Permission::Propose)
        .about("A draft is gone then.")
        .if_match()
        .body(Schema::named(
            "Withdrawal",
            Object::new().maybe("message", message()).closed(),
        ))
        .answers(200, "The proposal as it is now.", Some(submission()))
        .with_version()
        .with_change_seq()
        .answers(204, "The draft is gone.", None)
        .with_change_seq()
        .fails_with([409])
        .example(
            Example::of("/api/v1/submissions/2/withdraw")
                .header("If-Match", "\"v2\"")
                .json("{}"),
        )
}

pub fn attach() -> Operation {
    let content = Schema::text()
        .format("byte")
        .describe("A JPEG, PNG, WebP or GIF picture, as base64.");
    one("addPictureToSubmission", "Upload a picture", Permission::Propose)
        .about(
            "Of your own proposal, while it is open. It is drawn anew: upright, at most 2,048 pixels long, without what a \
             camera wrote beside it. Name its `url` in `images` of the proposal; everybody sees it there once the \
             proposal is approved. How many, is limited per proposal and per day.",
        )
        .body(Schema::named("PictureUpload", Object::new().with("content", content).closed()))
        .answers(201, "The picture, as it is kept.", Some(Schema::named("ProposedPicture", picture().closed())))
        .with_change_seq()
        .with_header("Location", "Its address, for those who may see it.", true)
        .fails_with([409, 429])
        .example(Example::of("/api/v1/submissions/6/pictures").json(PIXEL))
}

pub fn read_picture() -> Operation {
    let content = Schema::text().format("byte").describe("As base64.");
    one("getPictureOfSubmission", "Read a picture", Permission::Propose)
        .about("Of your own proposal; for those who decide, of any that was handed in. Once it is decided there is none.")
        .answers(
            200,
            "The picture with its content.",
            Some(Schema::named("ProposedPictureContent", picture().with("content", content).closed())),
        )
        .example(Example::of("/api/v1/submissions/pictures/1"))
}

pub fn index() -> Operation {
    let words = State::ALL
        .into_iter()
        .filter(|state| *state != State::Draft)
        .map(State::name);
    let state = Schema::words(&words.collect::<Vec<_>>());
    list("listSubmissions", "List all proposals", Permission::Review)
        .about("All that were handed in, the newest first.")
        .takes([Parameter::query(
            "state",
            state,
            "Only those that have come so far.",
        )])
        .example(Example::of("/api/admin/submissions?state=submitted"))
}

pub fn case() -> Operation {
    one("getAnySubmission", "Read any proposal", Permission::Review)
        .about("Any that was handed in.")
        .fresh()
        .answers(200, "The proposal, and what was said about it.", Some(dossier()))
        .with_version()
        .revalidates()
        .example(Example::of("/api/admin/submissions/3"))
}

pub fn approve() -> Operation {
    let sides = Schema::map(Schema::words(&["keep", "take"])).describe(
        "For fields of the product that were changed since: keep what there is, or take what is proposed.",
    );
    let input = Object::new()
        .maybe("message", message())
        .maybe(
            "product_version",
            version()
                .or_null()
                .describe("The version of the product that was decided about."),
        )
        .maybe("fields", sides);
    decision("approveSubmission", "Approve a proposal", Schema::named("Approval", input.closed()))
        .about(
            "Makes the product, or changes it, in the same transaction. A field that was changed since is never overwritten \
             unasked: the answer is a 409 `moved_on` with all three values of each such field.",
        )
        .example(Example::of("/api/admin/submissions/3/approve").header("If-Match", "\"v2\"").json("{}"))
}

pub fn ask() -> Operation {
    decision("requestChangesOfSubmission", "Ask for changes", reason())
        .about("Goes back to its author, who can change it and hand it in again.")
        .example(
            Example::of("/api/admin/submissions/4/request-changes")
                .header("If-Match", "\"v2\"")
                .json(r#"{"message": "Which colours are there?"}"#),
        )
}

pub fn refuse() -> Operation {
    decision("refuseSubmission", "Refuse a proposal", reason())
        .about("Its author is told why.")
        .example(
            Example::of("/api/admin/submissions/5/refuse")
                .header("If-Match", "\"v2\"")
                .json(r#"{"message": "We have one like it already."}"#),
        )
}

fn decision(id_of_it: &'static str, summary: &'static str, input: Schema) -> Operation {
    one(id_of_it, summary, Permission::Review)
        .if_match()
        .idempotent()
        .body(input)
        .answers(200, "The proposal as it is now.", Some(submission()))
        .with_version()
        .with_change_seq()
        .with_replay()
        .fails_with([409])
}

fn list(id_of_it: &'static str, summary: &'static str, permission: Permission) -> Operation {
    Operation::new(PROPOSALS, id_of_it, summary)
        .takes(["limit", "after"].map(listing::parameter))
        .fresh()
        .needs_key(scope(permission))
        .answers(
            200,
            "A page of them.",
            Some(Schema::named("SubmissionPage", listing::schema(row()))),
        )
        .with_header("Link", "Where the list goes on.", false)
}

fn one(id_of_it: &'static str, summary: &'static str, permission: Permission) -> Operation {
    Operation::new(PROPOSALS, id_of_it, summary)
        .path("id", id(), "Its id.")
        .needs_key(scope(permission))
}

fn scope(permission: Permission) -> &'static str {
    Scope::with(permission).as_str()
}
