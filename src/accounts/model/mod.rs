//! The words of accounts: people, roles, scopes, secrets and who is asking.
//!
//! Everything here is parsed once at the edge; the fields are private, so a value that exists is valid. Must not
//! know storage or HTTP.

mod attempt;
mod factor;
mod next_path;
mod passkey;
mod password;
mod person;
mod principal;
mod purpose;
mod scope;
mod secret;
mod session;

pub use attempt::{Attempt, Mark, Outcome};
pub use factor::{Proof, RecoveryCode, TotpSecret, grouped};
pub use next_path::NextPath;
pub use passkey::{
    ARE_LINKED, Assertion, Challenge, CredentialId, MOST_PASSKEYS, Made, Party, Passkey, PasskeyName,
    PublicKey, Refusal, Registration, Sent,
};
pub use password::Password;
pub use person::{Email, NewUser, PersonName, Role, User};
pub use principal::Principal;
pub use purpose::Purpose;
pub use scope::{ApiKey, KeyName, NewKey, Scope, Scopes};
pub use secret::{ApiKeySecret, CsrfToken, OneTimeToken, SessionToken};
pub use session::{Session, SessionHandle};
