//! `/account/passkeys`: making one's own passkeys and taking them away, which asks for a fresh sign-in; `/login/passkey`: signing in
//! with one. Either way a script of the page asks for a question first, and sends the browser's answer to it as a form.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use serde_json::json;

use super::account::own;
use super::second_step::{begin_anew, entered};
use super::{NOT_STORED, OWNER, Way, sign_in_again, typed_form, viewer};
use crate::accounts::guard::{self, TypedForm};
use crate::accounts::model::{OneTimeToken, Sent};
use crate::accounts::passkeys::Question;
use crate::accounts::views::passkeys as views;
use crate::accounts::{Accounts, Entrance, Principal};
use crate::error::{Error, FieldError, Result};
use crate::web::client::{Household, RequestId};
use crate::web::endpoint::{Endpoint, Guarded, at, for_people};
use crate::web::extract::{FormBody, Params, path_id};
use crate::web::origin::require_own_origin;
use crate::web::permission::SIGNED_IN_FRESHLY;
use crate::web::respond::{Reply, json, page, see_other};

pub fn open() -> [Endpoint; 2] {
    [
        at("/login/passkey", OWNER).get(begin_anew).post(sign_in),
        at("/login/passkey/question", OWNER).post(ask),
    ]
}

pub fn guarded() -> [Guarded; 3] {
    [
        for_people(views::ADDRESS, OWNER)
            .get(SIGNED_IN_FRESHLY, show)
            .post(SIGNED_IN_FRESHLY, add),
        for_people("/account/passkeys/question", OWNER).post(SIGNED_IN_FRESHLY, ask_for_new),
        for_people("/account/passkeys/remove", OWNER).post(SIGNED_IN_FRESHLY, remove),
    ]
}

/// `GET /account/passkeys`: where a new one is made.
async fn show(request: HttpRequest, accounts: web::Data<Accounts>, principal: Principal) -> Result<Reply> {
    Params::parse(&request, &[])?;
    shown(&accounts, &principal, "", &[])
}

fn shown(accounts: &Accounts, principal: &Principal, name: &str, faults: &[FieldError]) -> Result<Reply> {
    let party = accounts.needed_party()?;
    let viewer = viewer(accounts, principal);
    Ok(page(views::new(&viewer, party, name, faults), NOT_STORED))
}

async fn ask_for_new(accounts: web::Data<Accounts>, principal: Principal) -> Result<Reply> {
    let (user_id, session) = own(&principal)?;
    asked(&accounts.ask_for_new_passkey(user_id, session).await?)
}

async fn add(
    accounts: web::Data<Accounts>,
    principal: Principal,
    request_id: RequestId,
    FormBody(form): FormBody,
) -> Result<Reply> {
    let part = |name: &str| form.one(name).map(Option::unwrap_or_default);
    let sent = Sent {
        client_data: part("client_data")?,
        authenticator_data: part("authenticator_data")?,
        ..Sent::default()
    };
    let (token, name) = (OneTimeToken::parse(part("token")?), part("name")?);
    let added = accounts
        .add_passkey(
            principal.origin(&request_id),
            own(&principal)?,
            (token, &sent, name),
        )
        .await;
    match added {
        Ok(()) => Ok(see_other("/account?notice=passkey-added")),
        Err(Error::Invalid(faults)) => {
            let again = shown(&accounts, &principal, name, &faults)?;
            Ok(again.status(StatusCode::UNPROCESSABLE_ENTITY))
        }
        Err(error) => Err(error),
    }
}

async fn remove(
    accounts: web::Data<Accounts>,
    principal: Principal,
    request_id: RequestId,
    FormBody(form): FormBody,
) -> Result<Reply> {
    let passkey_id = path_id(form.one("passkey")?.unwrap_or_default(), "passkey")?;
    accounts
        .remove_passkey(principal.origin(&request_id), own(&principal)?, passkey_id)
        .await?;
    Ok(see_other("/account?notice=passkey-removed"))
}

async fn ask(
    accounts: web::Data<Accounts>,
    request: HttpRequest,
    Household(from): Household,
) -> Result<Reply> {
    require_own_origin(accounts.site(), &request)?;
    asked(&accounts.ask_for_passkey(from).await?)
}

/// What the script reads.
fn asked(question: &Question) -> Result<Reply> {
    let body = json!({"token": question.token.expose(), "publicKey": question.options});
    json(&body, NOT_STORED)
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
    let token = OneTimeToken::parse(form.value("token"));
    match accounts
        .sign_in_by_passkey((token, &sent(&form)), previous, from)
        .await
    {
        Ok(signed_in) => entered(&request, &accounts, &Entrance::SignedIn(signed_in), &way),
        Err(error) => sign_in_again(&accounts, &way, "", error),
    }
}

fn sent(form: &TypedForm) -> Sent<'_> {
    Sent {
        credential: form.value("credential"),
        client_data: form.value("client_data"),
        authenticator_data: form.value("authenticator_data"),
        signature: form.value("signature"),
        user_handle: form.value("user_handle"),
    }
}
