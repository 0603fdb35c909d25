//! A folder that appears under its name when all of its files are on the disk. Must not know what they say.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::files::{self, Facts, beside, create_folder, sync};
use super::super::unusable;
use super::{Draft, Lock, MANIFEST, Store, followed, not_empty};
use crate::error::Result;

/// Taken by whoever follows into a folder.
const LOCK: &str = "follower.lock";

/// A folder of this machine.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

impl Folder {
    pub fn at(folder: impl Into<PathBuf>) -> Folder {
        Folder(folder.into())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn refuse_full(&self) -> Result<()> {
        let is_empty = match fs::read_dir(&self.0) {
            Ok(mut entries) => entries.next().is_none(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => true,
            Err(error) => return Err(unusable(&self.0, &error)),
        };
        is_empty.then_some(()).ok_or_else(|| not_empty(self, ""))
    }
}

impl fmt::Display for Folder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.display().fmt(f)
    }
}

impl Store for Folder {
    fn begin(&self) -> Result<Box<dyn Draft>> {
        self.refuse_full()?;
        let draft = beside(&self.0)?;
        create_folder(&draft).map_err(|error| unusable(&draft, &error))?;
        Ok(Box::new(FolderDraft {
            folder: self.0.clone(),
            draft: Folder(draft),
            is_finished: false,
        }))
    }

    fn read(&self, name: &str) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(File::open(self.path(name))?))
    }

    fn has(&self, name: &str) -> io::Result<bool> {
        self.path(name).try_exists()
    }

    fn list(&self, below: &str) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        collect(&self.path(below), "", &mut names)?;
        names.sort();
        Ok(names)
    }

    fn copy_in(&self, from: &Path, name: &str) -> io::Result<Facts> {
        let part = self.part(name)?;
        let facts = files::write_new(&mut File::open(from)?, &part)?;
        fs::rename(part, self.path(name))?;
        Ok(facts)
    }

    fn part(&self, name: &str) -> io::Result<PathBuf> {
        let path = self.path(name);
        path.parent().map_or(Ok(()), create_folder)?;
        let part = beside(&path).map_err(|error| io::Error::other(error.to_string()))?;
        // Of a process that was killed; whoever writes here is the only one.
        let _ = fs::remove_file(&part);
        Ok(part)
    }

    fn adopt(&self, part: &Path, name: &str) -> io::Result<()> {
        let path = self.path(name);
        fs::rename(part, &path)?;
        sync(path.parent())
    }

    fn lock(&self) -> Result<Box<dyn Lock>> {
        let file = files::lock(&self.path(LOCK))?.ok_or_else(|| followed(self, ""))?;
        Ok(Box::new(FolderLock { _file: file }))
    }

    fn below(&self, name: &str) -> Arc<dyn Store> {
        Arc::new(Folder(self.path(name)))
    }

    fn children(&self) -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        Ok(names.collect())
    }

    /// Its name says that it is a part, and of what.
    fn is_rest(&self, child: &str, is_name: fn(&str) -> bool) -> io::Result<bool> {
        let of = child.strip_suffix(".part").and_then(|name| name.split_once('.'));
        Ok(of.is_some_and(|(name, _)| is_name(name)))
    }

    fn remove(&self) -> io::Result<()> {
        match fs::remove_file(self.path(MANIFEST)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        fs::remove_dir_all(&self.0)
    }

    fn as_folder(&self) -> Option<&Path> {
        Some(&self.0)
    }
}

/// Whole files below a folder that may not be there, by what their names have behind `prefix`.
fn collect(folder: &Path, prefix: &str, names: &mut Vec<String>) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{name}/"), names)?;
        } else if !name.ends_with(".part") {
            names.push(name);
        }
    }
    Ok(())
}

/// The system lets go of the file when the process ends.
#[derive(Debug)]
struct FolderLock {
    _file: File,
}

impl Lock for FolderLock {
    fn keep(&mut self, _: bool) -> Result<()> {
        Ok(())
    }
}

/// A folder under a temporary name beside its own; it vanishes unless it is finished.
struct FolderDraft {
    folder: PathBuf,
    draft: Folder,
    is_finished: bool,
}

impl Draft for FolderDraft {
    fn desk(&self) -> &Path {
        &self.draft.0
    }

    fn copy_in(&self, from: &Path, name: &str) -> io::Result<Facts> {
        self.draft.copy_in(from, name)
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        let finish = || {
            sync(Some(&self.draft.0))?;
            fs::rename(&self.draft.0, &self.folder)?;
            sync(self.folder.parent())
        };
        finish().map_err(|error| unusable(&self.folder, &error))?;
        self.is_finished = true;
        Ok(())
    }
}

impl Drop for FolderDraft {
    fn drop(&mut self) {
        if !self.is_finished {
            // There is nobody left to tell; the name says that it is a part.
            let _ = fs::remove_dir_all(&self.draft.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_appears_whole_or_not_at_all() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::at(place.path().join("backup"));
        let begin = || {
            let draft = folder.begin().unwrap();
            fs::write(draft.desk().join("file"), "x").unwrap();
            draft
        };
        drop(begin());
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
        begin().finish().unwrap();
        assert!(folder.has("file").unwrap());
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
        assert!(folder.begin().is_err());
    }

    #[test]
    fn what_is_not_whole_is_not_listed() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::at(place.path());
        let file = place.path().join("source");
        fs::write(&file, "x").unwrap();
        folder.copy_in(&file, "media/ab/abc.png").unwrap();
        let part = folder.part("media/ab/abd.png").unwrap();
        fs::write(&part, "x").unwrap();
        assert_eq!(folder.list("media").unwrap(), ["ab/abc.png"]);
        folder.adopt(&part, "media/ab/abd.png").unwrap();
        assert_eq!(folder.list("media").unwrap(), ["ab/abc.png", "ab/abd.png"]);
        assert_eq!(folder.list("changes").unwrap(), [""; 0]);
    }
}
