//! `/register`: where the shop lets strangers make an account to propose products with.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};

use super::{NOT_STORED, with_session};
use crate::accounts::model::NewUser;
use crate::accounts::{Accounts, views};
use crate::config::{Feature, Registration};
use crate::error::{Error, FieldError, Result};
use crate::web::client::RequestId;
use crate::web::endpoint::{Endpoint, at};
use crate::web::extract::{FormBody, Params};
use crate::web::origin::require_own_origin;
use crate::web::respond::{Reply, page, see_other};

/// Where somebody goes who has just registered.
const PROPOSE: &str = "/submit";

pub fn endpoint() -> Endpoint {
    const NEEDS: &[Feature] = &[Feature::Admin, Feature::Submissions];
    at("/register", NEEDS).get(form).post(register)
}

async fn form(accounts: web::Data<Accounts>, request: HttpRequest) -> Result<Reply> {
    Params::parse(&request, &[])?;
    match accounts.registration() {
        Registration::Off => Err(Error::NotFound { what: "page" }),
        Registration::Invitation => Ok(page(views::register::by_invitation(), NOT_STORED)),
        Registration::Open => Ok(page(
            views::register::form("", "", &[], accounts.sends_mail()),
            NOT_STORED,
        )),
    }
}

async fn register(
    accounts: web::Data<Accounts>,
    request: HttpRequest,
    request_id: RequestId,
    FormBody(sent): FormBody,
) -> Result<Reply> {
    require_own_origin(accounts.site(), &request)?;
    if accounts.registration() != Registration::Open {
        return Err(Error::NotFound { what: "page" });
    }
    let typed = |field: &str| sent.one(field).map(Option::unwrap_or_default);
    let (name, email) = (typed("name")?, typed("email")?);
    let registered = match NewUser::owner(name, email, typed("password")?, accounts.shop_name()) {
        Ok(newcomer) => accounts.register(newcomer, request_id.to_string()).await,
        Err(error) => Err(error),
    };
    let (status, faults) = match registered {
        Ok(signed_in) => return Ok(with_session(see_other(PROPOSE), &request, &accounts, &signed_in)),
        Err(Error::Invalid(faults)) => (StatusCode::UNPROCESSABLE_ENTITY, faults),
        Err(Error::TooManyRequests { .. }) => {
            let detail =
                "As many people have registered today as the shop takes in a day. Try again tomorrow.";
            (
                StatusCode::TOO_MANY_REQUESTS,
                vec![FieldError::new("/", "quota", detail)],
            )
        }
        Err(error) => return Err(error),
    };
    let again = views::register::form(name, email, &faults, accounts.sends_mail());
    Ok(page(again, NOT_STORED).status(status))
}
