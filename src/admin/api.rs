//! The owner's API: `/api/admin/products`, and the change log below. Every write names who did it and answers with its
//! position in the change log. Must not know pages.

pub mod cache;
pub mod changes;
pub mod search;
mod strays;
pub mod system;
pub mod text;
pub mod webhooks;

use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, web};
use serde_json::Value;

use crate::accounts::Principal;
use crate::catalog::filter::{FILTER_PARAMETERS, Scope};
use crate::catalog::routes::api as public;
use crate::catalog::{Answered, Catalog, Extent, Product, ProductEdit, ProductInput, SaveMode};
use crate::db::Committed;
use crate::error::{Error, Result};
use crate::web::client::RequestId;
use crate::web::extract::{IfMatch, JsonObject, MinSeq, Params};
use crate::web::listing::LIST_PARAMETERS;
use crate::web::repeat::{flagged, repeatable};
use crate::web::respond::{self, CachePolicy, Reply};

/// The values of `status`.
pub const STATUSES: [(&str, Scope); 4] = [
    ("kept", Scope::Kept),
    ("visible", Scope::Visible),
    ("hidden", Scope::Hidden),
    ("deleted", Scope::Deleted),
];

/// `GET /api/admin/products`
pub async fn index(request: HttpRequest, catalog: web::Data<Catalog>) -> Result<Reply> {
    let params = Params::parse(
        &request,
        &[&FILTER_PARAMETERS[..], &LIST_PARAMETERS[..], &["status"]].concat(),
    )?;
    let query = public::query(&catalog, status(params.one("status")?)?, &params)?;
    let page = public::products(&catalog, query, &MinSeq::of(&request)?).await?;
    public::list(
        &request,
        &catalog,
        &params,
        &page.value,
        CachePolicy::PrivateNoStore,
    )
}

/// `GET /api/admin/products/{id}`: deleted ones too; its ETag is the version that `If-Match` wants.
pub async fn show(
    request: HttpRequest,
    path: web::Path<String>,
    catalog: web::Data<Catalog>,
) -> Result<Reply> {
    Params::parse(&request, &[])?;
    let fresh = MinSeq::of(&request)?;
    let product = fresh.confirm(
        catalog
            .any_product(public::product_id(&path)?, fresh.at_least())
            .await?,
    )?;
    resource(&catalog, &product.value)
}

/// `POST /api/admin/products`
pub async fn create(
    request: HttpRequest,
    principal: Principal,
    request_id: RequestId,
    catalog: web::Data<Catalog>,
    body: JsonObject,
) -> Result<Reply> {
    let repeatable = repeatable(&request, &body)?;
    let edit = parse(&body, Extent::Whole)?;
    let created = catalog
        .create(principal.origin(&request_id), edit, repeatable)
        .await?;
    let location = format!("/api/admin/products/{}", created.value.product.product_id);
    let reply = answered(&catalog, &created)?;
    Ok(reply.status(StatusCode::CREATED).header(LOCATION, location))
}

/// `PUT /api/admin/products/{id}`
pub async fn replace(
    request: HttpRequest,
    principal: Principal,
    request_id: RequestId,
    path: web::Path<String>,
    catalog: web::Data<Catalog>,
    body: JsonObject,
) -> Result<Reply> {
    save(
        &request,
        &principal,
        &request_id,
        &path,
        &catalog,
        &body,
        SaveMode::Replace,
    )
    .await
}

/// `PATCH /api/admin/products/{id}`
pub async fn amend(
    request: HttpRequest,
    principal: Principal,
    request_id: RequestId,
    path: web::Path<String>,
    catalog: web::Data<Catalog>,
    body: JsonObject,
) -> Result<Reply> {
    save(
        &request,
        &principal,
        &request_id,
        &path,
        &catalog,
        &body,
        SaveMode::Amend,
    )
    .await
}

async fn save(
    request: &HttpRequest,
    principal: &Principal,
    request_id: &RequestId,
    path: &str,
    catalog: &Catalog,
    body: &JsonObject,
    mode: SaveMode,
) -> Result<Reply> {
    let product_id = public::product_id(path)?;
    let IfMatch(version) = IfMatch::of(request.headers())?;
    let extent = match mode {
        SaveMode::Replace => Extent::Whole,
        SaveMode::Amend => Extent::Partial,
    };
    let saved = catalog
        .save(
            principal.origin(request_id),
            product_id,
            version,
            mode,
            parse(body, extent)?,
        )
        .await?;
    Ok(resource(catalog, &saved.value.into_product())?.seq(saved.seq))
}

/// `DELETE /api/admin/products/{id}`
pub async fn delete(
    request: HttpRequest,
    principal: Principal,
    request_id: RequestId,
    path: web::Path<String>,
    catalog: web::Data<Catalog>,
) -> Result<Reply> {
    let product_id = public::product_id(&path)?;
    let IfMatch(version) = IfMatch::of(request.headers())?;
    let deleted = catalog
        .delete(principal.origin(&request_id), product_id, version)
        .await?;
    Ok(respond::no_content()
        .version(deleted.value.version)
        .seq(deleted.seq))
}

/// `POST /api/admin/products/{id}/restore`
pub async fn restore(
    request: HttpRequest,
    principal: Principal,
    request_id: RequestId,
    path: web::Path<String>,
    catalog: web::Data<Catalog>,
) -> Result<Reply> {
    let product_id = public::product_id(&path)?;
    let IfMatch(version) = IfMatch::of(request.headers())?;
    let restored = catalog
        .restore(principal.origin(&request_id), product_id, version)
        .await?;
    Ok(resource(&catalog, &restored.value)?.seq(restored.seq))
}

/// `POST /api/admin/products/{id}/stock` with `{"delta": -1}`: no `If-Match`, since it says what to add, not what there is.
pub async fn adjust_stock(
    request: HttpRequest,
    principal: Principal,
    request_id: RequestId,
    path: web::Path<String>,
    catalog: web::Data<Catalog>,
    body: JsonObject,
) -> Result<Reply> {
    let product_id = public::product_id(&path)?;
    let repeatable = repeatable(&request, &body)?;
    if let Some(unknown) = body.fields.keys().find(|key| *key != "delta") {
        return Err(Error::field(
            format!("/{unknown}"),
            "unknown",
            "is no field here; the field is delta",
        ));
    }
    let delta = body.fields.get("delta").and_then(Value::as_i64);
    let delta = delta.and_then(|delta| i32::try_from(delta).ok()).ok_or_else(|| {
        let detail = "must be a whole number to add to the stock, for example -1";
        Error::field("/delta", "format", detail)
    })?;
    let origin = principal.origin(&request_id);
    let adjusted = catalog
        .adjust_stock(origin, product_id, delta, repeatable)
        .await?;
    answered(&catalog, &adjusted)
}

fn answered(catalog: &Catalog, answer: &Committed<Answered>) -> Result<Reply> {
    let reply = resource(catalog, &answer.value.product)?.seq(answer.seq);
    Ok(flagged(reply, answer.value.replayed))
}

fn parse(body: &JsonObject, extent: Extent) -> Result<ProductEdit> {
    ProductEdit::parse(ProductInput::from_json(&body.fields), extent).map_err(Error::Invalid)
}

fn resource(catalog: &Catalog, product: &Product) -> Result<Reply> {
    Ok(respond::json(&catalog.resource(product), CachePolicy::PrivateNoStore)?.version(product.version))
}

fn status(text: Option<&str>) -> Result<Scope> {
    let word = text.unwrap_or("kept");
    let known = STATUSES.iter().find(|(known, _)| *known == word);
    known.map(|(_, scope)| *scope).ok_or_else(|| {
        Error::bad_request(
            "invalid_parameter",
            "`status` must be kept, visible, hidden or deleted.",
        )
    })
}
