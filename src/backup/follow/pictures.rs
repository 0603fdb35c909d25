//! Pictures that shipped rows name, copied before the rows count. Must not know which rows.

use std::collections::BTreeSet;
use std::path::Path;

use super::super::files::facts_of;
use super::super::manifest::path_of_picture;
use super::super::store::Store;
use super::super::{failed, unusable};
use crate::db::tables::{Row, Value};
use crate::error::Result;
use crate::media::{MediaStore, PictureName};

pub struct Pictures<'a> {
    pub store: &'a dyn Store,
    pub media: &'a MediaStore,
    /// Those that the backup or a shipment lists.
    pub listed: &'a BTreeSet<PictureName>,
    /// Those that this shipment lists: they are in the backup now. One may be there already, of a step that failed behind it.
    pub copied: BTreeSet<PictureName>,
}

impl Pictures<'_> {
    /// Copies those that are named in a row and not in the backup yet.
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
        if self.listed.contains(name) || self.copied.contains(name) {
            return Ok(());
        }
        let (from, to) = (self.media.place(name), path_of_picture(name));
        // Somebody may name a picture that nobody has.
        if from.exists() && (self.has(&to)? || self.copy_in(&from, &to, name)?) {
            self.copied.insert(name.clone());
        }
        Ok(())
    }

    /// Whether it is worth it.
    fn copy_in(&self, from: &Path, to: &str, name: &PictureName) -> Result<bool> {
        let facts = facts_of(from).map_err(|error| unusable(from, &error))?;
        if facts.sha256 != name.hash() {
            tracing::warn!(
                picture = name.as_str(),
                "is damaged in the shop's own folder; it is not backed up"
            );
            return Ok(false);
        }
        let copied = self.store.copy_in(from, to);
        copied.map(|_| true).map_err(|error| failed(&to, &error))
    }

    fn has(&self, path: &str) -> Result<bool> {
        self.store.has(path).map_err(|error| failed(&path, &error))
    }
}
