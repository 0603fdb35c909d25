//! How webhooks describe themselves to programs. Must not know how it is done.

use super::MANAGEMENT;
use crate::accounts::Scope;
use crate::catalog::PUBLIC_KINDS;
use crate::catalog::schemas::{id, version};
use crate::web::listing;
use crate::web::openapi::{Example, Object, Operation, Parameter, Schema};
use crate::webhooks::{FORMER_HOURS, MOST_FORMER_HOURS, MOST_REPLAYED, State, URL_LENGTH};

pub fn index() -> Operation {
    let body = Object::new().with("data", Schema::list(webhook())).closed();
    Operation::new(MANAGEMENT, "listWebhooks", "List webhooks")
        .about("Whom the shop tells of its changes. Secrets are not shown.")
        .fresh()
        .needs_key(Scope::Admin.as_str())
        .answers(200, "All of them, the oldest first.", Some(body))
        .example(Example::of("/api/admin/webhooks"))
}

pub fn create() -> Operation {
    let body = r#"{"url": "https://shop.example/hooks", "types": ["product.price"], "is_active": false}"#;
    Operation::new(MANAGEMENT, "createWebhook", "Add a webhook")
        .about("It is told of every change from this one on. Its secret is in this answer and nowhere else.")
        .idempotent()
        .body(input())
        .needs_key(Scope::Admin.as_str())
        .answers(201, "The new webhook with its secret.", Some(with_secret()))
        .with_version()
        .with_change_seq()
        .with_header("Location", "Its address.", true)
        .with_replay()
        .example(Example::of("/api/admin/webhooks").json(body))
}

pub fn show() -> Operation {
    own("getWebhook", "Read a webhook")
        .fresh()
        .answers(200, "The webhook.", Some(webhook()))
        .with_version()
        .revalidates()
        .example(Example::of("/api/admin/webhooks/1"))
}

pub fn replace() -> Operation {
    own("replaceWebhook", "Replace a webhook")
        .about("What GET returned can be sent back as it is. The secret stays.")
        .if_match()
        .body(input())
        .answers(200, "The webhook as it is now.", Some(webhook()))
        .with_version()
        .with_change_seq()
        .example(
            Example::of("/api/admin/webhooks/1")
                .header("If-Match", "\"v1\"")
                .json(r#"{"url": "https://shop.example/hooks/1", "is_active": false}"#),
        )
}

pub fn delete() -> Operation {
    own("deleteWebhook", "Delete a webhook")
        .about("With everything that it was told. It cannot be brought back: a new one has another secret.")
        .if_match()
        .answers(204, "It is deleted.", None)
        .with_change_seq()
        .example(Example::of("/api/admin/webhooks/2").header("If-Match", "\"v1\""))
}

pub fn renew() -> Operation {
    let hours = Schema::integer()
        .between(0, MOST_FORMER_HOURS)
        .default(FORMER_HOURS)
        .describe(
            "For how long messages are signed with the former secret as well; 0 when somebody else knows it.",
        );
    let body = Object::new().maybe("former_hours", hours).closed();
    own("renewWebhookSecret", "Give a webhook a new secret")
        .about("Meanwhile messages carry both signatures, so that the receiver can be changed over without missing one.")
        .if_match()
        .idempotent()
        .body(Schema::named("WebhookRenewal", body))
        .answers(200, "The webhook with its new secret.", Some(with_secret()))
        .with_version()
        .with_change_seq()
        .with_replay()
        .example(
            Example::of("/api/admin/webhooks/3/secret")
                .header("If-Match", "\"v1\"")
                .json(r#"{"former_hours": 1}"#),
        )
}

pub fn replay() -> Operation {
    let since = Schema::integer()
        .between(0, i64::MAX)
        .describe("The last position that has arrived.");
    let told = Schema::integer().between(0, MOST_REPLAYED);
    let about = format!(
        "Sends once more what has happened since a position of the change log, at most {MOST_REPLAYED} changes. Messages keep \
         their names, so that a receiver knows those that it has."
    );
    let (body, answer) = (
        Object::new().with("since", since).closed(),
        Object::new().with("messages", told).closed(),
    );
    own("replayWebhook", "Tell a webhook again")
        .about(about)
        .body(Schema::named("WebhookReplay", body))
        .answers(200, "How many messages are sent.", Some(answer))
        .example(Example::of("/api/admin/webhooks/3/replay").json(r#"{"since": 0}"#))
}

pub fn deliveries() -> Operation {
    let page = listing::schema(delivery());
    own("listWebhookDeliveries", "List what a webhook was told")
        .about("The newest first, also what is still to be told or was given up.")
        .takes([Parameter::query("state", state(), "Only those that are so far.")])
        .takes(["limit", "after"].map(listing::parameter))
        .answers(
            200,
            "A page of them.",
            Some(Schema::named("WebhookDeliveryPage", page)),
        )
        .with_header("Link", "Where the list goes on.", false)
        .example(Example::of("/api/admin/webhooks/3/deliveries?state=dead"))
}

fn own(id_of_it: &'static str, summary: &'static str) -> Operation {
    Operation::new(MANAGEMENT, id_of_it, summary)
        .path("id", id(), "Its id.")
        .needs_key(Scope::Admin.as_str())
}

fn url() -> Schema {
    Schema::text()
        .at_most(URL_LENGTH)
        .describe("Of the program that is told, with https://.")
        .example("https://shop.example/hooks")
}

fn types() -> Schema {
    Schema::list(Schema::words(&PUBLIC_KINDS)).describe("Events that are told; none means all.")
}

fn shape() -> Object {
    let until = Schema::moment()
        .or_null()
        .describe("Until then messages are signed with the former secret as well.");
    Object::new()
        .with("webhook_id", id())
        .with("url", url())
        .with("types", types())
        .with("is_active", Schema::boolean())
        .with("former_secret_until", until)
        .with("version", version())
        .with("created_at", Schema::moment())
}

fn webhook() -> Schema {
    Schema::named("Webhook", shape().closed())
}

fn with_secret() -> Schema {
    let secret = Schema::text().describe("What messages are signed with, this once.");
    Schema::named("WebhookWithSecret", shape().with("secret", secret).closed())
}

fn input() -> Schema {
    let input = Object::new()
        .maybe("webhook_id", id().read_only())
        .with("url", url())
        .maybe("types", types())
        .maybe("is_active", Schema::boolean().default(true))
        .maybe("former_secret_until", Schema::moment().or_null().read_only())
        .maybe("version", version().read_only())
        .maybe("created_at", Schema::moment().read_only());
    Schema::named("WebhookInput", input.closed())
}

fn state() -> Schema {
    Schema::words(&State::ALL.map(State::name))
}

fn delivery() -> Schema {
    let delivery = Object::new()
        .with("delivery_id", id())
        .with(
            "message_id",
            Schema::text().describe("The `webhook-id` under which it is sent, each time."),
        )
        .with("type", Schema::text().describe("The event, `ping` or `resync`."))
        .with(
            "subject",
            Schema::text().describe("What is about one thing is told in order."),
        )
        .with("state", state())
        .with("attempts", Schema::integer().between(0, i32::MAX.into()))
        .with("created_at", Schema::moment())
        .with(
            "due_at",
            Schema::moment().or_null().describe("When it is tried next."),
        )
        .with("tried_at", Schema::moment().or_null())
        .with(
            "answer",
            Schema::text()
                .or_null()
                .describe("What came of the last attempt."),
        );
    Schema::named("WebhookDelivery", delivery.closed())
}
