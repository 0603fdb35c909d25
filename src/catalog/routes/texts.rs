//! The shop's pages of text as customers see them.

use actix_web::{HttpRequest, web};

use super::pages::{nav, page_links, shell};
use crate::catalog::{AtAddress, Catalog, views};
use crate::db::Snapshot;
use crate::error::Result;
use crate::web::extract::MinSeq;
use crate::web::respond::{self, CachePolicy, Reply};
use crate::web::site::Site;

/// `GET /pages`: all of them, for pages whose foot cannot name them.
pub async fn index(
    request: HttpRequest,
    site: web::Data<Site>,
    catalog: web::Data<Catalog>,
) -> Result<Reply> {
    let fresh = MinSeq::of(&request)?;
    let found = fresh.confirm(catalog.navigation(fresh.at_least()).await?)?;
    let Snapshot { value, epoch, as_of } = found;
    let (nav, pages) = (nav(&value.categories), page_links(&value.pages));
    let page = views::text_pages(&shell(&site, &nav, &pages, "/pages"), &pages);
    Ok(respond::page(page, CachePolicy::Public).as_of(&epoch, as_of))
}

/// `GET /pages/{slug}`: an address that the page had before leads to its present one.
pub async fn show(
    request: HttpRequest,
    path: web::Path<String>,
    site: web::Data<Site>,
    catalog: web::Data<Catalog>,
) -> Result<Reply> {
    let fresh = MinSeq::of(&request)?;
    let found = catalog.text_display(path.into_inner(), fresh.at_least()).await?;
    let Snapshot { value, epoch, as_of } = fresh.confirm(found)?;
    let display = match value {
        AtAddress::MovedTo(slug) => return Ok(respond::moved_permanently(&format!("/pages/{slug}"))),
        AtAddress::Here(display) => display,
    };
    let nav = nav(&display.navigation.categories);
    let pages = page_links(&display.navigation.pages);
    let path = format!("/pages/{}", display.page.slug);
    let page = views::text_page(&shell(&site, &nav, &pages, &path), &display.page);
    Ok(respond::page(page, CachePolicy::Public).as_of(&epoch, as_of))
}
