//! What people see and do of their own account: sessions, password, a copy of what the shop knows of them.

use secrecy::SecretString;
use serde_json::{Map, Value, json};

use super::model::{Attempt, Passkey, Password, Session, SessionHandle, User};
use super::repo::users::{self, Changed};
use super::repo::{passkeys, sessions, tokens};
use super::{Accounts, SecondFactor, SignedIn, second_factor};
use crate::db::changes::{Selection, Window, select};
use crate::db::{Actor, AnyConnection, Moment, Origin, Seq};
use crate::error::{Error, Result};
use crate::mail;

/// Changes in a copy of one's data; the newest.
const EXPORTED_CHANGES: i64 = 1_000;

/// A person's account with the sessions that count, the latest used first.
#[derive(Clone, Debug)]
pub struct OwnAccount {
    pub user: User,
    pub sessions: Vec<Session>,
    /// `None` where the password is enough.
    pub second_factor: Option<SecondFactor>,
    pub passkeys: Vec<Passkey>,
}

impl Accounts {
    /// As the primary has it: it is looked at right after a change.
    pub async fn own_account(&self, user_id: i32) -> Result<OwnAccount> {
        let used_since = Moment::now().plus_seconds(-self.0.session_idle_s);
        self.0
            .router
            .read_current("own_account", move |connection| {
                Ok(OwnAccount {
                    user: users::by_id(connection, user_id)?,
                    sessions: sessions::of_user(connection, user_id, used_since)?,
                    second_factor: second_factor::of_user(connection, user_id)?,
                    passkeys: passkeys::of_user(connection, user_id)?,
                })
            })
            .await
    }

    /// Ends one session of a person; another person's is none.
    pub async fn end_session(&self, user_id: i32, session: SessionHandle) -> Result<()> {
        let SessionHandle(hash) = session;
        let end = move |connection: &mut _| sessions::delete_of_owner(connection, user_id, &hash);
        let ended = self.0.router.unlogged("end_session", end).await?;
        if !ended {
            return Err(Error::NotFound { what: "session" });
        }
        tracing::info!(event = "session_ended", user_id, "session ended");
        Ok(())
    }

    /// Ends the sessions of a person, except for one that they keep.
    pub async fn end_sessions(&self, actor: Actor, user_id: i32, kept: Option<SessionHandle>) -> Result<()> {
        let kept = kept.map(|SessionHandle(hash)| hash);
        let end = move |connection: &mut _| match &kept {
            Some(hash) => sessions::delete_others(connection, user_id, hash),
            None => sessions::delete_of_user(connection, user_id),
        };
        self.0.router.unlogged("end_sessions", end).await?;
        tracing::info!(event = "session_ended", %actor, user_id, "sessions ended");
        Ok(())
    }

    /// Sets a new password by the old one. Every session ends, this one too: it goes on under a new id.
    ///
    /// # Errors
    /// 422 with the fault of either field; 429 after too many wrong old ones in this session; 401 when that has ended meanwhile.
    pub async fn change_password(
        &self,
        origin: Origin,
        (user_id, session): (i32, &SessionHandle),
        (old, new): (&str, &str),
    ) -> Result<SignedIn> {
        let find = move |connection: &mut _| {
            let user = users::by_id(connection, user_id)?;
            Ok((user, users::password_hash(connection, user_id)?))
        };
        let (user, stored) = self.0.router.read_current("credentials", find).await?;
        let new = Password::parse(new, &[self.shop_name(), &user.email])
            .map_err(|fault| Error::Invalid(vec![fault]))?;
        // Whoever finds a browser that was left open shall not find the password by it.
        let attempt = Attempt::in_session(session);
        let look = self.0.passwords.verify(SecretString::from(old), stored);
        if !self.0.throttle.counting(&attempt, look).await? {
            tracing::info!(
                event = "authn_login_fail",
                user_id,
                "wrong password for a new one"
            );
            return Err(Error::field(
                "/old_password",
                "wrong",
                "This is not your password.",
            ));
        }
        self.0.throttle.succeeded(&attempt).await;
        let password_hash = self.0.passwords.hash(new).await?;
        let own = session.clone();
        let changed = self
            .0
            .router
            .write("change_password", origin, move |tx| {
                // Two hashes take a while; whoever was signed out meanwhile sets no password.
                sessions::expect(tx.connection(), user_id, &own)?;
                sessions::delete_of_user(tx.connection(), user_id)?;
                tokens::delete_of(tx.connection(), Some(user_id))?;
                let changed = Changed {
                    password_hash: Some(&password_hash),
                    ..Changed::default()
                };
                mail::take_back(tx.connection(), &user.email)?;
                users::change(tx, user_id, &changed)
            })
            .await?
            .value;
        tracing::info!(event = "authn_password_change", user_id, "password changed");
        self.begin_session((user_id, changed.version, changed.role), None)
            .await
    }

    /// A copy of what the shop holds about a person: the account, the sessions, which changes of the log are theirs, and what
    /// other rooms keep.
    pub async fn export_user(&self, user_id: i32) -> Result<Value> {
        let own = self.own_account(user_id).await?;
        let selection = Selection {
            actor: Some(Actor::User(user_id).to_string()),
            ..Selection::default()
        };
        let belongings = self.0.belongings;
        let read = move |connection: &mut AnyConnection| {
            let changes = select(connection, &selection, Window::Before(Seq::MAX), EXPORTED_CHANGES)?;
            let mut others = Map::new();
            for kept in belongings {
                others.extend((kept.export)(connection, user_id)?);
            }
            Ok((changes, others))
        };
        let (changes, others) = self.0.router.read_current("export_user", read).await?;
        let user = &own.user;
        let mut copy = json!({
            "account": {
                "id": user.user_id,
                "name": user.name,
                "email": user.email,
                "role": user.role.as_str(),
                "created_at": user.created_at.to_rfc3339(),
                "disabled_at": user.disabled_at.map(Moment::to_rfc3339),
                "second_factor_since": own.second_factor.as_ref().map(|factor| factor.since.to_rfc3339()),
            },
            "sessions": own.sessions.iter().map(|session| json!({
                "created_at": session.created_at.to_rfc3339(),
                "last_seen_at": session.last_seen_at.to_rfc3339(),
                "expires_at": session.expires_at.to_rfc3339(),
            })).collect::<Vec<_>>(),
            "passkeys": own.passkeys.iter().map(|passkey| json!({
                "name": passkey.name,
                "created_at": passkey.created_at.to_rfc3339(),
                "last_used_at": passkey.last_used_at.map(Moment::to_rfc3339),
            })).collect::<Vec<_>>(),
            "changes": changes.iter().map(|change| json!({
                "seq": change.seq,
                "at": change.at.to_rfc3339(),
                "entity": change.entity,
                "id": change.entity_id,
                "action": change.action,
            })).collect::<Vec<_>>(),
        });
        if let Some(copy) = copy.as_object_mut() {
            copy.extend(others);
        }
        Ok(copy)
    }
}
