//! The files of shipments. Must not know which rows are in them.
//!
//! A shipment is `changes/NUMBER-SHA256.jsonl.zst`: the name holds the checksum, so that a changed byte shows, and the
//! first line names the checksum of the one before, so that a missing one shows. Then come sections: an object that says
//! which rows of a table are replaced, and those rows. The last line names the pictures that came with it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::super::files::{self, Facts, LineReader, LineWriter, facts_of};
use super::super::manifest::{History, Manifest};
use super::super::{damaged, unusable};
use crate::db::Moment;
use crate::error::{Error, Result};
use crate::media::PictureName;

const FOLDER: &str = "changes";
const ENDING: &str = ".jsonl.zst";

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    pub number: u64,
    /// Of the shipment before, or of the manifest.
    pub previous: String,
    /// When it was read from the database.
    pub at: Moment,
    pub from: History,
    pub to: History,
}

/// The begin of a section: rows that go, before those that follow come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    pub table: String,
    pub gone: Vec<Gone>,
}

/// Which rows of a table are no more, or come anew.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Gone {
    All,
    /// Those with one of these numbers in a column.
    Numbers {
        column: String,
        values: Vec<i64>,
    },
    /// Those from a moment on.
    Since {
        column: String,
        moment: Moment,
    },
}

/// The last line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    pictures: Vec<String>,
}

/// A part of a shipment.
pub enum Part {
    /// Rows of a table as lines, and which make room for them.
    Section(Section, Vec<String>),
    /// The pictures that came with it; nothing follows.
    End(Vec<PictureName>),
}

/// The parts of a shipment, one after the other.
pub struct Parts {
    path: PathBuf,
    lines: LineReader,
    /// A line that was read and belongs to the next part.
    next: Option<String>,
}

impl Parts {
    pub fn of(shipped: &Shipped) -> Result<Parts> {
        let mut lines = LineReader::open(&shipped.path)?;
        lines.next()?;
        Ok(Parts {
            path: shipped.path.clone(),
            next: lines.next()?,
            lines,
        })
    }

    /// The next part; a shipment without an end is none of ours.
    pub fn next(&mut self) -> Result<Part> {
        let line = self
            .next
            .take()
            .ok_or_else(|| unusable(&self.path, &"has no end"))?;
        if let Ok(End { pictures }) = serde_json::from_str(&line) {
            let names = pictures.iter().filter_map(|name| PictureName::parse(name));
            return Ok(Part::End(names.collect()));
        }
        let section = serde_json::from_str(&line).map_err(|error| unusable(&self.path, &error))?;
        let mut rows = Vec::new();
        while let Some(line) = self.lines.next()? {
            if line.starts_with('{') {
                self.next = Some(line);
                break;
            }
            rows.push(line);
        }
        Ok(Part::Section(section, rows))
    }
}

/// A shipment that is there, or what stands for the backup that the first one follows.
#[derive(Debug, Clone)]
pub struct Shipped {
    pub header: Header,
    pub path: PathBuf,
    pub sha256: String,
    pub bytes: u64,
}

impl Shipped {
    /// The backup itself, as the one before the first.
    pub fn base(folder: &Path, manifest: &Manifest) -> Result<Shipped> {
        let path = folder.join("manifest.json");
        let Facts { bytes, sha256 } = facts_of(&path).map_err(|error| unusable(&path, &error))?;
        Ok(Shipped {
            header: Header {
                number: 0,
                previous: String::new(),
                at: manifest.made_at,
                from: manifest.history.clone(),
                to: manifest.history.clone(),
            },
            path,
            sha256,
            bytes,
        })
    }
}

/// The shipments of a folder, oldest first, each whole and following the one before.
///
/// # Errors
/// One that was changed or is missing, by its name.
pub fn list(folder: &Path, manifest: &Manifest) -> Result<Vec<Shipped>> {
    let mut shipped: Vec<Shipped> = Vec::new();
    let base = Shipped::base(folder, manifest)?;
    let walked = walk(folder, base, |next| {
        shipped.push(next);
        true
    });
    walked.map_err(|fault| damaged(&[fault])).map(|()| shipped)
}

/// Hands out the shipments one after the other until `take` wants no more; what comes later may be damaged.
///
/// # Errors
/// What is wrong with which file.
pub fn walk(
    folder: &Path,
    base: Shipped,
    mut take: impl FnMut(Shipped) -> bool,
) -> std::result::Result<(), String> {
    let mut last = base;
    let names = names(folder).map_err(|error| format!("{FOLDER} cannot be read ({error})"))?;
    for (number, (name, path)) in (1..).zip(names) {
        let fault = |what: &str| format!("{FOLDER}/{name} {what}");
        let promised = format!("{number:08}-");
        let Some(sha256) = name
            .strip_prefix(&promised)
            .and_then(|rest| rest.strip_suffix(ENDING))
        else {
            return Err(format!("{FOLDER}/{promised}…{ENDING} is missing before {name}"));
        };
        let facts = facts_of(&path).map_err(|error| fault(&format!("cannot be read ({error})")))?;
        if facts.sha256 != sha256 {
            return Err(fault("was changed"));
        }
        let header = read_header(&path).map_err(|error| fault(&format!("cannot be read ({error})")))?;
        if (header.number, &header.previous, &header.from) != (number, &last.sha256, &last.header.to) {
            return Err(fault("does not follow the one before it"));
        }
        last = Shipped {
            header,
            path,
            sha256: facts.sha256,
            bytes: facts.bytes,
        };
        if !take(last.clone()) {
            break;
        }
    }
    Ok(())
}

/// Names and paths of finished shipments, in order.
fn names(folder: &Path) -> std::io::Result<Vec<(String, PathBuf)>> {
    let entries = match fs::read_dir(folder.join(FOLDER)) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.ends_with(".part") {
            names.push((name, entry.path()));
        }
    }
    names.sort();
    Ok(names)
}

fn read_header(path: &Path) -> Result<Header> {
    let line = LineReader::open(path)?.next()?.unwrap_or_default();
    serde_json::from_str(&line).map_err(|error| unusable(path, &error))
}

/// A shipment that is being written.
pub struct Draft {
    folder: PathBuf,
    path: PathBuf,
    writer: Option<LineWriter>,
    sections: u64,
}

impl Draft {
    pub fn begin(folder: &Path, header: &Header) -> Result<Draft> {
        let folder = folder.join(FOLDER);
        files::create_folder(&folder).map_err(|error| unusable(&folder, &error))?;
        let path = files::beside(&folder.join(format!("{:08}", header.number)))?;
        // Of a follower that was killed; there is only one at a time.
        let _ = fs::remove_file(&path);
        let mut writer = LineWriter::create(&path)?;
        writer.line(&serde_json::to_string(header).map_err(Error::internal)?)?;
        Ok(Draft {
            folder,
            path,
            writer: Some(writer),
            sections: 0,
        })
    }

    /// Begins a section; its rows follow.
    pub fn section(&mut self, section: &Section) -> Result<()> {
        self.sections += 1;
        let line = serde_json::to_string(section).map_err(Error::internal)?;
        self.line(&line)
    }

    pub fn line(&mut self, line: &str) -> Result<()> {
        match &mut self.writer {
            Some(writer) => writer.line(line),
            None => Ok(()),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.sections == 0
    }

    /// Gives the file its name: from then on it counts.
    pub fn finish(mut self, header: Header, pictures: &BTreeSet<PictureName>) -> Result<Shipped> {
        let pictures = pictures.iter().map(|name| name.as_str().to_owned()).collect();
        let end = serde_json::to_string(&End { pictures }).map_err(Error::internal)?;
        self.line(&end)?;
        let writer = self.writer.take();
        let facts = writer.ok_or_else(|| Error::internal("written twice"))?.finish()?;
        let name = format!("{:08}-{}{ENDING}", header.number, facts.sha256);
        let path = self.folder.join(name);
        let rename = || fs::rename(&self.path, &path).and_then(|()| fs::File::open(&self.folder)?.sync_all());
        rename().map_err(|error| unusable(&path, &error))?;
        Ok(Shipped {
            header,
            path,
            sha256: facts.sha256,
            bytes: facts.bytes,
        })
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // It has its name already, or nothing is lost.
        let _ = fs::remove_file(&self.path);
    }
}
