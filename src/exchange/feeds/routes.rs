//! The documents over HTTP. Must not know what stands in them.

use actix_web::{HttpRequest, web};

use super::{atom, merchant, sitemap};
use crate::catalog::{Catalog, ListQuery};
use crate::error::{Error, Result};
use crate::web::extract::{MinSeq, Params};
use crate::web::paging::PageRequest;
use crate::web::respond::{self, CachePolicy, Reply};
use crate::web::site::Site;

const XML: &str = "application/xml; charset=utf-8";

/// `GET /sitemap.xml`
pub async fn sitemap(
    request: HttpRequest,
    site: web::Data<Site>,
    catalog: web::Data<Catalog>,
) -> Result<Reply> {
    site.needed_origin()?;
    let fresh = MinSeq::of(&request)?;
    let read = catalog.addresses(sitemap::ADDRESSES, fresh.at_least()).await?;
    let document = sitemap::whole(&site, &fresh.confirm(read)?.value)?;
    Ok(respond::bytes(XML, document, CachePolicy::Public))
}

/// `GET /sitemaps/{number}.xml`: a part that the index of a large shop names. In a small one they exist as well, so that
/// a crawler finds what an index told it yesterday.
pub async fn sitemap_part(
    request: HttpRequest,
    path: web::Path<String>,
    site: web::Data<Site>,
    catalog: web::Data<Catalog>,
) -> Result<Reply> {
    site.needed_origin()?;
    let unknown = || Error::NotFound { what: "sitemap" };
    let number: u32 = path.parse().map_err(|_| unknown())?;
    let fresh = MinSeq::of(&request)?;
    let document = if number == sitemap::PAGES {
        let read = catalog.navigation(fresh.at_least()).await?;
        sitemap::pages(&site, &fresh.confirm(read)?.value)?
    } else {
        let read = catalog.addresses_of_part(number, sitemap::ADDRESSES, fresh.at_least());
        let products = fresh.confirm(read.await?)?.value;
        if products.is_empty() {
            return Err(unknown());
        }
        sitemap::part(&site, &products)?
    };
    Ok(respond::bytes(XML, document, CachePolicy::Public))
}

/// `GET /feed.atom`
pub async fn atom(request: HttpRequest, site: web::Data<Site>, catalog: web::Data<Catalog>) -> Result<Reply> {
    let fresh = MinSeq::of(&request)?;
    let page = PageRequest {
        limit: atom::ENTRIES,
        ..PageRequest::default()
    };
    let read = catalog.products(ListQuery::page(page), fresh.at_least()).await?;
    let document = atom::feed(&site, &fresh.confirm(read)?.value.page.items)?;
    Ok(respond::bytes(
        "application/atom+xml; charset=utf-8",
        document,
        CachePolicy::Public,
    ))
}

/// `GET /feeds/google.xml`: the first products; each part names the next one, `?after=` its last product.
pub async fn merchant(
    request: HttpRequest,
    site: web::Data<Site>,
    catalog: web::Data<Catalog>,
) -> Result<Reply> {
    site.needed_origin()?;
    let params = Params::decode(request.query_string())?;
    let after = match params.one("after")? {
        None => 0,
        Some(text) => text
            .parse()
            .map_err(|_| Error::bad_request("invalid_parameter", "`after` is the number of a product."))?,
    };
    let fresh = MinSeq::of(&request)?;
    let read = catalog.products_after(after, merchant::ITEMS, fresh.at_least());
    let products = fresh.confirm(read.await?)?.value;
    let last = products
        .last()
        .filter(|_| products.len() == merchant::ITEMS as usize);
    let next = last.map(|product| format!("{}?after={}", request.path(), product.product_id));
    let document = merchant::feed(&site, &products, next.as_deref())?;
    let reply = respond::bytes(XML, document, CachePolicy::Public);
    Ok(match &next {
        Some(next) => reply.link("next", next),
        None => reply,
    })
}
