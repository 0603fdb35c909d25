//! `/login/forgotten`: asks for a link for a new password, which is mailed; where no mail is sent, says whom to ask. Whether there is
//! such an account makes no difference to any answer.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};

use super::{NOT_STORED, OWNER, again};
use crate::accounts::Accounts;
use crate::accounts::model::Email;
use crate::accounts::views::{self, FORGOTTEN};
use crate::error::{Error, Result};
use crate::web::client::Household;
use crate::web::endpoint::{Endpoint, at};
use crate::web::extract::{FormBody, Params};
use crate::web::origin::require_own_origin;
use crate::web::respond::{Reply, page, see_other};

/// What the address says once somebody has asked.
const ASKED: &str = "asked";

pub fn endpoint() -> Endpoint {
    at(FORGOTTEN, OWNER).get(form).post(ask)
}

async fn form(accounts: web::Data<Accounts>, request: HttpRequest) -> Result<Reply> {
    let query = Params::parse(&request, &["notice"])?;
    let shown = match query.one("notice")? {
        _ if !accounts.sends_mail() => views::forgotten::whom_to_ask(),
        Some(ASKED) => views::forgotten::asked(),
        _ => views::forgotten::form("", &[], None),
    };
    Ok(page(shown, NOT_STORED))
}

async fn ask(
    accounts: web::Data<Accounts>,
    request: HttpRequest,
    Household(from): Household,
    FormBody(sent): FormBody,
) -> Result<Reply> {
    require_own_origin(accounts.site(), &request)?;
    if !accounts.sends_mail() {
        return Err(Error::NotFound { what: "page" });
    }
    let typed = sent.one("email")?.unwrap_or_default();
    let email = match Email::parse(typed) {
        Ok(email) => email,
        Err(fault) => {
            let form_again = views::forgotten::form(typed, &[fault], None);
            return Ok(page(form_again, NOT_STORED).status(StatusCode::UNPROCESSABLE_ENTITY));
        }
    };
    match accounts.forgotten(email, from).await {
        Ok(()) => Ok(see_other(&format!("{FORGOTTEN}?notice={ASKED}"))),
        Err(error @ Error::TooManyRequests { retry_after_s }) => {
            let minutes = retry_after_s.div_ceil(60);
            let told = format!(
                "This was asked for too often. Look into your mailbox, or try again in {minutes} minutes."
            );
            let form_again = views::forgotten::form(typed, &[], Some(&told));
            Ok(again(page(form_again, NOT_STORED), &error))
        }
        Err(error) => Err(error),
    }
}
