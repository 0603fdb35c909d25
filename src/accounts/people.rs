//! People with an account: made, changed, shut out, erased, listed. Whatever takes something from a person ends their
//! sessions in the same transaction, so the next request on any node is a stranger's.

use std::collections::BTreeMap;

use super::Accounts;
use super::model::{Email, NewUser, Password, Role, User};
use super::repo::users::{self, Changed, Fresh};
use super::repo::{factors, keys, passkeys, sessions, tokens};
use crate::db::{AnyConnection, Moment, Origin, Seq};
use crate::error::{Error, Result};
use crate::mail;
use crate::web::permission::Permission;

/// How an erased person is called from then on.
const ERASED_NAME: &str = "Erased person";

pub(super) fn fresh<'a>(user: &'a NewUser, password_hash: &'a str) -> Fresh<'a> {
    Fresh {
        email: &user.email,
        name: user.name.as_str(),
        password_hash,
        role: user.role,
    }
}

impl Accounts {
    pub async fn create_user(&self, origin: Origin, user: NewUser) -> Result<User> {
        let password_hash = self.0.passwords.hash(user.password.clone()).await?;
        let actor = origin.actor;
        let created = self
            .0
            .router
            .write("create_user", origin, move |tx| {
                tokens::delete_of(tx.connection(), None)?;
                users::insert(tx, &fresh(&user, &password_hash))
            })
            .await?
            .value;
        tracing::info!(event = "user_created", %actor, user_id = created.user_id, "account created");
        Ok(created)
    }

    /// Sets a new password, ends all sessions of the person, and enables the account if it was disabled.
    pub async fn reset_password(&self, origin: Origin, email: Email, password: Password) -> Result<User> {
        let user_id = self.user_by_email(email).await?.user_id;
        let password_hash = self.0.passwords.hash(password).await?;
        self.change(origin, user_id, "password reset", move |tx| {
            passkeys::delete_of_user(tx.connection(), user_id)?;
            let changed = Changed {
                password_hash: Some(&password_hash),
                disabled_at: Some(None),
                ..Changed::default()
            };
            users::change(tx, user_id, &changed)
        })
        .await
    }

    /// Shuts an account.
    ///
    /// # Errors
    /// 409 for the last owner.
    pub async fn disable_user(&self, origin: Origin, user_id: i32) -> Result<User> {
        self.change(origin, user_id, "account disabled", move |tx| {
            let user = users::by_id(tx.connection(), user_id)?;
            if user.disabled_at.is_some() {
                return Ok(user);
            }
            let changed = Changed {
                disabled_at: Some(Some(tx.now())),
                ..Changed::default()
            };
            users::change(tx, user_id, &changed)
        })
        .await
    }

    /// Opens a disabled account again.
    pub async fn enable_user(&self, origin: Origin, user_id: i32) -> Result<User> {
        self.change(origin, user_id, "account enabled", move |tx| {
            let user = users::by_id(tx.connection(), user_id)?;
            if user.disabled_at.is_none() {
                return Ok(user);
            }
            if user.is_erased() {
                return Err(Error::Conflict {
                    code: "erased",
                    detail: "This person was erased: nobody can use the account any more.".to_owned(),
                });
            }
            let changed = Changed {
                disabled_at: Some(None),
                ..Changed::default()
            };
            users::change(tx, user_id, &changed)
        })
        .await
    }

    /// # Errors
    /// 409 for the last owner.
    pub async fn change_role(&self, origin: Origin, user_id: i32, role: Role) -> Result<User> {
        self.change(origin, user_id, "role changed", move |tx| {
            let user = users::by_id(tx.connection(), user_id)?;
            if user.role == role {
                return Ok(user);
            }
            let changed = Changed {
                role: Some(role.as_str()),
                ..Changed::default()
            };
            users::change(tx, user_id, &changed)
        })
        .await
    }

    /// Replaces name and e-mail address and shuts the account for good, and erases what other rooms keep of them. The rows
    /// stay, because the change log names people by id; it holds nothing else of them, so its chain is whole.
    ///
    /// # Errors
    /// 409 for the last owner.
    pub async fn erase_user(&self, origin: Origin, user_id: i32) -> Result<User> {
        let belongings = self.0.belongings;
        self.change(origin, user_id, "account erased", move |tx| {
            let user = users::by_id(tx.connection(), user_id)?;
            if user.is_erased() {
                return Ok(user);
            }
            for kept in belongings {
                (kept.erase)(tx, user_id)?;
            }
            mail::take_back(tx.connection(), &user.email)?;
            let changed = Changed {
                email: Some(&User::erased_email(user_id)),
                name: Some(ERASED_NAME),
                password_hash: Some(""),
                disabled_at: Some(Some(user.disabled_at.unwrap_or_else(Moment::now))),
                role: None,
            };
            factors::delete(tx.connection(), user_id)?;
            passkeys::delete_of_user(tx.connection(), user_id)?;
            users::change(tx, user_id, &changed)
        })
        .await
    }

    /// A change of one person, which ends their sessions, links and mails that wait. Who has not come yet still may.
    async fn change(
        &self,
        origin: Origin,
        user_id: i32,
        what: &'static str,
        work: impl Fn(&mut crate::db::WriteTransaction<'_>) -> Result<User> + Send + Sync + 'static,
    ) -> Result<User> {
        let actor = origin.actor;
        let user = self
            .0
            .router
            .write("change_user", origin, move |tx| {
                let user = work(tx)?;
                sessions::delete_of_user(tx.connection(), user_id)?;
                if !user.is_invited {
                    tokens::delete_of(tx.connection(), Some(user_id))?;
                    mail::take_back(tx.connection(), &user.email)?;
                }
                Ok(user)
            })
            .await?
            .value;
        tracing::info!(event = "user_updated", %actor, user_id, what, "account changed, its sessions ended");
        Ok(user)
    }

    pub async fn user_by_email(&self, email: Email) -> Result<User> {
        let find = move |connection: &mut _| users::by_email(connection, &email);
        self.0.router.read_current("user", find).await
    }

    /// All people, the disabled ones included, in the order they came. As the primary has them: a list
    /// asked for right after a change must show it.
    pub async fn list_users(&self) -> Result<Vec<User>> {
        self.0.router.read_current("list_users", users::list).await
    }

    /// The names of people by id; nothing for those that are unknown.
    pub async fn names(&self, user_ids: Vec<i32>) -> Result<BTreeMap<i32, String>> {
        self.0
            .router
            .read_current("names", move |connection| users::names(connection, &user_ids))
            .await
    }

    /// How those are called whom the change log may name: people with one of these roles, and keys, each by id. As any database has
    /// them that has seen `at_least`: it is for looking at, and whoever came this second is missing at worst.
    pub async fn callers(&self, roles: Vec<Role>, at_least: Seq) -> Result<Callers> {
        let read = move |connection: &mut AnyConnection| {
            Ok((users::names_in(connection, &roles)?, keys::names(connection)?))
        };
        let read = self.0.router.read_at_least("callers", at_least, read).await?;
        Ok(read.value)
    }
}

/// Names of people and of keys.
pub type Callers = (BTreeMap<i32, String>, BTreeMap<i32, String>);

/// Everybody with an open account and this permission, by id. For modules that tell them something in their own transaction.
///
/// # Errors
/// Those of the query.
pub fn people_who_may(connection: &mut AnyConnection, permission: Permission) -> Result<Vec<i32>> {
    let may = |user: &User| user.disabled_at.is_none() && user.role.permits(permission);
    let all = users::list(connection)?.into_iter().filter(may);
    Ok(all.map(|user| user.user_id).collect())
}

/// A person, in another module's transaction.
///
/// # Errors
/// `NotFound`; those of the query.
pub fn person(connection: &mut AnyConnection, user_id: i32) -> Result<User> {
    users::by_id(connection, user_id)
}
