//! Backups at regular times, made by one process of the shop, and how many of them are kept. Must not know when it is
//! called.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use super::manifest::{History, Manifest};
use super::{files, make, unusable};
use crate::db::changes::{self, BACKUP_FOLLOWER, Position};
use crate::db::connection::{Access, ConnectionManager};
use crate::db::tables;
use crate::db::{AnyConnection, DatabaseUrl, Moment};
use crate::error::{Error, Result};
use crate::media::MediaStore;

/// What backups of a schedule are called.
const NAME: &str = "0000-00-00T00-00-00Z";

/// For one row.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where backups are made, how often, and how many stay.
#[derive(Debug, Clone)]
pub struct Schedule {
    pub folder: PathBuf,
    pub every: Duration,
    pub keep: usize,
}

impl Schedule {
    /// Makes a backup if the last one of the shop, however it was made, is too old and nobody else is making one; then takes
    /// away the oldest of this folder beyond those that are kept.
    ///
    /// # Errors
    /// Those of [`make()`]; older backups stay then.
    pub fn run(&self, url: &DatabaseUrl, media: &MediaStore) -> Result<Option<Manifest>> {
        files::create_folder(&self.folder).map_err(|error| unusable(&self.folder, &error))?;
        let made = tables::alone(url, || {
            self.remove_parts();
            let now = Moment::now();
            let last = connect(url)
                .and_then(|mut connection| changes::stored_at(&mut connection, BACKUP_FOLLOWER))?;
            if last.is_some_and(|last| now.since(last) < self.every) {
                return Ok(None);
            }
            let manifest = make(url, media, &self.folder.join(name_of(now)), &mut |_, _| ())?;
            note(url, &manifest.history)?;
            Ok(Some(manifest))
        })?;
        let made = made.flatten();
        if made.is_some() {
            self.prune()?;
        }
        Ok(made)
    }

    /// What was left by a process that ended while it made one.
    fn remove_parts(&self) {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        for entry in entries {
            let name = entry.file_name().into_string().unwrap_or_default();
            let is_part = name.ends_with(".part") && name.get(..NAME.len()).is_some_and(is_name);
            if is_part && let Err(error) = fs::remove_dir_all(entry.path()) {
                tracing::warn!(%error, name, "the rest of a backup cannot be removed");
            }
        }
    }

    fn prune(&self) -> Result<()> {
        let unusable = |error: std::io::Error| unusable(&self.folder, &error);
        let entries = fs::read_dir(&self.folder).map_err(unusable)?;
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut backups: Vec<String> = names.filter(|name| is_name(name)).collect();
        backups.sort();
        let surplus = backups.len().saturating_sub(self.keep);
        backups
            .iter()
            .take(surplus)
            .try_for_each(|name| fs::remove_dir_all(self.folder.join(name)))
            .map_err(unusable)
    }
}

/// Writes down in the shop's database that there is a backup, for whoever wonders how old the last one is.
///
/// # Errors
/// Those of the database.
pub fn note(url: &DatabaseUrl, history: &History) -> Result<()> {
    let position = Position {
        epoch: history.epoch.clone(),
        seq: history.seq,
        hash: history.hash.clone(),
    };
    changes::store_position(&mut connect(url)?, BACKUP_FOLLOWER, &position)
}

fn connect(url: &DatabaseUrl) -> Result<AnyConnection> {
    ConnectionManager::new(url.clone(), Access::ReadWrite, PATIENCE)
        .establish()
        .map_err(|error| Error::unavailable("database", error))
}

/// `2026-11-22T10-00-00Z`: sorts as time, and is a name on any disk.
fn name_of(moment: Moment) -> String {
    moment.whole_seconds().to_rfc3339().replace(':', "-")
}

/// Whether a folder is called what backups of a schedule are called: nothing else is ever taken away.
fn is_name(name: &str) -> bool {
    name.len() == NAME.len()
        && name
            .bytes()
            .zip(NAME.bytes())
            .all(|(byte, pattern)| match pattern {
                b'0' => byte.is_ascii_digit(),
                other => byte == other,
            })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_oldest_of_its_own_are_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        let others = ["by-hand", "2026-11-22T10-00-00Z.1.part", "2026-11-22"];
        let moments = [
            "2026-11-22T10:00:00Z",
            "2026-11-23T10:00:00Z",
            "2026-11-24T10:00:00.5Z",
        ];
        let own = moments.map(|moment| name_of(Moment::parse(moment).unwrap()));
        for name in others.into_iter().chain(own.iter().map(String::as_str)) {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let schedule = Schedule {
            folder: folder.path().to_owned(),
            every: Duration::from_secs(60),
            keep: 2,
        };
        schedule.prune().unwrap();
        schedule.remove_parts();
        let is_there = |name: &str| folder.path().join(name).exists();
        assert_eq!(others.map(is_there), [true, false, true]);
        assert_eq!(own.each_ref().map(|name| is_there(name)), [false, true, true]);
    }
}
