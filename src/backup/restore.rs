//! Making a shop of a backup again. Must not touch anything before the backup is known to be whole.

use std::collections::BTreeMap;

use super::check::{Until, Whole, check, pictures_in};
use super::files::{self, LineReader};
use super::follow::apply::apply;
use super::manifest::{History, Manifest, StoredTable, path_of_picture};
use super::store::Store;
use super::{Told, damaged, failed, place};
use crate::db::changes::Head;
use crate::db::tables::{self, Load, Row};
use crate::db::{DatabaseUrl, Moment, Seq};
use crate::error::{Error, Result};
use crate::media::{MediaStore, PictureName};

/// Rows that are read before they are written.
const PAGE: usize = 5_000;

/// What was restored.
#[derive(Debug)]
pub struct Restored {
    pub manifest: Manifest,
    /// Shipments that were laid over the backup.
    pub shipments: usize,
    /// Up to where the first shipment goes that was left out.
    pub next: Option<Seq>,
    /// As of when the shop is.
    pub as_of: Moment,
    /// Where the change log ends, under the name of its new history.
    pub head: Head,
    pub rows: u64,
}

/// Makes a shop of a backup, in an empty database and a folder of pictures that may hold some already.
///
/// # Errors
/// A backup that is damaged, by its files; a database that is not empty; those of database and disk.
pub fn restore(
    store: &dyn Store,
    until: Until,
    url: &DatabaseUrl,
    media: &MediaStore,
    told: Told<'_>,
) -> Result<Restored> {
    let Whole {
        manifest,
        shipments,
        next,
        pictures,
    } = check(store, until, told)?;
    tables::refuse_full(url)?;
    // First: a shop without its pictures is worse than pictures without a shop.
    restore_pictures(store, &pictures, media, told)?;
    let (rows, head) = place::fill(url, &manifest.schema, |load| {
        let rows = load_tables(load, &manifest, store, told)?;
        told("indexes", 0);
        load.index()?;
        verify(load, &manifest)?;
        for (number, shipped) in (1..).zip(&shipments) {
            apply(load, &manifest, store, shipped)?;
            told("shipments", number);
        }
        verify_end(
            load,
            shipments.last().map_or(&manifest.history, |last| &last.header.to),
        )?;
        Ok(rows)
    })?;
    Ok(Restored {
        as_of: shipments.last().map_or(manifest.made_at, |last| last.header.at),
        shipments: shipments.len(),
        next,
        manifest,
        head,
        rows,
    })
}

fn load_tables(load: &mut Load, manifest: &Manifest, store: &dyn Store, told: Told<'_>) -> Result<u64> {
    let mut all = 0;
    for stored in &manifest.tables {
        let mut lines = LineReader::of(stored.path(), store.read(&stored.path()))?;
        let mut rows = 0;
        loop {
            let page = read_page(&mut lines, stored)?;
            if page.is_empty() {
                break;
            }
            load.insert(&stored.table, &page)?;
            rows += page.len() as u64;
            told(&stored.table.name, rows);
        }
        all += rows;
    }
    Ok(all)
}

fn read_page(lines: &mut LineReader, stored: &StoredTable) -> Result<Vec<Row>> {
    let mut page = Vec::new();
    while page.len() < PAGE
        && let Some(line) = lines.next()?
    {
        let row = Row::of_line(&stored.table.columns, &line);
        page.push(row.ok_or_else(|| damaged(&[format!("{} holds a line that is no row", stored.path())]))?);
    }
    Ok(page)
}

/// What is in the database now is what was backed up, row by row.
fn verify(load: &mut Load, manifest: &Manifest) -> Result<()> {
    for stored in &manifest.tables {
        let found = load.digest(&stored.table)?;
        if !stored.holds(found) {
            let detail = format!(
                "the table {} has {} rows that are not the {} of the backup",
                stored.table.name, found.rows, stored.rows
            );
            return Err(Error::internal(detail));
        }
    }
    Ok(())
}

/// No row refers to nothing, and the change log is whole and ends where it should.
fn verify_end(load: &mut Load, history: &History) -> Result<()> {
    load.verify_references()?;
    let end = load.verify_log()?.map_err(Error::internal)?;
    if (end.seq, &end.hash) != (history.seq, &history.hash) {
        return Err(Error::internal(
            "the change log does not end where the backup does",
        ));
    }
    Ok(())
}

/// All that are there, also those of shipments that are not wanted: a row may name one that no list has.
fn restore_pictures(
    store: &dyn Store,
    listed: &BTreeMap<PictureName, String>,
    media: &MediaStore,
    told: Told<'_>,
) -> Result<()> {
    for (number, name) in (1..).zip(pictures_in(store)?) {
        // One that is there already is left alone: its name says what is in it.
        if !media.place(&name).exists() {
            restore_picture(&name, listed.get(&name), store, media)?;
        }
        told("pictures", number);
    }
    Ok(())
}

fn restore_picture(
    name: &PictureName,
    sha256: Option<&String>,
    store: &dyn Store,
    media: &MediaStore,
) -> Result<()> {
    let to = media.place(name);
    let path = path_of_picture(name);
    let mut from = store.read(&path).map_err(|error| failed(&path, &error))?;
    let draft = files::beside(&to)?;
    let mut copy = || {
        to.parent().map_or(Ok(()), files::create_folder)?;
        // Of a restore that was killed.
        let _ = std::fs::remove_file(&draft);
        let facts = files::write_new(&mut from, &draft)?;
        let is_whole = facts.sha256 == sha256.map_or(name.hash(), String::as_str);
        if is_whole {
            std::fs::rename(&draft, &to)?;
        } else {
            std::fs::remove_file(&draft)?;
        }
        Ok(is_whole)
    };
    let is_whole = copy().map_err(|error| failed(&to.display(), &error))?;
    if !is_whole && sha256.is_some() {
        return Err(damaged(&[format!("{path} was changed")]));
    }
    if !is_whole {
        let picture = name.as_str();
        tracing::warn!(
            picture,
            "is damaged in the backup, behind what is restored; it is left out"
        );
    }
    Ok(())
}
