//! Strangers who make an account to propose products, where the shop lets them. Must not know HTTP.

use super::Accounts;
use super::model::{NewUser, Role};
use super::people::fresh;
use super::repo::users;
use super::sessions::SignedIn;
use crate::config::Registration;
use crate::db::{Actor, AnyConnection, Moment, Origin};
use crate::error::{Error, Result};

const DAY_S: i64 = 24 * 60 * 60;

impl Accounts {
    pub fn registration(&self) -> Registration {
        self.0.submissions.registration
    }

    /// Makes the account of a submitter and signs in. Nothing is mailed, so nothing proves that the address is theirs: it is
    /// a name to sign in with, and the account may do nothing but propose.
    ///
    /// # Errors
    /// `NotFound` where registration is not open; `Conflict` before the shop has an owner; `TooManyRequests` when as many have come today as may; `Invalid` when
    /// there is an account with this address; those of the database.
    pub async fn register(&self, newcomer: NewUser, request_id: String) -> Result<SignedIn> {
        if self.registration() != Registration::Open {
            return Err(Error::NotFound { what: "page" });
        }
        let most = i64::from(self.0.submissions.registrations_per_day);
        let room = move |connection: &mut AnyConnection| has_room(connection, most);
        // Asked before the password is hashed, which costs more than all the rest.
        self.0.router.read_current("register_room", room).await?;
        let password_hash = self.0.passwords.hash(newcomer.password.clone()).await?;
        let newcomer = NewUser {
            role: Role::Submitter,
            ..newcomer
        };
        let origin = Origin {
            actor: Actor::System,
            request_id,
            batch: None,
        };
        let registered = self.0.router.write("register", origin, move |tx| {
            has_room(tx.connection(), most)?;
            users::insert(tx, &fresh(&newcomer, &password_hash))
        });
        let user = registered.await?.value;
        tracing::info!(
            event = "user_created",
            user_id = user.user_id,
            "a submitter has registered"
        );
        self.begin_session((user.user_id, user.version, user.role), None)
            .await
    }
}

/// The first account is the owner's: with another one the set-up link would not count any more.
fn has_room(connection: &mut AnyConnection, most: i64) -> Result<()> {
    if !users::exists_any(connection)? {
        return Err(Error::Conflict {
            code: "not_set_up",
            detail: "The shop is not set up yet: come back later.".to_owned(),
        });
    }
    let since = Moment::now().plus_seconds(-DAY_S);
    if users::came_since(connection, Role::Submitter, since)? < most {
        return Ok(());
    }
    Err(Error::TooManyRequests { retry_after_s: 3_600 })
}
