//! People with an account: made, given a new password, shut out, listed.

use super::Accounts;
use super::model::{Email, NewUser, Password, User};
use super::repo::{sessions, setup, users};
use crate::db::{Origin, Seq};
use crate::error::Result;

impl Accounts {
    pub async fn create_user(&self, origin: Origin, user: NewUser) -> Result<User> {
        let password_hash = self.0.passwords.hash(user.password.clone()).await?;
        let actor = origin.actor;
        let created = self
            .0
            .router
            .write("create_user", origin, move |tx| {
                setup::delete(tx.connection())?;
                users::insert(tx, &user, &password_hash)
            })
            .await?
            .value;
        tracing::info!(event = "user_created", %actor, user_id = created.user_id, "account created");
        Ok(created)
    }

    /// Sets a new password, ends all sessions of the person, and enables the account if it was disabled.
    pub async fn reset_password(&self, origin: Origin, email: Email, password: Password) -> Result<User> {
        let password_hash = self.0.passwords.hash(password).await?;
        let actor = origin.actor;
        let user = self
            .0
            .router
            .write("reset_password", origin, move |tx| {
                let user = users::reset(tx, &email, &password_hash)?;
                sessions::delete_of_user(tx.connection(), user.user_id)?;
                Ok(user)
            })
            .await?
            .value;
        tracing::info!(event = "authn_password_change", %actor, user_id = user.user_id, "password reset");
        Ok(user)
    }

    /// Shuts an account and ends all its sessions.
    pub async fn disable_user(&self, origin: Origin, email: Email) -> Result<User> {
        let actor = origin.actor;
        let user = self
            .0
            .router
            .write("disable_user", origin, move |tx| {
                let user = users::disable(tx, &email)?;
                sessions::delete_of_user(tx.connection(), user.user_id)?;
                Ok(user)
            })
            .await?
            .value;
        tracing::info!(event = "user_updated", %actor, user_id = user.user_id, "account disabled");
        Ok(user)
    }

    /// All people, the disabled ones included, in the order they came. As the primary has them: a list
    /// asked for right after a change must show it.
    pub async fn list_users(&self) -> Result<Vec<User>> {
        Ok(self
            .0
            .router
            .read_at_least("list_users", Seq::MAX, users::list)
            .await?
            .value)
    }
}
