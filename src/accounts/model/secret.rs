//! The random secrets of accounts: session ids, CSRF tokens, tokens of links that work once, and API keys.
//!
//! Each holds 256 bits of the operating system's randomness. The database holds SHA-256 of a secret, never the
//! secret, and rows are looked up by that hash: what the time of a comparison could reveal is about the hash, from
//! which nobody gets back to a secret of 256 bits.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

const SECRET_BYTES: usize = 32;
/// 256 bits in base64url without padding.
const SECRET_CHARS: usize = 43;
const KEY_PREFIX: &str = "vk_";

pub(super) fn random_text() -> Result<String> {
    let mut bytes = [0_u8; SECRET_BYTES];
    getrandom::fill(&mut bytes).map_err(|error| Error::internal(format!("no randomness: {error}")))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

fn is_random_text(raw: &str) -> bool {
    raw.len() == SECRET_CHARS
        && raw
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

fn sha256_hex(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

macro_rules! secret {
    ($(#[$doc:meta])* $name:ident, $prefix:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name(String);

        impl $name {
            pub fn generate() -> Result<Self> {
                Ok(Self(format!("{}{}", $prefix, random_text()?)))
            }

            /// `None` for what this program never made; saves the question to the database.
            pub fn parse(raw: &str) -> Option<Self> {
                let random = raw.strip_prefix($prefix)?;
                is_random_text(random).then(|| Self(raw.to_owned()))
            }

            /// The secret itself, to be shown or set as a cookie once.
            pub fn expose(&self) -> &str {
                &self.0
            }

            /// What the database holds: SHA-256 as 64 hexadecimal digits.
            pub fn hash(&self) -> String {
                sha256_hex(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "([secret])"))
            }
        }
    };
}

secret!(
    /// The id of a session, held by the browser in a cookie.
    SessionToken,
    ""
);
secret!(
    /// Proves that a form was made by our own page for this session.
    CsrfToken,
    ""
);
secret!(
    /// Opens a page once: the set-up of the first owner, an invitation, a new password, the second step of signing in, a passkey.
    OneTimeToken,
    ""
);
secret!(
    /// An API key. The prefix lets people and secret scanners recognise one that has leaked.
    ApiKeySecret,
    KEY_PREFIX
);

impl CsrfToken {
    /// Compares hashes, so that the time tells nothing about the token.
    pub fn matches(&self, given: &str) -> bool {
        sha256_hex(given) == self.hash()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v7_2_3_secrets_have_256_bits_differ_and_are_read_back() {
        let (one, two) = (
            ApiKeySecret::generate().unwrap(),
            ApiKeySecret::generate().unwrap(),
        );
        assert_ne!(one, two);
        assert!(one.expose().starts_with("vk_") && one.expose().len() == 46);
        assert_eq!(ApiKeySecret::parse(one.expose()).unwrap().hash(), one.hash());
    }

    #[test]
    fn what_this_program_never_made_is_no_secret() {
        let session = SessionToken::generate().unwrap();
        let too_long = format!("{}A", session.expose());
        for raw in ["", "vk_", "x", "' OR 1=1--", &too_long, &"ä".repeat(22)] {
            assert!(SessionToken::parse(raw).is_none(), "{raw}");
        }
        assert!(ApiKeySecret::parse(session.expose()).is_none());
    }

    #[test]
    fn the_stored_hash_is_sha256_in_hex() {
        assert_eq!(
            sha256_hex("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn secrets_do_not_show_themselves() {
        let token = OneTimeToken::generate().unwrap();
        assert_eq!(format!("{token:?}"), "OneTimeToken([secret])");
    }

    #[test]
    fn a_csrf_token_matches_itself_only() {
        let token = CsrfToken::generate().unwrap();
        assert!(token.matches(token.expose()));
        assert!(!token.matches("") && !token.matches(CsrfToken::generate().unwrap().expose()));
    }
}
