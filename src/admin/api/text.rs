//! The shop's pages of text for programs. Must not know the owner's forms.

use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, web};
use serde_json::{Map, Value, json};

use super::strays::strays;
use super::{flagged, repeatable};
use crate::accounts::Principal;
use crate::catalog::{Catalog, TextPage, TextPageInput};
use crate::error::{Error, FieldError, Result};
use crate::web::client::RequestId;
use crate::web::extract::{IfMatch, JsonObject, MinSeq, Params, path_id};
use crate::web::respond::{self, CachePolicy, Reply};

const ADDRESS: &str = "/api/admin/pages";

/// What is sent; the rest of what was read may be sent back as it was.
const FIELDS: [&str; 5] = ["title", "slug", "body", "position", "is_published"];

/// `GET /api/admin/pages`
pub async fn index(request: HttpRequest, catalog: web::Data<Catalog>) -> Result<Reply> {
    Params::parse(&request, &[])?;
    let fresh = MinSeq::of(&request)?;
    let found = fresh.confirm(catalog.text_pages(fresh.at_least()).await?)?;
    let data: Vec<Value> = found.value.iter().map(resource).collect();
    respond::json(&json!({ "data": data }), CachePolicy::PrivateNoStore)
}

/// `GET /api/admin/pages/{id}`
pub async fn show(
    request: HttpRequest,
    path: web::Path<String>,
    catalog: web::Data<Catalog>,
) -> Result<Reply> {
    Params::parse(&request, &[])?;
    let fresh = MinSeq::of(&request)?;
    let found = catalog.text_page(page_id(&path)?, fresh.at_least()).await?;
    answer(&fresh.confirm(found)?.value)
}

/// `POST /api/admin/pages`
pub async fn create(
    request: HttpRequest,
    principal: Principal,
    request_id: RequestId,
    catalog: web::Data<Catalog>,
    body: JsonObject,
) -> Result<Reply> {
    let repeatable = repeatable(&request, &body)?;
    let input = input(&body.fields, None)?;
    let created = catalog
        .create_text_page(principal.origin(&request_id), input, repeatable)
        .await?;
    let (page, replayed) = created.value;
    let reply = answer(&page)?.seq(created.seq);
    Ok(flagged(reply, replayed)
        .status(StatusCode::CREATED)
        .header(LOCATION, format!("{ADDRESS}/{}", page.page_id)))
}

/// `PUT /api/admin/pages/{id}`
pub async fn replace(
    request: HttpRequest,
    principal: Principal,
    request_id: RequestId,
    path: web::Path<String>,
    catalog: web::Data<Catalog>,
    body: JsonObject,
) -> Result<Reply> {
    let page_id = page_id(&path)?;
    let IfMatch(version) = IfMatch::of(request.headers())?;
    let input = input(&body.fields, Some((page_id, version)))?;
    let origin = principal.origin(&request_id);
    let saved = catalog.save_text_page(origin, (page_id, version), input).await?;
    Ok(answer(&saved.value)?.seq(saved.seq))
}

/// `DELETE /api/admin/pages/{id}`
pub async fn delete(
    request: HttpRequest,
    principal: Principal,
    request_id: RequestId,
    path: web::Path<String>,
    catalog: web::Data<Catalog>,
) -> Result<Reply> {
    let page_id = page_id(&path)?;
    let IfMatch(version) = IfMatch::of(request.headers())?;
    let origin = principal.origin(&request_id);
    let deleted = catalog.delete_text_page(origin, (page_id, version)).await?;
    Ok(respond::no_content().seq(deleted.seq))
}

fn page_id(path: &str) -> Result<i32> {
    path_id(path, "page")
}

fn resource(page: &TextPage) -> Value {
    json!({
        "page_id": page.page_id,
        "title": page.title,
        "slug": page.slug,
        "body": page.body,
        "position": page.position,
        "is_published": page.is_published,
        "version": page.version,
        "updated_at": page.updated_at,
    })
}

fn answer(page: &TextPage) -> Result<Reply> {
    Ok(respond::json(&resource(page), CachePolicy::PrivateNoStore)?.version(page.version))
}

/// The page as it was sent. `standing` has its id and version, which may be sent back.
fn input(body: &Map<String, Value>, standing: Option<(i32, i32)>) -> Result<TextPageInput> {
    let mut faults = strays(body, &FIELDS, "page_id", standing, &["updated_at"]);
    let mut fault = |name: &str, code, detail: String| {
        faults.push(FieldError::new(format!("/{name}"), code, detail));
    };
    let mut text = |name: &str| match body.get(name) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) if name == "position" => number.to_string(),
        Some(_) => {
            let form = if name == "position" {
                "must be a whole number"
            } else {
                "must be text in quotes"
            };
            fault(name, "format", form.to_owned());
            String::new()
        }
    };
    let input = TextPageInput {
        title: text("title"),
        slug: text("slug"),
        body: text("body"),
        position: text("position"),
        is_published: match body.get("is_published") {
            None => true,
            Some(Value::Bool(is_published)) => *is_published,
            Some(_) => {
                fault("is_published", "format", "must be true or false".to_owned());
                false
            }
        },
    };
    if faults.is_empty() {
        Ok(input)
    } else {
        Err(Error::Invalid(faults))
    }
}
