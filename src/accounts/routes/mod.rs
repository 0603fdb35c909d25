//! Addresses of accounts: the set-up of the first owner, signing in and out, links that work once; one's own account; people
//! and keys of the shop.
//!
//! No guard stands in front of those here. All of them answer with what nobody may store, and accept forms from our own
//! pages only.

mod account;
mod factor;
mod forgotten;
mod keys;
mod passkeys;
mod people;
mod register;
mod second_step;

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpRequest, web};

use super::guard::{self, TypedForm};
use super::links::{LINK_PATH, dead_link};
use super::model::{NewUser, NextPath, OneTimeToken, Principal};
use super::setup::invalid_link;
use super::{Accounts, Credential, SignedIn, views};
use crate::config::Feature;
use crate::db::Seq;
use crate::error::{Error, Result};
use crate::web::client::{Household, RequestId};
use crate::web::desk::Viewer;
use crate::web::endpoint::{Endpoint, at};
use crate::web::extract::{FormBody, Params, SEQ_COOKIE, collect};
use crate::web::origin::require_own_origin;
use crate::web::respond::{CachePolicy, Reply, page, see_other, seq_cookie};

const NOT_STORED: CachePolicy = CachePolicy::PrivateNoStore;

/// A form that travels inside another one is escaped once more, which makes it at most three times as long.
const CARRY_GROWTH: usize = 3;

const OWNER: &[Feature] = &[Feature::Admin];

pub fn endpoints() -> impl Iterator<Item = Endpoint> {
    let open = [
        at("/admin/setup", OWNER).get(setup_page).post(set_up),
        at("/login", OWNER).get(sign_in_page).post(sign_in),
        second_step::endpoint(),
        forgotten::endpoint(),
        at("/logout", OWNER).post(sign_out),
        at(LINK_PATH, OWNER).get(link_page).post(follow_link),
        register::endpoint(),
    ];
    let guarded = account::endpoints()
        .into_iter()
        .chain(factor::endpoints())
        .chain(passkeys::guarded())
        .chain(people::endpoints())
        .chain(keys::endpoints());
    open.into_iter()
        .chain(passkeys::open())
        .chain(guarded.map(Endpoint::from))
}

async fn setup_page(accounts: web::Data<Accounts>, request: HttpRequest) -> Result<Reply> {
    let query = Params::parse(&request, &["token"])?;
    let token = OneTimeToken::parse(query.one("token")?.unwrap_or("")).ok_or_else(invalid_link)?;
    accounts.check_setup(&token).await?;
    Ok(page(views::set_up(token.expose(), "", "", &[]), NOT_STORED))
}

async fn set_up(
    accounts: web::Data<Accounts>,
    request: HttpRequest,
    request_id: RequestId,
    FormBody(form): FormBody,
) -> Result<Reply> {
    require_own_origin(accounts.site(), &request)?;
    let typed = |field: &str| form.one(field).map(Option::unwrap_or_default);
    let token = OneTimeToken::parse(typed("token")?).ok_or_else(invalid_link)?;
    accounts.check_setup(&token).await?;
    let (name, email) = (typed("name")?, typed("email")?);
    match NewUser::owner(name, email, typed("password")?, accounts.shop_name()) {
        Ok(owner) => {
            let signed_in = accounts
                .set_up_owner(&token, owner, request_id.to_string())
                .await?;
            Ok(with_session(
                see_other(NextPath::home_of(signed_in.role).as_str()),
                &request,
                &accounts,
                &signed_in,
            ))
        }
        Err(Error::Invalid(faults)) => {
            let form_again = views::set_up(token.expose(), name, email, &faults);
            Ok(page(form_again, NOT_STORED).status(StatusCode::UNPROCESSABLE_ENTITY))
        }
        Err(error) => Err(error),
    }
}

async fn sign_in_page(accounts: web::Data<Accounts>, request: HttpRequest) -> Result<Reply> {
    let query = Params::parse(&request, &["next"])?;
    let next = query.one("next")?.and_then(NextPath::parse);
    if let Some(principal) = user(&accounts, &request).await? {
        return Ok(see_other(next.unwrap_or_else(|| principal.home()).as_str()));
    }
    let next = next.as_ref().map_or("", NextPath::as_str);
    let form = views::sign_in(accounts.party(), next, "", None, None);
    Ok(page(form, NOT_STORED))
}

async fn sign_in(
    accounts: web::Data<Accounts>,
    request: HttpRequest,
    Household(from): Household,
    body: web::Payload,
) -> Result<Reply> {
    let form = typed_form(&accounts, &request, body).await?;
    let way = Way::of(&form);
    let previous = guard::session_token(&accounts, &request);
    let email = form.value("email");
    match accounts
        .sign_in(email, form.value("password"), previous, from)
        .await
    {
        Ok(entrance) => second_step::entered(&request, &accounts, &entrance, &way),
        Err(error) => sign_in_again(&accounts, &way, email, error),
    }
}

/// What was typed to sign in, on a page of ours.
async fn typed_form(accounts: &Accounts, request: &HttpRequest, body: web::Payload) -> Result<TypedForm> {
    require_own_origin(accounts.site(), request)?;
    let body = collect(body.into_inner(), sign_in_body_max(accounts)).await?;
    TypedForm::parse(&body)
}

/// The sign-in page once more, which says what went wrong.
fn sign_in_again(accounts: &Accounts, way: &Way<'_>, email: &str, error: Error) -> Result<Reply> {
    let Some(told) = told(&error) else {
        return Err(error);
    };
    let form = views::sign_in(accounts.party(), way.next(), email, way.carry, Some(&told));
    Ok(again(page(form, NOT_STORED), &error))
}

/// Bytes of a form for signing in, with another one in it.
fn sign_in_body_max(accounts: &Accounts) -> usize {
    accounts.site().max_body * (1 + CARRY_GROWTH)
}

/// Where somebody was going when asked to sign in.
struct Way<'a> {
    next: Option<NextPath>,
    /// The form that was on its way there; `None` for a page.
    carry: Option<&'a str>,
}

impl<'a> Way<'a> {
    fn of(form: &'a TypedForm) -> Self {
        Self {
            next: NextPath::parse(form.value("next")),
            carry: form.field("carry"),
        }
    }

    fn next(&self) -> &str {
        self.next.as_ref().map_or("", NextPath::as_str)
    }
}

/// What the form says that is shown again; `None` for a failure that is no answer to what was typed. Also when it is too often
/// or too many at once: what the form carries must not be lost.
fn told(error: &Error) -> Option<String> {
    Some(match error {
        Error::Unauthenticated { .. } => error.to_string(),
        Error::Unavailable { .. } => {
            "Too many people are signing in right now. Try again in a few seconds.".to_owned()
        }
        Error::TooManyRequests { retry_after_s } => {
            format!("There were too many tries to sign in. Try again in {retry_after_s} seconds.")
        }
        Error::ReadOnly => {
            "Nobody can sign in while the shop’s main database does not answer. Try again in a moment."
                .to_owned()
        }
        _ => return None,
    })
}

/// The form once more, as the answer to what went wrong.
fn again(form: Reply, error: &Error) -> Reply {
    let reply = form.status(error.status());
    match error {
        Error::Unavailable { retry_after_s, .. } | Error::TooManyRequests { retry_after_s } => {
            reply.header(RETRY_AFTER, retry_after_s.to_string())
        }
        _ => reply,
    }
}

/// `GET /account/link?token=`: an invitation, or a new password.
async fn link_page(accounts: web::Data<Accounts>, request: HttpRequest) -> Result<Reply> {
    let query = Params::parse(&request, &["token"])?;
    let token = OneTimeToken::parse(query.one("token")?.unwrap_or("")).ok_or_else(dead_link)?;
    let linked = accounts.linked(&token).await?;
    Ok(page(views::link(token.expose(), &linked, "", &[]), NOT_STORED))
}

async fn follow_link(
    accounts: web::Data<Accounts>,
    request: HttpRequest,
    request_id: RequestId,
    FormBody(form): FormBody,
) -> Result<Reply> {
    require_own_origin(accounts.site(), &request)?;
    let typed = |field: &str| form.one(field).map(Option::unwrap_or_default);
    let token = OneTimeToken::parse(typed("token")?).ok_or_else(dead_link)?;
    let linked = accounts.linked(&token).await?;
    let (name, password) = (typed("name")?, typed("password")?);
    match accounts
        .follow_link(&token, (name, password), request_id.to_string())
        .await
    {
        Ok(entrance) => {
            let home = Way {
                next: None,
                carry: None,
            };
            second_step::entered(&request, &accounts, &entrance, &home)
        }
        Err(Error::Invalid(faults)) => {
            let form_again = views::link(token.expose(), &linked, name, &faults);
            Ok(page(form_again, NOT_STORED).status(StatusCode::UNPROCESSABLE_ENTITY))
        }
        Err(error) => Err(error),
    }
}

fn viewer<'a>(accounts: &'a Accounts, principal: &'a Principal) -> Viewer<'a> {
    Viewer {
        site: accounts.site(),
        name: principal.name(),
        csrf_token: principal.csrf_token(),
        permissions: principal.permissions(),
        path: "",
        unread: principal.unread(),
    }
}

/// Shows what was typed before the session expired, to be saved with one click under the new session.
fn continue_page(
    request: &HttpRequest,
    accounts: &Accounts,
    signed_in: &SignedIn,
    action: &NextPath,
    carry: &str,
) -> Result<Reply> {
    let typed = TypedForm::parse(carry.as_bytes())?;
    let form = views::continue_form(action.as_str(), typed.fields(), signed_in.csrf_token.expose());
    Ok(with_session(page(form, NOT_STORED), request, accounts, signed_in))
}

async fn sign_out(
    accounts: web::Data<Accounts>,
    request: HttpRequest,
    FormBody(form): FormBody,
) -> Result<Reply> {
    require_own_origin(accounts.site(), &request)?;
    if let Some(principal) = user(&accounts, &request).await? {
        let token = form.one(guard::TOKEN_FIELD)?.unwrap_or_default();
        if !guard::matches_token(&principal, token) {
            return Err(guard::token_missing());
        }
        if let Principal::User { session, .. } = principal {
            accounts.sign_out(session).await?;
        }
    }
    Ok(see_other("/login").cookie(guard::clear_session_cookie(&accounts)))
}

/// Who is signed in in this browser.
async fn user(accounts: &Accounts, request: &HttpRequest) -> Result<Option<Principal>> {
    match guard::session_token(accounts, request) {
        Some(token) => accounts.authenticate(Credential::Session(token)).await,
        None => Ok(None),
    }
}

fn with_session(reply: Reply, request: &HttpRequest, accounts: &Accounts, signed_in: &SignedIn) -> Reply {
    let reply = reply.cookie(guard::session_cookie(accounts, &signed_in.token));
    if request.cookie(SEQ_COOKIE).is_some() {
        return reply;
    }
    // From now on this browser's pages follow each other: the first one sets the position.
    reply.cookie(seq_cookie(Seq::default(), accounts.site().is_https()))
}
