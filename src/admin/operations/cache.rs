//! How what is kept describes itself to programs. Must not know how it is kept.

use super::MANAGEMENT;
use crate::accounts::Scope;
use crate::admin::api::cache::LONGEST_TAG;
use crate::cache::{CacheResult, LeaseResult};
use crate::web::openapi::{Example, Object, Operation, Schema};

pub fn show() -> Operation {
    Operation::new(MANAGEMENT, "showCache", "Show what is kept of finished answers")
        .about(
            "How many answers this process keeps, in which layer, and what came of looking for them since it was started. \
             Other processes of the shop have numbers of their own.",
        )
        .needs_key(Scope::Admin.as_str())
        .answers(200, "What this process keeps.", Some(cache()))
        .example(Example::of("/api/admin/cache"))
}

pub fn purge() -> Operation {
    let about = "Every process of the shop drops the answers that bear a tag and makes each anew when it is next asked for. \
                 It is a change in the log and shows in the history. Changes made through the shop need no purge: they are \
                 noticed at once. It is for what was changed past the shop, for example in the database itself.";
    Operation::new(MANAGEMENT, "purgeCache", "Drop kept answers")
        .about(about)
        .idempotent()
        .body(Schema::named("Purge", Object::new().with("tag", tag()).closed()))
        .needs_key(Scope::Admin.as_str())
        .answers(200, "It is dropped.", Some(purged()))
        .with_change_seq()
        .with_replay()
        .example(Example::of("/api/admin/cache/purge").json(r#"{"tag": "product:7"}"#))
}

fn tag() -> Schema {
    let about = "`all`: everything; `list`: all lists of products; `navigation`: which categories have something to show; \
                 `vocabulary`: what categories, brands, tags and attributes are called; `product:ID`: what shows one product; \
                 `slug:SLUG`: what stands at its address; `category:NAME`: the pages of products in a category or below it. \
                 One that nothing bears drops nothing.";
    Schema::text()
        .at_most(LONGEST_TAG)
        .describe(about)
        .example("product:7")
}

fn purged() -> Schema {
    let seq = Schema::integer().describe("Position of the purge in the change log.");
    let purged = Object::new().with("tag", tag()).with("seq", seq);
    Schema::named("Purged", purged.closed())
}

fn cache() -> Schema {
    let seq = |about: &str| Schema::integer().describe(about).or_null();
    let number = |about: &str| count().describe(about);
    let epoch = Schema::text().describe("Name of the history that the change log belongs to.");
    let layers = Schema::list(Schema::named("CacheLayer", layer()));
    let cache = Object::new()
        .with("backend", Schema::words(&["off", "memory", "redis"]))
        .with("epoch", epoch.or_null())
        .with(
            "known_seq",
            seq("Up to where the change log was followed; null until it was read."),
        )
        .with(
            "floor",
            seq("Tags that are not remembered count as changed at this position."),
        )
        .with(
            "remembered_tags",
            number("Tags of which the latest change is remembered."),
        )
        .with("layers", layers.describe("None while nothing is kept."))
        .with("fills", number("Answers that were made to be kept."))
        .with(
            "singleflight_waiters",
            number("Requests that wait for an answer which another one is making."),
        );
    Schema::named("Cache", cache.closed())
}

fn layer() -> Schema {
    let layer = Schema::words(&["l1", "l2"]).describe("`l1`: memory of this process; `l2`: Redis.");
    let results = Schema::named("CacheResults", numbers(CacheResult::ALL.map(CacheResult::name)));
    let leases = numbers(LeaseResult::ALL.map(LeaseResult::name));
    let of_memory = |about: &str| count().describe(format!("Of `l1`: {about}."));
    let of_redis = |shape: Schema, about: &str| shape.describe(format!("Of `l2`: {about}."));
    let (text, fault) = (Schema::text, "why it is not, or was not until just now");
    Object::new()
        .with("layer", layer)
        .with("requests", results.describe("What came of looking."))
        .maybe("entries", of_memory("answers"))
        .maybe("bytes", of_memory("memory that they take"))
        .maybe("capacity_bytes", of_memory("the most that they may take"))
        .maybe("address", of_redis(text(), "host and port, or the socket"))
        .maybe("is_up", of_redis(Schema::boolean(), "whether it is asked"))
        .maybe("since", of_redis(Schema::moment(), "since when").or_null())
        .maybe("fault", of_redis(text(), fault).or_null())
        .maybe(
            "leases",
            of_redis(leases, "attempts to be the one process that makes an answer"),
        )
        .closed()
}

fn numbers<const N: usize>(names: [&'static str; N]) -> Schema {
    let numbers = names.into_iter();
    numbers
        .fold(Object::new(), |numbers, name| numbers.with(name, count()))
        .closed()
}

fn count() -> Schema {
    Schema::integer().between(0, i64::MAX)
}
