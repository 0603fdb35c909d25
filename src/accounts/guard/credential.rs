//! Which proof a request shows: a session cookie or an API key, never both.

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;

use super::{cookie, unauthenticated};
use crate::accounts::model::{ApiKeySecret, SessionToken};
use crate::accounts::{Accounts, Credential};
use crate::error::{Error, Result};

const SCHEME: &str = "Bearer";

/// A key counts in the `Authorization` header only: addresses and bodies end up in logs and histories.
pub fn of(accounts: &Accounts, request: &HttpRequest) -> Result<Option<Credential>> {
    let cookie = cookie::session_value(accounts, request);
    let mut authorization = request.headers().get_all(AUTHORIZATION);
    match (cookie, authorization.next()) {
        (Some(_), Some(_)) => Err(two_credentials("Send a session cookie or an API key, not both.")),
        (None, Some(_)) if authorization.next().is_some() => {
            Err(two_credentials("Send one Authorization header."))
        }
        (None, Some(value)) => value
            .to_str()
            .ok()
            .and_then(bearer)
            .map(Some)
            .ok_or_else(malformed),
        (Some(value), None) => Ok(SessionToken::parse(&value).map(Credential::Session)),
        (None, None) => Ok(None),
    }
}

fn bearer(header: &str) -> Option<Credential> {
    let (scheme, key) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case(SCHEME) {
        return None;
    }
    ApiKeySecret::parse(key.trim()).map(Credential::Key)
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
    fn a_key_is_read_from_a_bearer_header_only() {
        let key = ApiKeySecret::generate().unwrap();
        let accepted = [
            format!("Bearer {}", key.expose()),
            format!("bearer  {} ", key.expose()),
        ];
        for header in accepted {
            let Some(Credential::Key(read)) = bearer(&header) else {
                panic!("refused");
            };
            assert_eq!(read, key);
        }
        let refused = [
            "",
            "Bearer",
            "Bearer vk_short",
            key.expose(),
            &format!("Basic {}", key.expose()),
        ];
        for header in refused {
            assert!(bearer(header).is_none(), "{header}");
        }
    }
}
