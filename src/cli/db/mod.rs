//! `vitrine db`: how the database servers stand to one another.

mod fork;
mod partition;
mod status;
mod topology;

use clap::Subcommand;

use super::Failure;
use crate::config::Settings;
use crate::startup::migration_url;

#[derive(Debug, Subcommand)]
pub enum DbCommand {
    /// Show how each database is; with --emit print how to set up replication: configuration, accounts, a compose file.
    Topology(topology::TopologyArguments),
    /// Give the history another name after a replica became the primary: drops what nodes kept of changes that are lost.
    Fork(fork::ForkArguments),
    /// Split the products by category inside MariaDB, or put them together again.
    Partition(partition::PartitionArguments),
}

/// `settings` are asked for only by what works on a database.
pub async fn run(
    command: &DbCommand,
    settings: impl FnOnce() -> Result<Settings, Failure>,
) -> Result<(), Failure> {
    match command {
        DbCommand::Topology(arguments) if arguments.is_status() => Ok(status::run(&settings()?).await?),
        DbCommand::Topology(arguments) => Ok(topology::run(arguments)?),
        DbCommand::Fork(arguments) => Ok(fork::run(arguments, &settings()?).await?),
        DbCommand::Partition(arguments) => {
            let migrator = migration_url(&settings()?.database)?;
            Ok(partition::run(arguments, &migrator)?)
        }
    }
}
