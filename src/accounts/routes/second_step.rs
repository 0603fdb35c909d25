//! `/login/code`: the second step of signing in. What the first one proved is a token in the form, which lives for some minutes.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};

use super::{NOT_STORED, OWNER, Way, again, continue_page, told, typed_form, with_session};
use crate::accounts::guard;
use crate::accounts::model::{NextPath, OneTimeToken};
use crate::accounts::second_step::{OVER, over};
use crate::accounts::{Accounts, Entrance, views};
use crate::error::{Error, Result};
use crate::web::client::Household;
use crate::web::endpoint::{Endpoint, at};
use crate::web::respond::{Reply, page, see_other};

pub fn endpoint() -> Endpoint {
    at("/login/code", OWNER).get(begin_anew).post(prove)
}

/// Whoever comes back to this address has no token any more.
pub async fn begin_anew() -> Reply {
    see_other("/login")
}

async fn prove(
    accounts: web::Data<Accounts>,
    request: HttpRequest,
    Household(from): Household,
    body: web::Payload,
) -> Result<Reply> {
    let form = typed_form(&accounts, &request, body).await?;
    let way = Way::of(&form);
    let previous = guard::session_token(&accounts, &request);
    let Some(token) = OneTimeToken::parse(form.value("token")) else {
        return Ok(from_the_start(&accounts, &over(), &way));
    };
    match accounts
        .second_step(&token, form.value("code"), previous, from)
        .await
    {
        Ok(signed_in) => entered(&request, &accounts, &Entrance::SignedIn(signed_in), &way),
        Err(error @ Error::Forbidden { code: OVER, .. }) => Ok(from_the_start(&accounts, &error, &way)),
        Err(error) => {
            let Some(told) = told(&error) else {
                return Err(error);
            };
            let form_again = views::second_step(token.expose(), way.next(), way.carry, Some(&told));
            Ok(again(page(form_again, NOT_STORED), &error))
        }
    }
}

/// The password is asked for again; what was on its way stays on its way.
fn from_the_start(accounts: &Accounts, error: &Error, way: &Way<'_>) -> Reply {
    let told = error.to_string();
    let form = views::sign_in(accounts.party(), way.next(), "", way.carry, Some(&told));
    page(form, NOT_STORED).status(StatusCode::UNAUTHORIZED)
}

/// On with whoever has typed the right password: to where they were going, or to the second step.
pub fn entered(
    request: &HttpRequest,
    accounts: &Accounts,
    entrance: &Entrance,
    way: &Way<'_>,
) -> Result<Reply> {
    let signed_in = match entrance {
        Entrance::SecondStep(token) => {
            let form = views::second_step(token.expose(), way.next(), way.carry, None);
            return Ok(page(form, NOT_STORED));
        }
        Entrance::SignedIn(signed_in) => signed_in,
    };
    let next = way
        .next
        .clone()
        .unwrap_or_else(|| NextPath::home_of(signed_in.role));
    match way.carry {
        Some(carry) => continue_page(request, accounts, signed_in, &next, carry),
        None => Ok(with_session(
            see_other(next.as_str()),
            request,
            accounts,
            signed_in,
        )),
    }
}
