//! `vitrine backup`: makes a backup while the shop is open, or proves that one can be restored.

mod follow;
mod progress;
mod smoke;
mod verify;

use clap::{Args, Subcommand};

pub use progress::Progress;

use super::Failure;
use crate::backup::{self, Manifest, Store};
use crate::config::{BackupPlace, Settings};
use crate::db::DatabaseUrl;
use crate::error::{Error, Result};
use crate::media::MediaStore;
use crate::startup::database_urls;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, after_help = EXPLANATION)]
pub struct BackupArguments {
    #[command(subcommand)]
    command: Option<BackupCommand>,
    /// Where to make it: a folder that does not exist, or is empty; or as much of a bucket, such as s3://bucket/shop.
    #[arg(required = true, value_name = "PLACE")]
    place: Option<BackupPlace>,
    /// Go on: ship what changes to that place as it happens, until this is ended. One that holds a backup is gone on with.
    #[arg(long)]
    follow: bool,
}

#[derive(Debug, Subcommand)]
enum BackupCommand {
    /// Prove that a backup is whole: check its files, restore it into a scratch database, compare, open that shop.
    Verify(verify::VerifyArguments),
}

const EXPLANATION: &str = "\
Holds every table as of one moment and all pictures, whichever database the shop runs on; `vitrine restore` makes a shop of
it on any. It holds what people sign in with (as hashes), so its files are readable by their owner only: keep them so.";

pub async fn run(arguments: BackupArguments, settings: &Settings) -> Result<(), Failure> {
    match (arguments.command, arguments.place) {
        (Some(BackupCommand::Verify(arguments)), _) => Ok(verify::run(&arguments, settings).await?),
        (None, Some(place)) if arguments.follow => follow::run(&place, settings).await,
        (None, Some(place)) => make(&place, settings),
        (None, None) => Err(Error::bad_request("no_place", "Name the place of the backup.").into()),
    }
}

fn make(place: &BackupPlace, settings: &Settings) -> Result<(), Failure> {
    let store = backup::open(place, &settings.backup.bucket)?;
    let (primary, replicas) = database_urls(&settings.database)?;
    let media = MediaStore::new(&settings.media);
    let manifest = match of(&primary, &media, store.as_ref()) {
        Err(error) if is_database_away(&error) && !replicas.is_empty() => {
            of_any(&replicas, &media, store.as_ref())?
        }
        made => made?,
    };
    println!("{}", described(place, &manifest));
    if let Err(error) = backup::note(&primary, &manifest.history) {
        tracing::warn!(
            error = error.chain(),
            "the shop could not be told that it has a backup"
        );
    }
    Ok(())
}

fn is_database_away(error: &Error) -> bool {
    matches!(error, Error::Unavailable { what: "database", .. })
}

fn of(url: &DatabaseUrl, media: &MediaStore, store: &dyn Store) -> Result<Manifest> {
    let mut progress = Progress::start();
    backup::make(url, media, store, &mut progress.told())
}

/// Of the first replica that answers, as it is: better than none, while the primary is away.
fn of_any(replicas: &[DatabaseUrl], media: &MediaStore, store: &dyn Store) -> Result<Manifest> {
    tracing::warn!(
        "the primary database does not answer: the backup is made of a replica, which may lack the last changes"
    );
    let mut made = Err(Error::unavailable("database", "there is no replica"));
    for replica in replicas {
        made = of(replica, media, store);
        if !made.as_ref().is_err_and(is_database_away) {
            break;
        }
    }
    made
}

/// What a backup holds, for people.
fn described(place: &BackupPlace, manifest: &Manifest) -> String {
    format!(
        "{}: {} rows of {} tables and {} pictures, up to change {}, made at {}",
        place,
        manifest.tables.iter().map(|stored| stored.rows).sum::<u64>(),
        manifest.tables.len(),
        manifest.pictures.len(),
        manifest.history.seq,
        manifest.made_at
    )
}
