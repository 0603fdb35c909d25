//! Signing in and out, and finding out who asks.

use std::net::IpAddr;

use secrecy::SecretString;

use super::Accounts;
use super::model::{
    ApiKeySecret, Attempt, CsrfToken, Email, OneTimeToken, Principal, Role, SessionHandle, SessionToken,
};
use super::repo::{keys, sessions, users};
use crate::db::Moment;
use crate::error::{Error, Result};
use crate::web::permission::Permission;

/// How exactly a session's or a key's last use is known; saves a write on most requests.
const TOUCH_EVERY_S: i64 = 60;

/// Seconds until it is worth asking again who is signed in, when that cannot be looked up.
const RETRY_S: u32 = 5;

/// What a request shows as proof.
#[derive(Clone, Debug)]
pub enum Credential {
    Session(SessionToken),
    Key(ApiKeySecret),
}

/// A session that has just begun: its id goes into the cookie, the CSRF token into forms.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub token: SessionToken,
    pub csrf_token: CsrfToken,
    pub role: Role,
}

/// What the right password leads to.
#[derive(Clone, Debug)]
pub enum Entrance {
    SignedIn(SignedIn),
    /// The second factor is still to be proved, with this token; nobody is signed in yet.
    SecondStep(OneTimeToken),
}

impl Accounts {
    /// Starts a session under a new id and ends the one that the browser had, if any; or asks for the second factor first.
    ///
    /// An unknown address, a wrong password and a disabled account fail alike: in the same words and after the
    /// same work. `from` is the address that the tries are counted under, if that can be known.
    ///
    /// # Errors
    /// 401 as said; 429 after too many tries, whoever makes them; 503 when too many sign in at once.
    pub async fn sign_in(
        &self,
        email: &str,
        password: &str,
        previous: Option<SessionToken>,
        from: Option<IpAddr>,
    ) -> Result<Entrance> {
        let attempt = Attempt::of(email, from);
        let look = self.look_at(email, password);
        let (found, is_right) = self.0.throttle.counting(&attempt, look).await?;
        match found {
            Some(user) if is_right && user.disabled_at.is_none() => {
                let who = (user.user_id, user.version, Role::from_stored(&user.role)?);
                let entrance = self.enter(who, previous).await?;
                self.renew_hash(&user, password).await;
                if matches!(entrance, Entrance::SignedIn(_)) {
                    self.0.throttle.succeeded(&attempt).await;
                    tracing::info!(event = "authn_login_success", user_id = user.user_id, "signed in");
                }
                Ok(entrance)
            }
            found => {
                let user_id = found.map(|user| user.user_id);
                tracing::info!(event = "authn_login_fail", user_id, "sign-in refused");
                Err(wrong_credentials())
            }
        }
    }

    /// Who has this address, and whether this is their password; after the same work whether there is anybody or not.
    async fn look_at(&self, email: &str, password: &str) -> Result<(Option<users::Credentials>, bool)> {
        let found = match Email::parse(email) {
            Ok(email) => {
                let query = move |connection: &mut _| users::credentials(connection, &email);
                self.0.router.read_current("credentials", query).await?
            }
            Err(_) => None,
        };
        // Who was invited and has not come yet has no password.
        let found = found.filter(|user| !user.password_hash.is_empty());
        let stored = found.as_ref().map(|user| user.password_hash.clone());
        let given = SecretString::from(password);
        let is_right = self.0.passwords.verify(given, stored).await?;
        Ok((found, is_right))
    }

    /// A password that was hashed at another cost than today's is hashed anew, now that it is known. If that does not come about,
    /// the next sign-in does it.
    async fn renew_hash(&self, user: &users::Credentials, password: &str) {
        let renewed = self
            .0
            .passwords
            .renew(SecretString::from(password), &user.password_hash)
            .await;
        let done = match renewed {
            Ok(None) => return,
            Ok(Some(renewed)) => {
                let (user_id, old) = (user.user_id, user.password_hash.clone());
                let renew =
                    move |connection: &mut _| users::renew_hash(connection, user_id, (&old, &renewed));
                self.0.router.unlogged("renew_password_hash", renew).await
            }
            Err(error) => Err(error),
        };
        if let Err(error) = done {
            tracing::warn!(
                error = error.chain(),
                user_id = user.user_id,
                "a password could not be hashed anew"
            );
        }
    }

    /// Id, version and role of the person; `version` is the person's when the password was checked: a reset or a disabling since then wins.
    pub(super) async fn begin_session(
        &self,
        (user_id, version, role): (i32, i32, Role),
        previous: Option<SessionToken>,
    ) -> Result<SignedIn> {
        let signed_in = SignedIn {
            token: SessionToken::generate()?,
            csrf_token: CsrfToken::generate()?,
            role,
        };
        let (token, csrf_token) = (signed_in.token.clone(), signed_in.csrf_token.clone());
        let absolute_s = self.0.session_absolute_s;
        let is_begun = self
            .0
            .router
            .unlogged("begin_session", move |connection| {
                let now = Moment::now();
                sessions::delete_expired(connection, now)?;
                if let Some(previous) = &previous {
                    sessions::delete(connection, &previous.hash())?;
                }
                if !users::hold(connection, user_id, version)? {
                    return Ok(false);
                }
                let lifetime = sessions::Lifetime {
                    from: now,
                    expires_at: now.plus_seconds(absolute_s),
                };
                sessions::insert(connection, &token, user_id, csrf_token.expose(), lifetime)?;
                Ok(true)
            })
            .await?;
        if !is_begun {
            return Err(wrong_credentials());
        }
        tracing::info!(event = "session_created", user_id, "session created");
        Ok(signed_in)
    }

    pub async fn sign_out(&self, session: SessionHandle) -> Result<()> {
        let SessionHandle(hash) = session;
        let delete = move |connection: &mut _| sessions::delete(connection, &hash);
        self.0.router.unlogged("sign_out", delete).await
    }

    /// Who is signed in with this id, and what they may do by now; `None` when nobody is any more. Nobody does anything by being
    /// asked about: the session is as idle as before.
    pub async fn bearer(&self, token: SessionToken) -> Result<Option<(i32, &'static [Permission])>> {
        let find = move |connection: &mut _| sessions::find(connection, &token);
        let found = self.0.router.read_current("session", find).await?;
        let Some(row) = found.filter(|row| !is_over(row, Moment::now(), self.0.session_idle_s)) else {
            return Ok(None);
        };
        let lacks = self.lacks_second_factor(row.user_id, Some(Permission::ReadCatalog));
        // Until they have one they may do what everybody may who is signed in.
        let role = if lacks.await? {
            Role::Submitter
        } else {
            Role::from_stored(&row.role)?
        };
        Ok(Some((row.user_id, role.permissions())))
    }

    /// Who shows this proof; `None` when it counts for nothing (any more).
    pub async fn authenticate(&self, credential: Credential) -> Result<Option<Principal>> {
        match credential {
            Credential::Session(token) => self.user_of_session(token, Moment::now()).await,
            Credential::Key(secret) => self.holder_of_key(secret, Moment::now()).await,
        }
    }

    async fn user_of_session(&self, token: SessionToken, now: Moment) -> Result<Option<Principal>> {
        let asked = token.clone();
        let belongings = self.0.belongings;
        let find = move |connection: &mut _| {
            let Some(row) = sessions::find(connection, &asked)? else {
                return Ok(None);
            };
            let mut unread = 0;
            for kept in belongings {
                unread += (kept.unread)(connection, row.user_id)?;
            }
            Ok(Some((row, unread)))
        };
        let found = self.0.router.read_current("session", find).await;
        let Some((row, unread)) = found.map_err(nobody_is_known)? else {
            return Ok(None);
        };
        if is_over(&row, now, self.0.session_idle_s) {
            tracing::info!(
                event = "session_expired",
                user_id = row.user_id,
                "session expired"
            );
            if self.0.router.is_writable() {
                self.sign_out(SessionHandle(token.hash())).await?;
            }
            return Ok(None);
        }
        if is_due(Some(row.last_seen_at), now) && self.0.router.is_writable() {
            let touched = token.clone();
            let touch = move |connection: &mut _| sessions::touch(connection, &touched, now);
            self.0.router.unlogged("touch_session", touch).await?;
        }
        let csrf_token = CsrfToken::parse(&row.csrf_token)
            .ok_or_else(|| Error::internal("a session without a CSRF token is stored"))?;
        Ok(Some(Principal::User {
            user_id: row.user_id,
            name: row.name,
            role: Role::from_stored(&row.role)?,
            session: SessionHandle(token.hash()),
            csrf_token,
            signed_in_at: row.created_at,
            unread,
        }))
    }

    async fn holder_of_key(&self, secret: ApiKeySecret, now: Moment) -> Result<Option<Principal>> {
        let find = move |connection: &mut _| keys::find(connection, &secret, now);
        let found = self.0.router.read_current("api_key", find).await;
        let Some(key) = found.map_err(nobody_is_known)? else {
            return Ok(None);
        };
        let key_id = key.key_id;
        if is_due(key.last_used_at, now) && self.0.router.is_writable() {
            let touch = move |connection: &mut _| keys::touch(connection, key_id, now);
            self.0.router.unlogged("touch_api_key", touch).await?;
        }
        Ok(Some(Principal::Key {
            key_id,
            scopes: key.scopes,
        }))
    }
}

/// Past its absolute end, or unused for too long.
fn is_over(session: &sessions::SessionRow, now: Moment, idle_s: i64) -> bool {
    session.expires_at <= now || session.last_seen_at.plus_seconds(idle_s) <= now
}

fn is_due(last_use: Option<Moment>, now: Moment) -> bool {
    last_use.is_none_or(|last_use| last_use.plus_seconds(TOUCH_EVERY_S) <= now)
}

/// Where it cannot be looked up who asks, nobody comes in, and everybody may try again.
fn nobody_is_known(error: Error) -> Error {
    match error {
        Error::Internal(source) => Error::Unavailable {
            what: "record of who is signed in",
            retry_after_s: RETRY_S,
            source: Some(source),
        },
        other => other,
    }
}

pub(super) fn wrong_credentials() -> Error {
    Error::Unauthenticated {
        detail: "The e-mail address or the password is wrong.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Moment {
        Moment::parse(text).unwrap()
    }

    #[test]
    fn v7_3_1_v7_3_2_a_session_ends_when_it_was_idle_or_is_too_old() {
        let session = sessions::SessionRow {
            user_id: 1,
            name: "Ann".to_owned(),
            role: "owner".to_owned(),
            csrf_token: String::new(),
            created_at: moment("2026-11-22T10:00:00Z"),
            last_seen_at: moment("2026-11-22T10:00:00Z"),
            expires_at: moment("2026-11-22T10:15:00Z"),
        };
        let table = [
            ("2026-11-22T10:00:00Z", 600, false),
            ("2026-11-22T10:09:59Z", 600, false),
            ("2026-11-22T10:10:00Z", 600, true),
            ("2026-11-22T10:14:59Z", 1200, false),
            ("2026-11-22T10:15:00Z", 1200, true),
        ];
        for (now, idle_s, over) in table {
            assert_eq!(is_over(&session, moment(now), idle_s), over, "{now}");
        }
    }

    #[test]
    fn last_use_is_written_once_a_minute() {
        let now = moment("2026-11-22T10:00:00Z");
        assert!(is_due(None, now));
        assert!(!is_due(Some(moment("2026-11-22T09:59:01Z")), now));
        assert!(is_due(Some(moment("2026-11-22T09:59:00Z")), now));
    }
}
