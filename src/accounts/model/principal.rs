//! Who is asking, once that has been proved.

use super::{CsrfToken, Role, Scope, Scopes};
use crate::db::Actor;
use crate::error::{Error, Result};

/// Names one session without being able to use it: the hash of its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionHandle(pub(in crate::accounts) String);

/// A person with a session or a program with an API key; never both.
#[derive(Clone, Debug)]
pub enum Principal {
    User {
        user_id: i32,
        name: String,
        role: Role,
        session: SessionHandle,
        csrf_token: CsrfToken,
    },
    Key {
        key_id: i32,
        scopes: Scopes,
    },
}

impl Principal {
    /// How the change log names this principal: by id, never by name.
    pub fn actor(&self) -> Actor {
        match self {
            Self::User { user_id, .. } => Actor::User(*user_id),
            Self::Key { key_id, .. } => Actor::Key(*key_id),
        }
    }

    /// How a person is greeted; a key has no name here.
    pub fn name(&self) -> &str {
        match self {
            Self::User { name, .. } => name,
            Self::Key { .. } => "",
        }
    }

    pub fn require(&self, scope: Scope) -> Result<()> {
        let allowed = match self {
            Self::User {
                role: Role::Owner, ..
            } => true,
            Self::Key { scopes, .. } => scopes.allows(scope),
        };
        if allowed {
            return Ok(());
        }
        tracing::info!(event = "authz_fail", actor = %self.actor(), %scope, "a scope is missing");
        Err(Error::Forbidden {
            code: "scope_missing",
            detail: format!("This needs the scope {scope}."),
        })
    }

    /// The token that every form of this person's pages carries as `csrf_token`; a key has none and needs none.
    pub fn csrf_token(&self) -> &str {
        match self {
            Self::User { csrf_token, .. } => csrf_token.expose(),
            Self::Key { .. } => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_may_do_everything_and_a_key_what_its_scopes_say() {
        let owner = Principal::User {
            user_id: 7,
            name: "Ann".to_owned(),
            role: Role::Owner,
            session: SessionHandle(String::new()),
            csrf_token: CsrfToken::generate().unwrap(),
        };
        let key = Principal::Key {
            key_id: 3,
            scopes: Scopes::parse("catalog:read").unwrap(),
        };
        assert!(Scope::ALL.iter().all(|scope| owner.require(*scope).is_ok()));
        assert!(key.require(Scope::CatalogRead).is_ok());
        assert_eq!(
            key.require(Scope::CatalogWrite).unwrap_err().code(),
            "scope_missing"
        );
        assert_eq!(
            (owner.actor().to_string(), key.actor().to_string()),
            ("user:7".into(), "key:3".into())
        );
    }
}
