//! The document over HTTP: for programs and for people.

use actix_web::http::header::HOST;
use actix_web::{HttpRequest, web};

use super::document::Document;
use super::page;
use crate::error::Result;
use crate::web::layout::Shell;
use crate::web::respond::{self, CachePolicy, Reply};
use crate::web::site::Site;

/// `GET /openapi.json`
pub async fn show(document: web::Data<Document>) -> Reply {
    respond::bytes(
        "application/json; charset=utf-8",
        document.bytes().to_vec(),
        CachePolicy::Public,
    )
}

/// `GET /docs`
pub async fn page(
    request: HttpRequest,
    document: web::Data<Document>,
    site: web::Data<Site>,
) -> Result<Reply> {
    let shell = Shell {
        site: &site,
        nav: &[],
        pages: None,
        path: request.path(),
        query: "",
        signed_in: false,
    };
    let markup = page::page(&shell, document.value(), &origin(&site, &request));
    Ok(respond::page(markup, CachePolicy::Public))
}

/// Where the examples send their requests. Only a host that is the shop's own comes as far as here.
fn origin(site: &Site, request: &HttpRequest) -> String {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let here = || format!("http://{}", host.unwrap_or("localhost"));
    site.public_origin().map_or_else(here, str::to_owned)
}
