//! Making a backup while the shop is open: one snapshot of all tables, then the pictures, which are never changed and are
//! stored before a row names them. Must not know how it is read back.

use std::path::Path;

use super::files::{self, LineWriter};
use super::manifest::{FORMAT, History, Manifest, StoredPicture, StoredTable, path_of, path_of_picture};
use super::store::{Draft, Store};
use super::{Told, failed, unusable};
use crate::db::tables::{self, Snapshot, Table};
use crate::db::{DatabaseUrl, Moment};
use crate::error::{Error, Result};
use crate::media::MediaStore;

/// Makes a backup in a place that is new or empty. Until it is complete, nothing there is taken for one.
///
/// # Errors
/// A place that holds anything; a database that this program does not know all of; those of database, disk and bucket.
pub fn make(url: &DatabaseUrl, media: &MediaStore, store: &dyn Store, told: Told<'_>) -> Result<Manifest> {
    let draft = store.begin()?;
    let mut manifest = tables::snapshot(url, |snapshot| of_snapshot(snapshot, draft.desk(), told))?;
    manifest.pictures = copy_pictures(media, draft.as_ref(), told)?;
    manifest.write(draft.desk())?;
    draft.finish()?;
    Ok(manifest)
}

fn of_snapshot(snapshot: &mut Snapshot<'_>, folder: &Path, told: Told<'_>) -> Result<Manifest> {
    let made_at = Moment::now();
    let (schema, history) = (snapshot.stamp()?.to_owned(), History::from(&snapshot.head));
    files::create_folder(&folder.join("tables")).map_err(|error| unusable(folder, &error))?;
    let tables = snapshot.tables()?;
    let tables = tables
        .into_iter()
        .map(|table| write_table(snapshot, folder, table, told))
        .collect::<Result<_>>()?;
    Ok(Manifest {
        format: FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        made_at,
        schema,
        history,
        tables,
        pictures: Vec::new(),
    })
}

fn write_table(
    snapshot: &mut Snapshot<'_>,
    folder: &Path,
    table: Table,
    told: Told<'_>,
) -> Result<StoredTable> {
    let mut file = LineWriter::create(&folder.join(path_of(&table)))?;
    let digest = snapshot.each_page(&table, |page| {
        page.lines.iter().try_for_each(|line| file.line(line))?;
        told(&table.name, page.so_far);
        Ok(())
    })?;
    Ok(StoredTable {
        rows: digest.rows,
        digest: digest.to_hex(),
        file: file.finish()?,
        table,
    })
}

fn copy_pictures(media: &MediaStore, draft: &dyn Draft, told: Told<'_>) -> Result<Vec<StoredPicture>> {
    let mut stored = Vec::new();
    for name in media.pictures().map_err(Error::internal)? {
        let from = media.place(&name);
        let file = draft
            .copy_in(&from, &path_of_picture(&name))
            .map_err(|error| failed(&from.display(), &error))?;
        if file.sha256 != name.hash() {
            tracing::warn!(
                picture = name.as_str(),
                "the shop's own file is damaged: it is not what its name says; it is kept as it is"
            );
        }
        let name = name.as_str().to_owned();
        stored.push(StoredPicture { name, file });
        told("pictures", stored.len() as u64);
    }
    Ok(stored)
}
