//! Pictures that shipped rows name, copied before the rows count. Must not know which rows.

use std::collections::BTreeSet;

use super::super::files::facts_of;
use super::super::manifest::path_of_picture;
use super::super::store::Store;
use super::super::{failed, unusable};
use crate::db::tables::{Row, Value};
use crate::error::Result;
use crate::media::{MediaStore, PictureName};

pub struct Pictures<'a> {
    store: &'a dyn Store,
    media: &'a MediaStore,
    /// What is in the backup now and was not.
    pub copied: BTreeSet<PictureName>,
}

impl<'a> Pictures<'a> {
    pub fn new(store: &'a dyn Store, media: &'a MediaStore) -> Pictures<'a> {
        Pictures {
            store,
            media,
            copied: BTreeSet::new(),
        }
    }

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
        let (from, to) = (self.media.place(name), path_of_picture(name));
        // Somebody may name a picture that nobody has.
        if !from.exists() || self.has(&to)? {
            return Ok(());
        }
        let facts = facts_of(&from).map_err(|error| unusable(&from, &error))?;
        if facts.sha256 != name.hash() {
            tracing::warn!(
                picture = name.as_str(),
                "is damaged in the shop's own folder; it is not backed up"
            );
            return Ok(());
        }
        self.store
            .copy_in(&from, &to)
            .map_err(|error| failed(&to, &error))?;
        self.copied.insert(name.clone());
        Ok(())
    }

    fn has(&self, path: &str) -> Result<bool> {
        self.store.has(path).map_err(|error| failed(&path, &error))
    }
}
