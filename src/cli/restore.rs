//! `vitrine restore`: makes the shop of the settings out of a backup.

use std::path::PathBuf;

use clap::Args;

use super::Failure;
use super::backup::Progress;
use crate::backup::{self, Restored};
use crate::config::Settings;
use crate::db::migrate;
use crate::error::Result;
use crate::media::MediaStore;
use crate::startup::{database_urls, migration_url};

#[derive(Debug, Args)]
#[command(after_help = EXPLANATION)]
pub struct RestoreArguments {
    /// A folder that `vitrine backup` made.
    folder: PathBuf,
}

const EXPLANATION: &str = "\
Restores into database.primary (as database.migrate_url, if there is one) and media.store. The database must be empty; on a
server create it first. Pictures that are there already stay. A damaged backup is refused before anything is touched, and
every table is compared with the backup before the shop can be opened.";

pub fn run(arguments: &RestoreArguments, settings: &Settings) -> Result<(), Failure> {
    let (primary, _) = database_urls(&settings.database)?;
    let migrator = migration_url(&settings.database)?;
    let Restored { manifest, head, rows } = {
        let mut progress = Progress::start();
        let media = MediaStore::new(&settings.media);
        backup::restore(&arguments.folder, &migrator, &media, &mut progress.told())?
    };
    migrate::share(&primary, &migrator)?;
    println!(
        "Restored {rows} rows of {} tables and {} pictures, up to change {}, as of {}.",
        manifest.tables.len(),
        manifest.pictures.len(),
        head.seq,
        manifest.made_at
    );
    println!(
        "What was signed out, revoked or changed later is as it was then; look at `vitrine user list` and `vitrine key list`."
    );
    Ok(())
}
