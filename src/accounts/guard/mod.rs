//! The guard in front of everything that only signed-in people and programs with a key may reach.
//!
//! Two middlewares, because people and programs want different answers: [`pages`] sends a browser to the sign-in page
//! and keeps what was typed, [`api`] answers 401. Behind either, a handler asks for a [`Principal`] as an argument;
//! without a guard in front that argument fails, so a route that was forgotten is shut and not open.
//!
//! What each method asks of its caller stands in the table of addresses (`startup::endpoints`) and is checked here, before
//! the handler runs: 403 for a role or scope that does not go so far.
//!
//! A request that changes something and is authenticated by cookie must come from our own origin and carry the token
//! of its session: as header `X-CSRF-Token`, or as form field `csrf_token`.

mod cookie;
mod credential;
mod form;

use std::future::{Ready, ready};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, Responder, web};

pub use cookie::{clear_session_cookie, session_cookie, session_token};
pub use form::{TOKEN_FIELD, TypedForm};

use super::model::{NextPath, Principal};
use super::{Accounts, Credential, views};
use crate::db::Moment;
use crate::error::{Error, Result};
use crate::web::origin::require_own_origin;
use crate::web::permission::{Requirement, Requirements};
use crate::web::respond::{self, CachePolicy, Reply};

const CSRF_HEADER: &str = "X-CSRF-Token";

/// Where somebody is sent who needs a second factor and has none.
const SET_UP_FIRST: &str = "/account?notice=second-factor";

type Answer = Result<ServiceResponse<BoxBody>, actix_web::Error>;

/// In front of pages: only people with a session come through, everybody else is asked to sign in.
pub async fn pages(
    accounts: web::Data<Accounts>,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Answer {
    match admit_page(&accounts, &mut request).await {
        Ok(Admission::Principal(principal)) => pass(principal, request, next).await,
        Ok(Admission::Answer(response)) => Ok(stop(request, response)),
        Err(error) => Ok(stop(request, HttpResponse::from_error(error))),
    }
}

/// In front of the JSON API: a session with its CSRF token, or an API key in the `Authorization` header.
pub async fn api(
    accounts: web::Data<Accounts>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Answer {
    match admit_program(&accounts, &request).await {
        Ok(principal) => pass(principal, request, next).await,
        Err(error) => Ok(stop(request, HttpResponse::from_error(error))),
    }
}

async fn admit_program(accounts: &Accounts, request: &ServiceRequest) -> Result<Principal> {
    let principal = admit_call(accounts, request.request()).await?;
    let requirement = check(&principal, request)?;
    if lacks_second_factor(accounts, &principal, requirement).await? {
        return Err(second_factor_missing());
    }
    if is_stale(&principal, requirement) {
        return Err(not_fresh());
    }
    Ok(principal)
}

enum Admission {
    Principal(Principal),
    Answer(HttpResponse),
}

async fn admit_page(accounts: &Accounts, request: &mut ServiceRequest) -> Result<Admission> {
    let changes_something = !request.method().is_safe();
    if changes_something {
        require_own_origin(accounts.site(), request.request())?;
    }
    // Pages are for people: a key opens none of them.
    let credential = credential::of(accounts, request.request())?;
    let principal = match credential {
        Some(session @ Credential::Session(_)) => accounts.authenticate(session).await?,
        Some(Credential::Key(_)) | None => None,
    };
    let Some(principal) = principal else {
        return ask_to_sign_in(accounts, request, changes_something).await;
    };
    let requirement = check(&principal, request)?;
    if lacks_second_factor(accounts, &principal, requirement).await? {
        let reply = respond::see_other(SET_UP_FIRST);
        return Ok(Admission::Answer(reply.respond_to(request.request())));
    }
    if changes_something && !header_token_matches(&principal, request.request()) {
        let form = TypedForm::take(accounts, request).await?;
        if !matches_token(&principal, form.csrf_token()) {
            return Ok(Admission::Answer(stale_form(&principal, request, &form)));
        }
    }
    if is_stale(&principal, requirement) {
        return prove_again(accounts, request, changes_something).await;
    }
    Ok(Admission::Principal(principal))
}

/// Whether the caller may use the method. An address that does not say what it asks is shut to everybody; behind a method
/// that it does not name stands no handler.
fn check(principal: &Principal, request: &ServiceRequest) -> Result<Option<Requirement>> {
    let requirements = request
        .app_data::<Requirements>()
        .ok_or_else(|| Error::internal("an address behind the guard does not say what it asks"))?;
    let requirement = requirements.of(request.method());
    if let Some(permission) = requirement.and_then(|requirement| requirement.permission) {
        principal.require(permission)?;
    }
    Ok(requirement)
}

/// Whether the shop wants a second factor for this of a person who has none. A key is nothing that somebody has guessed.
async fn lacks_second_factor(
    accounts: &Accounts,
    principal: &Principal,
    requirement: Option<Requirement>,
) -> Result<bool> {
    let Principal::User { user_id, .. } = *principal else {
        return Ok(false);
    };
    let permission = requirement.and_then(|requirement| requirement.permission);
    accounts.lacks_second_factor(user_id, permission).await
}

/// Whether the password has to be typed again first.
fn is_stale(principal: &Principal, requirement: Option<Requirement>) -> bool {
    let stale =
        requirement.is_some_and(|requirement| requirement.is_fresh) && !principal.is_fresh(Moment::now());
    if stale {
        tracing::info!(event = "authz_admin", actor = %principal.actor(), "a fresh sign-in is asked for");
    }
    stale
}

fn second_factor_missing() -> Error {
    Error::Forbidden {
        code: "second_factor_missing",
        detail: "This shop wants a second factor of those who work in it. Set one up under /account."
            .to_owned(),
    }
}

fn not_fresh() -> Error {
    Error::Forbidden {
        code: "sign_in_again",
        detail: "This needs a sign-in of the last ten minutes. Sign in again.".to_owned(),
    }
}

/// A page is fetched again after signing in; a form comes back with what was typed into it.
async fn ask_to_sign_in(
    accounts: &Accounts,
    request: &mut ServiceRequest,
    changes_something: bool,
) -> Result<Admission> {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let next = NextPath::parse(path).unwrap_or_else(NextPath::front);
    if !changes_something {
        return Ok(Admission::Answer(
            to_sign_in(&next)?.respond_to(request.request()),
        ));
    }
    let form = TypedForm::take(accounts, request).await?;
    let page = views::session_expired(accounts.party(), next.as_str(), &form.carry()?);
    let reply = respond::page(page, CachePolicy::PrivateNoStore).status(StatusCode::UNAUTHORIZED);
    Ok(Admission::Answer(reply.respond_to(request.request())))
}

/// Asks for the password again; what was typed comes back, to be sent under the new session.
async fn prove_again(
    accounts: &Accounts,
    request: &mut ServiceRequest,
    changes_something: bool,
) -> Result<Admission> {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let next = NextPath::parse(path).unwrap_or_else(NextPath::front);
    let carry = if changes_something {
        Some(TypedForm::take(accounts, request).await?.carry()?)
    } else {
        None
    };
    let page = views::prove_again(accounts.party(), next.as_str(), carry.as_deref());
    let reply = respond::page(page, CachePolicy::PrivateNoStore).status(StatusCode::UNAUTHORIZED);
    Ok(Admission::Answer(reply.respond_to(request.request())))
}

/// The sign-in page, with the way back to where the person wanted to go.
fn to_sign_in(next: &NextPath) -> Result<Reply> {
    let query = serde_urlencoded::to_string([("next", next.as_str())]).map_err(Error::internal)?;
    Ok(respond::see_other(&format!("/login?{query}")))
}

/// The form was opened in an earlier session of this browser: the person sees what was typed and sends it again.
fn stale_form(principal: &Principal, request: &ServiceRequest, form: &TypedForm) -> HttpResponse {
    tracing::warn!(event = "malicious_csrf", actor = %principal.actor(), "a form without its session's token");
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let action = NextPath::parse(path).unwrap_or_else(NextPath::front);
    let page = views::continue_form(action.as_str(), form.fields(), principal.csrf_token());
    respond::page(page, CachePolicy::PrivateNoStore)
        .status(StatusCode::FORBIDDEN)
        .respond_to(request.request())
}

/// Who calls, by session or key: also for an address that is open to everybody and tells some callers more.
///
/// # Errors
/// 401 without either, or with one that does not count.
pub async fn admit_call(accounts: &Accounts, request: &HttpRequest) -> Result<Principal> {
    let Some(credential) = credential::of(accounts, request)? else {
        return Err(unauthenticated(
            "Sign in, or send an API key as Authorization: Bearer vk_...",
        ));
    };
    let Some(principal) = accounts.authenticate(credential).await? else {
        tracing::info!(
            event = "authn_login_fail",
            "a session or key that counts for nothing"
        );
        return Err(unauthenticated(
            "This session or API key does not count (any more).",
        ));
    };
    let by_cookie = matches!(principal, Principal::User { .. });
    if by_cookie && !request.method().is_safe() {
        require_own_origin(accounts.site(), request)?;
        if !header_token_matches(&principal, request) {
            tracing::warn!(event = "malicious_csrf", actor = %principal.actor(), "a call without its session's token");
            return Err(token_missing());
        }
    }
    Ok(principal)
}

async fn pass(
    principal: Principal,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Answer {
    request.extensions_mut().insert(principal);
    let mut response = next.call(request).await?.map_into_boxed_body();
    response.headers_mut().insert(CACHE_CONTROL, private());
    Ok(response)
}

fn stop(request: ServiceRequest, mut response: HttpResponse) -> ServiceResponse<BoxBody> {
    response.headers_mut().insert(CACHE_CONTROL, private());
    // Not `into_response`: it would drop the error, and the log would not know why.
    ServiceResponse::new(request.into_parts().0, response)
}

/// Nothing behind the guard is kept by anybody, whatever its handler says.
fn private() -> HeaderValue {
    HeaderValue::from_static(CachePolicy::PrivateNoStore.header())
}

fn header_token_matches(principal: &Principal, request: &HttpRequest) -> bool {
    let given = request
        .headers()
        .get(CSRF_HEADER)
        .and_then(|value| value.to_str().ok());
    given.is_some_and(|given| matches_token(principal, given))
}

pub fn matches_token(principal: &Principal, given: &str) -> bool {
    match principal {
        Principal::User { csrf_token, .. } => csrf_token.matches(given),
        Principal::Key { .. } => false,
    }
}

pub fn token_missing() -> Error {
    Error::Forbidden {
        code: "csrf_token_missing",
        detail: format!(
            "The token of your session is missing: {TOKEN_FIELD} in a form, {CSRF_HEADER} otherwise."
        ),
    }
}

fn unauthenticated(detail: &str) -> Error {
    Error::Unauthenticated {
        detail: detail.to_owned(),
    }
}

/// What the guard found out. Fails closed on a route that no guard stands in front of.
impl FromRequest for Principal {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let principal = request.extensions().get::<Self>().cloned();
        ready(principal.ok_or_else(|| unauthenticated("Sign in first.")))
    }
}
