//! The shipments of a backup in their order, each whole. Must not know which rows are in them.
//!
//! A bucket may have kept a shipment although its answer was lost; then the follower ships once more from where the one before
//! ended, at another time and so under another name. Of such twins the one counts that the next shipment names as the one before
//! it, and as long as there is no next one, the newest.

use super::super::check::fault_of;
use super::super::damaged;
use super::super::files::LineReader;
use super::super::manifest::Manifest;
use super::super::store::{self, Store};
use super::shipment::{ENDING, FOLDER, Header, Shipped};
use crate::error::Result;

/// What was found, or what is wrong with which file.
type Found<T> = std::result::Result<T, String>;

/// The shipments of a backup, oldest first, each whole and following the one before.
///
/// # Errors
/// One that was changed or is missing, by its name.
pub fn list(store: &dyn Store, manifest: &Manifest) -> Result<Vec<Shipped>> {
    let mut shipped: Vec<Shipped> = Vec::new();
    let base = Shipped::base(store, manifest)?;
    let walked = walk(store, base, |next| {
        shipped.push(next);
        true
    });
    walked?.map_err(|fault| damaged(&[fault])).map(|()| shipped)
}

/// Hands out the shipments one after the other until `take` wants no more; what comes later may be damaged. What is wrong
/// with which file is the inner result.
///
/// # Errors
/// A store that does not answer.
pub fn walk(store: &dyn Store, base: Shipped, mut take: impl FnMut(Shipped) -> bool) -> Result<Found<()>> {
    let names = match store.list(FOLDER) {
        Ok(names) => names,
        Err(error) => return fault_of(FOLDER, &error).map(Err),
    };
    let mut last = base;
    let mut rest = names.as_slice();
    while let Some(name) = rest.first() {
        let number = last.header.number + 1;
        let (twins, behind) = numbered(rest, number);
        if twins.is_empty() {
            return Ok(Err(format!(
                "{FOLDER}/{number:08}-…{ENDING} is missing before {name}"
            )));
        }
        let next = match choose(store, number, twins, &[&last.sha256], behind)? {
            Ok(next) => next,
            Err(fault) => return Ok(Err(fault)),
        };
        if !follows(&next.header, &last) {
            return Ok(Err(unlinked(&next, &last, &names)));
        }
        last = next;
        if !take(last.clone()) {
            break;
        }
        rest = behind;
    }
    Ok(Ok(()))
}

/// Divides names, which are in order, into those of a number, which come first, and those behind.
fn numbered(names: &[String], number: u64) -> (&[String], &[String]) {
    let prefix = format!("{number:08}-");
    let is_of = |name: &&String| name.starts_with(&prefix) && name.ends_with(ENDING);
    names.split_at(names.iter().take_while(is_of).count())
}

/// The checksum that a name promises.
fn promised(name: &str) -> &str {
    let sum = name.split_once('-').map_or("", |(_, sum)| sum);
    sum.strip_suffix(ENDING).unwrap_or_default()
}

/// The one of several shipments with the same number that counts. `before` are the checksums that it may follow.
fn choose(
    store: &dyn Store,
    number: u64,
    twins: &[String],
    before: &[&str],
    behind: &[String],
) -> Result<Found<Shipped>> {
    if let [only] = twins {
        return look(store, only);
    }
    let sums: Vec<&str> = twins.iter().map(|name| promised(name)).collect();
    let (next, behind) = numbered(behind, number + 1);
    if !next.is_empty()
        // What a damaged one names is nothing to go by. It is told when its turn comes.
        && let Ok(next) = choose(store, number + 1, next, &sums, behind)?
        && let Some(named) = twins.iter().find(|name| promised(name) == next.header.previous)
    {
        return look(store, named);
    }
    newest(store, twins, before)
}

/// The newest of several shipments that nothing follows. Each must be whole: a damaged one may have been the newest.
fn newest(store: &dyn Store, twins: &[String], before: &[&str]) -> Result<Found<Shipped>> {
    let mut whole = Vec::new();
    for name in twins {
        match look(store, name)? {
            Ok(shipped) => whole.push(shipped),
            Err(fault) => return Ok(Err(fault)),
        }
    }
    let rank = |shipped: &Shipped| {
        let fits = before.contains(&shipped.header.previous.as_str());
        (fits, shipped.header.at)
    };
    let newest = whole.into_iter().max_by_key(rank);
    Ok(newest.ok_or_else(|| format!("{FOLDER} has no shipment where one was")))
}

/// Reads a shipment and its header.
fn look(store: &dyn Store, name: &str) -> Result<Found<Shipped>> {
    let path = format!("{FOLDER}/{name}");
    let facts = match store::facts(store, &path) {
        Ok(facts) => facts,
        Err(error) => return fault_of(&path, &error).map(Err),
    };
    if facts.sha256 != promised(name) {
        return Ok(Err(format!("{path} was changed")));
    }
    Ok(Ok(Shipped {
        header: read_header(store, &path)?,
        name: path,
        sha256: facts.sha256,
        bytes: facts.bytes,
    }))
}

fn read_header(store: &dyn Store, path: &str) -> Result<Header> {
    let mut lines = LineReader::of(path.to_owned(), store.read(path))?;
    let line = lines.next()?.unwrap_or_default();
    serde_json::from_str(&line).map_err(|_| damaged(&[format!("{path} has no header")]))
}

fn follows(header: &Header, last: &Shipped) -> bool {
    let expected = (last.header.number + 1, &last.sha256, &last.header.to);
    (header.number, &header.previous, &header.from) == expected
}

/// What is wrong with a shipment that does not follow the last one: it may follow a twin of that one which is gone.
fn unlinked(next: &Shipped, last: &Shipped, names: &[String]) -> String {
    let (path, number) = (&next.name, last.header.number);
    let before = format!("{number:08}-{}{ENDING}", next.header.previous);
    if number > 0 && !names.contains(&before) {
        return format!("{path} does not follow the one before it: {FOLDER}/{before} is missing");
    }
    format!("{path} does not follow the one before it")
}
