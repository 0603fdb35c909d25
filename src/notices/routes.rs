//! The inbox of whoever is signed in: `/account/notices`. Must not know what a notice says.

use actix_web::{HttpRequest, web};

use super::Notices;
use super::views::{self, ADDRESS};
use crate::accounts::Principal;
use crate::db::Actor;
use crate::error::{Error, Result};
use crate::web::desk::Viewer;
use crate::web::extract::{FormBody, MinSeq};
use crate::web::respond::{self, Reply};
use crate::web::site::Site;

/// `GET /account/notices`
pub async fn index(
    request: HttpRequest,
    site: web::Data<Site>,
    principal: Principal,
    notices: web::Data<Notices>,
) -> Result<Reply> {
    let at_least = MinSeq::of(&request)?.at_least();
    let inbox = notices.inbox(user_id(&principal)?, at_least).await?;
    let viewer = Viewer {
        site: &site,
        name: principal.name(),
        csrf_token: principal.csrf_token(),
        permissions: principal.permissions(),
        path: ADDRESS,
        // Something may have come since it was looked who asks.
        unread: inbox.unread,
    };
    Ok(respond::own_page(views::inbox(&viewer, &inbox)))
}

/// `POST /account/notices`: all are read, up to the newest that was shown.
pub async fn mark_read(
    principal: Principal,
    notices: web::Data<Notices>,
    FormBody(sent): FormBody,
) -> Result<Reply> {
    let up_to = sent.one("up_to")?.and_then(|up_to| up_to.parse().ok());
    let up_to = up_to.ok_or_else(|| {
        Error::bad_request("invalid_form", "The form was changed on its way: open it again.")
    })?;
    notices.mark_read(user_id(&principal)?, up_to).await?;
    Ok(respond::see_other(ADDRESS))
}

fn user_id(principal: &Principal) -> Result<i32> {
    match principal.actor() {
        Actor::User(user_id) => Ok(user_id),
        _ => Err(Error::NotFound { what: "account" }),
    }
}
