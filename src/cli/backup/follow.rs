//! `vitrine backup --follow`: a backup that stays as new as the shop.

use std::time::{Duration, Instant};

use tokio::signal::unix::{SignalKind, signal};

use super::{Failure, Progress};
use crate::backup::{self, Follower, Step};
use crate::config::{BackupPlace, Settings};
use crate::error::{Error, Result};
use crate::media::MediaStore;
use crate::startup::database_urls;

/// Between two looks: what is lost with the database is at most this and the time that a shipment takes.
const PAUSE: Duration = Duration::from_secs(1);

/// Between two looks at what changes without a change in the log, such as who is signed in.
const THOROUGH: Duration = Duration::from_secs(10);

/// How often the shop is told that it is backed up.
const NOTE: Duration = Duration::from_secs(60);

pub async fn run(place: &BackupPlace, settings: &Settings) -> Result<(), Failure> {
    let (primary, _) = database_urls(&settings.database)?;
    let mut follower = {
        let mut progress = Progress::start();
        let media = MediaStore::new(&settings.media);
        let store = backup::open(place, &settings.backup.bucket)?;
        Follower::open(&primary, &media, store, &mut progress.told())?
    };
    println!("following into {place} from change {}", follower.seq());
    let mut terminate = signal(SignalKind::terminate()).map_err(Error::internal)?;
    let (mut thorough_at, mut noted_at) = (Instant::now(), Instant::now());
    loop {
        let is_thorough = Instant::now() >= thorough_at;
        if is_thorough {
            thorough_at = Instant::now() + THOROUGH;
        }
        look(&mut follower, is_thorough)?;
        if Instant::now() >= noted_at {
            noted_at = Instant::now() + NOTE;
            if let Err(error) = follower.note() {
                tracing::warn!(
                    error = error.chain(),
                    "the shop could not be told that it has a backup"
                );
            }
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            _ = terminate.recv() => break,
            _ = tokio::signal::ctrl_c() => break,
        }
    }
    // What was written since the last look.
    look(&mut follower, true)?;
    println!("up to change {}", follower.seq());
    Ok(())
}

/// A database or a bucket that is away is waited for; what it will not give any more ends this.
fn look(follower: &mut Follower, is_thorough: bool) -> Result<()> {
    match follower.step(is_thorough) {
        Ok(Step::Nothing) => Ok(()),
        Ok(Step::Shipped { seq, bytes }) => {
            tracing::debug!(seq = seq.0, bytes, "shipped");
            Ok(())
        }
        Err(error @ (Error::Conflict { .. } | Error::BadRequest { .. })) => Err(error),
        Err(error) => {
            tracing::warn!(error = error.chain(), "nothing can be shipped now; trying again");
            Ok(())
        }
    }
}
