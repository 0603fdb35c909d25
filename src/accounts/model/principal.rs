//! Who is asking, once that has been proved.

use super::{CsrfToken, NextPath, Role, Scope, Scopes, SessionHandle};
use crate::db::{Actor, Moment, Origin};
use crate::error::{Error, Result};
use crate::web::client::RequestId;
use crate::web::permission::Permission;

/// How long a sign-in is fresh.
const FRESH_S: i64 = 10 * 60;

/// A person with a session or a program with an API key; never both.
#[derive(Clone, Debug)]
pub enum Principal {
    User {
        user_id: i32,
        name: String,
        role: Role,
        session: SessionHandle,
        csrf_token: CsrfToken,
        /// When the password was last asked for: each time a session begins.
        signed_in_at: Moment,
        /// Notices that wait for them.
        unread: i64,
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

    /// Whose a write is, as the change log has it.
    pub fn origin(&self, request_id: &RequestId) -> Origin {
        Origin {
            actor: self.actor(),
            request_id: request_id.to_string(),
            batch: None,
        }
    }

    /// How a person is greeted; a key has no name here.
    pub fn name(&self) -> &str {
        match self {
            Self::User { name, .. } => name,
            Self::Key { .. } => "",
        }
    }

    /// How many notices wait for a person.
    pub fn unread(&self) -> i64 {
        match self {
            Self::User { unread, .. } => *unread,
            Self::Key { .. } => 0,
        }
    }

    /// A person's permissions; a key has none here, because pages are not for keys.
    pub fn permissions(&self) -> &'static [Permission] {
        match self {
            Self::User { role, .. } => role.permissions(),
            Self::Key { .. } => &[],
        }
    }

    /// The page where this person's work begins.
    pub fn home(&self) -> NextPath {
        match self {
            Self::User { role, .. } => NextPath::home_of(*role),
            Self::Key { .. } => NextPath::front(),
        }
    }

    pub fn may(&self, permission: Permission) -> bool {
        match self {
            Self::User { role, .. } => role.permits(permission),
            Self::Key { scopes, .. } => scopes.permit(permission),
        }
    }

    /// The guard asks this before any handler runs; elsewhere it is for addresses that tell some callers more.
    ///
    /// # Errors
    /// 403, which says to a program what scope it lacks, and to a person that the role does not go so far.
    pub fn require(&self, permission: Permission) -> Result<()> {
        if self.may(permission) {
            return Ok(());
        }
        tracing::info!(event = "authz_fail", actor = %self.actor(), %permission, "a permission is missing");
        let (code, detail) = match self {
            Self::Key { .. } => (
                "scope_missing",
                format!("This needs the scope {}.", Scope::with(permission)),
            ),
            Self::User { role, .. } => (
                "permission_missing",
                format!("This is not for the role {role}. An owner of the shop can give you another role."),
            ),
        };
        Err(Error::Forbidden { code, detail })
    }

    /// Whether the password was typed a short while ago, as what could lock others out asks for. A program types none: its
    /// key is the proof each time.
    pub fn is_fresh(&self, now: Moment) -> bool {
        match self {
            Self::User { signed_in_at, .. } => signed_in_at.plus_seconds(FRESH_S) > now,
            Self::Key { .. } => true,
        }
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
    fn a_person_may_what_the_role_says_and_a_key_what_its_scopes_say() {
        let person = |role| Principal::User {
            user_id: 7,
            name: "Ann".to_owned(),
            role,
            session: SessionHandle(String::new()),
            csrf_token: CsrfToken::generate().unwrap(),
            signed_in_at: Moment::now(),
            unread: 0,
        };
        let key = Principal::Key {
            key_id: 3,
            scopes: Scopes::parse("catalog:read").unwrap(),
        };
        let owner = person(Role::Owner);
        assert!(
            Permission::ALL
                .iter()
                .all(|permission| owner.require(*permission).is_ok())
        );
        assert!(key.require(Permission::ReadCatalog).is_ok());
        let refused = |principal: &Principal| principal.require(Permission::WriteCatalog).unwrap_err();
        assert_eq!(refused(&key).code(), "scope_missing");
        assert_eq!(refused(&person(Role::Reviewer)).code(), "permission_missing");
        assert_eq!(
            (owner.actor().to_string(), key.actor().to_string()),
            ("user:7".into(), "key:3".into())
        );
    }
}
