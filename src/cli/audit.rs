//! `vitrine audit`: whether the change log is whole.

use std::path::{Path, PathBuf};

use clap::Subcommand;

use crate::backup;
use crate::db::changes;
use crate::db::{AnyConnection, Router, Seq};
use crate::error::{Error, Result};

#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Read the whole change log and check that no change is missing or altered.
    Verify {
        /// Check what was archived too: the folder of `vitrine changes archive`.
        #[arg(long, value_name = "DIR")]
        archive: Option<PathBuf>,
    },
}

pub async fn run(command: AuditCommand, db: &Router) -> Result<()> {
    let AuditCommand::Verify { archive } = command;
    if let Some(folder) = archive {
        fits(&folder, db).await?;
    }
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

/// The archive is whole and ends where the log begins, or behind that: a run that was killed may have left changes in the log
/// that are in the archive already.
async fn fits(folder: &Path, db: &Router) -> Result<()> {
    let archived = backup::verify_archive(folder)?;
    let seq = Seq(archived.seq);
    let begin = move |connection: &mut AnyConnection| {
        let head = changes::head(connection)?;
        let end = changes::find(connection, seq)?;
        Ok((changes::begin(connection, &head)?, end))
    };
    let read = db.read_at_least("changes.begin", Seq::MAX, begin).await?;
    let (begin, end) = read.value;
    let is_begin = (begin.seq, &begin.hash) == (archived.seq, &archived.hash);
    let is_behind = begin.seq < archived.seq && end.is_some_and(|end| end.hash == archived.hash);
    if !is_begin && !is_behind {
        return Err(Error::Conflict {
            code: "other_archive",
            detail: format!(
                "The archive ends with change {}, the log begins after change {}.",
                archived.seq, begin.seq
            ),
        });
    }
    println!("{} archived changes, none missing, none altered", archived.seq);
    Ok(())
}
