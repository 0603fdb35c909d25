//! `vitrine restore`: makes the shop of the settings out of a backup.

use clap::Args;

use super::Failure;
use super::backup::Progress;
use crate::backup::{self, Until};
use crate::config::{BackupPlace, Settings};
use crate::db::{Moment, Seq, migrate};
use crate::error::Result;
use crate::media::MediaStore;
use crate::startup::{database_urls, migration_url};

#[derive(Debug, Args)]
#[command(after_help = EXPLANATION)]
pub struct RestoreArguments {
    /// Where `vitrine backup` made one: a folder, or s3://bucket/shop.
    place: BackupPlace,
    /// Of what `backup --follow` shipped, nothing behind this change.
    #[arg(long, value_name = "SEQ", conflicts_with = "to_time")]
    to_seq: Option<Seq>,
    /// Of what `backup --follow` shipped, nothing after this time, such as 2026-11-22T10:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    to_time: Option<Moment>,
}

fn moment(text: &str) -> std::result::Result<Moment, &'static str> {
    Moment::parse(text).ok_or("is no time such as 2026-11-22T10:00:00Z")
}

const EXPLANATION: &str = "\
Restores into database.primary (as database.migrate_url, if there is one) and media.store. The database must be empty; on a
server create it first. A shop is restored as of a shipment: the last one, or the last that holds nothing newer than is asked
for; which one that was is told. Pictures that are there already stay. A damaged backup is refused before anything is touched, and
every table is compared with the backup before the shop can be opened.";

pub fn run(arguments: &RestoreArguments, settings: &Settings) -> Result<(), Failure> {
    let (primary, _) = database_urls(&settings.database)?;
    let migrator = migration_url(&settings.database)?;
    let until = match (arguments.to_seq, arguments.to_time) {
        (Some(seq), _) => Until::Seq(seq),
        (None, Some(moment)) => Until::Moment(moment),
        (None, None) => Until::End,
    };
    let restored = {
        let mut progress = Progress::start();
        let media = MediaStore::new(&settings.media);
        let store = backup::open(&arguments.place, &settings.backup.bucket)?;
        backup::restore(store.as_ref(), until, &migrator, &media, &mut progress.told())?
    };
    migrate::share(&primary, &migrator)?;
    println!(
        "Restored {} rows of {} tables and {} shipments, up to change {}, as of {}.",
        restored.rows,
        restored.manifest.tables.len(),
        restored.shipments,
        restored.head.seq,
        restored.as_of
    );
    if let Until::Seq(seq) = until
        && restored.head.seq != seq.0
    {
        println!("{}", why_not(seq, restored.next));
    }
    println!(
        "What was signed out, revoked or changed later is as it was then; look at `vitrine user list` and `vitrine key list`."
    );
    Ok(())
}

/// Why a shop is not as of just the change that was asked for.
fn why_not(seq: Seq, next: Option<Seq>) -> String {
    match next {
        Some(next) => format!(
            "Change {seq} was shipped together with those up to {next}, and a shipment is restored whole or not at all: what \
             was asked for is left out. With it, and those: --to-seq {next}."
        ),
        None => format!("Change {seq} is not in the backup: it ends before that."),
    }
}
