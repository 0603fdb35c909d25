//! `vitrine changes`: keeps the change log from growing for ever, without losing what it proves.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Failure;
use super::backup::Progress;
use crate::backup::{self, Before};
use crate::config::Settings;
use crate::db::{Moment, Seq};
use crate::startup::migration_url;

#[derive(Debug, Subcommand)]
pub enum ChangesCommand {
    /// Move the oldest changes out of the database into a folder.
    Archive(ArchiveArguments),
}

#[derive(Debug, Args)]
#[command(after_help = EXPLANATION)]
pub struct ArchiveArguments {
    /// Where they go; later runs must name the same folder.
    folder: PathBuf,
    /// The first change that stays, or a time such as 2026-01-01.
    #[arg(long, value_name = "SEQ|TIME", value_parser = before)]
    before: Before,
}

const EXPLANATION: &str = "\
Archived changes are no longer in the history and cannot be undone. `vitrine audit verify` checks what is left against the hash
of what was taken, and with --archive DIR that too: keep the folder, without it nobody can say what happened before. On a server
database.migrate_url must be an account that may delete changes; the shop's own may not.";

fn before(text: &str) -> Result<Before, &'static str> {
    let seq = text.parse::<Seq>().ok().map(Before::Seq);
    seq.or_else(|| Moment::parse(text).map(Before::Moment))
        .ok_or("is neither the number of a change nor a time such as 2026-01-01")
}

pub fn run(command: &ChangesCommand, settings: &Settings) -> Result<(), Failure> {
    let ChangesCommand::Archive(arguments) = command;
    let url = migration_url(&settings.database)?;
    let archived = {
        let mut progress = Progress::start();
        backup::archive(&url, arguments.before, &arguments.folder, &mut progress.told())?
    };
    println!("{archived} changes moved to {}", arguments.folder.display());
    Ok(())
}
