//! Hashing and checking passwords with Argon2id, on threads of its own.
//!
//! One hash takes 19 MiB and some 20 ms of a core, so strangers who post to the sign-in form could take the whole
//! machine. Two threads do nothing else, eight more hashes wait, and everybody else is told to come back; pages of the
//! shop are served meanwhile, by threads that no password can keep. Must not know people or storage.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, OnceLock};

use argon2::password_hash::{Error as HashError, PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use parking_lot::Mutex;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::oneshot;

use super::model::Password;
use crate::error::{Error, Result};

/// OWASP's floor for Argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

const THREADS: usize = 2;
pub(super) const WAITING: usize = 8;
const RETRY_AFTER_S: u32 = 2;

/// Checked when nobody has the given e-mail address, so that the answer takes as long as for a wrong password. No
/// password is known that it matches, and its result is not used.
const NOBODYS_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$dml0cmluZS1ub2JvZHk$RRyoAK49cYfqRJAdxOMqxgLpSBIMBbOyGTqbIXKEXDQ";

type Work = Box<dyn FnOnce() + Send>;

/// Hashes and checks passwords; clones share the same threads, which begin with the first password.
#[derive(Clone, Default)]
pub struct PasswordGate(Arc<OnceLock<SyncSender<Work>>>);

impl PasswordGate {
    pub fn new() -> Self {
        Self::default()
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

    /// The right password anew at today's cost; nothing where the stored hash has cost as much.
    pub async fn renew(&self, right: SecretString, stored: &str) -> Result<Option<String>> {
        if stored.starts_with(&format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}$")) {
            return Ok(None);
        }
        let renewed = self.run(move || hash(right.expose_secret())).await?;
        Ok(Some(renewed))
    }

    /// What was taken in is done: a caller who goes away does not make room for more of it.
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let work = Box::new(move || {
            // Nobody may wait for it any more.
            let _ = answer.send(work());
        });
        if self.0.get_or_init(start).try_send(work).is_err() {
            return Err(Error::Unavailable {
                what: "sign-in",
                retry_after_s: RETRY_AFTER_S,
                source: None,
            });
        }
        answered.await.map_err(Error::internal)?
    }
}

fn start() -> SyncSender<Work> {
    let (queue, waiting) = sync_channel(WAITING);
    let waiting = Arc::new(Mutex::new(waiting));
    for number in 1..=THREADS {
        let waiting = Arc::clone(&waiting);
        let thread = std::thread::Builder::new().name(format!("password-{number}"));
        if let Err(error) = thread.spawn(move || work_off(&waiting)) {
            tracing::error!(%error, "a thread for passwords could not be started");
        }
    }
    queue
}

/// Until the last gate is gone.
fn work_off(waiting: &Mutex<Receiver<Work>>) {
    let next = || waiting.lock().recv();
    while let Ok(work) = next() {
        // One that panics is answered with an error; the thread is needed for others.
        let _ = catch_unwind(AssertUnwindSafe(work));
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
impl PasswordGate {
    /// Keeps every thread busy, and so many places, until what it returns is called.
    pub(super) fn occupy(&self, places: usize) -> impl FnOnce() + use<> {
        use std::sync::mpsc::channel;

        let (begun, begins) = channel();
        let (release, released) = channel::<()>();
        let released = Arc::new(Mutex::new(released));
        let occupy = || {
            let (begun, released) = (begun.clone(), Arc::clone(&released));
            let work: Work = Box::new(move || {
                begun.send(()).unwrap();
                // Fails once nobody can release it any more, which does.
                let _ = released.lock().recv();
            });
            self.0.get_or_init(start).try_send(work).unwrap();
        };
        for _ in 0..THREADS {
            occupy();
            begins.recv().unwrap();
        }
        (0..places).for_each(|_| occupy());
        move || {
            drop(release);
            (0..places).for_each(|_| begins.recv().unwrap());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v11_4_2_a_password_is_hashed_by_argon2id_at_owasps_floor_and_fits_its_own_hash_only() {
        let stored = hash("green lamp over the sea").unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(verify("green lamp over the sea", &stored).unwrap());
        assert!(!verify("green lamp over the see", &stored).unwrap());
    }

    #[test]
    fn user_enumeration_nobodys_hash_costs_what_a_real_one_costs() {
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

    #[tokio::test]
    async fn v11_4_2_a_hash_of_another_cost_is_made_anew() {
        let gate = PasswordGate::new();
        let given = || SecretString::from("green lamp over the sea");
        let today = hash("green lamp over the sea").unwrap();
        assert_eq!(gate.renew(given(), &today).await.unwrap(), None);
        let cheaper = Argon2::new(
            Algorithm::Argon2id,
            Version::V0x13,
            Params::new(8_192, 1, 1, None).unwrap(),
        );
        let cheaper = cheaper
            .hash_password(b"green lamp over the sea")
            .unwrap()
            .to_string();
        assert!(gate.verify(given(), Some(cheaper.clone())).await.unwrap());
        let renewed = gate.renew(given(), &cheaper).await.unwrap().unwrap();
        assert_eq!(gate.renew(given(), &renewed).await.unwrap(), None);
        assert!(gate.verify(given(), Some(renewed)).await.unwrap());
    }

    #[test]
    fn a_damaged_hash_is_an_error_and_not_a_wrong_password() {
        assert!(verify("anything", "plain text").is_err());
    }

    #[tokio::test]
    async fn v11_4_2_two_threads_hash_eight_more_wait_and_the_next_one_is_turned_away() {
        let gate = PasswordGate::new();
        let empty = gate.occupy(WAITING);
        assert_eq!(gate.run(|| Ok(())).await.unwrap_err().status(), 503);
        empty();
        assert!(gate.run(|| Ok(())).await.is_ok());
    }

    #[tokio::test]
    async fn a_panic_is_an_error_and_its_thread_goes_on() {
        let gate = PasswordGate::new();
        for _ in 0..=THREADS {
            let panicking = gate.run(|| -> Result<()> { panic!("on purpose") });
            assert_eq!(panicking.await.unwrap_err().status(), 500);
        }
        assert!(gate.run(|| Ok(())).await.is_ok());
    }
}
