//! `vitrine config`: explains the settings that are in force.

use std::path::Path;

use clap::Subcommand;

use crate::config::{self, ConfigError};

#[derive(Clone, Copy, Debug, Subcommand)]
pub enum ConfigCommand {
    /// Name every fault at once; exit code 78 if there is one.
    Check,
    /// Print every setting and where it was set; passwords are masked.
    Show,
}

pub fn run(command: ConfigCommand, file: Option<&Path>) -> Result<(), ConfigError> {
    super::load(file)?;
    match command {
        ConfigCommand::Check => println!("The configuration has no faults."),
        ConfigCommand::Show => print!("{}", config::show(file)?),
    }
    Ok(())
}
