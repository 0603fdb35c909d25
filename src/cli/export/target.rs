//! Where an export goes. A file appears under its name only when it is complete. Must not know what is written.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::cli::unusable;
use crate::error::Result;

/// A place to write to.
pub enum Target {
    /// Standard output, a pipe or a device: what was written cannot be taken back.
    Stream {
        name: PathBuf,
        sink: Box<dyn Write>,
    },
    File(Draft),
}

/// A file under a temporary name beside its own; it vanishes unless it is finished.
pub struct Draft {
    path: PathBuf,
    draft: PathBuf,
    file: File,
    is_finished: bool,
}

impl Target {
    pub fn open(path: Option<PathBuf>) -> Result<Target> {
        let Some(path) = path else {
            return Ok(Target::Stream {
                name: "standard output".into(),
                sink: Box::new(io::stdout()),
            });
        };
        let known = fs::metadata(&path).ok();
        match known {
            Some(known) if known.is_dir() => Err(unusable(&path, &"is a folder")),
            Some(known) if !known.is_file() => {
                let opened = File::options().write(true).open(&path);
                let sink = Box::new(opened.map_err(|error| unusable(&path, &error))?);
                Ok(Target::Stream { name: path, sink })
            }
            known => Draft::create(&path, known.map(|known| known.permissions()))
                .map(Target::File)
                .map_err(|error| unusable(&path, &error)),
        }
    }

    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        match self {
            Target::Stream { name, sink } => sink.write_all(bytes).map_err(|error| unusable(name, &error)),
            Target::File(draft) => draft
                .file
                .write_all(bytes)
                .map_err(|error| unusable(&draft.path, &error)),
        }
    }

    /// Gives the file its name.
    pub fn finish(self) -> Result<()> {
        match self {
            Target::Stream { name, mut sink } => sink.flush().map_err(|error| unusable(&name, &error)),
            Target::File(mut draft) => draft.finish().map_err(|error| unusable(&draft.path, &error)),
        }
    }
}

impl Draft {
    /// One that takes the place of another file leaves its permissions as they are, and a link a link.
    fn create(path: &Path, permissions: Option<fs::Permissions>) -> io::Result<Draft> {
        let path = match permissions {
            Some(_) => path.canonicalize()?,
            None => path.to_owned(),
        };
        let mut name = path
            .file_name()
            .ok_or_else(|| io::Error::other("is no name of a file"))?
            .to_owned();
        name.push(format!(".{}.part", std::process::id()));
        let draft = path.with_file_name(name);
        let file = File::create_new(&draft)?;
        let draft = Draft {
            path,
            draft,
            file,
            is_finished: false,
        };
        if let Some(permissions) = permissions {
            draft.file.set_permissions(permissions)?;
        }
        Ok(draft)
    }

    fn finish(&mut self) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.draft, &self.path)?;
        self.is_finished = true;
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.is_finished {
            // There is nobody left to tell; the name says that it is a part.
            let _ = fs::remove_file(&self.draft);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_keeps_its_content_until_the_new_one_is_complete() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.csv");
        let files = || fs::read_dir(folder.path()).unwrap().count();
        fs::write(&path, "old").unwrap();
        let mut target = Target::open(Some(path.clone())).unwrap();
        target.write(b"half").unwrap();
        assert_eq!((fs::read(&path).unwrap(), files()), (b"old".to_vec(), 2));
        drop(target);
        assert_eq!((fs::read(&path).unwrap(), files()), (b"old".to_vec(), 1));
        let mut target = Target::open(Some(path.clone())).unwrap();
        target.write(b"whole").unwrap();
        target.finish().unwrap();
        assert_eq!((fs::read(&path).unwrap(), files()), (b"whole".to_vec(), 1));
    }

    #[test]
    fn a_folder_is_refused_and_a_device_is_written_to() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Target::open(Some(folder.path().to_owned())).is_err());
        let mut target = Target::open(Some("/dev/null".into())).unwrap();
        target.write(b"x").unwrap();
        target.finish().unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }
}
