//! Backups at regular times, made by one process of the shop, and how many of them are kept. Must not know when it is
//! called.

use std::time::Duration;

use super::manifest::{History, Manifest};
use super::store::{self, Store};
use super::{failed, make};
use crate::config::{BackupPlace, BucketSettings};
use crate::db::changes::{self, BACKUP_FOLLOWER, Position};
use crate::db::connection::{self, Access};
use crate::db::tables;
use crate::db::{AnyConnection, DatabaseUrl, Moment};
use crate::error::Result;
use crate::media::MediaStore;

/// What backups of a schedule are called.
const NAME: &str = "0000-00-00T00-00-00Z";

/// For one row.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where backups are made, how often, and how many stay.
#[derive(Debug, Clone)]
pub struct Schedule {
    pub place: BackupPlace,
    pub bucket: BucketSettings,
    pub every: Duration,
    pub keep: usize,
}

impl Schedule {
    /// Makes a backup if the last one of the shop, however it was made, is too old and nobody else is making one; then takes
    /// away the oldest of this place beyond those that are kept.
    ///
    /// # Errors
    /// Those of [`make()`]; older backups stay then.
    pub fn run(&self, url: &DatabaseUrl, media: &MediaStore) -> Result<Option<Manifest>> {
        let made = tables::alone(url, || {
            let now = Moment::now();
            let last = connect(url)
                .and_then(|mut connection| changes::stored_at(&mut connection, BACKUP_FOLLOWER))?;
            if last.is_some_and(|last| now.since(last) < self.every) {
                return Ok(None);
            }
            let store = store::open(&self.place, &self.bucket)?;
            remove_rests(store.as_ref());
            let own = store.below(&name_of(now));
            let manifest = make(url, media, own.as_ref(), &mut |_, _| ())?;
            note(url, &manifest.history)?;
            prune(store.as_ref(), self.keep)?;
            Ok(Some(manifest))
        })?;
        Ok(made.flatten())
    }
}

/// What was left by a process that ended while it made one.
fn remove_rests(store: &dyn Store) {
    let rests = store.children().map(|children| {
        let is_rest = |child: &String| store.is_rest(child, is_name).unwrap_or(false);
        children.into_iter().filter(is_rest).collect::<Vec<_>>()
    });
    for name in rests.unwrap_or_default() {
        if let Err(error) = store.below(&name).remove() {
            tracing::warn!(%error, name, "the rest of a backup cannot be removed");
        }
    }
}

fn prune(store: &dyn Store, keep: usize) -> Result<()> {
    let prune = || {
        let mut backups = store.children()?;
        backups.retain(|name| is_name(name));
        backups.sort();
        let surplus = backups.len().saturating_sub(keep);
        backups
            .iter()
            .take(surplus)
            .try_for_each(|name| store.below(name).remove())
    };
    prune().map_err(|error| failed(&store, &error))
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
    connection::open(url, Access::ReadWrite, PATIENCE)
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
    use std::fs;

    use super::super::store::Folder;
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
        let store = Folder::at(folder.path());
        prune(&store, 2).unwrap();
        remove_rests(&store);
        let is_there = |name: &str| folder.path().join(name).exists();
        assert_eq!(others.map(is_there), [true, false, true]);
        assert_eq!(own.each_ref().map(|name| is_there(name)), [false, true, true]);
    }
}
