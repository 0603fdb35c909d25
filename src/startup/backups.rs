//! Backups while the shop is open, if the settings want them, and how old the last one is in any case.

use std::time::Duration;

use secrecy::ExposeSecret;
use tokio::sync::oneshot;

use crate::backup::Schedule;
use crate::config::Settings;
use crate::db::changes::{self, BACKUP_FOLLOWER};
use crate::db::{AnyConnection, DatabaseUrl, Router};
use crate::error::{Error, Result};
use crate::media::MediaStore;
use crate::metrics::Metrics;

const POLL: Duration = Duration::from_secs(60);

/// Everything that a scheduled backup needs.
pub struct Backups {
    pub db: Router,
    pub metrics: Metrics,
    schedule: Option<(Schedule, DatabaseUrl, MediaStore)>,
}

impl Backups {
    /// As the settings want them.
    pub fn new(settings: &Settings, db: Router, media: MediaStore, metrics: Metrics) -> Backups {
        let url = DatabaseUrl::parse(settings.database.primary.expose_secret());
        let schedule = settings.backup.folder.as_ref().zip(url.ok()).map(|(place, url)| {
            let schedule = Schedule {
                place: place.clone(),
                bucket: settings.backup.bucket.clone(),
                every: Duration::from_secs(settings.backup.every_minutes.saturating_mul(60)),
                keep: settings.backup.keep,
            };
            (schedule, url, media)
        });
        Backups {
            db,
            metrics,
            schedule,
        }
    }

    /// Looks every minute until the process ends.
    pub async fn run(self) {
        loop {
            if let Err(error) = self.make().await {
                tracing::error!(error = error.chain(), "no backup could be made; trying again");
            }
            self.report().await;
            tokio::time::sleep(POLL).await;
        }
    }

    /// Makes one that is due, on a thread that nobody waits for when the process ends: what is left then says by its name
    /// that it is a part.
    async fn make(&self) -> Result<()> {
        let Some((schedule, url, media)) = self.schedule.clone() else {
            return Ok(());
        };
        let (tell, made) = oneshot::channel();
        std::thread::Builder::new()
            .name("backup".to_owned())
            .spawn(move || {
                // Nobody listens any more when the process ends.
                let _ = tell.send(schedule.run(&url, &media));
            })
            .map_err(Error::internal)?;
        if let Some(manifest) = made.await.map_err(Error::internal)?? {
            tracing::info!(seq = manifest.history.seq, "made a backup");
        }
        Ok(())
    }

    async fn report(&self) {
        let last = |connection: &mut AnyConnection| changes::stored_at(connection, BACKUP_FOLLOWER);
        match self.db.read_current("backup.last", last).await {
            Ok(last) => self
                .metrics
                .set_last_backup(last.map_or(0.0, |last| last.unix_seconds())),
            Err(error) => tracing::debug!(%error, "how old the last backup is cannot be read now"),
        }
    }
}
