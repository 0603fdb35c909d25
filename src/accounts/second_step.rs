//! The second step of signing in: whoever has typed the right password holds a token that counts for some minutes, and a session
//! begins when the second factor is proved with it. Must not know HTTP.

use std::net::IpAddr;

use secrecy::ExposeSecret;

use super::model::{Attempt, OneTimeToken, Proof, Purpose, Role, SessionToken, User};
use super::repo::tokens::{self, Holder};
use super::repo::{factors, users};
use super::sessions::wrong_credentials;
use super::{Accounts, Entrance, SignedIn};
use crate::db::{AnyConnection, Moment};
use crate::error::{Error, Result};

/// Told of a token that does not count; whoever held it types the password again.
pub(super) const OVER: &str = "second_step_over";

impl Accounts {
    /// Begins a session for somebody whose password was right, unless a second factor is to be proved first. Id, version and
    /// role are as in [`Accounts::begin_session`].
    pub(super) async fn enter(
        &self,
        who: (i32, i32, Role),
        previous: Option<SessionToken>,
    ) -> Result<Entrance> {
        let (user_id, version, _) = who;
        let token = OneTimeToken::generate()?;
        let stored = token.clone();
        let ask = move |connection: &mut AnyConnection| {
            let now = Moment::now();
            tokens::delete_expired(connection, now)?;
            if factors::since(connection, user_id)?.is_none() {
                return Ok(false);
            }
            if !users::hold(connection, user_id, version)? {
                return Err(wrong_credentials());
            }
            let holder = Holder {
                purpose: Purpose::SecondStep,
                user_id: Some(user_id),
            };
            tokens::insert(connection, &stored, holder, now)?;
            Ok(true)
        };
        if self.0.router.unlogged("second_step_asked", ask).await? {
            return Ok(Entrance::SecondStep(token));
        }
        self.begin_session(who, previous).await.map(Entrance::SignedIn)
    }

    /// Proves the second factor and begins a session under a new id. The token, the code of a step of time and a recovery code
    /// each count once, whichever node is asked.
    ///
    /// # Errors
    /// 403 for a token that does not count (any more); 401 for a wrong or used code; 429 after three of those until the next
    /// step of time.
    pub async fn second_step(
        &self,
        token: &OneTimeToken,
        typed: &str,
        previous: Option<SessionToken>,
        from: Option<IpAddr>,
    ) -> Result<SignedIn> {
        let asked = token.clone();
        let find = move |connection: &mut _| holder(connection, &asked);
        let user = self.0.router.read_current("second_step_holder", find).await?;
        let code = Attempt::of_code(&user.email, from);
        let user_id = user.user_id;
        let proved = self.0.throttle.counting(&code, self.prove(token, typed)).await?;
        let Some(user) = proved else {
            tracing::info!(event = "authn_login_fail", user_id, "a wrong second factor");
            return Err(Error::Unauthenticated {
                detail: "This code is wrong, or was used before.".to_owned(),
            });
        };
        let signed_in = self
            .begin_session((user_id, user.version, user.role), previous)
            .await?;
        self.0.throttle.succeeded(&code).await;
        self.0.throttle.succeeded(&Attempt::of(&user.email, from)).await;
        tracing::info!(
            event = "authn_login_success",
            user_id,
            "signed in with a second factor"
        );
        Ok(signed_in)
    }

    /// Takes token and code in one transaction; `None` for a code that does not count, which leaves the token.
    async fn prove(&self, token: &OneTimeToken, typed: &str) -> Result<Option<User>> {
        let Some(proof) = Proof::parse(typed) else {
            return Ok(None);
        };
        let token = token.clone();
        let prove = move |connection: &mut AnyConnection| {
            tokens::lock(connection, &token)?;
            let user = holder(connection, &token)?;
            if !counts(connection, user.user_id, &proof)? {
                return Ok(None);
            }
            if !tokens::delete(connection, &token)? {
                return Err(over());
            }
            Ok(Some(user))
        };
        self.0.router.unlogged("second_step", prove).await
    }
}

/// Uses what was proved; false if it counts for nothing.
fn counts(connection: &mut AnyConnection, user_id: i32, proof: &Proof) -> Result<bool> {
    match proof {
        Proof::Recovery(code) => factors::use_code(connection, user_id, code),
        Proof::Code(code) => {
            let factor = factors::of_user(connection, user_id)?;
            let step = match &factor {
                Some(factor) => factor.secret.step_of(code.expose_secret(), Moment::now())?,
                None => None,
            };
            match step {
                Some(step) => factors::use_step(connection, user_id, step),
                None => Ok(false),
            }
        }
    }
}

fn holder(connection: &mut AnyConnection, token: &OneTimeToken) -> Result<User> {
    match tokens::find(connection, token, Moment::now())? {
        Some(Holder {
            purpose: Purpose::SecondStep,
            user_id: Some(user_id),
        }) => {
            let user = users::by_id(connection, user_id)?;
            user.disabled_at.is_none().then_some(user).ok_or_else(over)
        }
        _ => Err(over()),
    }
}

pub(super) fn over() -> Error {
    Error::Forbidden {
        code: OVER,
        detail: "The first step was too long ago, or something went wrong with it. Type your password again."
            .to_owned(),
    }
}
