//! `vitrine audit`: whether the change log is whole.

use clap::Subcommand;

use crate::db::changes;
use crate::db::{Router, Seq};
use crate::error::{Error, Result};

#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Read the whole change log and check that no change is missing or altered.
    Verify,
}

pub async fn run(command: AuditCommand, db: &Router) -> Result<()> {
    let AuditCommand::Verify = command;
    match db
        .read_at_least("changes.verify", Seq::MAX, changes::verify)
        .await?
        .value
    {
        Ok(count) => {
            println!("{count} changes, none missing, none altered");
            Ok(())
        }
        Err(fault) => Err(Error::internal(fault)),
    }
}
