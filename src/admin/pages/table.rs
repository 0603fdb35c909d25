//! The table of products, and what can be done from it. Must not know the form of a product.

use actix_web::{HttpRequest, web};

use super::history::people;
use super::{Editing, TABLE, shown};
use crate::accounts::{Accounts, Role};
use crate::admin::views::{self, Status, Table};
use crate::catalog::filter::{ProductFilter, Scope, Sort};
use crate::catalog::routes::api::product_id;
use crate::db::Snapshot;
use crate::error::{Error, Result};
use crate::web::extract::{FormBody, Params};
use crate::web::listing;
use crate::web::paging::PageRequest;
use crate::web::permission::Permission;
use crate::web::respond::{self, Reply};

/// `GET /admin/products`
pub async fn index(request: HttpRequest, editing: Editing, accounts: web::Data<Accounts>) -> Result<Reply> {
    let params = Params::parse(&request, &["q", "status", "sort", "page", "after", "notice"])?;
    let status = Status::parse(params.one("status")?.unwrap_or_default()).ok_or_else(|| {
        Error::bad_request(
            "invalid_parameter",
            "`status` must be all, active, hidden, low or deleted.",
        )
    })?;
    let text = ProductFilter::of_text(scope(status), params.one("q")?.unwrap_or_default())?;
    let filter = ProductFilter {
        most_stock: (status == Status::Low).then_some(editing.site.shop.low_stock),
        ..text
    };
    let sort = Sort::parse(params.one("sort")?)?;
    let numbered = PageRequest::parse_numbered(params.one("page")?, params.one("after")?)?;
    let page = PageRequest {
        with_total: true,
        ..numbered
    };
    let products = editing
        .catalog
        .cards(filter, sort, page.clone(), editing.at_least)
        .await?;
    let Snapshot {
        value: products,
        epoch,
        as_of,
    } = products;
    let people = people(&accounts, editors(), editing.at_least).await?;
    let people = serde_json::to_string(&people).map_err(Error::internal)?;
    let table = Table {
        q: params.one("q")?.unwrap_or_default(),
        status,
        sort: params.one("sort")?.unwrap_or_default(),
        own: &own_address(&request),
        products: &products,
        links: listing::page_links(request.path(), &params, &page, &products),
        people: &people,
    };
    Ok(shown(views::table(&editing.desk(&params)?, &table)).as_of(&epoch, as_of))
}

/// Who may change products: customers who propose some are nobody's business here.
fn editors() -> Vec<Role> {
    let edits = |role: &Role| role.permits(Permission::WriteCatalog);
    Role::ALL.into_iter().filter(edits).collect()
}

/// `POST /admin/products/{id}/stock`
pub async fn adjust_stock(
    path: web::Path<String>,
    editing: Editing,
    FormBody(sent): FormBody,
) -> Result<Reply> {
    let product_id = product_id(&path)?;
    let delta = sent.one("delta")?.and_then(|delta| delta.parse().ok());
    let delta =
        delta.ok_or_else(|| Error::bad_request("missing_delta", "The form lacks the number to add."))?;
    let adjusted = editing
        .catalog
        .adjust_stock(editing.origin(), product_id, delta, None)
        .await?;
    // Only a way back into the table: an address from a form could lead anywhere.
    let back = sent
        .one("back")?
        .filter(|back| *back == TABLE || back.starts_with("/admin/products?"));
    let reply = respond::see_other(back.unwrap_or(TABLE));
    Ok(reply.cookie(respond::seq_cookie(adjusted.seq, editing.site.is_https())))
}

fn scope(status: Status) -> Scope {
    match status {
        Status::All => Scope::Kept,
        Status::Active | Status::Low => Scope::Visible,
        Status::Hidden => Scope::Hidden,
        Status::Deleted => Scope::Deleted,
    }
}

/// The address that was asked for, as it can be asked for again.
fn own_address(request: &HttpRequest) -> String {
    match request.query_string() {
        "" => request.path().to_owned(),
        query => format!("{}?{query}", request.path()),
    }
}
