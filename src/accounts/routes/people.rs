//! `/admin/people`: who works in the shop, and as what. Whatever could let somebody in or lock somebody out asks for a fresh
//! sign-in.

use actix_web::http::StatusCode;
use actix_web::http::header::HOST;
use actix_web::{HttpRequest, web};

use super::{NOT_STORED, OWNER, viewer};
use crate::accounts::views::people as views;
use crate::accounts::{Accounts, Email, Link, Principal, Role};
use crate::error::{Error, Result};
use crate::web::client::RequestId;
use crate::web::endpoint::{Guarded, for_people};
use crate::web::extract::{FormBody, Params, path_id};
use crate::web::permission::Permission::Administer;
use crate::web::respond::{Reply, page, see_other};

const LIST: &str = "/admin/people";
const WHAT: &str = "account";

type Context = web::Data<Accounts>;

pub fn endpoints() -> [Guarded; 8] {
    let fresh = Administer.freshly();
    [
        for_people(LIST, OWNER).get(Administer, index).post(fresh, invite),
        for_people("/admin/people/{id}", OWNER).get(Administer, show),
        for_people("/admin/people/{id}/role", OWNER).post(fresh, change_role),
        for_people("/admin/people/{id}/link", OWNER).post(fresh, make_link),
        for_people("/admin/people/{id}/sign-out", OWNER).post(Administer, sign_out),
        for_people("/admin/people/{id}/disable", OWNER).post(fresh, disable),
        for_people("/admin/people/{id}/enable", OWNER).post(fresh, enable),
        for_people("/admin/people/{id}/erase", OWNER)
            .get(Administer, ask_erase)
            .post(fresh, erase),
    ]
}

/// `GET /admin/people`
async fn index(request: HttpRequest, accounts: Context, principal: Principal) -> Result<Reply> {
    Params::parse(&request, &[])?;
    let people = accounts.list_users().await?;
    let form = views::Invitation::default();
    Ok(page(
        views::list(
            &viewer(&accounts, &principal),
            &people,
            &form,
            accounts.sends_mail(),
        ),
        NOT_STORED,
    ))
}

/// `POST /admin/people`: the answer holds the link, this once.
async fn invite(
    request: HttpRequest,
    accounts: Context,
    principal: Principal,
    request_id: RequestId,
    FormBody(form): FormBody,
) -> Result<Reply> {
    let (email, role) = (
        form.one("email")?.unwrap_or_default(),
        form.one("role")?.unwrap_or_default(),
    );
    let invited = match (Email::parse(email), Role::parse(role)) {
        (Ok(email), Ok(role)) => accounts.invite(principal.origin(&request_id), email, role).await,
        (email, role) => {
            let faults = [email.err(), role.err()];
            Err(Error::Invalid(faults.into_iter().flatten().collect()))
        }
    };
    match invited {
        Ok(link) => Ok(link_page(&request, &accounts, &principal, &link)),
        Err(Error::Invalid(faults)) => {
            let people = accounts.list_users().await?;
            let form = views::Invitation {
                email,
                role,
                faults: &faults,
            };
            let again = views::list(
                &viewer(&accounts, &principal),
                &people,
                &form,
                accounts.sends_mail(),
            );
            Ok(page(again, NOT_STORED).status(StatusCode::UNPROCESSABLE_ENTITY))
        }
        Err(error) => Err(error),
    }
}

fn link_page(request: &HttpRequest, accounts: &Accounts, principal: &Principal, link: &Link) -> Reply {
    let viewer = viewer(accounts, principal);
    // Only a host that is the shop's own comes as far as here.
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let here = || format!("http://{}{}", host.unwrap_or("localhost"), link.path());
    let address = viewer.site.absolute(&link.path()).unwrap_or_else(here);
    page(views::link(&viewer, link, &address), NOT_STORED)
}

/// `GET /admin/people/{id}`
async fn show(
    request: HttpRequest,
    path: web::Path<String>,
    accounts: Context,
    principal: Principal,
) -> Result<Reply> {
    let query = Params::parse(&request, &["notice"])?;
    let notice = query.one("notice")?.and_then(views::notice);
    let person = accounts.own_account(path_id(&path, WHAT)?).await?;
    let viewer = viewer(&accounts, &principal);
    Ok(page(views::person(&viewer, &person, notice), NOT_STORED))
}

async fn change_role(
    path: web::Path<String>,
    accounts: Context,
    principal: Principal,
    request_id: RequestId,
    FormBody(form): FormBody,
) -> Result<Reply> {
    let role =
        Role::parse(form.one("role")?.unwrap_or_default()).map_err(|fault| Error::Invalid(vec![fault]))?;
    let user_id = path_id(&path, WHAT)?;
    accounts
        .change_role(principal.origin(&request_id), user_id, role)
        .await?;
    Ok(back(user_id, "role"))
}

/// The answer holds the link, this once.
async fn make_link(
    request: HttpRequest,
    path: web::Path<String>,
    accounts: Context,
    principal: Principal,
    request_id: RequestId,
) -> Result<Reply> {
    let link = accounts
        .link(principal.origin(&request_id), path_id(&path, WHAT)?)
        .await?;
    Ok(link_page(&request, &accounts, &principal, &link))
}

async fn sign_out(path: web::Path<String>, accounts: Context, principal: Principal) -> Result<Reply> {
    let user_id = accounts.own_account(path_id(&path, WHAT)?).await?.user.user_id;
    accounts.end_sessions(principal.actor(), user_id, None).await?;
    Ok(back(user_id, "signed-out"))
}

async fn disable(
    path: web::Path<String>,
    accounts: Context,
    principal: Principal,
    request_id: RequestId,
) -> Result<Reply> {
    let user_id = path_id(&path, WHAT)?;
    accounts
        .disable_user(principal.origin(&request_id), user_id)
        .await?;
    Ok(back(user_id, "disabled"))
}

async fn enable(
    path: web::Path<String>,
    accounts: Context,
    principal: Principal,
    request_id: RequestId,
) -> Result<Reply> {
    let user_id = path_id(&path, WHAT)?;
    accounts
        .enable_user(principal.origin(&request_id), user_id)
        .await?;
    Ok(back(user_id, "enabled"))
}

/// `GET /admin/people/{id}/erase`
async fn ask_erase(path: web::Path<String>, accounts: Context, principal: Principal) -> Result<Reply> {
    let person = accounts.own_account(path_id(&path, WHAT)?).await?;
    Ok(page(
        views::ask_erase(&viewer(&accounts, &principal), &person.user),
        NOT_STORED,
    ))
}

async fn erase(
    path: web::Path<String>,
    accounts: Context,
    principal: Principal,
    request_id: RequestId,
) -> Result<Reply> {
    let user_id = path_id(&path, WHAT)?;
    accounts
        .erase_user(principal.origin(&request_id), user_id)
        .await?;
    Ok(back(user_id, "erased"))
}

fn back(user_id: i32, notice: &str) -> Reply {
    see_other(&format!("{LIST}/{user_id}?notice={notice}"))
}
