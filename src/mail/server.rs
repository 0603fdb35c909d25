//! The server that takes the shop's mail, within a limit of time. Must not know why a mail is written.

use std::time::Duration;

use super::Letter;
#[cfg(feature = "mail")]
use super::smtp::Smtp;
use crate::config::Settings;
use crate::error::Result;

/// A server as the settings name it.
pub struct Server {
    #[cfg(feature = "mail")]
    smtp: Smtp,
    name: String,
    timeout: Duration,
}

/// Why a mail was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undelivered {
    /// What went wrong and what to do, for the log: of what the server said only the number, since its words may name a person.
    pub reason: String,
    /// Its words, for whoever tries it by hand.
    pub said: String,
    /// Nothing will come of trying again: there is no such mailbox.
    pub is_final: bool,
}

impl Server {
    /// `None` where the settings name none.
    ///
    /// # Errors
    /// When TLS cannot be set up at all.
    pub fn new(settings: &Settings) -> Result<Option<Server>> {
        let mail = &settings.mail;
        let Some(host) = &mail.host else {
            return Ok(None);
        };
        Ok(Some(Server {
            #[cfg(feature = "mail")]
            smtp: Smtp::new(settings, host)?,
            name: format!("{host}, port {}", mail.port()),
            timeout: Duration::from_millis(mail.timeout_ms),
        }))
    }

    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Host and port, for people.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Sends a mail once.
    ///
    /// # Errors
    /// Why it was not taken; also when the limit of time was over before the server said that it has it.
    pub async fn send(&self, address: &str, letter: &Letter) -> Result<(), Undelivered> {
        let sent = tokio::time::timeout(self.timeout, self.attempt(address, letter)).await;
        sent.unwrap_or_else(|_| {
            let reason = format!(
                "{} has not taken it within {:?}: is the port right (465 for tls, 587 for starttls), and may this machine reach it?",
                self.name, self.timeout
            );
            Err(Undelivered::for_now(reason))
        })
    }

    #[cfg(feature = "mail")]
    async fn attempt(&self, address: &str, letter: &Letter) -> Result<(), Undelivered> {
        self.smtp.send(address, letter, &self.name).await
    }

    #[cfg(not(feature = "mail"))]
    async fn attempt(&self, _: &str, _: &Letter) -> Result<(), Undelivered> {
        Err(Undelivered::for_now(crate::config::NO_MAIL.to_owned()))
    }
}

impl Undelivered {
    pub(super) fn for_now(reason: String) -> Self {
        Self {
            reason,
            said: String::new(),
            is_final: false,
        }
    }

    /// Both, on one line.
    pub fn in_full(&self) -> String {
        if self.said.is_empty() {
            self.reason.clone()
        } else {
            format!("{} ({})", self.reason, self.said)
        }
    }
}
