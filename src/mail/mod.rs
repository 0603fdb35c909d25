//! Mail: it waits in the database until a server has taken it, so no request waits for one and none is lost with a process. Must not
//! know what a mail says.
//!
//! What waits is to whom and why. What it says is made when it is sent ([`Author`]), so no secret of a link ever lies in a table.
//! Every process of the owner's side looks each second for what is due (`outbox.rs`); whoever counts an attempt up in its row makes
//! that attempt. How a server is spoken to (`smtp.rs`) is compiled with the feature `mail` alone.

mod outbox;
mod repo;
mod server;
#[cfg(feature = "mail")]
mod smtp;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

pub use outbox::Outbox;
pub use repo::take_back;
pub use server::{Server, Undelivered};

use crate::config::{MailSettings, Settings};
use crate::db::{AnyConnection, Moment, Router};
use crate::error::Result;
use crate::metrics::{MailMetrics, MailResult};

/// What may wait at most. Strangers can make mails wait, so there is an end to it.
const MOST_WAITING: i64 = 1_000;

/// Seconds within which a mail is first tried, at random: what that does for an account that is there shall fall into no request that
/// whoever asked can foresee.
const SPREAD_S: i64 = 5;

/// A mail that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    pub mail_id: i32,
    /// Why it is written: a name that its author knows.
    pub kind: String,
    pub address: String,
    /// Those that failed.
    pub attempts: i32,
    pub created_at: Moment,
}

/// What a mail says, in plain text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    pub subject: String,
    pub body: String,
}

/// Who says what a mail says.
pub trait Author: Send + Sync {
    /// Asked before each attempt; `None` when there is nothing to say to this address any more, or never was.
    ///
    /// # Errors
    /// Those of the database: then it is tried again.
    fn write(&self, waiting: &Waiting) -> BoxFuture<'static, Result<Option<Letter>>>;
}

/// Whether the shop sends mail. Cloning is cheap.
#[derive(Clone)]
pub enum Mail {
    /// No server is set up.
    Off,
    On(Arc<Outbox>),
}

impl Mail {
    /// # Errors
    /// When TLS cannot be set up at all.
    pub fn new(db: Router, settings: &Settings, metrics: MailMetrics) -> Result<Mail> {
        let Some(server) = Server::new(settings)? else {
            return Ok(Mail::Off);
        };
        let MailSettings {
            retry_first_ms,
            retry_for_s,
            ..
        } = settings.mail;
        Ok(Mail::On(Arc::new(Outbox {
            db,
            server,
            metrics,
            retry_first: Duration::from_millis(retry_first_ms),
            retry_for: Duration::from_secs(retry_for_s),
        })))
    }

    pub fn is_on(&self) -> bool {
        matches!(self, Mail::On(_))
    }

    /// Has a mail wait, in the caller's transaction, after the same work whatever the address is. `false` where no mail is sent, and
    /// when too much waits already, which is logged and counted.
    ///
    /// # Errors
    /// Those of the database.
    pub fn post(
        &self,
        connection: &mut AnyConnection,
        kind: &str,
        address: &str,
        now: Moment,
    ) -> Result<bool> {
        let Mail::On(outbox) = self else {
            return Ok(false);
        };
        if repo::count(connection)? >= MOST_WAITING {
            outbox.metrics.count(MailResult::Dropped);
            tracing::warn!(
                kind,
                "a mail was not taken in: {MOST_WAITING} wait for the server already"
            );
            return Ok(false);
        }
        let due_at = now.plus_seconds(fastrand::i64(0..SPREAD_S));
        repo::add(connection, kind, address, (now, due_at))?;
        Ok(true)
    }

    /// Sends what is due, until it is dropped.
    pub async fn run(&self, author: &dyn Author) {
        if let Mail::On(outbox) = self {
            outbox.run(author).await;
        }
    }
}
