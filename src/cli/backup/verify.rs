//! `vitrine backup verify`: a backup counts when it was restored once.

use clap::Args;
use tempfile::TempDir;

use super::{Progress, described, smoke};
use crate::backup::{self, Restored, Until};
use crate::config::{BackupPlace, Settings};
use crate::db::DatabaseUrl;
use crate::error::{Error, Result};
use crate::media::MediaStore;

#[derive(Debug, Args)]
pub struct VerifyArguments {
    /// Where the backup is: a folder, or s3://bucket/shop.
    place: BackupPlace,
    /// An empty database to restore into, such as mysql://user:password@host:3306/scratch; it stays filled. Without it: a
    /// temporary SQLite file.
    #[arg(long, value_name = "URL")]
    scratch: Option<String>,
}

pub async fn run(arguments: &VerifyArguments, settings: &Settings) -> Result<()> {
    let store = backup::open(&arguments.place, &settings.backup.bucket)?;
    let place = TempDir::with_prefix("vitrine-verify-").map_err(Error::internal)?;
    let url = match &arguments.scratch {
        Some(url) => url.clone(),
        None => format!("sqlite:{}", place.path().join("shop.db").display()),
    };
    let scratch = DatabaseUrl::parse(&url)
        .map_err(|fault| Error::bad_request("faulty_url", format!("The scratch database {fault}")))?;
    // The pictures of a folder are shown from where they are, once they were checked.
    let media = store.as_folder().unwrap_or(place.path()).join("media");
    let restored = {
        let mut progress = Progress::start();
        let media = MediaStore::at(media.clone());
        backup::restore(store.as_ref(), Until::End, &scratch, &media, &mut progress.told())?
    };
    let pages = smoke::run(settings, url, media).await?;
    let Restored {
        manifest,
        shipments,
        as_of,
        head,
        rows,
        ..
    } = restored;
    println!("{}", described(&arguments.place, &manifest));
    println!(
        "whole: every checksum, {rows} rows restored and compared, {shipments} shipments up to {as_of}, the change log's chain \
         up to {}, {pages} pages of the restored shop",
        head.seq
    );
    Ok(())
}
