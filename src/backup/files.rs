//! Files of a backup: written once, to the disk, for their owner alone, with their length and checksum; and the folder
//! that appears under its name when all of them are there. Must not know what the files say.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::unusable;
use crate::error::{Error, Result};

/// A line is a row; none is longer than a few texts of the longest kind.
const LONGEST_LINE: u64 = 64 << 20;

/// The third of 22 levels: twice as small as the fastest, at the speed of a disk.
const LEVEL: i32 = 3;

/// What a file must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    pub bytes: u64,
    pub sha256: String,
}

/// Counts and sums up what passes.
pub struct Summed<T> {
    inner: T,
    bytes: u64,
    hash: Sha256,
}

impl<T> Summed<T> {
    pub fn new(inner: T) -> Summed<T> {
        Summed {
            inner,
            bytes: 0,
            hash: Sha256::new(),
        }
    }

    fn pass(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        self.hash.update(bytes);
    }

    fn finish(self) -> (T, Facts) {
        let sha256 = hex::encode(self.hash.finalize());
        let bytes = self.bytes;
        (self.inner, Facts { bytes, sha256 })
    }
}

impl<W: Write> Write for Summed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.pass(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<R: Read> Read for Summed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.pass(buffer.get(..read).unwrap_or_default());
        Ok(read)
    }
}

/// A compressed file of lines that is being written.
pub struct LineWriter {
    path: PathBuf,
    encoder: zstd::Encoder<'static, Summed<BufWriter<File>>>,
}

impl LineWriter {
    pub fn create(path: &Path) -> Result<LineWriter> {
        let create = || zstd::Encoder::new(Summed::new(BufWriter::new(create_new(path)?)), LEVEL);
        Ok(LineWriter {
            encoder: create().map_err(|error| unusable(path, &error))?,
            path: path.to_owned(),
        })
    }

    pub fn line(&mut self, line: &str) -> Result<()> {
        let written = self
            .encoder
            .write_all(line.as_bytes())
            .and_then(|()| self.encoder.write_all(b"\n"));
        written.map_err(|error| unusable(&self.path, &error))
    }

    /// The file is on the disk.
    pub fn finish(self) -> Result<Facts> {
        let finish = |encoder: zstd::Encoder<'static, Summed<BufWriter<File>>>| {
            let (file, facts) = encoder.finish()?.finish();
            file.into_inner().map_err(io::Error::other)?.sync_all()?;
            Ok::<_, io::Error>(facts)
        };
        finish(self.encoder).map_err(|error| unusable(&self.path, &error))
    }
}

/// Reads what [`LineWriter`] wrote.
pub struct LineReader {
    path: PathBuf,
    lines: BufReader<zstd::Decoder<'static, BufReader<File>>>,
}

impl LineReader {
    pub fn open(path: &Path) -> Result<LineReader> {
        let open = || File::open(path).and_then(zstd::Decoder::new).map(BufReader::new);
        Ok(LineReader {
            lines: open().map_err(|error| unusable(path, &error))?,
            path: path.to_owned(),
        })
    }

    /// The next line without its end; `None` after the last.
    pub fn next(&mut self) -> Result<Option<String>> {
        let mut line = Vec::new();
        let read = (&mut self.lines).take(LONGEST_LINE).read_until(b'\n', &mut line);
        if read.map_err(|error| unusable(&self.path, &error))? == 0 {
            return Ok(None);
        }
        if line.pop() != Some(b'\n') {
            return Err(unusable(&self.path, &"a line has no end"));
        }
        let line = String::from_utf8(line).map_err(|error| unusable(&self.path, &error))?;
        Ok(Some(line))
    }
}

/// What a file is.
pub fn facts_of(path: &Path) -> io::Result<Facts> {
    let mut file = Summed::new(File::open(path)?);
    io::copy(&mut file, &mut io::sink())?;
    Ok(file.finish().1)
}

/// Copies a file to a new one, and tells what was copied.
pub fn copy_file(from: &Path, to: &Path) -> io::Result<Facts> {
    let mut source = Summed::new(File::open(from)?);
    let mut target = create_new(to)?;
    io::copy(&mut source, &mut target)?;
    target.sync_all()?;
    Ok(source.finish().1)
}

/// Writes a small file whole or not at all.
pub fn write_whole(path: &Path, text: &[u8]) -> Result<()> {
    let draft = beside(path)?;
    let write = || {
        let mut file = create_new(&draft)?;
        file.write_all(text)?;
        file.sync_all()?;
        fs::rename(&draft, path)?;
        sync(path.parent())
    };
    write().map_err(|error: io::Error| {
        // What failed is told; what is left of it says by its name what it is.
        let _ = fs::remove_file(&draft);
        unusable(path, &error)
    })
}

/// Takes a file for this process, until it is dropped; `None` when another one has it.
pub fn lock(path: &Path) -> Result<Option<File>> {
    let open = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path);
    let file = open.map_err(|error| unusable(path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(fs::TryLockError::WouldBlock) => Ok(None),
        Err(fs::TryLockError::Error(error)) => Err(unusable(path, &error)),
    }
}

fn create_new(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

/// Makes a folder with those above it, for its owner alone.
pub fn create_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

fn sync(folder: Option<&Path>) -> io::Result<()> {
    folder.map_or(Ok(()), |folder| {
        let folder = if folder == Path::new("") {
            Path::new(".")
        } else {
            folder
        };
        File::open(folder)?.sync_all()
    })
}

/// A temporary name beside a path, which says that it is a part and whose.
pub fn beside(path: &Path) -> Result<PathBuf> {
    let name = path
        .file_name()
        .ok_or_else(|| unusable(path, &"is no name of its own"))?;
    let mut part = name.to_owned();
    part.push(format!(".{}.part", std::process::id()));
    Ok(path.with_file_name(part))
}

/// A folder under a temporary name beside its own; it vanishes unless it is finished.
pub struct Draft {
    folder: PathBuf,
    draft: PathBuf,
    is_finished: bool,
}

impl Draft {
    /// # Errors
    /// A folder that holds anything, or a name that is none.
    pub fn begin(folder: &Path) -> Result<Draft> {
        refuse_full(folder)?;
        let draft = beside(folder)?;
        create_folder(&draft).map_err(|error| unusable(&draft, &error))?;
        Ok(Draft {
            folder: folder.to_owned(),
            draft,
            is_finished: false,
        })
    }

    pub fn path(&self) -> &Path {
        &self.draft
    }

    /// Gives the folder its name.
    pub fn finish(mut self) -> Result<()> {
        let finish = || {
            sync(Some(&self.draft))?;
            fs::rename(&self.draft, &self.folder)?;
            sync(self.folder.parent())
        };
        finish().map_err(|error| unusable(&self.folder, &error))?;
        self.is_finished = true;
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.is_finished {
            // There is nobody left to tell; the name says that it is a part.
            let _ = fs::remove_dir_all(&self.draft);
        }
    }
}

fn refuse_full(folder: &Path) -> Result<()> {
    let is_empty = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        Err(error) => return Err(unusable(folder, &error)),
    };
    if is_empty {
        return Ok(());
    }
    Err(Error::Conflict {
        code: "not_empty",
        detail: format!(
            "{} is not empty; name a folder that is new. Nothing was written.",
            folder.display()
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_appears_whole_or_not_at_all() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("backup");
        let draft = Draft::begin(&folder).unwrap();
        fs::write(draft.path().join("file"), "x").unwrap();
        drop(draft);
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
        let draft = Draft::begin(&folder).unwrap();
        fs::write(draft.path().join("file"), "x").unwrap();
        draft.finish().unwrap();
        assert!(folder.join("file").exists());
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
        assert!(Draft::begin(&folder).is_err());
    }

    #[test]
    fn lines_come_back_and_a_changed_byte_changes_the_facts() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("lines");
        let mut writer = LineWriter::create(&path).unwrap();
        for number in 0..1000 {
            writer.line(&format!("[{number},\"Lamp\"]")).unwrap();
        }
        let facts = writer.finish().unwrap();
        assert_eq!(facts_of(&path).unwrap(), facts);
        let mut reader = LineReader::open(&path).unwrap();
        for number in 0..1000 {
            assert_eq!(reader.next().unwrap(), Some(format!("[{number},\"Lamp\"]")));
        }
        assert_eq!(reader.next().unwrap(), None);
        let mut bytes = fs::read(&path).unwrap();
        bytes[100] ^= 1;
        fs::write(&path, bytes).unwrap();
        assert_ne!(facts_of(&path).unwrap(), facts);
    }
}
