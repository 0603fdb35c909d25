//! The files of shipments. Must not know which rows are in them.
//!
//! A shipment is `changes/NUMBER-SHA256.jsonl.zst`: the name holds the checksum, so that a changed byte shows, and the
//! first line names the checksum of the one before, so that a missing one shows. Then come sections: an object that says
//! which rows of a table are replaced, and those rows. The last line names the pictures that came with it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::super::files::{Facts, LineReader, LineWriter};
use super::super::manifest::{History, Manifest};
use super::super::store::{self, MANIFEST, Store};
use super::super::{damaged, failed};
use crate::db::Moment;
use crate::error::{Error, Result};
use crate::media::PictureName;

pub(super) const FOLDER: &str = "changes";
pub(super) const ENDING: &str = ".jsonl.zst";

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
    name: String,
    lines: LineReader,
    /// A line that was read and belongs to the next part.
    next: Option<String>,
}

impl Parts {
    pub fn of(store: &dyn Store, shipped: &Shipped) -> Result<Parts> {
        let name = shipped.name.clone();
        let mut lines = LineReader::of(name.clone(), store.read(&name))?;
        lines.next()?;
        Ok(Parts {
            name,
            next: lines.next()?,
            lines,
        })
    }

    /// The next part; a shipment without an end is none of ours.
    pub fn next(&mut self) -> Result<Part> {
        let fault = |what: &str| damaged(&[format!("{} {what}", self.name)]);
        let line = self.next.take().ok_or_else(|| fault("has no end"))?;
        if let Ok(End { pictures }) = serde_json::from_str(&line) {
            let names = pictures.iter().filter_map(|name| PictureName::parse(name));
            return Ok(Part::End(names.collect()));
        }
        let section = serde_json::from_str(&line).map_err(|_| fault("holds a line that begins nothing"))?;
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
    /// Of its file in the store.
    pub name: String,
    pub sha256: String,
    pub bytes: u64,
}

impl Shipped {
    /// The backup itself, as the one before the first.
    pub fn base(store: &dyn Store, manifest: &Manifest) -> Result<Shipped> {
        let facts = store::facts(store, MANIFEST);
        let Facts { bytes, sha256 } = facts.map_err(|error| failed(&MANIFEST, &error))?;
        Ok(Shipped {
            header: Header {
                number: 0,
                previous: String::new(),
                at: manifest.made_at,
                from: manifest.history.clone(),
                to: manifest.history.clone(),
            },
            name: MANIFEST.to_owned(),
            sha256,
            bytes,
        })
    }
}

/// A shipment that is being written.
pub struct Draft<'a> {
    store: &'a dyn Store,
    path: PathBuf,
    writer: Option<LineWriter>,
    sections: u64,
}

impl Draft<'_> {
    pub fn begin<'a>(store: &'a dyn Store, header: &Header) -> Result<Draft<'a>> {
        let part = store.part(&format!("{FOLDER}/{:08}", header.number));
        let path = part.map_err(|error| failed(&FOLDER, &error))?;
        let mut writer = LineWriter::create(&path)?;
        writer.line(&serde_json::to_string(header).map_err(Error::internal)?)?;
        Ok(Draft {
            store,
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
        let name = format!("{FOLDER}/{:08}-{}{ENDING}", header.number, facts.sha256);
        let adopted = self.store.adopt(&self.path, &name);
        adopted.map_err(|error| failed(&name, &error))?;
        Ok(Shipped {
            header,
            name,
            sha256: facts.sha256,
            bytes: facts.bytes,
        })
    }
}

impl Drop for Draft<'_> {
    fn drop(&mut self) {
        // It has its name already, or nothing is lost.
        let _ = std::fs::remove_file(&self.path);
    }
}
