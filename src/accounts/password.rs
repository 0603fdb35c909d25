//! Hashing and checking passwords with Argon2id, and the gate in front of it.
//!
//! One hash takes 19 MiB and some 20 ms of a core, so strangers who post to the sign-in form could take the whole
//! machine. Two hashes run at a time, eight more wait, and everybody else is told to come back; pages of the shop
//! are served meanwhile. Must not know people or storage.

use std::sync::Arc;

use argon2::password_hash::{Error as HashError, PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::model::Password;
use crate::error::{Error, Result};

/// OWASP's floor for Argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

const RUNNING: usize = 2;
const WAITING: usize = 8;
const RETRY_AFTER_S: u32 = 2;

/// Checked when nobody has the given e-mail address, so that the answer takes as long as for a wrong password. No
/// password is known that it matches, and its result is not used.
const NOBODYS_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$dml0cmluZS1ub2JvZHk$RRyoAK49cYfqRJAdxOMqxgLpSBIMBbOyGTqbIXKEXDQ";

/// Hashes and checks passwords; clones share one gate.
#[derive(Clone)]
pub struct PasswordGate {
    running: Arc<Semaphore>,
    admitted: Arc<Semaphore>,
}

impl PasswordGate {
    pub fn new() -> Self {
        Self {
            running: Arc::new(Semaphore::new(RUNNING)),
            admitted: Arc::new(Semaphore::new(RUNNING + WAITING)),
        }
    }

    /// The password as a PHC string with a fresh salt, to be stored.
    pub async fn hash(&self, password: Password) -> Result<String> {
        self.run(move || hash(password.expose())).await
    }

    /// Whether the password fits the stored hash. `None` stands for nobody: takes as long and says no.
    pub async fn verify(&self, given: SecretString, stored: Option<String>) -> Result<bool> {
        self.run(move || match stored {
            Some(stored) => verify(given.expose_secret(), &stored),
            None => verify(given.expose_secret(), NOBODYS_HASH).map(|_| false),
        })
        .await
    }

    /// The permits travel with the work: a caller who goes away does not make room for more of it.
    #[expect(
        clippy::disallowed_methods,
        reason = "the gate bounds this work; the database's threads stay free of it"
    )]
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let permits = self.admit().await?;
        let task = tokio::task::spawn_blocking(move || {
            let _held_to_the_end = permits;
            work()
        });
        task.await.map_err(Error::internal)?
    }

    async fn admit(&self) -> Result<[OwnedSemaphorePermit; 2]> {
        let Ok(admitted) = Arc::clone(&self.admitted).try_acquire_owned() else {
            return Err(Error::Unavailable {
                what: "sign-in",
                retry_after_s: RETRY_AFTER_S,
                source: None,
            });
        };
        let running = Arc::clone(&self.running)
            .acquire_owned()
            .await
            .map_err(Error::internal)?;
        Ok([running, admitted])
    }
}

fn argon2() -> Result<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(Error::internal)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(password: &str) -> Result<String> {
    let hash = argon2()?
        .hash_password(password.as_bytes())
        .map_err(Error::internal)?;
    Ok(hash.to_string())
}

fn verify(given: &str, stored: &str) -> Result<bool> {
    match argon2()?.verify_password(given.as_bytes(), stored) {
        Ok(()) => Ok(true),
        Err(HashError::PasswordInvalid) => Ok(false),
        Err(error) => Err(Error::internal(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_fits_its_own_hash_only() {
        let stored = hash("green lamp over the sea").unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(verify("green lamp over the sea", &stored).unwrap());
        assert!(!verify("green lamp over the see", &stored).unwrap());
    }

    #[test]
    fn nobodys_hash_costs_what_a_real_one_costs() {
        let real = hash("green lamp over the sea").unwrap();
        let cost = |phc: &str| {
            phc.split('$')
                .skip(1)
                .take(3)
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(cost(NOBODYS_HASH), cost(&real));
        assert_eq!(
            NOBODYS_HASH.rsplit('$').next().map(str::len),
            real.rsplit('$').next().map(str::len)
        );
        assert!(!verify("anything", NOBODYS_HASH).unwrap());
    }

    #[test]
    fn a_damaged_hash_is_an_error_and_not_a_wrong_password() {
        assert!(verify("anything", "plain text").is_err());
    }

    #[tokio::test]
    async fn a_full_gate_turns_the_next_one_away_and_opens_again() {
        let gate = PasswordGate::new();
        let mut inside = Vec::new();
        for _ in 0..RUNNING {
            inside.push(gate.admit().await.unwrap());
        }
        let waiting: Vec<_> = (0..WAITING)
            .map(|_| {
                let gate = gate.clone();
                tokio::spawn(async move { gate.admit().await.is_ok() })
            })
            .collect();
        tokio::task::yield_now().await;
        assert_eq!(gate.admit().await.unwrap_err().status(), 503);
        drop(inside);
        for waiter in waiting {
            assert!(waiter.await.unwrap());
        }
        assert!(gate.admit().await.is_ok());
    }
}
