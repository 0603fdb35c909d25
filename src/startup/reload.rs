//! SIGHUP: the settings are read again, and those that can change while the shop is open are put into force. Must not
//! know what they do.

use std::path::PathBuf;

use tokio::signal::unix::{SignalKind, signal};

use crate::config::{ConfigError, Settings};
use crate::db::{LARGEST_POOL, Router};
use crate::error::{Error, Result};
use crate::telemetry::LogLevel;

/// What can change.
pub struct Reload {
    /// Where the settings come from, besides the environment.
    pub file: Option<PathBuf>,
    /// As they were read at the start.
    pub settings: Settings,
    pub db: Router,
    pub log: LogLevel,
}

impl Reload {
    /// Waits for signals until the process ends.
    ///
    /// # Errors
    /// None that a shop can cause.
    pub async fn run(mut self) -> Result<()> {
        let mut hang_up = signal(SignalKind::hangup()).map_err(Error::internal)?;
        while hang_up.recv().await.is_some() {
            match Settings::load(self.file.as_deref()) {
                Ok(settings) => self.put_into_force(settings)?,
                Err(ConfigError(faults)) => {
                    tracing::error!(
                        ?faults,
                        "the settings have faults: the shop goes on with those it has"
                    );
                }
            }
        }
        Ok(())
    }

    fn put_into_force(&mut self, new: Settings) -> Result<()> {
        let old = &mut self.settings;
        if new.log.level != old.log.level {
            self.log.set(&new.log.level)?;
        }
        let pool_size = new.database.pool_size.min(LARGEST_POOL);
        if new.database.pool_size != old.database.pool_size {
            self.db.resize_pools(pool_size);
        }
        (old.log.level, old.database.pool_size) = (new.log.level.clone(), new.database.pool_size);
        tracing::warn!(
            event = "settings_reloaded",
            level = new.log.level,
            pool_size,
            "the settings were read again"
        );
        // Secrets look alike; whoever changes one knows.
        if format!("{old:?}") != format!("{new:?}") {
            tracing::warn!(
                "other settings were changed, too: they come into force when the shop is started again"
            );
        }
        Ok(())
    }
}
