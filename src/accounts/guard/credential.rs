//! Which proof a request shows: a session cookie or an API key, never both.

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;

use super::{cookie, unauthenticated};
use crate::accounts::model::{ApiKeySecret, SessionToken};
use crate::accounts::{Accounts, Credential};
use crate::error::{Error, Result};

const SCHEME: &str = "Bearer";

/// A key counts in the `Authorization` header only: addresses and bodies end up in logs and histories. Other schemes
/// there are not for us; a proxy in front may ask for a password of its own.
pub fn of(accounts: &Accounts, request: &HttpRequest) -> Result<Option<Credential>> {
    let cookie = cookie::session_value(accounts, request);
    let headers = request.headers().get_all(AUTHORIZATION);
    let mut keys = headers.filter_map(|value| bearer(value.to_str().ok()?));
    match (cookie, keys.next()) {
        (Some(_), Some(_)) => Err(two_credentials("Send a session cookie or an API key, not both.")),
        (None, Some(_)) if keys.next().is_some() => Err(two_credentials("Send one API key.")),
        (None, Some(key)) => {
            let key = ApiKeySecret::parse(key).ok_or_else(malformed)?;
            Ok(Some(Credential::Key(key)))
        }
        (Some(value), None) => Ok(SessionToken::parse(&value).map(Credential::Session)),
        (None, None) => Ok(None),
    }
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, key) = header.split_once(' ').unwrap_or((header, ""));
    scheme.eq_ignore_ascii_case(SCHEME).then(|| key.trim())
}

fn two_credentials(detail: &str) -> Error {
    Error::bad_request("two_credentials", detail)
}

fn malformed() -> Error {
    unauthenticated("The Authorization header holds no API key; write it as: Bearer vk_...")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn api_keys_are_read_from_a_bearer_header_only() {
        for (header, key) in [
            ("Bearer vk_x", Some("vk_x")),
            ("bearer  vk_x ", Some("vk_x")),
            ("Bearer", Some("")),
            ("Basic YTpi", None),
            ("vk_x", None),
            ("", None),
        ] {
            assert_eq!(bearer(header), key, "{header}");
        }
    }
}
