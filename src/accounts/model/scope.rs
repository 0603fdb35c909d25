//! What an API key may do, and keys as lists show them.

use std::fmt;

use crate::db::Moment;
use crate::error::{Error, FieldError, Result};
use crate::web::permission::Permission;

const KEY_NAME_MAX_CHARS: usize = 100;
/// Ten years.
const LONGEST_LIFE_DAYS: u32 = 3_650;

/// A set of permissions for keys. A stronger scope implies the weaker ones: writing implies reading, `admin` implies all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    CatalogRead,
    CatalogWrite,
    Admin,
}

impl Scope {
    pub const ALL: [Self; 3] = [Self::CatalogRead, Self::CatalogWrite, Self::Admin];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::CatalogRead => "catalog:read",
            Self::CatalogWrite => "catalog:write",
            Self::Admin => "admin",
        }
    }

    fn parse(raw: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == raw)
    }

    /// Keys hold the permissions that people hold by their roles.
    fn permits(self, permission: Permission) -> bool {
        match self {
            Self::CatalogRead => permission == Permission::ReadCatalog,
            Self::CatalogWrite => matches!(permission, Permission::ReadCatalog | Permission::WriteCatalog),
            Self::Admin => true,
        }
    }

    /// The weakest scope that holds this permission.
    pub fn with(permission: Permission) -> Self {
        let permits = |scope: &Self| scope.permits(permission);
        Self::ALL.into_iter().find(permits).unwrap_or(Self::Admin)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of scopes that is never empty, written as words with a space between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scopes(Vec<Scope>);

impl Scopes {
    pub fn parse(raw: &str) -> Result<Self, FieldError> {
        let mut scopes = Vec::new();
        for word in raw.split([' ', ',']).filter(|word| !word.is_empty()) {
            let Some(scope) = Scope::parse(word) else {
                let detail = format!("There is no scope {word:?}; the scopes are {}.", all_scopes());
                return Err(FieldError::new("/scopes", "unknown", detail));
            };
            scopes.push(scope);
        }
        scopes.sort_unstable();
        scopes.dedup();
        if scopes.is_empty() {
            let detail = format!("Give at least one scope of {}.", all_scopes());
            return Err(FieldError::new("/scopes", "required", detail));
        }
        Ok(Self(scopes))
    }

    /// A stored set that does not parse was written by a newer version: refuse rather than guess.
    pub fn from_stored(stored: &str) -> Result<Self> {
        Self::parse(stored).map_err(|fault| Error::internal(format!("table api_keys: {}", fault.detail)))
    }

    pub fn permit(&self, permission: Permission) -> bool {
        self.0.iter().any(|scope| scope.permits(permission))
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<_> = self.0.iter().map(|scope| scope.as_str()).collect();
        f.write_str(&words.join(" "))
    }
}

fn all_scopes() -> String {
    Scope::ALL.map(Scope::as_str).join(", ")
}

/// What the owner calls a key, so that it can be recognised when it has to be revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyName(String);

impl KeyName {
    pub fn parse(raw: &str) -> Result<Self, FieldError> {
        let name = raw.trim();
        if name.is_empty() {
            return Err(FieldError::new("/name", "required", "Give the key a name."));
        }
        if name.chars().count() > KEY_NAME_MAX_CHARS {
            let detail = format!("The name of a key has at most {KEY_NAME_MAX_CHARS} characters.");
            return Err(FieldError::new("/name", "too_long", detail));
        }
        if name.chars().any(char::is_control) {
            return Err(FieldError::new(
                "/name",
                "format",
                "The name of a key is one line of text.",
            ));
        }
        Ok(Self(name.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An API key as lists show it; its secret is known to nobody but the program that uses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    pub key_id: i32,
    pub name: String,
    pub scopes: Scopes,
    pub version: i32,
    pub created_at: Moment,
    pub revoked_at: Option<Moment>,
    pub last_used_at: Option<Moment>,
    /// From then on it counts for nothing; `None`: until it is revoked.
    pub expires_at: Option<Moment>,
}

impl ApiKey {
    /// What people read of whether the key can be used.
    pub fn state(&self, now: Moment) -> &'static str {
        if self.revoked_at.is_some() {
            "revoked"
        } else if self.expires_at.is_some_and(|expires_at| expires_at <= now) {
            "expired"
        } else {
            "valid"
        }
    }
}

/// A key that is about to be made.
#[derive(Clone, Debug)]
pub struct NewKey {
    pub name: KeyName,
    pub scopes: Scopes,
    pub expires_at: Option<Moment>,
}

impl NewKey {
    /// Parses all fields and returns every fault at once. `days` until it expires; empty: never.
    pub fn parse(name: &str, scopes: &str, days: &str, now: Moment) -> Result<Self> {
        match (KeyName::parse(name), Scopes::parse(scopes), expiry(days, now)) {
            (Ok(name), Ok(scopes), Ok(expires_at)) => Ok(Self {
                name,
                scopes,
                expires_at,
            }),
            (name, scopes, expires_at) => {
                let faults = [name.err(), scopes.err(), expires_at.err()];
                Err(Error::Invalid(faults.into_iter().flatten().collect()))
            }
        }
    }
}

fn expiry(days: &str, now: Moment) -> Result<Option<Moment>, FieldError> {
    let days = days.trim();
    if days.is_empty() {
        return Ok(None);
    }
    match days.parse::<u32>() {
        Ok(days @ 1..=LONGEST_LIFE_DAYS) => Ok(Some(now.plus_seconds(i64::from(days) * 86_400))),
        _ => {
            let detail = format!("Give a number of days from 1 to {LONGEST_LIFE_DAYS}, or nothing.");
            Err(FieldError::new("/expires_days", "format", detail))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_stronger_scope_implies_the_weaker_ones() {
        let table = [
            ("catalog:read", [false, false, true, false, false]),
            ("catalog:write", [false, false, true, true, false]),
            ("admin", [true; 5]),
            ("catalog:write,catalog:read", [false, false, true, true, false]),
        ];
        for (raw, allowed) in table {
            let scopes = Scopes::parse(raw).unwrap();
            assert_eq!(
                Permission::ALL.map(|permission| scopes.permit(permission)),
                allowed,
                "{raw}"
            );
        }
    }

    #[test]
    fn the_scope_that_is_asked_for_is_the_weakest_that_will_do() {
        for (permission, scope) in [
            (Permission::ReadCatalog, Scope::CatalogRead),
            (Permission::WriteCatalog, Scope::CatalogWrite),
            (Permission::Review, Scope::Admin),
            (Permission::Administer, Scope::Admin),
        ] {
            assert_eq!(Scope::with(permission), scope);
        }
    }

    #[test]
    fn unknown_and_missing_scopes_are_refused_by_name() {
        let fault = Scopes::parse("catalog:read catalog:delete").unwrap_err();
        assert_eq!(fault.code, "unknown");
        assert!(fault.detail.contains("catalog:delete") && fault.detail.contains("catalog:write"));
        assert_eq!(Scopes::parse(" ").unwrap_err().code, "required");
    }

    #[test]
    fn a_key_name_is_one_line() {
        assert_eq!(KeyName::parse(" stock sync ").unwrap().as_str(), "stock sync");
        for (raw, code) in [
            ("", "required"),
            ("a\nb", "format"),
            (&*"x".repeat(101), "too_long"),
        ] {
            assert_eq!(KeyName::parse(raw).unwrap_err().code, code);
        }
    }

    #[test]
    fn a_key_expires_after_whole_days_or_never() {
        let now = Moment::parse("2026-11-22T10:00:00Z").unwrap();
        let made = |days: &str| NewKey::parse("sync", "admin", days, now);
        assert_eq!(made("").unwrap().expires_at, None);
        let tomorrow = Moment::parse("2026-11-23T10:00:00Z");
        assert_eq!(made(" 1 ").unwrap().expires_at, tomorrow);
        for wrong in ["0", "-1", "3651", "1.5", "soon"] {
            assert!(made(wrong).is_err(), "{wrong}");
        }
        let Err(Error::Invalid(faults)) = NewKey::parse("", "", "x", now) else {
            panic!("accepted");
        };
        let pointers: Vec<_> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(pointers, ["/name", "/scopes", "/expires_days"]);
    }

    proptest! {
        #[test]
        fn scopes_read_back_as_they_were_written(picked in proptest::collection::vec(0_usize..3, 1..6)) {
            let raw = picked.iter().map(|i| Scope::ALL[*i].as_str()).collect::<Vec<_>>().join(" ");
            let scopes = Scopes::parse(&raw).unwrap();
            prop_assert_eq!(Scopes::from_stored(&scopes.to_string()).unwrap(), scopes);
        }
    }
}
