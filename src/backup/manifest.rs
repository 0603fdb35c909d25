//! What a backup says of itself: `manifest.json`, sealed with a checksum of its own. Must not know how it is made.

use std::io::{ErrorKind, Read};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::files::{self, Facts};
use super::store::{MANIFEST, Store};
use super::{damaged, failed};
use crate::db::Moment;
use crate::db::changes::Head;
use crate::db::tables::{Digest, Table};
use crate::error::{Error, Result};
use crate::media::PictureName;

/// Of the files and of this one; grows when a program of before could not read them.
pub const FORMAT: u32 = 1;

/// Far longer than that of a shop with a million pictures; nothing else is read into memory as a whole.
const LARGEST: u64 = 512 << 20;

/// What stands behind everything that is summed up, before the sum and after it.
const SEAL: (&str, &str) = (",\n  \"checksum\": \"", "\"\n}\n");

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub format: u32,
    /// The version of the program that made it.
    pub program: String,
    pub made_at: Moment,
    /// The newest migration of the database.
    pub schema: String,
    pub history: History,
    pub tables: Vec<StoredTable>,
    pub pictures: Vec<StoredPicture>,
}

/// Up to where in which history the change log is in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct History {
    pub epoch: String,
    pub seq: i64,
    pub hash: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredTable {
    pub table: Table,
    pub rows: u64,
    /// A sum over its rows that is the same in every database.
    pub digest: String,
    pub file: Facts,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredPicture {
    pub name: String,
    pub file: Facts,
}

impl From<&Head> for History {
    fn from(head: &Head) -> History {
        History {
            epoch: head.epoch.clone(),
            seq: head.seq,
            hash: head.hash.clone(),
        }
    }
}

impl StoredTable {
    /// Where its rows stand in the folder.
    pub fn path(&self) -> String {
        path_of(&self.table)
    }

    pub fn holds(&self, digest: Digest) -> bool {
        (self.rows, &self.digest) == (digest.rows, &digest.to_hex())
    }
}

/// Where the rows of a table stand in the folder.
pub fn path_of(table: &Table) -> String {
    format!("tables/{}.jsonl.zst", table.name)
}

/// What pictures stand below.
pub const MEDIA: &str = "media";

/// Where a picture stands in the folder.
pub fn path_of_picture(name: &PictureName) -> String {
    format!("{MEDIA}/{}", name.as_str())
}

impl Manifest {
    /// Writes it into a folder.
    pub fn write(&self, folder: &Path) -> Result<()> {
        files::write_whole(&folder.join(MANIFEST), self.sealed()?.as_bytes())
    }

    /// Reads the one of a backup.
    ///
    /// # Errors
    /// A place without one; one that was changed; one of a newer program.
    pub fn read(store: &dyn Store) -> Result<Manifest> {
        let mut bytes = Vec::new();
        let read = store
            .read(MANIFEST)
            .and_then(|file| file.take(LARGEST).read_to_end(&mut bytes));
        read.map_err(|error| match error.kind() {
            ErrorKind::NotFound => Error::bad_request(
                "unusable_file",
                format!("{store}: is no backup, or one that was not finished: it has no {MANIFEST}"),
            ),
            _ => failed(&format!("{store}/{MANIFEST}"), &error),
        })?;
        let changed = || damaged(&[format!("{MANIFEST} was changed")]);
        let manifest = open_seal(&bytes).ok_or_else(changed)?;
        let Format { format } = serde_json::from_slice(&manifest).map_err(|_| changed())?;
        if format != FORMAT {
            return Err(Error::Conflict {
                code: "unknown_format",
                detail: format!(
                    "The backup has format {format}, this program reads {FORMAT}: use the version of the program that made it."
                ),
            });
        }
        let manifest: Manifest = serde_json::from_slice(&manifest).map_err(|_| changed())?;
        manifest.names_are_ours().then_some(manifest).ok_or_else(changed)
    }

    /// The pictures that it lists.
    pub fn picture_names(&self) -> impl Iterator<Item = PictureName> {
        let names = self.pictures.iter();
        names.filter_map(|stored| PictureName::parse(&stored.name))
    }

    /// Names become paths and words of queries.
    fn names_are_ours(&self) -> bool {
        let plain = |name: &String| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        };
        let of_table = |stored: &StoredTable| {
            let Table { name, key, columns } = &stored.table;
            let columns: Vec<&String> = columns.iter().map(|column| &column.name).collect();
            plain(name)
                && columns.iter().all(|name| plain(name))
                && key.iter().all(|name| columns.contains(&name))
        };
        let of_picture = |stored: &StoredPicture| PictureName::parse(&stored.name).is_some();
        self.tables.iter().all(of_table) && self.pictures.iter().all(of_picture)
    }

    fn sealed(&self) -> Result<String> {
        let text = serde_json::to_string_pretty(self).map_err(Error::internal)?;
        let text = text.strip_suffix("\n}").unwrap_or(&text);
        let (before, after) = SEAL;
        let sum = hex::encode(Sha256::digest(text.as_bytes()));
        Ok(format!("{text}{before}{sum}{after}"))
    }
}

#[derive(Deserialize)]
struct Format {
    format: u32,
}

/// The document without its checksum, if that is its checksum, to the byte.
fn open_seal(bytes: &[u8]) -> Option<Vec<u8>> {
    const DIGITS: usize = 64;
    let (before, after) = SEAL;
    let bytes = bytes.strip_suffix(after.as_bytes())?;
    let (bytes, sum) = bytes.split_at_checked(bytes.len().checked_sub(DIGITS)?)?;
    let text = bytes.strip_suffix(before.as_bytes())?;
    let is_sum = hex::encode(Sha256::digest(text)).as_bytes() == sum;
    is_sum.then(|| [text, b"\n}"].concat())
}

#[cfg(test)]
mod tests {
    use super::super::store::Folder;
    use super::*;

    fn manifest() -> Manifest {
        Manifest {
            format: FORMAT,
            program: "0.1.0".to_owned(),
            made_at: Moment::now(),
            schema: "20261125002200".to_owned(),
            history: History {
                epoch: "e".to_owned(),
                seq: 7,
                hash: "h".to_owned(),
            },
            tables: Vec::new(),
            pictures: Vec::new(),
        }
    }

    #[test]
    fn each_byte_of_a_manifest_counts() {
        let folder = tempfile::tempdir().unwrap();
        let manifest = manifest();
        manifest.write(folder.path()).unwrap();
        let store = Folder::at(folder.path());
        assert_eq!(Manifest::read(&store).unwrap(), manifest);
        let path = folder.path().join(MANIFEST);
        let whole = std::fs::read(&path).unwrap();
        serde_json::from_slice::<serde_json::Value>(&whole).unwrap();
        for position in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[position] ^= 1;
            std::fs::write(&path, &bytes).unwrap();
            let error = Manifest::read(&store).unwrap_err().to_string();
            assert!(error.contains(MANIFEST), "{position}: {error}");
        }
        std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        assert!(Manifest::read(&store).is_err());
    }

    #[test]
    fn a_name_that_leads_elsewhere_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let mut manifest = manifest();
        manifest.pictures.push(StoredPicture {
            name: "../../etc/passwd".to_owned(),
            file: Facts {
                bytes: 0,
                sha256: String::new(),
            },
        });
        manifest.write(folder.path()).unwrap();
        assert!(Manifest::read(&Folder::at(folder.path())).is_err());
    }
}
