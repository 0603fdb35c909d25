//! `vitrine migrate`: shows what is missing in the database and adds it.

use clap::Args;

use super::Failure;
use crate::config::Settings;
use crate::db::migrate::{migrate, pending};
use crate::error::{Error, Result};
use crate::startup::database_urls;

#[derive(Debug, Args)]
pub struct MigrateArguments {
    /// Change nothing; exit code 1 if something is missing.
    #[arg(long)]
    check: bool,
}

pub async fn run(settings: &Settings, arguments: &MigrateArguments) -> Result<(), Failure> {
    let (primary, _) = database_urls(&settings.database)?;
    let missing = pending(&primary)?;
    if missing.is_empty() {
        println!("The database is up to date.");
        return Ok(());
    }
    println!("Missing in the database:");
    for name in &missing {
        println!("  {name}");
    }
    if arguments.check {
        return Err(Error::internal(format!("{} migrations are missing", missing.len())).into());
    }
    println!("Added {} migrations.", migrate(&primary)?.applied.len());
    Ok(())
}
