//! Whether each file of a backup is what was written. Must not repair anything.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind};

use super::files::Facts;
use super::follow::shipment::{Header, Part, Parts, Shipped};
use super::follow::walk::walk;
use super::manifest::{MEDIA, Manifest, path_of_picture};
use super::store::{self, AWAY, Store};
use super::{Told, damaged, failed};
use crate::db::{Moment, Seq};
use crate::error::{Error, Result};
use crate::media::PictureName;

/// A backup whose files are what was written, and the shipments that follow it as far as they are wanted.
#[derive(Debug)]
pub struct Whole {
    pub manifest: Manifest,
    pub shipments: Vec<Shipped>,
    /// Up to where the first shipment goes that is not wanted.
    pub next: Option<Seq>,
    /// What each picture must sum up to that the backup or a shipment lists.
    pub pictures: BTreeMap<PictureName, String>,
}

/// How much of what was shipped is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Until {
    /// All of it.
    #[default]
    End,
    /// Up to this change.
    Seq(Seq),
    /// As it was then.
    Moment(Moment),
}

impl Until {
    fn holds(self, header: &Header) -> bool {
        match self {
            Until::End => true,
            Until::Seq(seq) => Seq(header.to.seq) <= seq,
            Until::Moment(moment) => header.at <= moment,
        }
    }

    /// Whether nothing behind this is wanted, whatever it is.
    fn is_reached(self, header: &Header) -> bool {
        match self {
            Until::End => false,
            Until::Seq(seq) => Seq(header.to.seq) >= seq,
            Until::Moment(moment) => header.at >= moment,
        }
    }
}

/// Reads every file of a backup and compares length and checksum; shipments that are not wanted are not looked at.
///
/// # Errors
/// A place that is no backup, or does not answer; every file that is missing or was changed, by its name; a backup that was made later.
pub fn check(store: &dyn Store, until: Until, told: Told<'_>) -> Result<Whole> {
    let manifest = Manifest::read(store)?;
    let base = Shipped::base(store, &manifest)?;
    if !until.holds(&base.header) {
        let detail = format!(
            "The backup begins with change {}, at {}.",
            manifest.history.seq, manifest.made_at
        );
        return Err(Error::bad_request("before_backup", detail));
    }
    let mut faults = Vec::new();
    let tables = manifest.tables.iter().map(|stored| (stored.path(), &stored.file));
    let pictures = manifest.pictures.iter().filter_map(|stored| {
        let name = PictureName::parse(&stored.name)?;
        Some((path_of_picture(&name), &stored.file))
    });
    for (number, (path, facts)) in (1..).zip(tables.chain(pictures)) {
        faults.extend(fault(store, &path, facts)?);
        told("files", number);
    }
    let (mut shipments, mut next) = (Vec::new(), None);
    let walked = walk(store, base, |shipped| {
        let (is_wanted, is_last) = (until.holds(&shipped.header), until.is_reached(&shipped.header));
        if is_wanted {
            told("shipments", shipped.header.number);
            shipments.push(shipped);
        } else {
            next = Some(Seq(shipped.header.to.seq));
        }
        is_wanted && !is_last
    });
    faults.extend(walked?.err());
    let mut pictures = pictures_of(&manifest);
    let mut others = other_pictures(store, until, &shipments)?;
    others.retain(|name| !pictures.contains_key(name));
    for name in others {
        faults.extend(picture_fault(store, &name)?);
        let sha256 = name.hash().to_owned();
        pictures.insert(name, sha256);
    }
    if faults.is_empty() {
        Ok(Whole {
            manifest,
            shipments,
            next,
            pictures,
        })
    } else {
        Err(damaged(&faults))
    }
}

/// The pictures of the backup itself. One that was damaged in the shop already is kept as it was, and so it must be still.
fn pictures_of(manifest: &Manifest) -> BTreeMap<PictureName, String> {
    let stored = manifest.pictures.iter();
    let listed = stored.filter_map(|stored| {
        let name = PictureName::parse(&stored.name)?;
        Some((name, stored.file.sha256.clone()))
    });
    listed.collect()
}

/// The pictures that came later, and those that followers of before left in no list: they are restored, and rows name them.
fn other_pictures(store: &dyn Store, until: Until, shipments: &[Shipped]) -> Result<BTreeSet<PictureName>> {
    let mut others = BTreeSet::new();
    for shipped in shipments {
        others.extend(pictures_with(store, shipped)?);
    }
    if until == Until::End {
        others.extend(pictures_in(store)?);
    }
    Ok(others)
}

/// The pictures that came with a shipment.
fn pictures_with(store: &dyn Store, shipped: &Shipped) -> Result<Vec<PictureName>> {
    let mut parts = Parts::of(store, shipped)?;
    loop {
        if let Part::End(names) = parts.next()? {
            return Ok(names);
        }
    }
}

/// All pictures that are there.
pub(super) fn pictures_in(store: &dyn Store) -> Result<Vec<PictureName>> {
    let files = store.list(MEDIA).map_err(|error| failed(&MEDIA, &error))?;
    let names = files.iter().filter_map(|file| PictureName::parse(file));
    Ok(names.collect())
}

/// What is wrong with a picture whose name is its checksum.
fn picture_fault(store: &dyn Store, name: &PictureName) -> Result<Option<String>> {
    let path = path_of_picture(name);
    Ok(match found(store, &path)? {
        Ok(facts) if facts.sha256 == name.hash() => None,
        Ok(_) => Some(format!("{path} was changed")),
        Err(fault) => Some(fault),
    })
}

fn fault(store: &dyn Store, path: &str, facts: &Facts) -> Result<Option<String>> {
    Ok(match found(store, path)? {
        Ok(found) if found == *facts => None,
        Ok(found) if found.bytes != facts.bytes => Some(format!(
            "{path} has {} bytes instead of {}",
            found.bytes, facts.bytes
        )),
        Ok(_) => Some(format!("{path} was changed")),
        Err(fault) => Some(fault),
    })
}

/// What a file is, or what is wrong with it.
///
/// # Errors
/// A store that does not answer: then nothing is known of any file.
fn found(store: &dyn Store, path: &str) -> Result<std::result::Result<Facts, String>> {
    store::facts(store, path).map_or_else(|error| fault_of(path, &error).map(Err), |facts| Ok(Ok(facts)))
}

/// As [`found`], of an error.
pub(super) fn fault_of(path: &str, error: &io::Error) -> Result<String> {
    match error.kind() {
        AWAY => Err(failed(&path, error)),
        ErrorKind::NotFound => Ok(format!("{path} is missing")),
        _ => Ok(format!("{path} cannot be read ({error})")),
    }
}
