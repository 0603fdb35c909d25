//! What is kept of finished answers, for programs: how it does, and having it dropped. Must not know pages.

use actix_web::{HttpRequest, web};
use serde_json::{Map, Value, json};

use super::{flagged, repeatable};
use crate::accounts::Principal;
use crate::cache::{Cache, EVERYTHING, Held, Purge, Reached, Results};
use crate::catalog::{TAG_NAMES, tag_name};
use crate::db::Router;
use crate::error::{Error, FieldError, Result};
use crate::web::client::RequestId;
use crate::web::extract::{JsonObject, Params};
use crate::web::respond::{self, CachePolicy, Reply};

/// Characters of a name; it stands in the log for ever.
pub const LONGEST_TAG: usize = 200;

/// `GET /api/admin/cache`
pub async fn show(request: HttpRequest, cache: web::Data<Cache>) -> Result<Reply> {
    Params::parse(&request, &[])?;
    let report = cache.report();
    let known = report.known.as_ref();
    let layers: Vec<Value> = [
        report.memory.as_ref().map(memory),
        report.redis.as_ref().map(redis),
    ]
    .into_iter()
    .flatten()
    .collect();
    let body = json!({
        "backend": report.backend,
        "epoch": known.map(|known| &known.epoch),
        "known_seq": known.map(|known| known.seq),
        "floor": known.map(|known| known.floor),
        "remembered_tags": known.map_or(0, |known| known.tags),
        "layers": layers,
        "fills": report.fills,
        "singleflight_waiters": report.waiters,
    });
    respond::json(&body, CachePolicy::PrivateNoStore)
}

fn memory(held: &Held) -> Value {
    json!({
        "layer": "l1",
        "entries": held.entries,
        "bytes": held.bytes,
        "capacity_bytes": held.capacity,
        "requests": requests(&held.results),
    })
}

fn redis(reached: &Reached) -> Value {
    let condition = &reached.condition;
    let leases = reached.leases.iter();
    let leases: Map<String, Value> = leases
        .map(|(result, number)| (result.name().to_owned(), json!(number)))
        .collect();
    json!({
        "layer": "l2",
        "address": condition.address,
        "is_up": condition.is_up,
        "since": condition.since,
        "fault": condition.fault,
        "requests": requests(&reached.results),
        "leases": leases,
    })
}

fn requests(results: &Results) -> Map<String, Value> {
    let results = results.iter();
    results
        .map(|(result, number)| (result.name().to_owned(), json!(number)))
        .collect()
}

/// `POST /api/admin/cache/purge` with `{"tag": "product:7"}`
pub async fn purge(
    request: HttpRequest,
    principal: Principal,
    request_id: RequestId,
    db: web::Data<Router>,
    body: JsonObject,
) -> Result<Reply> {
    let repeatable = repeatable(&request, &body)?;
    let purge = parse(&body.fields)?;
    let written = purge
        .write(&db, principal.origin(&request_id), repeatable)
        .await?;
    let (purge, replayed) = written.value;
    let answer = json!({ "tag": purge.tag, "seq": written.seq });
    let reply = respond::json(&answer, CachePolicy::PrivateNoStore)?.seq(written.seq);
    Ok(flagged(reply, replayed))
}

fn parse(fields: &Map<String, Value>) -> Result<Purge> {
    let strays = fields.keys().filter(|name| *name != "tag");
    let mut faults: Vec<FieldError> = strays
        .map(|name| {
            let detail = "is no field here; the field is tag";
            FieldError::new(format!("/{name}"), "unknown", detail)
        })
        .collect();
    let text = fields.get("tag").map_or(Some(""), Value::as_str);
    match text.map_or_else(|| Err(unknown("format")), tag) {
        Ok(tag) if faults.is_empty() => return Ok(Purge { tag }),
        Ok(_) => {}
        Err(fault) => faults.push(fault),
    }
    Err(Error::Invalid(faults))
}

/// The name of a tag that answers can bear.
pub(in crate::admin) fn tag(text: &str) -> Result<String, FieldError> {
    if text.is_empty() {
        return Err(unknown("required"));
    }
    if text.chars().count() > LONGEST_TAG {
        let detail = format!("must not be longer than {LONGEST_TAG} characters");
        return Err(FieldError::new("/tag", "too_long", detail));
    }
    let known = match text {
        EVERYTHING => Some(text.to_owned()),
        _ if text.contains(char::is_control) => None,
        _ => tag_name(text),
    };
    known.ok_or_else(|| unknown("format"))
}

fn unknown(code: &'static str) -> FieldError {
    let [others @ .., last] = TAG_NAMES;
    let detail = format!("must be {EVERYTHING}, {} or {last}", others.join(", "));
    FieldError::new("/tag", code, detail)
}
