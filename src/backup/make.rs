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
use crate::media::{MediaStore, PictureName};

/// What rows of this table name may be gone with the pictures of a shop of before.
const HISTORY: &str = "changes";

/// Makes a backup in a place that is new or empty. Until it is complete, nothing there is taken for one.
///
/// # Errors
/// A place that holds anything; a database that this program does not know all of; a folder of pictures with none of those that
/// rows name; those of database, disk and bucket.
pub fn make(url: &DatabaseUrl, media: &MediaStore, store: &dyn Store, told: Told<'_>) -> Result<Manifest> {
    let draft = store.begin()?;
    let mut named = Named::of(media);
    let mut manifest = tables::snapshot(url, |snapshot| {
        of_snapshot(snapshot, draft.desk(), &mut named, told)
    })?;
    named.refuse_lost()?;
    manifest.pictures = copy_pictures(media, draft.as_ref(), told)?;
    manifest.write(draft.desk())?;
    draft.finish()?;
    Ok(manifest)
}

/// Whether any of the pictures that rows name is where the shop keeps its own: a folder that is not mounted, or another one,
/// looks like a shop without pictures, and such a backup would take the place of a good one.
struct Named<'a> {
    media: &'a MediaStore,
    first: Option<PictureName>,
    is_found: bool,
}

impl Named<'_> {
    fn of(media: &MediaStore) -> Named<'_> {
        Named {
            media,
            first: None,
            is_found: false,
        }
    }

    fn look(&mut self, line: &str) {
        if self.is_found {
            return;
        }
        for name in PictureName::all_in(line) {
            self.is_found |= self.media.place(&name).exists();
            self.first.get_or_insert(name);
        }
    }

    fn refuse_lost(self) -> Result<()> {
        let Some(first) = self.first.filter(|_| !self.is_found) else {
            return Ok(());
        };
        Err(Error::Conflict {
            code: "no_pictures",
            detail: format!(
                "None of the pictures that the shop shows is in {}, such as {}: media.store must name the folder in which the \
                 shop keeps them, and that must be mounted. Nothing was backed up.",
                self.media.folder().display(),
                first.as_str()
            ),
        })
    }
}

fn of_snapshot(
    snapshot: &mut Snapshot<'_>,
    folder: &Path,
    named: &mut Named<'_>,
    told: Told<'_>,
) -> Result<Manifest> {
    let made_at = Moment::now();
    let (schema, history) = (snapshot.stamp()?.to_owned(), History::from(&snapshot.head));
    files::create_folder(&folder.join("tables")).map_err(|error| unusable(folder, &error))?;
    let tables = snapshot.tables()?;
    let tables = tables
        .into_iter()
        .map(|table| write_table(snapshot, folder, table, named, told))
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
    named: &mut Named<'_>,
    told: Told<'_>,
) -> Result<StoredTable> {
    let mut file = LineWriter::create(&folder.join(path_of(&table)))?;
    let digest = snapshot.each_page(&table, |page| {
        for line in page.lines {
            if table.name != HISTORY {
                named.look(line);
            }
            file.line(line)?;
        }
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
