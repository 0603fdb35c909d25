//! The change log for programs: read, followed, undone. Must not know pages.

use std::sync::Arc;

use actix_web::{HttpRequest, web};
use serde_json::{Map, Value, json};

use super::{flagged, repeatable};
use crate::accounts::Principal;
use crate::catalog::{BatchStep, Catalog, Decisions, Skipped, new_batch};
use crate::db::changes::Selection;
use crate::db::{Actor, Committed, Entity, Router, Seq};
use crate::error::{Error, FieldError, Result};
use crate::history::{Entry, History, Order, Side, Sides};
use crate::web::client::RequestId;
use crate::web::extract::{JsonObject, MinSeq, Params};
use crate::web::listing::{Body, Links};
use crate::web::paging::PageRequest;
use crate::web::respond::{self, CachePolicy, Reply};

/// Whose history can be asked for, by the name of its parameter.
pub const THINGS: [Entity; 8] = [
    Entity::Product,
    Entity::Category,
    Entity::Brand,
    Entity::Tag,
    Entity::Attribute,
    Entity::Synonym,
    Entity::Redirect,
    Entity::Page,
];

/// Steps of one request that undoes a batch: other editors wait between none of them for long, the client not for ever.
const STEPS: usize = 10;

/// `GET /api/admin/changes`: the change log, oldest first unless asked otherwise.
pub async fn index(request: HttpRequest, db: web::Data<Router>) -> Result<Reply> {
    let mut known = vec!["since", "actor", "batch", "sort", "limit", "after"];
    known.extend(THINGS.map(Entity::name));
    let params = Params::parse(&request, &known)?;
    let selection = selection(&params)?;
    let since = selection.since;
    let page = PageRequest::parse(params.one("limit")?, params.one("after")?, None)?;
    let fresh = MinSeq::of(&request)?;
    let history = History::new(Router::clone(&db));
    let found = history
        .page(selection, order(&params)?, page, fresh.at_least())
        .await?;
    let found = fresh.confirm(found)?;
    let data = found.value.items.iter().map(row).collect::<Result<Vec<_>>>()?;
    let last = found.value.items.iter().map(|entry| entry.change.seq).max();
    let links = Links::new(&request, &params, &found.value);
    let body = Body::of(data, &found.value, &links)
        .with("as_of", found.as_of.0)
        .with("next_since", last.unwrap_or(since.0));
    let reply = respond::json(&body, CachePolicy::PrivateNoStore)?;
    Ok(links
        .headers()
        .fold(reply, |reply, (relation, target)| reply.link(relation, target)))
}

/// `POST /api/admin/changes/{seq}/undo`
pub async fn undo(
    request: HttpRequest,
    principal: Principal,
    request_id: RequestId,
    path: web::Path<String>,
    catalog: web::Data<Catalog>,
    body: JsonObject,
) -> Result<Reply> {
    let seq = path
        .parse::<Seq>()
        .map_err(|_| Error::NotFound { what: "change" })?;
    let repeatable = repeatable(&request, &body)?;
    let decisions = decisions(&body.fields)?;
    let undone = catalog
        .undo(principal.origin(&request_id), seq, decisions, repeatable)
        .await?;
    let (answer, replayed) = undone.value;
    let reply = respond::json(&answer, CachePolicy::PrivateNoStore)?.seq(undone.seq);
    Ok(flagged(reply, replayed))
}

/// `POST /api/admin/batches/{id}/undo`: some thousand changes at a time; `next` is the body of the request that goes on.
pub async fn undo_batch(
    principal: Principal,
    request_id: RequestId,
    path: web::Path<String>,
    catalog: web::Data<Catalog>,
    db: web::Data<Router>,
    body: JsonObject,
) -> Result<Reply> {
    let batch = path.into_inner();
    let (before, undo_batch) = going_on(&body.fields)?;
    let history = History::new(Router::clone(&db));
    history.batch(batch.clone(), Seq::MAX).await?;
    let mut origin = principal.origin(&request_id);
    origin.batch = Some(undo_batch.clone());
    let done = steps(&catalog, &origin, &batch, before).await?;
    let step = done.value;
    let next = step
        .next
        .map(|before| json!({ "before": before, "undo_batch": undo_batch }));
    let body = json!({
        "batch": batch,
        "undo_batch": undo_batch,
        "changes": step.changes(),
        "undone": step.undone,
        "already": step.already,
        "conflicts": step.conflicts.iter().map(skipped).collect::<Vec<_>>(),
        "next": next,
    });
    Ok(respond::json(&body, CachePolicy::PrivateNoStore)?.seq(done.seq))
}

/// As many steps as one request may take.
pub(in crate::admin) async fn steps(
    catalog: &Catalog,
    origin: &crate::db::Origin,
    batch: &str,
    before: Option<Seq>,
) -> Result<Committed<BatchStep>> {
    let mut done = catalog
        .undo_batch(origin.clone(), batch.to_owned(), before)
        .await?;
    for _ in 1..STEPS {
        let Some(before) = done.value.next else { break };
        let step = catalog
            .undo_batch(origin.clone(), batch.to_owned(), Some(before))
            .await?;
        done = Committed {
            value: done.value.and(step.value),
            seq: step.seq,
        };
    }
    Ok(done)
}

/// Which changes an address asks for.
pub(in crate::admin) fn selection(params: &Params) -> Result<Selection> {
    let wrong =
        |name: &str, what: &str| Error::bad_request("invalid_parameter", format!("`{name}` must be {what}."));
    let mut selection = Selection::default();
    for entity in THINGS {
        let Some(text) = params.one(entity.name())? else {
            continue;
        };
        let id = text.parse().ok().filter(|id| *id > 0);
        let id = id.ok_or_else(|| wrong(entity.name(), "an id, a whole number"))?;
        if selection.entity.replace((entity, id)).is_some() {
            return Err(wrong(entity.name(), "the only thing that is asked for"));
        }
    }
    if let Some(text) = params.one("actor")? {
        let actor = Actor::parse(text);
        let actor = actor.ok_or_else(|| wrong("actor", "user:ID, key:ID, cli, system or clock"))?;
        selection.actor = Some(actor.to_string());
    }
    selection.batch = params.one("batch")?.map(str::to_owned);
    if let Some(text) = params.one("since")? {
        selection.since = text.parse().map_err(|_| {
            Error::bad_request(
                "invalid_since",
                "`since` must be a position of the change log, a whole number.",
            )
        })?;
    }
    Ok(selection)
}

fn order(params: &Params) -> Result<Order> {
    let order = params.one("sort")?.map(Order::parse);
    order.unwrap_or(Some(Order::OldestFirst)).ok_or_else(|| {
        Error::bad_request(
            "invalid_sort",
            "`sort` must be seq (oldest first) or -seq (newest first).",
        )
    })
}

/// A change with what it did, field by field.
fn row(entry: &Entry) -> Result<Value> {
    let mut row = match serde_json::to_value(&entry.change).map_err(Error::internal)? {
        Value::Object(row) => row,
        _ => Map::new(),
    };
    row.insert("fields".to_owned(), json!(entry.differences));
    row.insert("undone_by".to_owned(), json!(entry.undone_by));
    Ok(row.into())
}

fn skipped(skipped: &Skipped) -> Value {
    json!({
        "seq": skipped.seq,
        "entity": skipped.entity,
        "entity_id": skipped.entity_id,
        "name": skipped.name,
        "reason": skipped.reason,
    })
}

fn unknown<'a>(body: &'a Map<String, Value>, known: &[&str]) -> impl Iterator<Item = FieldError> + use<'a> {
    let list = known.join(" and ");
    let known: Arc<[String]> = known.iter().map(|name| (*name).to_owned()).collect();
    let strays = body.keys().filter(move |name| !known.contains(name));
    strays.map(move |name| {
        let detail = format!("is no field here; the fields are {list}");
        FieldError::new(format!("/{name}"), "unknown", detail)
    })
}

/// What somebody decided: the version they saw, and a side for fields.
fn decisions(body: &Map<String, Value>) -> Result<Option<Decisions>> {
    let mut faults: Vec<FieldError> = unknown(body, &["version", "fields"]).collect();
    let version = body.get("version").and_then(Value::as_i64);
    let version = version.and_then(|version| i32::try_from(version).ok());
    let mut sides = Sides::new();
    match body.get("fields") {
        None => {}
        Some(Value::Object(fields)) => {
            for (field, side) in fields {
                match side.as_str().and_then(Side::parse) {
                    Some(side) => drop(sides.insert(field.clone(), side)),
                    None => faults.push(FieldError::new(
                        format!("/fields/{}", field.replace('~', "~0").replace('/', "~1")),
                        "format",
                        "must be keep or put_back",
                    )),
                }
            }
        }
        Some(_) => faults.push(FieldError::new(
            "/fields",
            "format",
            "must be an object of keep or put_back by field",
        )),
    }
    if body.contains_key("version") != body.contains_key("fields")
        || (body.contains_key("version") && version.is_none())
    {
        let detail = "must be the version that was decided on, a whole number, together with fields";
        faults.push(FieldError::new("/version", "required", detail));
    }
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    Ok(version.map(|version| Decisions { version, sides }))
}

/// Where to go on, and under which name.
fn going_on(body: &Map<String, Value>) -> Result<(Option<Seq>, String)> {
    let mut faults: Vec<FieldError> = unknown(body, &["before", "undo_batch"]).collect();
    let before = match body.get("before") {
        None => None,
        Some(value) => {
            let seq = value.as_i64().filter(|seq| *seq > 0).map(Seq);
            if seq.is_none() {
                let detail = "must be a position of the change log";
                faults.push(FieldError::new("/before", "format", detail));
            }
            seq
        }
    };
    let undo_batch = match body.get("undo_batch") {
        None => new_batch()?,
        Some(value) => {
            let name = value.as_str().filter(|name| is_undo_batch(name));
            if name.is_none() {
                let detail = "must be the name that an earlier answer gave";
                faults.push(FieldError::new("/undo_batch", "format", detail));
            }
            name.unwrap_or_default().to_owned()
        }
    };
    if faults.is_empty() {
        Ok((before, undo_batch))
    } else {
        Err(Error::Invalid(faults))
    }
}

/// Whether this is a name as an undo gives it.
pub(in crate::admin) fn is_undo_batch(name: &str) -> bool {
    let digits = name.strip_prefix("undo-").unwrap_or_default();
    digits.len() == 16
        && digits
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}
