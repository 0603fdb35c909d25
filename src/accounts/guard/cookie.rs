//! The cookie that holds the id of a session.

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, SameSite};

use crate::accounts::Accounts;
use crate::accounts::model::SessionToken;

/// Over https the name itself promises: Secure, this host only, `Path=/`. Browsers refuse that name over plain http.
const SECURE_NAME: &str = "__Host-vitrine_sid";
const PLAIN_NAME: &str = "vitrine_sid";

/// Ends with the browser's own session at the latest; the server's time-outs hold in any case.
pub fn session_cookie(accounts: &Accounts, token: &SessionToken) -> Cookie<'static> {
    cookie(accounts, token.expose().to_owned())
}

pub fn clear_session_cookie(accounts: &Accounts) -> Cookie<'static> {
    let mut cookie = cookie(accounts, String::new());
    cookie.make_removal();
    cookie
}

/// The raw value; whether it is an id is for the caller to find out.
pub fn session_value(accounts: &Accounts, request: &HttpRequest) -> Option<String> {
    request
        .cookie(name(accounts.site().is_https()))
        .map(|cookie| cookie.value().to_owned())
}

/// The id that the browser sends, if it can be one.
pub fn session_token(accounts: &Accounts, request: &HttpRequest) -> Option<SessionToken> {
    SessionToken::parse(&session_value(accounts, request)?)
}

fn cookie(accounts: &Accounts, value: String) -> Cookie<'static> {
    build(accounts.site().is_https(), value)
}

fn build(https: bool, value: String) -> Cookie<'static> {
    Cookie::build(name(https), value)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(https)
        .finish()
}

fn name(https: bool) -> &'static str {
    if https { SECURE_NAME } else { PLAIN_NAME }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v3_3_the_cookie_of_a_session_is_bound_to_this_host_over_https() {
        assert_eq!(
            build(true, "x".to_owned()).to_string(),
            "__Host-vitrine_sid=x; HttpOnly; SameSite=Strict; Secure; Path=/"
        );
        assert_eq!(
            build(false, "x".to_owned()).to_string(),
            "vitrine_sid=x; HttpOnly; SameSite=Strict; Path=/"
        );
    }
}
