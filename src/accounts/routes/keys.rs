//! `/admin/keys`: keys of programs. Making and revoking them asks for a fresh sign-in.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};

use super::{NOT_STORED, OWNER, viewer};
use crate::accounts::views::keys as views;
use crate::accounts::{Accounts, NewKey, Principal};
use crate::db::Moment;
use crate::error::{Error, Result};
use crate::web::client::RequestId;
use crate::web::endpoint::{Guarded, for_people};
use crate::web::extract::{FormBody, Params, path_id};
use crate::web::permission::Permission::Administer;
use crate::web::respond::{Reply, page, see_other};

const LIST: &str = "/admin/keys";

pub fn endpoints() -> [Guarded; 2] {
    let fresh = Administer.freshly();
    [
        for_people(LIST, OWNER).get(Administer, index).post(fresh, create),
        for_people("/admin/keys/{id}/revoke", OWNER).post(fresh, revoke),
    ]
}

/// `GET /admin/keys`
async fn index(request: HttpRequest, accounts: web::Data<Accounts>, principal: Principal) -> Result<Reply> {
    let query = Params::parse(&request, &["notice"])?;
    let is_revoked = query.one("notice")? == Some("revoked");
    let list = views::List {
        keys: &accounts.list_keys().await?,
        now: Moment::now(),
        is_revoked,
        form: views::Typed::default(),
    };
    Ok(page(
        views::list(&viewer(&accounts, &principal), &list),
        NOT_STORED,
    ))
}

/// `POST /admin/keys`: the answer holds the key, this once.
async fn create(
    accounts: web::Data<Accounts>,
    principal: Principal,
    request_id: RequestId,
    FormBody(form): FormBody,
) -> Result<Reply> {
    let typed = |field: &str| form.one(field).map(Option::unwrap_or_default);
    let (name, scope, days) = (typed("name")?, typed("scope")?, typed("expires_days")?);
    let now = Moment::now();
    match NewKey::parse(name, scope, days, now) {
        Ok(new) => {
            let made = accounts.create_key(principal.origin(&request_id), new).await?;
            let viewer = viewer(&accounts, &principal);
            Ok(page(views::made(&viewer, &made), NOT_STORED))
        }
        Err(Error::Invalid(faults)) => {
            let list = views::List {
                keys: &accounts.list_keys().await?,
                now,
                is_revoked: false,
                form: views::Typed {
                    name,
                    scope,
                    days,
                    faults: &faults,
                },
            };
            let again = views::list(&viewer(&accounts, &principal), &list);
            Ok(page(again, NOT_STORED).status(StatusCode::UNPROCESSABLE_ENTITY))
        }
        Err(error) => Err(error),
    }
}

async fn revoke(
    path: web::Path<String>,
    accounts: web::Data<Accounts>,
    principal: Principal,
    request_id: RequestId,
) -> Result<Reply> {
    accounts
        .revoke_key(principal.origin(&request_id), path_id(&path, "API key")?)
        .await?;
    Ok(see_other("/admin/keys?notice=revoked"))
}
