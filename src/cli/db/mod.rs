//! `vitrine db`: how the database servers stand to one another.

mod topology;

use clap::Subcommand;

use crate::error::Result;

#[derive(Debug, Subcommand)]
pub enum DbCommand {
    /// Print how to set up replication: configuration, accounts, a compose file.
    Topology(topology::TopologyArguments),
}

pub fn run(command: &DbCommand) -> Result<()> {
    match command {
        DbCommand::Topology(arguments) => topology::run(arguments),
    }
}
