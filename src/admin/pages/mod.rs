//! The owner's pages. Must not know what makes a value valid or how anything is stored.

pub mod attribute;
pub mod history;
pub mod product;
pub mod remove;
pub mod search;
pub mod system;
pub mod table;
pub mod term;
pub mod text;
pub mod webhooks;

use actix_web::{HttpRequest, web};

use super::views::{Desk, Notice};
use crate::accounts::Principal;
use crate::catalog::Catalog;
use crate::db::{Origin, Router, Seq};
use crate::error::{Error, Result};
use crate::web::client::RequestId;
use crate::web::extract::{MinSeq, Params};
use crate::web::respond::{self, CachePolicy, Reply};
use crate::web::site::Site;

const TABLE: &str = "/admin/products";

/// Who edits what: everything that the handlers of a form need.
pub struct Editing {
    site: web::Data<Site>,
    catalog: web::Data<Catalog>,
    db: web::Data<Router>,
    principal: Principal,
    request_id: RequestId,
    at_least: Seq,
    path: String,
}

/// `GET /admin`: on to where the work of this person begins.
pub async fn home(principal: Principal) -> Reply {
    respond::see_other(principal.home().as_str())
}

impl Editing {
    fn origin(&self) -> Origin {
        self.principal.origin(&self.request_id)
    }

    fn desk(&self, params: &Params) -> Result<Desk<'_>> {
        Ok(Desk {
            site: &self.site,
            user_name: self.principal.name(),
            csrf_token: self.principal.csrf_token(),
            permissions: self.principal.permissions(),
            path: &self.path,
            unread: self.principal.unread(),
            notice: params.one("notice")?.and_then(Notice::parse),
            is_read_only: !self.db.is_writable(),
        })
    }

    /// On to a page which the browser shall see as it was just written.
    fn written(&self, address: &str, notice: Notice, seq: Seq) -> Reply {
        let mark = if address.contains('?') { '&' } else { '?' };
        let address = format!("{address}{mark}notice={}", notice.name());
        respond::see_other(&address).cookie(self.seen(seq))
    }

    /// Lets the browser's next reads have seen a write.
    fn seen(&self, seq: Seq) -> actix_web::cookie::Cookie<'static> {
        respond::seq_cookie(seq, self.site.is_https())
    }
}

/// A field as it was typed.
fn typed(sent: &Params, name: &str) -> Result<String> {
    Ok(sent.one(name)?.unwrap_or_default().to_owned())
}

fn shown(page: maud::Markup) -> Reply {
    respond::page(page, CachePolicy::PrivateNoStore)
}

impl actix_web::FromRequest for Editing {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut actix_web::dev::Payload) -> Self::Future {
        let mut read = || -> Result<Editing> {
            let missing = || Error::internal("the owner's pages were mounted without their contexts");
            Ok(Editing {
                site: request
                    .app_data::<web::Data<Site>>()
                    .cloned()
                    .ok_or_else(missing)?,
                catalog: request
                    .app_data::<web::Data<Catalog>>()
                    .cloned()
                    .ok_or_else(missing)?,
                db: request
                    .app_data::<web::Data<Router>>()
                    .cloned()
                    .ok_or_else(missing)?,
                principal: Principal::from_request(request, payload).into_inner()?,
                request_id: RequestId::from_request(request, payload)
                    .into_inner()
                    .map_err(Error::internal)?,
                at_least: MinSeq::of(request)?.at_least(),
                path: request.path().to_owned(),
            })
        };
        std::future::ready(read())
    }
}
