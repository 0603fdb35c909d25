//! Webhooks for programs. Must not know pages, nor what makes one valid or how anything is sent.

use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, web};
use serde_json::{Map, Value, json};

use super::strays::strays;
use super::{flagged, repeatable};
use crate::accounts::Principal;
use crate::db::{Committed, Seq};
use crate::error::{Error, FieldError, Result};
use crate::web::client::RequestId;
use crate::web::extract::{IfMatch, JsonObject, MinSeq, Params, path_id};
use crate::web::listing::{Body, Links};
use crate::web::paging::{Cursor, Page, PageRequest, Position};
use crate::web::respond::{self, CachePolicy, Reply};
use crate::webhooks::{Delivery, FORMER_HOURS, NewWebhook, State, Webhook, WebhookInput, Webhooks};

const ADDRESS: &str = "/api/admin/webhooks";

/// What is sent; the rest of what was read may be sent back as it was.
const FIELDS: [&str; 3] = ["url", "types", "is_active"];

/// The one order of deliveries: the newest first.
const ORDER: &str = "-delivery_id";

/// `GET /api/admin/webhooks`
pub async fn index(request: HttpRequest, webhooks: web::Data<Webhooks>) -> Result<Reply> {
    Params::parse(&request, &[])?;
    let fresh = MinSeq::of(&request)?;
    let found = fresh.confirm(webhooks.all(fresh.at_least()).await?)?;
    let data: Vec<Value> = found.value.iter().map(resource).collect();
    respond::json(&json!({ "data": data }), CachePolicy::PrivateNoStore)
}

/// `POST /api/admin/webhooks`
pub async fn create(
    request: HttpRequest,
    principal: Principal,
    request_id: RequestId,
    webhooks: web::Data<Webhooks>,
    body: JsonObject,
) -> Result<Reply> {
    let repeatable = repeatable(&request, &body)?;
    let input = input(&body.fields, None)?;
    let origin = principal.origin(&request_id);
    let made = webhooks.create_once(origin, &input, repeatable).await?;
    let location = format!("{ADDRESS}/{}", made.value.0.webhook.webhook_id);
    Ok(with_secret(&made)?
        .status(StatusCode::CREATED)
        .header(LOCATION, location))
}

/// `GET /api/admin/webhooks/{id}`
pub async fn show(
    request: HttpRequest,
    path: web::Path<String>,
    webhooks: web::Data<Webhooks>,
) -> Result<Reply> {
    Params::parse(&request, &[])?;
    let fresh = MinSeq::of(&request)?;
    let found = webhooks.one(of_path(&path)?, fresh.at_least()).await?;
    answer(&fresh.confirm(found)?.value)
}

/// `PUT /api/admin/webhooks/{id}`
pub async fn replace(
    request: HttpRequest,
    principal: Principal,
    request_id: RequestId,
    path: web::Path<String>,
    webhooks: web::Data<Webhooks>,
    body: JsonObject,
) -> Result<Reply> {
    let webhook_id = of_path(&path)?;
    let IfMatch(version) = IfMatch::of(request.headers())?;
    let input = input(&body.fields, Some((webhook_id, version)))?;
    let origin = principal.origin(&request_id);
    let saved = webhooks.save(origin, (webhook_id, version), &input).await?;
    Ok(answer(&saved.value)?.seq(saved.seq))
}

/// `DELETE /api/admin/webhooks/{id}`
pub async fn delete(
    request: HttpRequest,
    principal: Principal,
    request_id: RequestId,
    path: web::Path<String>,
    webhooks: web::Data<Webhooks>,
) -> Result<Reply> {
    let webhook_id = of_path(&path)?;
    let IfMatch(version) = IfMatch::of(request.headers())?;
    let origin = principal.origin(&request_id);
    let removed = webhooks.remove(origin, webhook_id, Some(version)).await?;
    Ok(respond::no_content().seq(removed.seq))
}

/// `POST /api/admin/webhooks/{id}/secret`
pub async fn renew(
    request: HttpRequest,
    principal: Principal,
    request_id: RequestId,
    path: web::Path<String>,
    webhooks: web::Data<Webhooks>,
    body: JsonObject,
) -> Result<Reply> {
    let webhook_id = of_path(&path)?;
    let IfMatch(version) = IfMatch::of(request.headers())?;
    let repeatable = repeatable(&request, &body)?;
    let hours = number(&body.fields, "former_hours")?.unwrap_or(FORMER_HOURS);
    let origin = principal.origin(&request_id);
    let renewed = webhooks.renew(origin, (webhook_id, version), hours, repeatable);
    with_secret(&renewed.await?)
}

/// `POST /api/admin/webhooks/{id}/replay` with `{"since": 7}`
pub async fn replay(
    path: web::Path<String>,
    webhooks: web::Data<Webhooks>,
    body: JsonObject,
) -> Result<Reply> {
    let webhook_id = of_path(&path)?;
    let since = number(&body.fields, "since")?;
    let since = since.ok_or_else(|| Error::field("/since", "required", "is required"))?;
    let messages = webhooks.replay(webhook_id, Seq(since)).await?;
    respond::json(&json!({ "messages": messages }), CachePolicy::PrivateNoStore)
}

/// `GET /api/admin/webhooks/{id}/deliveries`
pub async fn deliveries(
    request: HttpRequest,
    path: web::Path<String>,
    webhooks: web::Data<Webhooks>,
) -> Result<Reply> {
    let params = Params::parse(&request, &["state", "limit", "after"])?;
    let word = params.one("state")?;
    let state = word.map(|word| State::parse(word).ok_or_else(unknown_state));
    let filter = word.unwrap_or("all");
    let asked = PageRequest::parse(params.one("limit")?, params.one("after")?, None)?;
    let before = match &asked.position {
        Position::Cursor(cursor) if cursor.sort == ORDER && cursor.filter == filter => Some(cursor.id),
        Position::Cursor(_) => return Err(Cursor::refused()),
        Position::Start | Position::Offset(_) => None,
    };
    let limit = i64::from(asked.limit) + 1;
    let listed = webhooks.listed(of_path(&path)?, state.transpose()?, before, limit);
    let mut items = listed.await?;
    let has_more = items.len() > asked.limit as usize;
    items.truncate(asked.limit as usize);
    let next = items.last().filter(|_| has_more).map(|last| Cursor {
        sort: ORDER.to_owned(),
        filter: filter.to_owned(),
        keys: Vec::new(),
        id: last.delivery_id,
        backward: false,
    });
    let page = Page {
        next,
        limit: asked.limit,
        items,
        ..Page::empty()
    };
    let links = Links::new(&request, &params, &page);
    let data: Vec<Value> = page.items.iter().map(row).collect();
    let reply = respond::json(&Body::of(data, &page, &links), CachePolicy::PrivateNoStore)?;
    Ok(links
        .headers()
        .fold(reply, |reply, (relation, target)| reply.link(relation, target)))
}

fn unknown_state() -> Error {
    let names = State::ALL.map(State::name).join(", ");
    Error::bad_request("invalid_parameter", format!("`state` must be one of {names}."))
}

fn of_path(path: &str) -> Result<i32> {
    path_id(path, "webhook")
}

fn resource(webhook: &Webhook) -> Value {
    json!({
        "webhook_id": webhook.webhook_id,
        "url": webhook.url,
        "types": webhook.types,
        "is_active": webhook.is_active,
        "former_secret_until": webhook.former_secret_until(),
        "version": webhook.version,
        "created_at": webhook.created_at,
    })
}

fn answer(webhook: &Webhook) -> Result<Reply> {
    Ok(respond::json(&resource(webhook), CachePolicy::PrivateNoStore)?.version(webhook.version))
}

fn with_secret(written: &Committed<(NewWebhook, bool)>) -> Result<Reply> {
    let (made, replayed) = &written.value;
    let mut shown = resource(&made.webhook);
    if let Some(fields) = shown.as_object_mut() {
        fields.insert("secret".to_owned(), made.secret.expose().into());
    }
    let reply = respond::json(&shown, CachePolicy::PrivateNoStore)?;
    Ok(flagged(
        reply.version(made.webhook.version).seq(written.seq),
        *replayed,
    ))
}

fn row(delivery: &Delivery) -> Value {
    json!({
        "delivery_id": delivery.delivery_id,
        "message_id": delivery.message_id,
        "type": delivery.kind,
        "subject": delivery.subject,
        "state": delivery.state.name(),
        "attempts": delivery.attempts,
        "created_at": delivery.created_at,
        "due_at": (delivery.state == State::Due).then_some(delivery.due_at),
        "tried_at": delivery.tried_at,
        "answer": delivery.answer,
    })
}

/// The one field of a body, a whole number.
fn number(body: &Map<String, Value>, name: &str) -> Result<Option<i64>> {
    if let Some(unknown) = body.keys().find(|key| *key != name) {
        let detail = format!("is no field here; the field is {name}");
        return Err(Error::field(format!("/{unknown}"), "unknown", detail));
    }
    let read = |value: &Value| {
        let wrong = || Error::field(format!("/{name}"), "format", "must be a whole number");
        value.as_i64().ok_or_else(wrong)
    };
    body.get(name).map(read).transpose()
}

/// The webhook as it was sent. `standing` has its id and version, which may be sent back.
fn input(body: &Map<String, Value>, standing: Option<(i32, i32)>) -> Result<WebhookInput> {
    let by_shop = ["created_at", "former_secret_until"];
    let mut faults = strays(body, &FIELDS, "webhook_id", standing, &by_shop);
    let mut fault = |name: &str, code, detail: &str| {
        faults.push(FieldError::new(format!("/{name}"), code, detail.to_owned()));
    };
    let url = match body.get("url") {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(url)) => url.clone(),
        Some(_) => {
            fault("url", "format", "must be text in quotes");
            String::new()
        }
    };
    let types = match body.get("types") {
        None | Some(Value::Null) => Some(Vec::new()),
        Some(types) => types.as_array().and_then(|types| {
            types
                .iter()
                .map(|kind| kind.as_str().map(str::to_owned))
                .collect()
        }),
    };
    if types.is_none() {
        fault("types", "format", "must be a list of texts in quotes");
    }
    let is_active = body.get("is_active").map_or(Some(true), Value::as_bool);
    if is_active.is_none() {
        fault("is_active", "format", "must be true or false");
    }
    match (types, is_active) {
        (Some(types), Some(is_active)) if faults.is_empty() => Ok(WebhookInput {
            url,
            types,
            is_active,
        }),
        _ => Err(Error::Invalid(faults)),
    }
}
