//! People who sign in: e-mail, name and role.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

use super::Password;
use crate::db::Moment;
use crate::error::{Error, FieldError, Result};
use crate::web::permission::Permission;

/// Length limits of RFC 5321: 64 before the `@`, 254 in all.
const EMAIL_MAX_BYTES: usize = 254;
const EMAIL_LOCAL_MAX_BYTES: usize = 64;
const NAME_MAX_CHARS: usize = 100;

/// An e-mail address, trimmed and lower-cased, so that one person has one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    pub fn parse(raw: &str) -> Result<Self, FieldError> {
        let email: String = raw.trim().to_lowercase().nfc().collect();
        if email.is_empty() {
            return Err(FieldError::new("/email", "required", "Enter an e-mail address."));
        }
        if email.len() > EMAIL_MAX_BYTES {
            return Err(FieldError::new(
                "/email",
                "too_long",
                "This e-mail address is too long.",
            ));
        }
        if !is_address(&email) {
            return Err(FieldError::new(
                "/email",
                "format",
                "Write the e-mail address like name@example.com.",
            ));
        }
        Ok(Self(email))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What stands before the `@`.
fn local_part(email: &str) -> &str {
    email.split_once('@').map_or("", |(local, _)| local)
}

/// One `@` with something on both sides and no space or control character. Whether the address exists only a mail
/// could tell.
fn is_address(email: &str) -> bool {
    let Some((local, domain)) = email.split_once('@') else {
        return false;
    };
    let labels_are_filled = domain.split('.').all(|label| !label.is_empty());
    !local.is_empty()
        && local.len() <= EMAIL_LOCAL_MAX_BYTES
        && labels_are_filled
        && !domain.contains('@')
        && !email
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || "<>()[]\\,;:\"".contains(c))
}

/// How a person is called on the pages. Never in a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonName(String);

impl PersonName {
    pub fn parse(raw: &str) -> Result<Self, FieldError> {
        let name: String = raw.trim().nfc().collect();
        if name.is_empty() {
            return Err(FieldError::new("/name", "required", "Enter a name."));
        }
        if name.chars().count() > NAME_MAX_CHARS {
            let detail = format!("A name has at most {NAME_MAX_CHARS} characters.");
            return Err(FieldError::new("/name", "too_long", detail));
        }
        if name.chars().any(char::is_control) {
            return Err(FieldError::new("/name", "format", "A name is one line of text."));
        }
        Ok(Self(name))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a person is in the shop. What each may do stands in [`Role::permissions`] and nowhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Owner,
    /// Keeps the catalog.
    Editor,
    /// Decides on what submitters propose.
    Reviewer,
    /// Proposes products from outside.
    Submitter,
}

impl Role {
    pub const ALL: [Self; 4] = [Self::Owner, Self::Editor, Self::Reviewer, Self::Submitter];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Editor => "editor",
            Self::Reviewer => "reviewer",
            Self::Submitter => "submitter",
        }
    }

    /// The one table of roles and permissions.
    pub fn permissions(self) -> &'static [Permission] {
        use Permission::{Administer, Propose, ReadCatalog, Review, WriteCatalog};
        match self {
            Self::Owner => &[Propose, Review, ReadCatalog, WriteCatalog, Administer],
            Self::Editor => &[Propose, Review, ReadCatalog, WriteCatalog],
            Self::Reviewer => &[Propose, Review, ReadCatalog],
            Self::Submitter => &[Propose],
        }
    }

    pub fn permits(self, permission: Permission) -> bool {
        self.permissions().contains(&permission)
    }

    pub fn parse(raw: &str) -> Result<Self, FieldError> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == raw)
            .ok_or_else(|| {
                let all = Self::ALL.map(Self::as_str).join(", ");
                FieldError::new("/role", "unknown", format!("The roles are {all}."))
            })
    }

    /// A role that this version does not know was written by a newer one: refuse rather than guess its rights.
    pub fn from_stored(stored: &str) -> Result<Self> {
        Self::parse(stored).map_err(|_| Error::internal(format!("unknown role {stored:?} in table users")))
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A person who is about to get an account.
#[derive(Clone, Debug)]
pub struct NewUser {
    pub email: Email,
    pub name: PersonName,
    pub password: Password,
    pub role: Role,
}

impl NewUser {
    /// Parses all three fields and returns every fault at once.
    pub fn owner(name: &str, email: &str, password: &str, shop_name: &str) -> Result<Self> {
        let parsed_email = Email::parse(email);
        let parsed_password = Password::parse(password, &[shop_name, email, local_part(email)]);
        match (PersonName::parse(name), parsed_email, parsed_password) {
            (Ok(name), Ok(email), Ok(password)) => Ok(Self {
                email,
                name,
                password,
                role: Role::Owner,
            }),
            (name, email, password) => {
                let faults = [name.err(), email.err(), password.err()];
                Err(Error::Invalid(faults.into_iter().flatten().collect()))
            }
        }
    }
}

/// A person with an account, as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub user_id: i32,
    pub email: String,
    pub name: String,
    pub role: Role,
    pub version: i32,
    pub created_at: Moment,
    pub disabled_at: Option<Moment>,
    /// Has no password yet.
    pub is_invited: bool,
}

impl User {
    /// The address that stands in the place of an erased person's; nothing can be sent there (RFC 2606).
    pub fn erased_email(user_id: i32) -> String {
        format!("erased-{user_id}@user.invalid")
    }

    pub fn is_erased(&self) -> bool {
        self.email == Self::erased_email(self.user_id)
    }

    /// An owner who can sign in.
    pub fn is_owner_in_office(&self) -> bool {
        self.role == Role::Owner && self.disabled_at.is_none() && !self.is_invited
    }

    /// What people read of whether the account can be used.
    pub fn state(&self) -> &'static str {
        match (self.disabled_at, self.is_invited) {
            _ if self.is_erased() => "erased",
            (Some(_), _) => "disabled",
            (None, true) => "invited",
            (None, false) => "enabled",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_email_is_trimmed_and_lower_cased() {
        assert_eq!(
            Email::parse("  Ann@Example.COM\n").unwrap().as_str(),
            "ann@example.com"
        );
    }

    #[test]
    fn what_is_no_email_address_is_refused() {
        let long_local = format!("{}@example.com", "a".repeat(65));
        let long = format!("a@{}.com", "b".repeat(250));
        let refused = [
            ("", "required"),
            ("  ", "required"),
            ("ann", "format"),
            ("@example.com", "format"),
            ("ann@", "format"),
            ("ann@example..com", "format"),
            ("ann@b@example.com", "format"),
            ("ann smith@example.com", "format"),
            ("ann@example.com,bob@example.com", "format"),
            ("Ann <ann@example.com>", "format"),
            (long_local.as_str(), "format"),
            (long.as_str(), "too_long"),
        ];
        for (raw, code) in refused {
            assert_eq!(Email::parse(raw).unwrap_err().code, code, "{raw}");
        }
    }

    #[test]
    fn all_faults_of_a_new_owner_come_at_once() {
        let Err(Error::Invalid(faults)) = NewUser::owner(" ", "nobody", "short", "Shop") else {
            panic!("accepted");
        };
        let pointers: Vec<_> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(pointers, ["/name", "/email", "/password"]);
    }

    #[test]
    fn every_role_is_read_back_from_what_is_stored() {
        for role in Role::ALL {
            assert_eq!(Role::from_stored(role.as_str()).unwrap(), role);
        }
        assert!(Role::from_stored("emperor").is_err());
    }

    #[test]
    fn each_role_may_what_the_one_before_it_may_and_no_more() {
        let may = |role: Role| Permission::ALL.map(|permission| role.permits(permission));
        assert_eq!(may(Role::Submitter), [true, false, false, false, false]);
        assert_eq!(may(Role::Reviewer), [true, true, true, false, false]);
        assert_eq!(may(Role::Editor), [true, true, true, true, false]);
        assert_eq!(may(Role::Owner), [true; 5]);
    }

    proptest! {
        #[test]
        fn parsing_an_email_twice_changes_nothing(raw in "\\PC{0,40}@\\PC{0,40}") {
            if let Ok(email) = Email::parse(&raw) {
                prop_assert_eq!(&Email::parse(email.as_str()).unwrap(), &email);
            }
        }
    }
}
