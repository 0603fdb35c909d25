//! `/account`: what people do with their own account. No id of a person stands in any address here: it is always one's own.

use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_DISPOSITION;
use actix_web::{HttpRequest, web};

use super::{NOT_STORED, OWNER, viewer, with_session};
use crate::accounts::views::account as views;
use crate::accounts::{Accounts, Principal, SessionHandle};
use crate::db::Actor;
use crate::error::{Error, FieldError, Result};
use crate::web::client::RequestId;
use crate::web::endpoint::{Guarded, for_people};
use crate::web::extract::{FormBody, Params};
use crate::web::permission::{SIGNED_IN, SIGNED_IN_FRESHLY};
use crate::web::respond::{Reply, bytes, page, see_other};

const PAGE: &str = "/account";

pub fn endpoints() -> [Guarded; 5] {
    [
        for_people(PAGE, OWNER).get(SIGNED_IN, show),
        for_people("/account/password", OWNER).post(SIGNED_IN, change_password),
        for_people("/account/sessions/end", OWNER).post(SIGNED_IN, end_session),
        for_people("/account/sessions/end-others", OWNER).post(SIGNED_IN, end_others),
        for_people("/account/export", OWNER).get(SIGNED_IN_FRESHLY, export),
    ]
}

/// `GET /account`
async fn show(request: HttpRequest, accounts: web::Data<Accounts>, principal: Principal) -> Result<Reply> {
    let query = Params::parse(&request, &["notice"])?;
    let notice = query.one("notice")?.and_then(views::notice);
    shown(&accounts, &principal, notice, &[]).await
}

async fn shown(
    accounts: &Accounts,
    principal: &Principal,
    notice: Option<&str>,
    faults: &[FieldError],
) -> Result<Reply> {
    let (user_id, session) = own(principal)?;
    let account = accounts.own_account(user_id).await?;
    let viewer = viewer(accounts, principal);
    Ok(page(
        views::page(&viewer, (&account, accounts.party()), session, notice, faults),
        NOT_STORED,
    ))
}

async fn change_password(
    request: HttpRequest,
    accounts: web::Data<Accounts>,
    principal: Principal,
    request_id: RequestId,
    FormBody(form): FormBody,
) -> Result<Reply> {
    let who = own(&principal)?;
    let typed = |field: &str| form.one(field).map(Option::unwrap_or_default);
    let passwords = (typed("old_password")?, typed("password")?);
    match accounts
        .change_password(principal.origin(&request_id), who, passwords)
        .await
    {
        Ok(signed_in) => {
            let reply = see_other("/account?notice=password");
            Ok(with_session(reply, &request, &accounts, &signed_in))
        }
        Err(Error::Invalid(faults)) => {
            let again = shown(&accounts, &principal, None, &faults).await?;
            Ok(again.status(StatusCode::UNPROCESSABLE_ENTITY))
        }
        Err(error) => Err(error),
    }
}

/// One session of one's own; it may be this one.
async fn end_session(
    accounts: web::Data<Accounts>,
    principal: Principal,
    FormBody(form): FormBody,
) -> Result<Reply> {
    let (user_id, _) = own(&principal)?;
    let session = SessionHandle::parse(form.one("session")?.unwrap_or_default());
    let session = session.ok_or(Error::NotFound { what: "session" })?;
    accounts.end_session(user_id, session).await?;
    Ok(see_other("/account?notice=ended"))
}

async fn end_others(accounts: web::Data<Accounts>, principal: Principal) -> Result<Reply> {
    let (user_id, session) = own(&principal)?;
    accounts
        .end_sessions(Actor::User(user_id), user_id, Some(session.clone()))
        .await?;
    Ok(see_other("/account?notice=ended"))
}

/// `GET /account/export`: a copy of one's data, as a file.
async fn export(accounts: web::Data<Accounts>, principal: Principal) -> Result<Reply> {
    let (user_id, _) = own(&principal)?;
    let copy = accounts.export_user(user_id).await?;
    let copy = serde_json::to_vec_pretty(&copy).map_err(Error::internal)?;
    let reply = bytes("application/json; charset=utf-8", copy, NOT_STORED);
    Ok(reply.header(CONTENT_DISPOSITION, "attachment; filename=\"my-data.json\""))
}

/// Pages are for people, so there always is one.
pub(super) fn own(principal: &Principal) -> Result<(i32, &SessionHandle)> {
    match principal {
        Principal::User { user_id, session, .. } => Ok((*user_id, session)),
        Principal::Key { .. } => Err(Error::NotFound { what: "account" }),
    }
}
