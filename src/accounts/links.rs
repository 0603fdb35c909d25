//! Links that work once: an invitation gives a new person a name and a password, a reset gives a new password. Whoever made
//! the link passes it on; the shop keeps the hash of its secret only. Where mail is set up, another one is mailed (`mailing.rs`).

use super::model::{Email, OneTimeToken, Password, PersonName, Purpose, Role, User};
use super::repo::tokens::{self, Holder};
use super::repo::users::{self, Changed, Fresh};
use super::repo::{passkeys, sessions};
use super::{Accounts, Entrance, mailing};
use crate::db::{Actor, AnyConnection, Moment, Origin, WriteTransaction};
use crate::error::{Error, Result};
use crate::mail;

/// A link that has just been made: the only time that its secret is known.
#[derive(Clone, Debug)]
pub struct Link {
    pub user: User,
    pub purpose: Purpose,
    pub token: OneTimeToken,
    /// A mail with another one of these waits.
    pub is_mailed: bool,
}

impl Link {
    /// For whom it is and what it does follow from each other; nothing is mailed.
    pub(super) fn new(user: User, token: OneTimeToken) -> Self {
        Self {
            purpose: purpose_of(&user),
            user,
            token,
            is_mailed: false,
        }
    }

    /// Its path on this shop.
    pub fn path(&self) -> String {
        format!("{LINK_PATH}?token={}", self.token.expose())
    }
}

pub const LINK_PATH: &str = "/account/link";

/// Whom a link was made for, and what it does.
#[derive(Clone, Debug)]
pub struct Linked {
    pub user: User,
    pub purpose: Purpose,
}

impl Accounts {
    /// An account without a name and a password, and the link that gives it both.
    pub async fn invite(&self, origin: Origin, email: Email, role: Role) -> Result<Link> {
        let token = OneTimeToken::generate()?;
        let (actor, stored) = (origin.actor, token.clone());
        let mail = self.0.mail.clone();
        let (user, is_mailed) = self
            .0
            .router
            .write("invite", origin, move |tx| {
                let row = Fresh {
                    email: &email,
                    name: "",
                    password_hash: "",
                    role,
                };
                let user = users::insert(tx, &row)?;
                store(tx, &stored, &user)?;
                let is_mailed = post(&mail, tx, &user)?;
                Ok((user, is_mailed))
            })
            .await?
            .value;
        tracing::info!(event = "user_created", %actor, user_id = user.user_id, "invited");
        Ok(Link {
            is_mailed,
            ..Link::new(user, token)
        })
    }

    /// A new link for somebody, in the place of any older one: to the invited an invitation, to others a new password.
    ///
    /// # Errors
    /// 409 for a disabled account, 404 for none.
    pub async fn link(&self, origin: Origin, user_id: i32) -> Result<Link> {
        let token = OneTimeToken::generate()?;
        let (actor, stored) = (origin.actor, token.clone());
        let mail = self.0.mail.clone();
        let (user, is_mailed) = self
            .0
            .router
            .write("link", origin, move |tx| {
                let user = users::by_id(tx.connection(), user_id)?;
                if user.disabled_at.is_some() {
                    return Err(disabled());
                }
                let user = users::note(tx, user_id, ("link", purpose_of(&user).as_str()))?;
                store(tx, &stored, &user)?;
                let is_mailed = post(&mail, tx, &user)?;
                Ok((user, is_mailed))
            })
            .await?
            .value;
        let purpose = purpose_of(&user).as_str();
        tracing::info!(event = "authn_token_created", %actor, user_id, purpose, "link made");
        Ok(Link {
            is_mailed,
            ..Link::new(user, token)
        })
    }

    /// Whom the link is for.
    ///
    /// # Errors
    /// 403 for a link that does not count (any more).
    pub async fn linked(&self, token: &OneTimeToken) -> Result<Linked> {
        let token = token.clone();
        let find = move |connection: &mut _| linked(connection, &token);
        self.0.router.read_current("linked", find).await
    }

    /// Sets what the link is for, ends it, every session and every passkey of the person, and signs in as the new password would. Whoever
    /// had the account before, such as a stranger who registered with this address, has no way in left.
    ///
    /// # Errors
    /// 403 for a link that does not count any more: of two at once the first wins. 422 with every fault.
    pub async fn follow_link(
        &self,
        token: &OneTimeToken,
        (name, password): (&str, &str),
        request_id: String,
    ) -> Result<Entrance> {
        let link = self.linked(token).await?;
        let name = match link.purpose {
            Purpose::Invitation => PersonName::parse(name).map(Some),
            _ => Ok(None),
        };
        let password = Password::parse(password, &[self.shop_name(), &link.user.email]);
        let (name, password) = match (name, password) {
            (Ok(name), Ok(password)) => (name, password),
            (name, password) => {
                let faults = [name.err(), password.err()];
                return Err(Error::Invalid(faults.into_iter().flatten().collect()));
            }
        };
        let password_hash = self.0.passwords.hash(password).await?;
        let origin = Origin {
            actor: Actor::User(link.user.user_id),
            request_id,
            batch: None,
        };
        let token = token.clone();
        let user = self
            .0
            .router
            .write("follow_link", origin, move |tx| {
                let user_id = linked(tx.connection(), &token)?.user.user_id;
                tokens::delete_of(tx.connection(), Some(user_id))?;
                sessions::delete_of_user(tx.connection(), user_id)?;
                passkeys::delete_of_user(tx.connection(), user_id)?;
                let changed = Changed {
                    name: name.as_ref().map(PersonName::as_str),
                    password_hash: Some(&password_hash),
                    ..Changed::default()
                };
                let user = users::change(tx, user_id, &changed)?;
                mail::take_back(tx.connection(), &user.email)?;
                Ok(user)
            })
            .await?
            .value;
        tracing::info!(
            event = "authn_password_change",
            user_id = user.user_id,
            "password set by link"
        );
        self.enter((user.user_id, user.version, user.role), None).await
    }
}

/// The invited get a name and a password, others a new password.
pub(super) fn purpose_of(user: &User) -> Purpose {
    if user.is_invited {
        Purpose::Invitation
    } else {
        Purpose::Reset
    }
}

fn holder_of(user: &User) -> Holder {
    Holder {
        purpose: purpose_of(user),
        user_id: Some(user.user_id),
    }
}

fn store(tx: &mut WriteTransaction<'_>, token: &OneTimeToken, user: &User) -> Result<()> {
    let now = tx.now();
    tokens::replace(tx.connection(), token, holder_of(user), now)
}

/// Beside the links that there are: a stranger who asks for one must not end what an owner has made.
pub(super) fn store_beside(connection: &mut AnyConnection, token: &OneTimeToken, user: &User) -> Result<()> {
    let now = Moment::now();
    tokens::delete_expired(connection, now)?;
    tokens::insert(connection, token, holder_of(user), now)
}

/// Has a mail with a link wait for somebody; whether it does.
fn post(mail: &mail::Mail, tx: &mut WriteTransaction<'_>, user: &User) -> Result<bool> {
    let now = tx.now();
    mail.post(tx.connection(), mailing::FROM_AN_OWNER, &user.email, now)
}

fn linked(connection: &mut AnyConnection, token: &OneTimeToken) -> Result<Linked> {
    match tokens::find(connection, token, Moment::now())? {
        Some(Holder {
            purpose: purpose @ (Purpose::Invitation | Purpose::Reset),
            user_id: Some(user_id),
        }) => {
            let user = users::by_id(connection, user_id)?;
            let counts = user.disabled_at.is_none();
            counts.then_some(Linked { user, purpose }).ok_or_else(dead_link)
        }
        _ => Err(dead_link()),
    }
}

/// For a link that is unknown, used, replaced or too old alike.
pub fn dead_link() -> Error {
    Error::Forbidden {
        code: "link_invalid",
        detail: "This link does not count any more: it works once and for a while. Ask the owner of the shop for a new one."
            .to_owned(),
    }
}

fn disabled() -> Error {
    Error::Conflict {
        code: "disabled",
        detail: "This account is disabled. Enable it first.".to_owned(),
    }
}
