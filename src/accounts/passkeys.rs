//! Passkeys: made and taken away by people who are signed in, and signing in with one. A passkey stands for password and second
//! factor together, since its device has made sure who holds it. Must not know HTTP, or how an answer is checked.
//!
//! What is asked of a browser is good for one answer, whatever comes of it: the token behind it is taken before anything is looked
//! at. Why an answer does not count stands in the log; whoever sent it learns only that it does not.

use std::net::IpAddr;

use serde_json::Value;

use super::model::{
    Assertion, Attempt, Challenge, MOST_PASSKEYS, Made, OneTimeToken, Party, PasskeyName, Purpose, Refusal,
    Registration, Sent, SessionHandle, SessionToken, User,
};
use super::repo::tokens::{self, Holder};
use super::repo::{passkeys, sessions, users};
use super::{Accounts, SignedIn};
use crate::db::{AnyConnection, Moment, Origin, WriteTransaction};
use crate::error::{Error, FieldError, Result};

/// Questions that wait for an answer at most, of all who are not signed in together. One address asks 80 in their lifetime; when
/// more come, the oldest are forgotten.
const MOST_QUESTIONS: i64 = 2_000;

/// What a browser is asked, and the token that has to come back with its answer.
#[derive(Clone, Debug)]
pub struct Question {
    pub token: OneTimeToken,
    /// As WebAuthn has it.
    pub options: Value,
}

impl Accounts {
    /// For whom passkeys are made here; `None` where there are none.
    pub fn party(&self) -> Option<&Party> {
        self.0.party.as_ref()
    }

    /// # Errors
    /// 404 where there are no passkeys.
    pub(super) fn needed_party(&self) -> Result<&Party> {
        self.party().ok_or(Error::NotFound { what: "passkey here" })
    }

    /// Asks for a new passkey of somebody who is signed in, in the place of what was asked of them before.
    ///
    /// # Errors
    /// 404 where there are no passkeys; 409 for somebody who has the most already.
    pub async fn ask_for_new_passkey(&self, user_id: i32, session: &SessionHandle) -> Result<Question> {
        let party = self.needed_party()?;
        let token = OneTimeToken::generate()?;
        let stored = token.clone();
        let open = move |connection: &mut AnyConnection| {
            let now = Moment::now();
            tokens::delete_expired(connection, now)?;
            tokens::delete_for(connection, Purpose::NewPasskey, user_id)?;
            let present = passkeys::credential_ids(connection, user_id)?;
            if present.len() >= MOST_PASSKEYS {
                return Err(too_many());
            }
            tokens::insert(connection, &stored, asked_of(user_id), now)?;
            Ok((users::by_id(connection, user_id)?, present))
        };
        let (user, present) = self.0.router.unlogged("new_passkey_asked", open).await?;
        let challenge = Challenge::of(&token, Some(session));
        let options = party.creation(&challenge, self.shop_name(), &user, &present);
        Ok(Question { token, options })
    }

    /// Keeps the passkey that a browser has made.
    ///
    /// # Errors
    /// 422 for a name that is none and for an answer that does not count; 409 for one that is known already; 401 when the session
    /// has ended meanwhile.
    pub async fn add_passkey(
        &self,
        origin: Origin,
        (user_id, session): (i32, &SessionHandle),
        (token, sent, name): (Option<OneTimeToken>, &Sent<'_>, &str),
    ) -> Result<()> {
        let party = self.needed_party()?;
        let name = PasskeyName::parse(name).map_err(|fault| Error::Invalid(vec![fault]))?;
        let judged = match self.take(token, asked_of(user_id)).await? {
            Some(token) => Registration::parse(sent)
                .and_then(|answer| answer.judge(party, &Challenge::of(&token, Some(session)))),
            None => Err(OVER),
        };
        let made = judged.map_err(|why: Refusal| {
            tracing::info!(user_id, why, "a new passkey was refused");
            Error::Invalid(vec![not_made()])
        })?;
        let own = session.clone();
        let add = move |tx: &mut WriteTransaction<'_>| {
            // A new password takes all passkeys away, so none may come after it from a session that it has ended.
            sessions::expect(tx.connection(), user_id, &own)?;
            add(tx, user_id, (&made, &name))
        };
        self.0.router.write("add_passkey", origin, add).await?;
        tracing::info!(event = "authn_token_created", user_id, "passkey added");
        Ok(())
    }

    /// Takes a passkey away, and ends the person's sessions but for one that is kept.
    ///
    /// # Errors
    /// 404 if it is none of theirs.
    pub async fn remove_passkey(
        &self,
        origin: Origin,
        (user_id, kept): (i32, &SessionHandle),
        passkey_id: i32,
    ) -> Result<()> {
        let kept = kept.clone();
        let remove = move |tx: &mut WriteTransaction<'_>| {
            if !passkeys::delete(tx.connection(), user_id, passkey_id)? {
                return Err(Error::NotFound { what: "passkey" });
            }
            sessions::delete_others(tx.connection(), user_id, kept.as_str())?;
            users::note(tx, user_id, ("passkey", "removed")).map(|_| ())
        };
        self.0.router.write("remove_passkey", origin, remove).await?;
        tracing::info!(event = "authn_token_revoked", user_id, "passkey removed");
        Ok(())
    }

    /// Takes all passkeys of somebody away, and ends their sessions.
    ///
    /// # Errors
    /// 409 without any.
    pub async fn passkeys_off(&self, origin: Origin, user_id: i32) -> Result<()> {
        let actor = origin.actor;
        let remove = move |tx: &mut WriteTransaction<'_>| {
            if passkeys::delete_of_user(tx.connection(), user_id)? == 0 {
                let detail = "There is no passkey.".to_owned();
                return Err(Error::Conflict {
                    code: "no_passkey",
                    detail,
                });
            }
            sessions::delete_of_user(tx.connection(), user_id)?;
            users::note(tx, user_id, ("passkey", "all removed")).map(|_| ())
        };
        self.0.router.write("passkeys_off", origin, remove).await?;
        tracing::info!(event = "authn_token_revoked", %actor, user_id, "passkeys removed");
        Ok(())
    }

    /// Asks for a passkey of whoever wants to sign in.
    ///
    /// # Errors
    /// 404 where there are no passkeys; 429 after too many questions from one address.
    pub async fn ask_for_passkey(&self, from: Option<IpAddr>) -> Result<Question> {
        let party = self.needed_party()?;
        if let Some(from) = from {
            self.0.throttle.admit(&Attempt::of_passkey(from)).await?;
        }
        let token = OneTimeToken::generate()?;
        let stored = token.clone();
        let open = move |connection: &mut AnyConnection| {
            let now = Moment::now();
            tokens::delete_expired(connection, now)?;
            tokens::make_room(connection, Purpose::Passkey, MOST_QUESTIONS)?;
            tokens::insert(connection, &stored, OF_NOBODY, now)
        };
        self.0.router.unlogged("passkey_asked", open).await?;
        let options = party.request(&Challenge::of(&token, None));
        Ok(Question { token, options })
    }

    /// Begins a session for whoever has answered with a passkey; no second factor is asked for.
    ///
    /// # Errors
    /// 401 in the same words whatever is wrong, and whoever it is.
    pub async fn sign_in_by_passkey(
        &self,
        (token, sent): (Option<OneTimeToken>, &Sent<'_>),
        previous: Option<SessionToken>,
        from: Option<IpAddr>,
    ) -> Result<SignedIn> {
        let party = self.needed_party()?;
        let judged = match self.take(token, OF_NOBODY).await? {
            Some(token) => self.prove_by_passkey(party, &token, sent).await?,
            None => Err((None, OVER)),
        };
        let user = judged.map_err(|(user_id, why)| {
            tracing::info!(event = "authn_login_fail", user_id, why, "a passkey was refused");
            refused()
        })?;
        let user_id = user.user_id;
        let begun = self
            .begin_session((user_id, user.version, user.role), previous)
            .await;
        let signed_in = begun.map_err(|error| match error {
            Error::Unauthenticated { .. } => refused(),
            other => other,
        })?;
        if let Some(from) = from {
            self.0.throttle.succeeded(&Attempt::of_passkey(from)).await;
        }
        tracing::info!(event = "authn_login_success", user_id, "signed in with a passkey");
        Ok(signed_in)
    }

    /// Whose passkey has answered, or why none has, with the person whom that concerns.
    async fn prove_by_passkey(
        &self,
        party: &Party,
        token: &OneTimeToken,
        sent: &Sent<'_>,
    ) -> Result<Result<User, (Option<i32>, Refusal)>> {
        let answer = match Assertion::parse(sent) {
            Ok(answer) => answer,
            Err(why) => return Ok(Err((None, why))),
        };
        let asked = answer.credential_id.clone();
        let find = move |connection: &mut AnyConnection| {
            let Some(known) = passkeys::known(connection, &asked)? else {
                return Ok(None);
            };
            let user = users::by_id(connection, known.user_id)?;
            Ok(Some((known, user)))
        };
        let Some((known, user)) = self.0.router.read_current("passkey", find).await? else {
            return Ok(Err((None, "nobody has it")));
        };
        let refuse = |why| Ok(Err((Some(user.user_id), why)));
        if user.disabled_at.is_some() {
            return refuse("its account is disabled");
        }
        let challenge = Challenge::of(token, None);
        let count = match answer.judge(party, &challenge, (&known.key, user.user_id)) {
            Ok(count) => count,
            Err(why) => return refuse(why),
        };
        let passkey_id = known.passkey_id;
        let note = move |connection: &mut AnyConnection| {
            passkeys::use_count(connection, passkey_id, count, Moment::now())
        };
        if !self.0.router.unlogged("use_passkey", note).await? {
            return refuse("its count went back: there may be two of it");
        }
        Ok(Ok(user))
    }

    /// Ends a token, and gives it back if it counted for this.
    async fn take(&self, token: Option<OneTimeToken>, holder: Holder) -> Result<Option<OneTimeToken>> {
        let Some(token) = token else {
            return Ok(None);
        };
        let taken = token.clone();
        let take = move |connection: &mut AnyConnection| {
            tokens::lock(connection, &taken)?;
            let counts = tokens::find(connection, &taken, Moment::now())? == Some(holder);
            Ok(counts && tokens::delete(connection, &taken)?)
        };
        let counts = self.0.router.unlogged("passkey_answered", take).await?;
        Ok(counts.then_some(token))
    }
}

const OVER: Refusal = "its question was answered before, is too old, or was never asked";

const OF_NOBODY: Holder = Holder {
    purpose: Purpose::Passkey,
    user_id: None,
};

fn asked_of(user_id: i32) -> Holder {
    Holder {
        purpose: Purpose::NewPasskey,
        user_id: Some(user_id),
    }
}

fn add(tx: &mut WriteTransaction<'_>, user_id: i32, made: (&Made, &PasskeyName)) -> Result<()> {
    if passkeys::credential_ids(tx.connection(), user_id)?.len() >= MOST_PASSKEYS {
        return Err(too_many());
    }
    let now = tx.now();
    passkeys::insert(tx.connection(), user_id, made, now)?;
    users::note(tx, user_id, ("passkey", "added")).map(|_| ())
}

fn too_many() -> Error {
    Error::Conflict {
        code: "too_many_passkeys",
        detail: format!("You have {MOST_PASSKEYS} passkeys. Remove one that you do not use first."),
    }
}

fn not_made() -> FieldError {
    let detail = "The passkey was not taken over: what your browser answered was too late, or something was wrong with it. Try again.";
    FieldError::new("/passkey", "wrong", detail)
}

/// For every passkey that opens nothing.
fn refused() -> Error {
    Error::Unauthenticated {
        detail: "Something is wrong with this passkey. Try again, or sign in with your password.".to_owned(),
    }
}
