//! What is kept of finished answers, as the owner sees it, and the form that drops it. Must not know where it is kept.

use maud::{Markup, html};

use super::{Refused, Shown};
use crate::admin::views::Desk;
use crate::cache::{CacheResult, Held, Reached, Report, Results};
use crate::error::FieldError;
use crate::web::desk::moment;
use crate::web::form::{TextField, hidden, select_field, text_field};
use crate::web::format;

/// What the choice of the form says for a name that is typed beside it.
pub const NAMED: &str = "tag";

/// What can be dropped without typing a name: the name, and what it is called.
pub const CHOICES: [(&str, &str); 3] = [
    (NAMED, "One product or tag"),
    ("list", "All lists of products"),
    ("all", "Everything"),
];

/// The fields of the form.
pub const LABELS: [(&str, &str); 2] = [("what", "What to drop"), (NAMED, "Product or tag")];

pub fn kept(desk: &Desk<'_>, shown: &Shown<'_>, faults: &[FieldError]) -> Markup {
    let report = shown.cache;
    html! {
        h2 { "Kept answers" }
        @match &report.memory {
            None => (switched_off(desk)),
            Some(memory) => {
                p { "An answer to a customer is kept, and sent again as long as nothing that it shows has changed. " (share(report)) }
                div .nodes {
                    (in_memory(report, memory))
                    @if let Some(redis) = &report.redis { (in_redis(redis)) }
                }
                @if let Some(redis) = &report.redis && !redis.condition.is_up && redis.condition.since.is_some() { (without_redis()) }
                (results(&memory.results, report.redis.as_ref().map(|redis| &redis.results)))
            }
        }
        (purge(desk, shown, faults))
    }
}

fn switched_off(desk: &Desk<'_>) -> Markup {
    html! {
        p {
            "This process keeps none: it makes each answer anew. To keep them, "
            @if desk.site.features.cache {
                "set " code { "cache.backend" } " to “memory”, or to “redis” where several processes serve the shop, "
            } @else {
                "set " code { "features.cache" } " to true "
            }
            "and start it again."
        }
    }
}

/// How much work the cache saves.
fn share(report: &Report) -> Markup {
    let (kept, asked) = report.kept();
    html! {
        @if let Some(tenths) = kept.saturating_mul(1000).checked_div(asked) {
            "Since this process was started, " strong { (tenths / 10) "." (tenths % 10) " %" } " of "
            (number(asked)) " requests were answered from what is kept."
        } @else {
            "Since this process was started, nobody has asked for anything that can be kept."
        }
    }
}

fn in_memory(report: &Report, memory: &Held) -> Markup {
    html! {
        section .node aria-label="This process" {
            h3 { "This process" }
            dl {
                dt { "Answers" } dd { (format::number(memory.entries)) }
                dt { "Memory" }
                dd { (format::bytes(u64::try_from(memory.bytes).unwrap_or_default())) " of " (format::bytes(memory.capacity)) }
                dt { "Made to be kept" } dd { (number(report.fills)) }
                dt { "Changes known" }
                dd { @match &report.known {
                    Some(known) => { "up to number " (format::number(known.seq.0)) },
                    None => "none yet: nothing is kept before the change log was read",
                } }
            }
        }
    }
}

fn in_redis(redis: &Reached) -> Markup {
    let condition = &redis.condition;
    let (state, words) = match (condition.is_up, condition.since) {
        (true, _) => ("active", "In service"),
        (false, Some(_)) => ("deleted", "Out of service"),
        (false, None) => ("", "Not reached yet"),
    };
    html! {
        section .node aria-label="Redis" {
            h3 { "Redis " span class={ "badge " (state) } { (words) } }
            @if let Some(fault) = &condition.fault { p .node-fault { (fault) } }
            dl {
                dt { "Address" } dd { (condition.address) }
                @if let Some(since) = condition.since { dt { "Since" } dd { (moment(since)) } }
            }
        }
    }
}

fn without_redis() -> Markup {
    html! {
        p .node-advice {
            "The shop goes on without Redis: each process keeps answers in its own memory and learns of every change all the same. "
            "See whether Redis runs at this address, and whether " code { "cache.redis_url" } " of this process is right. As soon as it "
            "answers it is used again; nothing has to be started anew."
        }
    }
}

/// What came of looking, without what never happened.
fn results(memory: &Results, redis: Option<&Results>) -> Markup {
    let of = |results: &Results, wanted: CacheResult| {
        let found = results.iter().find(|(result, _)| *result == wanted);
        found.map_or(0, |(_, number)| *number)
    };
    let rows =
        CacheResult::ALL.map(|result| (result, of(memory, result), redis.map(|redis| of(redis, result))));
    let happened =
        |(_, memory, redis): &&(CacheResult, u64, Option<u64>)| *memory > 0 || redis.unwrap_or(0) > 0;
    html! {
        @if rows.iter().any(|row| happened(&row)) {
            table .results {
                caption { "What came of looking for an answer" }
                thead { tr {
                    th scope="col" { "Result" } th scope="col" { "This process" }
                    @if redis.is_some() { th scope="col" { "Redis" } }
                } }
                tbody {
                    @for (result, memory, redis) in rows.iter().filter(happened) {
                        tr {
                            th scope="row" { (words(*result)) }
                            td { (number(*memory)) }
                            @if let Some(redis) = redis { td { (number(*redis)) } }
                        }
                    }
                }
            }
        }
    }
}

fn words(result: CacheResult) -> &'static str {
    match result {
        CacheResult::Hit => "Found and sent",
        CacheResult::Miss => "Not there",
        CacheResult::Stale => "Sent while it was renewed",
        CacheResult::StaleError => "Sent though something had changed, as no database answered",
        CacheResult::Invalid => "Something had changed, or its time was up",
        CacheResult::Error => "Refused, or the connection broke",
        CacheResult::Timeout => "No answer in time",
        CacheResult::Corrupt => "Damaged",
        CacheResult::Bypass => "Not looked for",
        CacheResult::Negative => "Known not to exist",
        CacheResult::Rejected => "Too large to be kept",
    }
}

fn number(number: u64) -> String {
    format::number(i64::try_from(number).unwrap_or(i64::MAX))
}

fn purge(desk: &Desk<'_>, shown: &Shown<'_>, faults: &[FieldError]) -> Markup {
    let (what, tag) = match shown.refused {
        Some(Refused::Purge { what, tag, .. }) => (what, tag),
        _ => (NAMED, ""),
    };
    let choices = CHOICES.map(|(name, words)| (name.to_owned(), words.to_owned()));
    let [(what_name, what_label), (tag_name, tag_label)] = LABELS;
    html! {
        h3 { "Drop kept answers" }
        p {
            "What is changed here is noticed by itself. This is for what was changed past the shop, for example in the database. Every "
            "process of the shop drops what you name and makes it anew when it is next asked for; the history says who did it."
        }
        form .system-form action="/admin/system/cache" method="post" novalidate {
            (hidden("csrf_token", desk.csrf_token))
            (select_field(&TextField { faults, ..TextField::new(what_name, what_label, what) }, &choices))
            (text_field(&TextField {
                faults,
                hint: Some("A product’s number, or a tag: product:7, slug:lamp, category:Lamps, navigation, vocabulary."),
                ..TextField::new(tag_name, tag_label, tag)
            }))
            button .button type="submit" { "Drop" }
        }
    }
}
