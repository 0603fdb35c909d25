//! Who may do what: people, their sessions, API keys, and the set-up of the first owner.
//!
//! [`Accounts`] is what other modules use. It answers one question on every request behind the guard: who asks?
//! A session id in a cookie and a key in the `Authorization` header are looked up on the primary each time, so a
//! sign-out, a disabled account and a revoked key count at once on every node. Of secrets the database holds hashes
//! only, but for those of second factors, from which the shop has to make the same codes. Must not know products.

mod account;
mod belongings;
mod guard;
mod keys;
mod links;
mod mailing;
mod model;
mod passkeys;
mod password;
mod people;
mod register;
mod repo;
mod routes;
mod second_factor;
mod second_step;
mod sessions;
mod setup;
#[cfg(test)]
mod tests;
mod throttle;
mod views;

pub use account::OwnAccount;
pub use belongings::Belongings;
pub use guard::{admit_call as caller, api as guard_api, pages as guard_pages, session_token};
pub use keys::NewApiKey;
pub use links::{Link, Linked};
pub use model::{
    ApiKey, ApiKeySecret, CsrfToken, Email, KeyName, NewKey, NewUser, NextPath, OneTimeToken, Passkey,
    Password, PersonName, Principal, Purpose, RecoveryCode, Role, Scope, Scopes, Session, SessionHandle,
    SessionToken, User,
};
pub use people::{people_who_may, person};
pub use routes::endpoints;
pub use second_factor::SecondFactor;
pub use sessions::{Credential, Entrance, SignedIn};

use std::sync::Arc;

use model::{ARE_LINKED, Party};
use password::PasswordGate;
use throttle::Throttle;

use crate::config::{Settings, SubmissionSettings};
use crate::db::Router;
use crate::mail::Mail;
use crate::web::site::Site;

/// The accounts of one shop. Cloning is cheap.
#[derive(Clone)]
pub struct Accounts(Arc<Inner>);

struct Inner {
    router: Router,
    passwords: PasswordGate,
    throttle: Throttle,
    site: Site,
    /// `None` where there are no passkeys: without the feature, or where the shop's address is none for them.
    party: Option<Party>,
    belongings: &'static [Belongings],
    mail: Mail,
    submissions: SubmissionSettings,
    session_idle_s: i64,
    session_absolute_s: i64,
    requires_second_factor: bool,
}

impl Accounts {
    pub fn new(router: Router, settings: &Settings) -> Self {
        Self::joined(router, settings, &[], Mail::Off)
    }

    /// With what other rooms keep of people, and a way to write to them.
    pub fn joined(
        router: Router,
        settings: &Settings,
        belongings: &'static [Belongings],
        mail: Mail,
    ) -> Self {
        let site = Site::new(settings);
        Self(Arc::new(Inner {
            belongings,
            mail,
            party: site.public_origin().filter(|_| ARE_LINKED).and_then(Party::of),
            throttle: Throttle::new(router.clone(), settings.limits.sign_in > 0),
            router,
            passwords: PasswordGate::new(),
            site,
            submissions: settings.submissions.clone(),
            session_idle_s: i64::from(settings.security.session_idle_minutes) * 60,
            session_absolute_s: i64::from(settings.security.session_absolute_hours) * 3_600,
            requires_second_factor: settings.security.require_second_factor,
        }))
    }

    fn site(&self) -> &Site {
        &self.0.site
    }

    /// The complete address of a path, as far as the settings tell it.
    pub fn address(&self, path: &str) -> String {
        self.site().absolute(path).unwrap_or_else(|| path.to_owned())
    }

    /// The shop's name: no password may be made of it.
    pub fn shop_name(&self) -> &str {
        &self.0.site.shop.name
    }
}
