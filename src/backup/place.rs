//! Where a restored or copied shop comes to stand: an empty database, which is filled to its end or is none. Must not know
//! with what.

use std::path::{Path, PathBuf};

use super::{files, unusable};
use crate::db::tables::{self, Load};
use crate::db::{DatabaseUrl, changes::Head};
use crate::error::Result;

/// Fills a database that is empty. A file of SQLite gets its name when all is in it; a server's database lacks the head of
/// the change log until then, without which no program serves it.
///
/// # Errors
/// A conflict when there is a shop already; those of `fill`.
pub fn fill<T>(
    url: &DatabaseUrl,
    stamp: &str,
    fill: impl FnOnce(&mut Load) -> Result<T>,
) -> Result<(T, Head)> {
    let Some(file) = url.sqlite_file() else {
        return fill_at(url, stamp, fill);
    };
    // What is filled is another file.
    tables::refuse_full(url)?;
    let draft = Draft(files::beside(file)?);
    draft.remove();
    let filled = fill_at(&DatabaseUrl::Sqlite(draft.0.clone()), stamp, fill)?;
    draft.take_name(file)?;
    Ok(filled)
}

fn fill_at<T>(
    url: &DatabaseUrl,
    stamp: &str,
    fill: impl FnOnce(&mut Load) -> Result<T>,
) -> Result<(T, Head)> {
    let mut load = Load::begin(url, stamp)?;
    let filled = fill(&mut load)?;
    Ok((filled, load.finish()?))
}

/// A file of SQLite under a temporary name, with what SQLite puts beside it.
struct Draft(PathBuf);

impl Draft {
    fn remove(&self) {
        for path in with_companions(&self.0) {
            // Mostly there is none.
            let _ = std::fs::remove_file(path);
        }
    }

    fn take_name(&self, file: &Path) -> Result<()> {
        let rename = || {
            std::fs::File::open(&self.0)?.sync_all()?;
            // Those of an empty file that was there.
            for stale in with_companions(file).into_iter().skip(1) {
                let _ = std::fs::remove_file(stale);
            }
            std::fs::rename(&self.0, file)
        };
        rename().map_err(|error| unusable(file, &error))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        self.remove();
    }
}

fn with_companions(file: &Path) -> [PathBuf; 3] {
    ["", "-wal", "-shm"].map(|ending| {
        let mut name = file.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    })
}
