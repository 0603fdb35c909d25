//! Passkeys: keys in a device or a password manager that sign in instead of a password (WebAuthn, level 3). Here are what a
//! passkey is, what is asked of a browser, and the words for it; [`answer`] judges what comes back. Must not know storage.

mod answer;
mod key;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::{Host, Url};

use super::{OneTimeToken, SessionHandle, User};
use crate::db::Moment;
use crate::error::FieldError;

pub use answer::{Assertion, Made, Refusal, Registration, Sent};
pub use key::{ARE_LINKED, PublicKey};

/// Passkeys that a person may have: some devices, some managers, some lost ones.
pub const MOST_PASSKEYS: usize = 20;

const NAME_MAX_CHARS: usize = 60;

/// Bytes of an id, as WebAuthn bounds them.
const ID_BYTES: std::ops::RangeInclusive<usize> = 16..=1023;

/// One of a person's passkeys, as lists show it.
#[derive(Clone, Debug)]
pub struct Passkey {
    pub passkey_id: i32,
    pub name: String,
    pub created_at: Moment,
    /// `None` before the first sign-in with it.
    pub last_used_at: Option<Moment>,
}

/// What a person calls a passkey, to tell it from the others.
#[derive(Clone, Debug)]
pub struct PasskeyName(String);

impl PasskeyName {
    /// # Errors
    /// The fault of field `name`.
    pub fn parse(raw: &str) -> Result<Self, FieldError> {
        let name = raw.trim();
        if name.is_empty() {
            let detail = "Give it a name by which you know it again, such as the device it is in.";
            return Err(FieldError::new("/name", "required", detail));
        }
        if name.chars().count() > NAME_MAX_CHARS || name.chars().any(char::is_control) {
            let detail = format!("A name has at most {NAME_MAX_CHARS} characters, in one line.");
            return Err(FieldError::new("/name", "too_long", detail));
        }
        Ok(Self(name.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Names a passkey among all there are; its device chose it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialId(String);

impl CredentialId {
    pub fn of(id: &[u8]) -> Option<Self> {
        ID_BYTES
            .contains(&id.len())
            .then(|| Self(URL_SAFE_NO_PAD.encode(id)))
    }

    /// In base64url, as browsers and the database have it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// For whom passkeys are made: this shop at its public address, and no other.
#[derive(Clone, Debug)]
pub struct Party {
    id: String,
    origin: String,
}

impl Party {
    /// `None` where browsers make none: at a bare IP address, and without https anywhere but on the machine itself.
    pub fn of(origin: &str) -> Option<Self> {
        let url = Url::parse(origin).ok()?;
        let Some(Host::Domain(domain)) = url.host() else {
            return None;
        };
        let is_safe = url.scheme() == "https" || domain == "localhost";
        is_safe.then(|| Self {
            id: domain.to_owned(),
            origin: origin.to_owned(),
        })
    }

    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// What `navigator.credentials.create` is asked for. Nobody is asked what device it is: the shop trusts them all alike.
    pub fn creation(&self, challenge: &Challenge, shop: &str, user: &User, present: &[String]) -> Value {
        let algorithms =
            PublicKey::ALGORITHMS.map(|algorithm| json!({"type": "public-key", "alg": algorithm}));
        let present: Vec<Value> = present
            .iter()
            .map(|id| json!({"type": "public-key", "id": id}))
            .collect();
        json!({
            "rp": {"id": self.id, "name": shop},
            "user": {
                "id": URL_SAFE_NO_PAD.encode(owner_mark(user.user_id)),
                "name": user.email,
                "displayName": user.name,
            },
            "challenge": challenge.text(),
            "pubKeyCredParams": algorithms,
            "timeout": PATIENCE_MS,
            "excludeCredentials": present,
            "authenticatorSelection": {
                "residentKey": "required",
                "requireResidentKey": true,
                "userVerification": "required",
            },
            "attestation": "none",
        })
    }

    /// What `navigator.credentials.get` is asked for: any passkey of this shop, whosever it is.
    pub fn request(&self, challenge: &Challenge) -> Value {
        json!({
            "rpId": self.id,
            "challenge": challenge.text(),
            "timeout": PATIENCE_MS,
            "userVerification": "required",
        })
    }
}

/// How long browsers wait for somebody, less than the challenge counts.
const PATIENCE_MS: u32 = 4 * 60 * 1000;

/// What a device keeps about whose passkey it is: the number of the account, which says nothing of the person.
fn owner_mark(user_id: i32) -> [u8; 4] {
    user_id.to_be_bytes()
}

/// What is to be signed, made from a token that counts once and from the session in which it was given. Whoever sees one cannot
/// answer it: that takes the token, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge([u8; 32]);

impl Challenge {
    /// `session` is `None` before anybody is signed in.
    pub fn of(token: &OneTimeToken, session: Option<&SessionHandle>) -> Self {
        let mut hash = Sha256::new();
        hash.update(token.hash());
        hash.update(session.map_or("", SessionHandle::as_str));
        Self(hash.finalize().into())
    }

    fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_are_made_for_a_name_by_https_or_on_this_machine() {
        for (origin, id) in [
            ("https://shop.example", Some("shop.example")),
            ("https://shop.example:8443", Some("shop.example")),
            ("http://localhost:8080", Some("localhost")),
            ("http://shop.example", None),
            ("https://192.0.2.7", None),
            ("https://[::1]:8443", None),
            ("nonsense", None),
        ] {
            let party = Party::of(origin);
            assert_eq!(party.as_ref().map(|party| party.id.as_str()), id, "{origin}");
            assert!(party.is_none_or(|party| party.origin() == origin));
        }
    }

    #[test]
    fn a_challenge_is_of_one_token_and_one_session() {
        let (one, two) = (
            OneTimeToken::generate().unwrap(),
            OneTimeToken::generate().unwrap(),
        );
        let here = SessionHandle::parse(&"a".repeat(64)).unwrap();
        let there = SessionHandle::parse(&"b".repeat(64)).unwrap();
        let challenge = Challenge::of(&one, Some(&here));
        assert_eq!(challenge, Challenge::of(&one, Some(&here)));
        for other in [
            Challenge::of(&two, Some(&here)),
            Challenge::of(&one, Some(&there)),
            Challenge::of(&one, None),
        ] {
            assert_ne!(challenge, other);
        }
        assert!(!challenge.text().contains(one.expose()) && challenge.text().len() == 43);
    }

    #[test]
    fn a_name_is_one_short_line() {
        assert_eq!(PasskeyName::parse("  My phone ").unwrap().as_str(), "My phone");
        assert!(PasskeyName::parse(&"ä".repeat(60)).is_ok());
        for bad in ["", "  ", "a\nb", &"ä".repeat(61)] {
            assert!(PasskeyName::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn what_is_asked_names_the_shop_and_no_person_but_by_number() {
        let party = Party::of("https://shop.example").unwrap();
        let challenge = Challenge::of(&OneTimeToken::generate().unwrap(), None);
        let asked = party.request(&challenge);
        assert_eq!(
            (&asked["rpId"], &asked["userVerification"]),
            (&json!("shop.example"), &json!("required"))
        );
        assert!(
            asked.get("allowCredentials").is_none(),
            "it says nothing about who exists"
        );
    }
}
