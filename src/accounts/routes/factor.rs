//! `/account/second-factor`: setting one's own second factor up, and off again. All of it asks for a fresh sign-in.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};

use super::account::own;
use super::{NOT_STORED, OWNER, viewer};
use crate::accounts::views::factor as views;
use crate::accounts::{Accounts, Principal};
use crate::error::{Error, FieldError, Result};
use crate::web::client::RequestId;
use crate::web::endpoint::{Guarded, for_people};
use crate::web::extract::{FormBody, Params};
use crate::web::permission::SIGNED_IN_FRESHLY;
use crate::web::respond::{Reply, page, see_other};

const PAGE: &str = "/account/second-factor";

pub fn endpoints() -> [Guarded; 4] {
    [
        for_people(PAGE, OWNER)
            .get(SIGNED_IN_FRESHLY, show)
            .post(SIGNED_IN_FRESHLY, begin),
        for_people("/account/second-factor/confirm", OWNER).post(SIGNED_IN_FRESHLY, confirm),
        for_people("/account/second-factor/codes", OWNER).post(SIGNED_IN_FRESHLY, new_codes),
        for_people("/account/second-factor/off", OWNER).post(SIGNED_IN_FRESHLY, switch_off),
    ]
}

/// `GET /account/second-factor`: the secret, as long as it is not confirmed.
async fn show(request: HttpRequest, accounts: web::Data<Accounts>, principal: Principal) -> Result<Reply> {
    Params::parse(&request, &[])?;
    shown(&accounts, &principal, &[]).await
}

async fn shown(accounts: &Accounts, principal: &Principal, faults: &[FieldError]) -> Result<Reply> {
    let (user_id, _) = own(principal)?;
    match accounts.unconfirmed_second_factor(user_id).await? {
        Some(unconfirmed) => {
            let viewer = viewer(accounts, principal);
            Ok(page(views::set_up(&viewer, &unconfirmed, faults), NOT_STORED))
        }
        None => Ok(see_other("/account")),
    }
}

/// `POST /account/second-factor`
async fn begin(accounts: web::Data<Accounts>, principal: Principal) -> Result<Reply> {
    let (user_id, _) = own(&principal)?;
    accounts.begin_second_factor(user_id).await?;
    Ok(see_other(PAGE))
}

/// The answer holds the recovery codes, this once.
async fn confirm(
    accounts: web::Data<Accounts>,
    principal: Principal,
    request_id: RequestId,
    FormBody(form): FormBody,
) -> Result<Reply> {
    let typed = form.one("code")?.unwrap_or_default();
    let confirmed = accounts
        .confirm_second_factor(principal.origin(&request_id), own(&principal)?, typed)
        .await;
    match confirmed {
        Ok(codes) => {
            let viewer = viewer(&accounts, &principal);
            Ok(page(views::codes(&viewer, &codes), NOT_STORED))
        }
        Err(Error::Invalid(faults)) => {
            let again = shown(&accounts, &principal, &faults).await?;
            Ok(again.status(StatusCode::UNPROCESSABLE_ENTITY))
        }
        Err(error) => Err(error),
    }
}

/// The answer holds the new recovery codes, this once.
async fn new_codes(
    accounts: web::Data<Accounts>,
    principal: Principal,
    request_id: RequestId,
) -> Result<Reply> {
    let (user_id, _) = own(&principal)?;
    let codes = accounts
        .new_recovery_codes(principal.origin(&request_id), user_id)
        .await?;
    let viewer = viewer(&accounts, &principal);
    Ok(page(views::codes(&viewer, &codes), NOT_STORED))
}

async fn switch_off(
    accounts: web::Data<Accounts>,
    principal: Principal,
    request_id: RequestId,
) -> Result<Reply> {
    let (user_id, session) = own(&principal)?;
    accounts
        .second_factor_off(principal.origin(&request_id), user_id, Some(session.clone()))
        .await?;
    Ok(see_other("/account?notice=second-factor-off"))
}
