//! The words of accounts: people, roles, scopes, secrets and who is asking.
//!
//! Everything here is parsed once at the edge; the fields are private, so a value that exists is valid. Must not
//! know storage or HTTP.

mod next_path;
mod password;
mod person;
mod principal;
mod scope;
mod secret;
mod session;

pub use next_path::NextPath;
pub use password::Password;
pub use person::{Email, NewUser, PersonName, Role, User};
pub use principal::Principal;
pub use scope::{ApiKey, KeyName, Scope, Scopes};
pub use secret::{ApiKeySecret, CsrfToken, SessionToken, SetupToken};
pub use session::{Session, SessionHandle};
