//! The pages that customers see: home, lists, categories, products. Must not know who signed in: guests share them.

use actix_web::{HttpRequest, web};

use super::shelf::{self, Subject};
use crate::catalog::filter::{ProductFilter, Sort};
use crate::catalog::views::{self, Home};
use crate::catalog::{AtAddress, Catalog, Display, PageLink, Shelf, Term, TermTree};
use crate::db::{Moment, Seq, Snapshot};
use crate::error::Result;
use crate::web::extract::{MinSeq, Params};
use crate::web::layout::{NavLink, Shell};
use crate::web::paging::PageRequest;
use crate::web::respond::{self, CachePolicy, Reply};
use crate::web::site::Site;

/// `GET /`
pub async fn home(request: HttpRequest, site: web::Data<Site>, catalog: web::Data<Catalog>) -> Result<Reply> {
    let fresh = MinSeq::of(&request)?;
    let page = PageRequest {
        with_total: true,
        ..PageRequest::default()
    };
    let shelf = catalog
        .shelf(ProductFilter::default(), Sort::default(), page, fresh.at_least())
        .await?;
    let Snapshot { value, epoch, as_of } = fresh.confirm(shelf)?;
    let Shelf { navigation, products } = value;
    let (nav, pages) = (nav(&navigation.categories), page_links(&navigation.pages));
    let home = Home {
        newest: &products.items,
        categories: &navigation.categories,
        total: products.total,
    };
    let page = views::home(&shell(&site, &nav, &pages, "/"), &home);
    Ok(respond::page(page, CachePolicy::Public).as_of(&epoch, as_of))
}

/// `GET /products`
pub async fn index(
    request: HttpRequest,
    site: web::Data<Site>,
    catalog: web::Data<Catalog>,
) -> Result<Reply> {
    // Other parameters, such as those that newsletters add to links, change nothing.
    let params = Params::decode(request.query_string())?;
    Ok(
        shelf::page(&request, &site, &catalog, &params, &Subject::Everything)
            .await?
            .reply,
    )
}

/// `GET /categories/{slug}`
pub async fn category(
    request: HttpRequest,
    path: web::Path<String>,
    site: web::Data<Site>,
    catalog: web::Data<Catalog>,
) -> Result<Reply> {
    let params = Params::decode(request.query_string())?;
    let fresh = MinSeq::of(&request)?;
    let category = match catalog.category(path.into_inner(), fresh.at_least()).await?.value {
        AtAddress::Here(category) => category,
        AtAddress::MovedTo(slug) => {
            return Ok(respond::moved_permanently(&format!("/categories/{slug}")));
        }
    };
    let subject = Subject::Category(category);
    Ok(shelf::page(&request, &site, &catalog, &params, &subject)
        .await?
        .reply)
}

/// `GET /products/{slug}`: an address that the product had before leads to its present one.
pub async fn show(
    request: HttpRequest,
    path: web::Path<String>,
    site: web::Data<Site>,
    catalog: web::Data<Catalog>,
) -> Result<Reply> {
    let fresh = MinSeq::of(&request)?;
    let found = fresh.confirm(catalog.display(path.into_inner(), fresh.at_least()).await?)?;
    Ok(at_address(&site, &found, request.path()))
}

/// The page of a product for one who has no position.
///
/// # Errors
/// Those of [`Catalog::display`].
pub async fn product(site: &Site, catalog: &Catalog, slug: String) -> Result<Reply> {
    let path = format!("/products/{slug}");
    let found = catalog.display(slug, Seq::default()).await?;
    Ok(at_address(site, &found, &path))
}

fn at_address(site: &Site, found: &Snapshot<AtAddress<Display>>, path: &str) -> Reply {
    let display = match &found.value {
        AtAddress::MovedTo(slug) => return respond::moved_permanently(&format!("/products/{slug}")),
        AtAddress::Here(display) => display,
    };
    let (nav, pages) = (
        nav(&display.navigation.categories),
        page_links(&display.navigation.pages),
    );
    let page = views::product(&shell(site, &nav, &pages, path), display, Moment::now());
    respond::page(page, CachePolicy::Public)
        .counted(display.product.product_id.to_string())
        .as_of(&found.epoch, found.as_of)
}

/// The categories of the top as the navigation shows them.
pub fn nav(categories: &TermTree) -> Vec<NavLink> {
    let link = |category: &Term| NavLink {
        label: category.name.clone(),
        path: format!("/categories/{}", category.slug),
    };
    categories.children(None).map(link).collect()
}

/// The pages of text as the foot of every page shows them.
pub fn page_links(pages: &[PageLink]) -> Vec<NavLink> {
    let link = |page: &PageLink| NavLink {
        label: page.title.clone(),
        path: format!("/pages/{}", page.slug),
    };
    pages.iter().map(link).collect()
}

/// What surrounds a public page.
pub fn shell<'a>(site: &'a Site, nav: &'a [NavLink], pages: &'a [NavLink], path: &'a str) -> Shell<'a> {
    Shell {
        site,
        nav,
        pages: Some(pages),
        path,
        query: "",
        signed_in: false,
    }
}
