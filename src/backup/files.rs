//! Files of a backup: written once, to the disk, for their owner alone, with their length and checksum. Must not know what the
//! files say, nor where they are kept.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{failed, unusable};
use crate::error::Result;

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

    pub fn finish(self) -> (T, Facts) {
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
    name: String,
    lines: BufReader<zstd::Decoder<'static, BufReader<Box<dyn Read + Send>>>>,
}

impl LineReader {
    /// A file of this machine.
    pub fn open(path: &Path) -> Result<LineReader> {
        let file = File::open(path).map(|file| Box::new(file) as Box<dyn Read + Send>);
        LineReader::of(path.display().to_string(), file)
    }

    /// What is read from somewhere; the name is for errors.
    pub fn of(name: String, opened: io::Result<Box<dyn Read + Send>>) -> Result<LineReader> {
        match opened.and_then(zstd::Decoder::new) {
            Ok(decoder) => Ok(LineReader {
                name,
                lines: BufReader::new(decoder),
            }),
            Err(error) => Err(failed(&name, &error)),
        }
    }

    /// The next line without its end; `None` after the last.
    pub fn next(&mut self) -> Result<Option<String>> {
        let mut line = Vec::new();
        let read = (&mut self.lines).take(LONGEST_LINE).read_until(b'\n', &mut line);
        if read.map_err(|error| failed(&self.name, &error))? == 0 {
            return Ok(None);
        }
        if line.pop() != Some(b'\n') {
            return Err(unusable(Path::new(&self.name), &"a line has no end"));
        }
        let line = String::from_utf8(line).map_err(|error| unusable(Path::new(&self.name), &error))?;
        Ok(Some(line))
    }
}

/// What a file is.
pub fn facts_of(path: &Path) -> io::Result<Facts> {
    let mut file = Summed::new(File::open(path)?);
    io::copy(&mut file, &mut io::sink())?;
    Ok(file.finish().1)
}

/// Writes a new file to the disk, and tells what was written.
pub fn write_new(from: &mut impl Read, to: &Path) -> io::Result<Facts> {
    let mut source = Summed::new(from);
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

/// What has which name in a folder is on the disk.
pub fn sync(folder: Option<&Path>) -> io::Result<()> {
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

#[cfg(test)]
mod tests {
    use super::*;

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
