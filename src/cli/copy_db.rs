//! `vitrine copy-db`: moves a shop from one database to another, of the same kind or the other.

use clap::Args;

use super::backup::Progress;
use crate::backup;
use crate::db::DatabaseUrl;
use crate::error::{Error, Result};

#[derive(Debug, Args)]
#[command(after_help = EXPLANATION)]
pub struct CopyArguments {
    /// Where the shop is, such as sqlite:./data/vitrine.db.
    #[arg(long, value_name = "URL")]
    from: String,
    /// An empty database, such as mysql://user:password@host:3306/shop.
    #[arg(long, value_name = "URL")]
    to: String,
}

const EXPLANATION: &str = "\
Copies every table with its history as of one moment and compares all of them in the end. Changes that are made meanwhile
stay behind: stop the shop first when you move it. Pictures stay where they are (media.store).";

pub fn run(arguments: &CopyArguments) -> Result<()> {
    let (from, to) = (parse("--from", &arguments.from)?, parse("--to", &arguments.to)?);
    let copied = {
        let mut progress = Progress::start();
        backup::copy(&from, &to, &mut progress.told())?
    };
    println!(
        "Copied {} rows of {} tables, up to change {}; every table is equal on both sides.",
        copied.rows, copied.tables, copied.head.seq
    );
    Ok(())
}

fn parse(option: &str, url: &str) -> Result<DatabaseUrl> {
    DatabaseUrl::parse(url).map_err(|fault| Error::bad_request("faulty_url", format!("{option} {fault}")))
}
