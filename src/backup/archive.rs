//! Taking the oldest changes out of the log into files, so that its chain can still be checked: what is left begins with
//! the hash of what was taken. Must not know what a change means.
//!
//! An archive is a folder of files `FIRST-LAST-SHA256.jsonl.zst`, a change per line; each run adds one.

use std::fs;
use std::path::{Path, PathBuf};

use super::files::{self, LineReader, LineWriter, facts_of};
use super::{Told, damaged, unusable};
use crate::db::changes::{Change, Log, Position};
use crate::db::{DatabaseUrl, Moment, Seq};
use crate::error::{Error, Result};

const ENDING: &str = ".jsonl.zst";

/// Which changes are taken: those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before {
    Seq(Seq),
    Moment(Moment),
}

impl Before {
    fn holds(self, change: &Change) -> bool {
        match self {
            Before::Seq(seq) => Seq(change.seq) < seq,
            Before::Moment(moment) => change.at < moment,
        }
    }
}

/// Moves the oldest changes into a file of the archive; how many. The newest change of all stays, since whoever follows the
/// log knows it by its hash, and so does what the shop itself has not checked yet.
///
/// # Errors
/// An archive that does not end where the log begins; a chain that is broken; those of database and disk. Nothing is taken
/// out before it is on the disk and was read back. What a run left that was killed in between is finished first.
pub fn archive(url: &DatabaseUrl, before: Before, folder: &Path, told: Told<'_>) -> Result<u64> {
    files::create_folder(folder).map_err(|error| unusable(folder, &error))?;
    let mut log = Log::open(url)?;
    let began = log.begin()?;
    let begin = finish_begun(&mut log, began.clone(), folder)?;
    let moved = |end: &Position| u64::try_from(end.seq - began.seq).unwrap_or_default();
    let (draft, end) = write(&mut log, &begin, before, folder, told)?;
    if end.seq == begin.seq {
        // Nothing was written.
        return fs::remove_file(&draft)
            .map(|()| moved(&begin))
            .map_err(|error| unusable(&draft, &error));
    }
    let facts = facts_of(&draft).map_err(|error| unusable(&draft, &error))?;
    let name = format!("{:012}-{:012}-{}{ENDING}", begin.seq + 1, end.seq, facts.sha256);
    fs::rename(&draft, folder.join(name)).map_err(|error| unusable(&draft, &error))?;
    files::sync(Some(folder)).map_err(|error| unusable(folder, &error))?;
    let archived = verify(folder)?;
    if (archived.seq, &archived.hash) != (end.seq, &end.hash) {
        return Err(Error::internal(
            "the archive does not hold what was written to it",
        ));
    }
    log.forget_before(&end)?;
    Ok(moved(&end))
}

/// Where the log begins behind the archive. A run that was killed may have left changes in the log that its file has
/// already: they are taken out now.
fn finish_begun(log: &mut Log, begin: Position, folder: &Path) -> Result<Position> {
    let archived = Position {
        epoch: begin.epoch.clone(),
        ..verify(folder)?
    };
    if archived == begin {
        return Ok(begin);
    }
    let refused = |detail: String| Error::Conflict {
        code: "other_archive",
        detail,
    };
    if archived.seq <= begin.seq || !log.has(&archived)? {
        return Err(refused(format!(
            "The log begins after change {}, {} does not end there: name the folder that the changes before went to.",
            begin.seq,
            folder.display()
        )));
    }
    if archived.seq > log.last_to_forget()? {
        return Err(refused(format!(
            "{} ends with change {}, up to which the shop has not checked its log yet: try again when it has.",
            folder.display(),
            archived.seq
        )));
    }
    log.forget_before(&archived)?;
    Ok(archived)
}

/// Writes what is to be taken; up to where that is, which is where it began when there is nothing.
fn write(
    log: &mut Log,
    begin: &Position,
    before: Before,
    folder: &Path,
    told: Told<'_>,
) -> Result<(PathBuf, Position)> {
    let draft = files::beside(&folder.join("changes"))?;
    // Of a run that was killed.
    let _ = fs::remove_file(&draft);
    let mut file = LineWriter::create(&draft)?;
    let (mut position, last) = (begin.clone(), log.last_to_forget()?);
    'pages: loop {
        let page = log.after(Seq(position.seq))?;
        if page.is_empty() {
            break;
        }
        for change in page {
            if change.seq > last || !before.holds(&change) {
                break 'pages;
            }
            if let Some(fault) = position.fault_of(&change)? {
                return Err(Error::internal(fault));
            }
            file.line(&serde_json::to_string(&change).map_err(Error::internal)?)?;
            position = position.after(&change);
        }
        told("changes", u64::try_from(position.seq).unwrap_or_default());
    }
    file.finish()?;
    Ok((draft, position))
}

/// Checks every file of an archive and the chain through all of them; where it ends.
///
/// # Errors
/// A file that was changed or is missing, by its name; a chain that is broken.
pub fn verify(folder: &Path) -> Result<Position> {
    let mut position = Position::genesis();
    for (name, path) in names(folder)? {
        let fault = |what: &str| damaged(&[format!("{name} {what}")]);
        let begins = format!("{:012}-", position.seq + 1);
        let sha256 = name
            .strip_suffix(ENDING)
            .and_then(|name| name.rsplit('-').next())
            .unwrap_or_default();
        if !name.starts_with(&begins) {
            return Err(fault("does not follow the file before it"));
        }
        if facts_of(&path).map_err(|error| unusable(&path, &error))?.sha256 != sha256 {
            return Err(fault("was changed"));
        }
        let mut lines = LineReader::open(&path)?;
        while let Some(line) = lines.next()? {
            let change: Change =
                serde_json::from_str(&line).map_err(|_| fault("holds a line that is no change"))?;
            if let Some(broken) = position.fault_of(&change)? {
                return Err(Error::internal(broken));
            }
            position = position.after(&change);
        }
    }
    Ok(position)
}

fn names(folder: &Path) -> Result<Vec<(String, PathBuf)>> {
    let entries = fs::read_dir(folder).map_err(|error| unusable(folder, &error))?;
    let mut names: Vec<(String, PathBuf)> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name().into_string().ok()?;
            name.ends_with(ENDING).then(|| (name, entry.path()))
        })
        .collect();
    names.sort();
    Ok(names)
}
