//! The pages that customers see: home, lists, categories, products. Must not know who signed in: guests share them.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};

use crate::cache::Cache;
use crate::catalog::filter::{ProductFilter, Scope, Sort};
use crate::catalog::views::{self, FilterForm, Home, List};
use crate::catalog::{AtAddress, Catalog, Shelf, Term, TermTree};
use crate::db::{Moment, Seq};
use crate::error::{Error, Result};
use crate::web::extract::{MinSeq, Params};
use crate::web::layout::{NavLink, Shell};
use crate::web::listing;
use crate::web::paging::{DEFAULT_LIMIT, Page, PageRequest};
use crate::web::respond::{self, CachePolicy, Reply};
use crate::web::site::Site;

/// `GET /`
pub async fn home(
    request: HttpRequest,
    site: web::Data<Site>,
    catalog: web::Data<Catalog>,
    cache: web::Data<Cache>,
) -> Result<Reply> {
    let make = async {
        let fresh = MinSeq::of(&request)?;
        let page = PageRequest {
            with_total: true,
            ..PageRequest::default()
        };
        let shelf = catalog
            .shelf(ProductFilter::default(), Sort::default(), page, fresh.at_least())
            .await?;
        let Shelf { categories, products } = fresh.confirm(shelf)?.value;
        let nav = nav(&categories);
        let home = Home {
            newest: &products.items,
            categories: &categories,
            total: products.total,
        };
        Ok(respond::page(
            views::home(&shell(&site, &nav, "/"), &home),
            CachePolicy::Public,
        ))
    };
    cache.answer(make).await
}

/// `GET /products`
pub async fn index(
    request: HttpRequest,
    site: web::Data<Site>,
    catalog: web::Data<Catalog>,
    cache: web::Data<Cache>,
) -> Result<Reply> {
    let make = async {
        // Other parameters, such as those that newsletters add to links, change nothing.
        let params = Params::decode(request.query_string())?;
        shelf_page(&request, &site, &catalog, &params, None).await
    };
    cache.answer(make).await
}

/// `GET /categories/{slug}`
pub async fn category(
    request: HttpRequest,
    path: web::Path<String>,
    site: web::Data<Site>,
    catalog: web::Data<Catalog>,
    cache: web::Data<Cache>,
) -> Result<Reply> {
    let make = async {
        let params = Params::decode(request.query_string())?;
        let fresh = MinSeq::of(&request)?;
        let category = match catalog.category(path.into_inner(), fresh.at_least()).await?.value {
            AtAddress::Here(category) => category,
            AtAddress::MovedTo(slug) => {
                return Ok(respond::moved_permanently(&format!("/categories/{slug}")));
            }
        };
        shelf_page(&request, &site, &catalog, &params, Some(category)).await
    };
    cache.answer(make).await
}

/// `GET /products/{slug}`: an address that the product had before leads to its present one.
pub async fn show(
    request: HttpRequest,
    path: web::Path<String>,
    site: web::Data<Site>,
    catalog: web::Data<Catalog>,
    cache: web::Data<Cache>,
) -> Result<Reply> {
    let make = async {
        let fresh = MinSeq::of(&request)?;
        let found = fresh.confirm(catalog.display(path.into_inner(), fresh.at_least()).await?)?;
        let display = match found.value {
            AtAddress::MovedTo(slug) => return Ok(respond::moved_permanently(&format!("/products/{slug}"))),
            AtAddress::Here(display) => display,
        };
        catalog.count_view(display.product.product_id);
        let nav = nav(&display.categories);
        let shell = shell(&site, &nav, request.path());
        let page = views::product(&shell, &display, Moment::now());
        Ok(respond::page(page, CachePolicy::Public))
    };
    cache.answer(make).await
}

/// A list with its filter form; a filter that cannot be understood is shown again with what is wrong with it.
async fn shelf_page(
    request: &HttpRequest,
    site: &Site,
    catalog: &Catalog,
    params: &Params,
    category: Option<Term>,
) -> Result<Reply> {
    let fresh = MinSeq::of(request)?;
    let (shelf, asked, fault) = match read_shelf(catalog, params, category.as_ref(), fresh.at_least()).await {
        Ok((shelf, asked)) => (shelf, asked, None),
        Err(Error::BadRequest { detail, .. }) => {
            let categories = catalog.categories(fresh.at_least()).await?.value;
            (
                Shelf {
                    categories,
                    products: empty_page(),
                },
                PageRequest::default(),
                Some(detail),
            )
        }
        Err(error) => return Err(error),
    };
    let typed = |name: &str| {
        params
            .iter()
            .find(|(found, _)| *found == name)
            .map_or("", |(_, value)| value)
    };
    let sort = Sort::parse(Some(typed("sort"))).unwrap_or_default().to_string();
    let list = List {
        category: category.as_ref(),
        categories: &shelf.categories,
        filter: FilterForm {
            category: category
                .as_ref()
                .map_or(typed("category"), |category| &category.slug),
            min_price: typed("min_price"),
            max_price: typed("max_price"),
            in_stock: ["1", "true", "on"].contains(&typed("in_stock")),
            on_sale: ["1", "true", "on"].contains(&typed("on_sale")),
            brand: typed("brand"),
            tag: typed("tag"),
            q: typed("q"),
            created_since: typed("created_since"),
            sort: if sort == Sort::default().to_string() {
                "newest"
            } else {
                &sort
            },
        },
        products: &shelf.products,
        links: listing::page_links(request.path(), params, &asked, &shelf.products),
        fault: fault.as_deref(),
    };
    let nav = nav(&shelf.categories);
    let page = respond::page(
        views::list(&shell(site, &nav, request.path()), &list),
        CachePolicy::Public,
    );
    Ok(if fault.is_some() {
        page.status(StatusCode::BAD_REQUEST)
    } else {
        page
    })
}

async fn read_shelf(
    catalog: &Catalog,
    params: &Params,
    category: Option<&Term>,
    at_least: Seq,
) -> Result<(Shelf, PageRequest)> {
    let mut filter = ProductFilter::parse(Scope::Visible, params.iter())?;
    if let Some(category) = category {
        filter.categories = vec![category.slug.clone()];
    }
    let sort = Sort::parse(params.one("sort")?)?;
    let page = PageRequest::parse_numbered(params.one("page")?, params.one("after")?)?;
    let shelf = catalog.shelf(filter, sort, page.clone(), at_least).await?;
    Ok((shelf.value, page))
}

fn empty_page<T>() -> Page<T> {
    Page {
        items: Vec::new(),
        next: None,
        prev: None,
        total: None,
        limit: DEFAULT_LIMIT,
    }
}

/// The categories of the top as the navigation shows them.
pub fn nav(categories: &TermTree) -> Vec<NavLink> {
    let link = |category: &Term| NavLink {
        label: category.name.clone(),
        path: format!("/categories/{}", category.slug),
    };
    categories.children(None).map(link).collect()
}

/// What surrounds a public page.
pub fn shell<'a>(site: &'a Site, nav: &'a [NavLink], path: &'a str) -> Shell<'a> {
    Shell {
        site,
        nav,
        path,
        query: "",
        signed_in: false,
    }
}
