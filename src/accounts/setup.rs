//! The first owner: a one-time link instead of a default password.

use super::model::{NewUser, OneTimeToken, Purpose};
use super::repo::tokens::{self, Holder};
use super::repo::users;
use super::{Accounts, SignedIn, people::fresh};
use crate::db::{Actor, Moment, Origin};
use crate::error::{Error, Result};

const HOLDER: Holder = Holder {
    purpose: Purpose::SetUp,
    user_id: None,
};

impl Accounts {
    /// A fresh one-time token while the shop has no account; it replaces the one before. `None` afterwards.
    pub async fn setup_link(&self) -> Result<Option<OneTimeToken>> {
        let token = OneTimeToken::generate()?;
        let stored = token.clone();
        let is_open = self
            .0
            .router
            .unlogged("setup_link", move |connection| {
                tokens::replace(connection, &stored, HOLDER, Moment::now())?;
                if users::exists_any(connection)? {
                    tokens::delete_of(connection, None)?;
                    return Ok(false);
                }
                Ok(true)
            })
            .await?;
        Ok(is_open.then_some(token))
    }

    /// Says why a set-up with this token would be refused, before anybody fills in a form or a password is hashed.
    pub async fn check_setup(&self, token: &OneTimeToken) -> Result<()> {
        let token = token.clone();
        let check = move |connection: &mut _| check(connection, &token);
        self.0.router.unlogged("check_setup", check).await
    }

    /// Creates the first owner and signs in. Of two at once the first wins and the other reads why.
    pub async fn set_up_owner(
        &self,
        token: &OneTimeToken,
        owner: NewUser,
        request_id: String,
    ) -> Result<SignedIn> {
        self.check_setup(token).await?;
        let password_hash = self.0.passwords.hash(owner.password.clone()).await?;
        let origin = Origin {
            actor: Actor::System,
            request_id,
            batch: None,
        };
        let token = token.clone();
        let committed = self
            .0
            .router
            .write("set_up_owner", origin, move |tx| {
                check(tx.connection(), &token)?;
                tokens::delete_of(tx.connection(), None)?;
                users::insert(tx, &fresh(&owner, &password_hash))
            })
            .await?;
        let owner = committed.value;
        tracing::info!(
            event = "user_created",
            user_id = owner.user_id,
            "the shop has an owner"
        );
        self.begin_session((owner.user_id, owner.version, owner.role), None)
            .await
    }
}

fn check(connection: &mut crate::db::AnyConnection, token: &OneTimeToken) -> Result<()> {
    if users::exists_any(connection)? {
        return Err(Error::Conflict {
            code: "already_set_up",
            detail: "This shop has an owner already. Sign in instead.".to_owned(),
        });
    }
    if tokens::find(connection, token, Moment::now())? != Some(HOLDER) {
        return Err(invalid_link());
    }
    Ok(())
}

/// For a token that is unknown, used, replaced or too old, and for one that was never ours.
pub fn invalid_link() -> Error {
    Error::Forbidden {
        code: "setup_link_invalid",
        detail: "This set-up link does not count any more. Start the server again: it prints a new one."
            .to_owned(),
    }
}
