//! `vitrine migrate`: shows what is missing in the database, then adds it.

use clap::Args;

use super::Failure;
use crate::config::Settings;
use crate::db::DatabaseUrl;
use crate::db::migrate::{self, NOTES, Pace, Step};
use crate::error::{Error, Result};
use crate::startup::{database_urls, migration_url};

#[derive(Debug, Args)]
#[group(multiple = false)]
pub struct MigrateArguments {
    /// Change nothing; exit code 1 if something is missing.
    #[arg(long)]
    check: bool,
    /// Change nothing if writes would have to wait for one of them.
    #[arg(long)]
    online: bool,
    /// Stop after this migration, such as 20261125001500.
    #[arg(long, value_name = "STAMP")]
    to: Option<String>,
    /// Take the newest migration back, with the data that it made room for.
    #[arg(long)]
    down: bool,
}

pub async fn run(settings: &Settings, arguments: &MigrateArguments) -> Result<(), Failure> {
    let (primary, _) = database_urls(&settings.database)?;
    let migrator = migration_url(&settings.database)?;
    if arguments.down {
        return Ok(down(&migrator)?);
    }
    let plan = migrate::plan(&migrator, arguments.to.as_deref())?;
    if plan.is_empty() && arguments.check {
        println!("The database is up to date.");
        return Ok(());
    }
    if plan.is_empty() {
        // A run before may have ended between the last migration and the rights of the shop's account.
        migrate::migrate_to(&migrator, arguments.to.as_deref())?;
        migrate::share(&primary, &migrator)?;
        println!("The database is up to date.");
        return Ok(());
    }
    println!("Missing in the database, in this order:");
    plan.iter().for_each(|step| println!("  {}", line(step)));
    if arguments.check {
        return Err(Error::internal(format!("{} migrations are missing", plan.len())).into());
    }
    // In a new database nobody's writes would wait.
    let is_new = plan.first().map(|step| step.note.stamp) == NOTES.first().map(|note| note.stamp);
    if arguments.online && !is_new && plan.iter().any(|step| step.note.pace == Pace::Blocking) {
        return Err(Error::Conflict {
            code: "blocking_migration",
            detail: "Nothing was changed, since writes would wait for a migration that is blocking. Run `vitrine migrate` \
                     without --online at a quiet time."
                .to_owned(),
        }
        .into());
    }
    let migrated = migrate::migrate_to(&migrator, arguments.to.as_deref())?;
    migrate::share(&primary, &migrator)?;
    println!("Added {} migrations.", migrated.applied.len());
    Ok(())
}

fn down(migrator: &DatabaseUrl) -> Result<()> {
    let step = migrate::newest(migrator)?;
    println!("Taking back {}", line(&step));
    println!("What is lost: {}.", step.note.lost);
    migrate::take_back(migrator, &step)?;
    println!("Taken back. `vitrine serve` of this version would add it again; start the version before.");
    Ok(())
}

fn line(step: &Step) -> String {
    let meanwhile = match step.note.pace {
        Pace::Online => "others read and write meanwhile",
        Pace::Blocking => "writes to its tables wait until it is done",
    };
    format!("{:<42} {}: {meanwhile}", step.name, step.note.pace.name())
}
