//! Whether each file of a backup is what was written. Must not repair anything.

use std::io::ErrorKind;
use std::path::Path;

use super::files::{Facts, facts_of};
use super::manifest::{Manifest, path_of_picture};
use super::{Told, damaged};
use crate::error::Result;
use crate::media::PictureName;

/// Reads every file of a backup and compares length and checksum.
///
/// # Errors
/// A folder that is no backup; every file that is missing or was changed, by its name.
pub fn check(folder: &Path, told: Told<'_>) -> Result<Manifest> {
    let manifest = Manifest::read(folder)?;
    let tables = manifest.tables.iter().map(|stored| (stored.path(), &stored.file));
    let pictures = manifest.pictures.iter().filter_map(|stored| {
        let name = PictureName::parse(&stored.name)?;
        Some((path_of_picture(&name), &stored.file))
    });
    let mut faults = Vec::new();
    for (number, (path, facts)) in (1..).zip(tables.chain(pictures)) {
        faults.extend(fault(folder, &path, facts));
        told("files", number);
    }
    if faults.is_empty() {
        Ok(manifest)
    } else {
        Err(damaged(&faults))
    }
}

fn fault(folder: &Path, path: &str, facts: &Facts) -> Option<String> {
    match facts_of(&folder.join(path)) {
        Ok(found) if found == *facts => None,
        Ok(found) if found.bytes != facts.bytes => Some(format!(
            "{path} has {} bytes instead of {}",
            found.bytes, facts.bytes
        )),
        Ok(_) => Some(format!("{path} was changed")),
        Err(error) if error.kind() == ErrorKind::NotFound => Some(format!("{path} is missing")),
        Err(error) => Some(format!("{path} cannot be read ({error})")),
    }
}
