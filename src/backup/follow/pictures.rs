//! Pictures that shipped rows name, copied before the rows count. Must not know which rows.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::super::files;
use super::super::manifest::path_of_picture;
use super::super::unusable;
use crate::db::tables::{Row, Value};
use crate::error::Result;
use crate::media::{MediaStore, PictureName};

pub struct Pictures<'a> {
    folder: PathBuf,
    media: &'a MediaStore,
    /// What is in the folder now and was not.
    pub copied: BTreeSet<PictureName>,
}

impl<'a> Pictures<'a> {
    pub fn new(folder: &Path, media: &'a MediaStore) -> Pictures<'a> {
        Pictures {
            folder: folder.to_owned(),
            media,
            copied: BTreeSet::new(),
        }
    }

    /// Copies those that are named in a row and not in the folder yet.
    pub fn of(&mut self, row: &Row) -> Result<()> {
        for name in row
            .0
            .iter()
            .filter_map(Value::as_text)
            .flat_map(PictureName::all_in)
        {
            self.copy(&name)?;
        }
        Ok(())
    }

    fn copy(&mut self, name: &PictureName) -> Result<()> {
        let (from, to) = (self.media.place(name), self.folder.join(path_of_picture(name)));
        if to.exists() {
            return Ok(());
        }
        // Somebody may name a picture that nobody has.
        if !from.exists() {
            return Ok(());
        }
        let draft = files::beside(&to)?;
        let copy = || {
            to.parent().map_or(Ok(()), files::create_folder)?;
            // Of a follower that was killed.
            let _ = std::fs::remove_file(&draft);
            let facts = files::copy_file(&from, &draft)?;
            if facts.sha256 != name.hash() {
                tracing::warn!(
                    picture = name.as_str(),
                    "is damaged in the shop's own folder; it is not backed up"
                );
                return std::fs::remove_file(&draft);
            }
            std::fs::rename(&draft, &to)
        };
        copy().map_err(|error: std::io::Error| unusable(&to, &error))?;
        if to.exists() {
            self.copied.insert(name.clone());
        }
        Ok(())
    }
}
