//! Setting a second factor up, and off again; its recovery codes. Must not know HTTP.

use secrecy::ExposeSecret;

use super::Accounts;
use super::model::{Proof, RecoveryCode, SessionHandle, TotpSecret};
use super::repo::{factors, sessions, users};
use crate::db::{AnyConnection, Moment, Origin};
use crate::error::{Error, Result};
use crate::web::permission::Permission;

/// A second factor that counts.
#[derive(Clone, Debug)]
pub struct SecondFactor {
    pub since: Moment,
    pub codes_left: i64,
}

/// What an app has to know before the second factor counts.
#[derive(Clone, Debug)]
pub struct Unconfirmed {
    pub secret: TotpSecret,
    /// As an app takes it over, and as a picture of it holds it.
    pub address: String,
}

impl Accounts {
    /// Makes a secret, in the place of one that was never confirmed.
    ///
    /// # Errors
    /// 409 where there is a second factor already.
    pub async fn begin_second_factor(&self, user_id: i32) -> Result<()> {
        let secret = TotpSecret::generate()?;
        let begin = move |connection: &mut _| factors::begin(connection, user_id, &secret, Moment::now());
        let is_begun = self.0.router.unlogged("begin_second_factor", begin).await?;
        is_begun.then_some(()).ok_or_else(already_on)
    }

    /// What is to be confirmed; `None` if nothing is.
    pub async fn unconfirmed_second_factor(&self, user_id: i32) -> Result<Option<Unconfirmed>> {
        let find = move |connection: &mut _| {
            let factor = factors::of_user(connection, user_id)?;
            Ok((factor, users::by_id(connection, user_id)?))
        };
        let (factor, user) = self.0.router.read_current("second_factor", find).await?;
        let Some(factor) = factor.filter(|factor| factor.confirmed_at.is_none()) else {
            return Ok(None);
        };
        let address = factor.secret.address(self.shop_name(), &user.email)?;
        Ok(Some(Unconfirmed {
            secret: factor.secret,
            address,
        }))
    }

    /// Switches the second factor on by a first code, and ends the person's other sessions. The recovery codes are known this
    /// once.
    ///
    /// # Errors
    /// 422 for a wrong code, 409 where nothing is to be confirmed.
    pub async fn confirm_second_factor(
        &self,
        origin: Origin,
        (user_id, kept): (i32, &SessionHandle),
        typed: &str,
    ) -> Result<Vec<RecoveryCode>> {
        let codes = RecoveryCode::generate_all()?;
        let (stored, proof, kept) = (codes.clone(), Proof::parse(typed), kept.clone());
        let confirm = move |tx: &mut crate::db::WriteTransaction<'_>| {
            let now = tx.now();
            let factor = factors::of_user(tx.connection(), user_id)?.ok_or_else(not_begun)?;
            let step = match &proof {
                Some(Proof::Code(code)) => factor.secret.step_of(code.expose_secret(), Moment::now())?,
                _ => None,
            };
            let step = step.ok_or_else(wrong_code)?;
            if !factors::confirm(tx.connection(), user_id, step, now)? {
                return Err(already_on());
            }
            factors::replace_codes(tx.connection(), user_id, &stored, now)?;
            sessions::delete_others(tx.connection(), user_id, kept.as_str())?;
            users::note(tx, user_id, ("second_factor", "on")).map(|_| ())
        };
        self.0
            .router
            .write("confirm_second_factor", origin, confirm)
            .await?;
        tracing::info!(event = "authn_token_created", user_id, "second factor on");
        Ok(codes)
    }

    /// New recovery codes in the place of the older ones.
    ///
    /// # Errors
    /// 409 without a second factor.
    pub async fn new_recovery_codes(&self, origin: Origin, user_id: i32) -> Result<Vec<RecoveryCode>> {
        let codes = RecoveryCode::generate_all()?;
        let stored = codes.clone();
        let replace = move |tx: &mut crate::db::WriteTransaction<'_>| {
            let now = tx.now();
            factors::since(tx.connection(), user_id)?.ok_or_else(not_begun)?;
            factors::replace_codes(tx.connection(), user_id, &stored, now)?;
            users::note(tx, user_id, ("second_factor", "new codes")).map(|_| ())
        };
        self.0.router.write("new_recovery_codes", origin, replace).await?;
        tracing::info!(event = "authn_token_created", user_id, "new recovery codes");
        Ok(codes)
    }

    /// Takes a second factor away: from then on the password is enough. Ends the person's sessions but for one that is kept.
    ///
    /// # Errors
    /// 409 without one.
    pub async fn second_factor_off(
        &self,
        origin: Origin,
        user_id: i32,
        kept: Option<SessionHandle>,
    ) -> Result<()> {
        let actor = origin.actor;
        let switch_off = move |tx: &mut crate::db::WriteTransaction<'_>| {
            if !factors::delete(tx.connection(), user_id)? {
                return Err(not_begun());
            }
            match &kept {
                Some(kept) => sessions::delete_others(tx.connection(), user_id, kept.as_str())?,
                None => sessions::delete_of_user(tx.connection(), user_id)?,
            }
            users::note(tx, user_id, ("second_factor", "off")).map(|_| ())
        };
        self.0
            .router
            .write("second_factor_off", origin, switch_off)
            .await?;
        tracing::info!(event = "authn_token_revoked", %actor, user_id, "second factor off");
        Ok(())
    }

    /// Whether somebody may not yet what a permission says, because the shop wants a second factor of those who work in it.
    pub(super) async fn lacks_second_factor(
        &self,
        user_id: i32,
        permission: Option<Permission>,
    ) -> Result<bool> {
        let is_behind_the_counter = permission.is_some_and(|permission| permission != Permission::Propose);
        if !self.0.requires_second_factor || !is_behind_the_counter {
            return Ok(false);
        }
        let find = move |connection: &mut _| factors::since(connection, user_id);
        let since = self.0.router.read_current("second_factor", find).await?;
        Ok(since.is_none())
    }
}

pub fn of_user(connection: &mut AnyConnection, user_id: i32) -> Result<Option<SecondFactor>> {
    let Some(since) = factors::since(connection, user_id)? else {
        return Ok(None);
    };
    Ok(Some(SecondFactor {
        since,
        codes_left: factors::codes_left(connection, user_id)?,
    }))
}

fn wrong_code() -> Error {
    let detail = "This is not the code of now. Is the clock of your device right? Type the next one.";
    Error::field("/code", "wrong", detail)
}

fn already_on() -> Error {
    Error::Conflict {
        code: "second_factor_on",
        detail: "The second factor is on already. Switch it off first to set up another one.".to_owned(),
    }
}

fn not_begun() -> Error {
    Error::Conflict {
        code: "no_second_factor",
        detail: "There is no second factor. Set one up first.".to_owned(),
    }
}
