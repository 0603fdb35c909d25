//! Following a shop: after a backup, what changes is shipped behind it as it happens, so that the shop can be made
//! again as it was at any shipment, with the database gone. Must not know how a shipment is restored.
//!
//! A shipment is the difference between two snapshots. Which rows can differ is known from the change log (`plan`); so a
//! shop at rest costs one look a second, and nobody waits for it. Not shipped: views counted since the backup
//! (`product_popularity` of products that did not change), and what else `plan` leaves out.

pub mod apply;
mod pictures;
mod plan;
mod proposed;
pub mod shipment;
pub mod walk;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::manifest::{History, Manifest};
use super::store::{Lock, MANIFEST, Store};
use super::{Told, failed, make, schedule};
use crate::db::tables::{self, Snapshot};
use crate::db::{DatabaseUrl, Moment, Seq};
use crate::error::{Error, Result};
use crate::media::{MediaStore, PictureName};
use pictures::Pictures;
use plan::Known;
use shipment::{Draft, Header, Shipped};

/// How far answers that may be repeated are shipped once more, because their times come from several machines.
const OVERLAP_S: i64 = 120;

/// Ships into one backup, and is the only one who does.
pub struct Follower {
    store: Arc<dyn Store>,
    url: DatabaseUrl,
    media: MediaStore,
    manifest: Manifest,
    /// The newest shipment, or what stands for the backup itself.
    last: Shipped,
    known: Known,
    /// Pictures that the backup itself lists, or a shipment of this follower.
    listed: BTreeSet<PictureName>,
    lock: Box<dyn Lock>,
}

/// What a look at the shop came to.
#[derive(Debug)]
pub enum Step {
    /// Nothing is different.
    Nothing,
    /// Everything up to here is in the store to stay.
    Shipped { seq: Seq, bytes: u64 },
}

impl Follower {
    /// Goes on where the backup ends; makes it first where there is none.
    ///
    /// # Errors
    /// A place that is neither empty nor a backup, or that somebody else follows into; those of [`make()`].
    pub fn open(
        url: &DatabaseUrl,
        media: &MediaStore,
        store: Arc<dyn Store>,
        told: Told<'_>,
    ) -> Result<Follower> {
        if !store.has(MANIFEST).map_err(|error| failed(&store, &error))? {
            make(url, media, store.as_ref(), told)?;
        }
        let lock = store.lock()?;
        let manifest = Manifest::read(store.as_ref())?;
        let last = walk::list(store.as_ref(), &manifest)?.pop();
        let last = match last {
            Some(last) => last,
            None => Shipped::base(store.as_ref(), &manifest)?,
        };
        Ok(Follower {
            listed: manifest.picture_names().collect(),
            store,
            url: url.clone(),
            media: media.clone(),
            manifest,
            last,
            known: Known::default(),
            lock,
        })
    }

    /// Up to where the backup has the shop.
    pub fn seq(&self) -> Seq {
        Seq(self.last.header.to.seq)
    }

    /// Tells the shop up to where it is backed up.
    ///
    /// # Errors
    /// Those of the database.
    pub fn note(&self) -> Result<()> {
        schedule::note(&self.url, &self.last.header.to)
    }

    /// Ships what changed; `thorough` looks at what stands outside the change log too.
    ///
    /// # Errors
    /// A conflict when this backup cannot be followed on: the history has forked, or the tables were migrated; those of
    /// database and disk, after which it can be tried again.
    pub fn step(&mut self, thorough: bool) -> Result<Step> {
        self.lock.keep(false)?;
        let url = self.url.clone();
        let shipped = tables::snapshot(&url, |snapshot| {
            self.refuse_others(snapshot)?;
            if !thorough && snapshot.head.seq == self.last.header.to.seq {
                return Ok(None);
            }
            self.ship(snapshot)
        })?;
        let Some((shipped, known, pictures)) = shipped else {
            return Ok(Step::Nothing);
        };
        let step = Step::Shipped {
            seq: Seq(shipped.header.to.seq),
            bytes: shipped.bytes,
        };
        self.last = shipped;
        self.known.learn(known);
        self.listed.extend(pictures);
        Ok(step)
    }

    fn ship(
        &mut self,
        snapshot: &mut Snapshot<'_>,
    ) -> Result<Option<(Shipped, Known, BTreeSet<PictureName>)>> {
        let header = Header {
            number: self.last.header.number + 1,
            previous: self.last.sha256.clone(),
            at: Moment::now(),
            from: self.last.header.to.clone(),
            to: History::from(&snapshot.head),
        };
        let mut draft = Draft::begin(self.store.as_ref(), &header)?;
        let mut plan = plan::Plan {
            snapshot,
            tables: &self.manifest.tables,
            since: &self.last.header,
            overlap_from: self.last.header.at.plus_seconds(-OVERLAP_S),
            known_before: &self.known,
            known: Known::default(),
            draft: &mut draft,
            pictures: Pictures {
                store: self.store.as_ref(),
                media: &self.media,
                listed: &self.listed,
                copied: BTreeSet::new(),
            },
        };
        plan.ship()?;
        let (known, pictures) = (plan.known, plan.pictures.copied);
        if draft.is_empty() {
            return Ok(None);
        }
        self.lock.keep(true)?;
        Ok(Some((draft.finish(header, &pictures)?, known, pictures)))
    }

    /// This backup goes on only as long as the log does and the tables are what they were.
    fn refuse_others(&self, snapshot: &mut Snapshot<'_>) -> Result<()> {
        let last = &self.last.header.to;
        let goes_on = snapshot.head.epoch == last.epoch
            && snapshot.head.seq >= last.seq
            && snapshot.has_change(Seq(last.seq), &last.hash)?;
        let why = if !goes_on {
            "the history of the shop is another one (it was restored, or a replica took over that lacked something)"
        } else if snapshot.stamp()? != self.manifest.schema {
            "the tables were migrated"
        } else {
            return Ok(());
        };
        Err(Error::Conflict {
            code: "cannot_follow",
            detail: format!(
                "{} cannot be followed on: {why}. What is in it can be restored; follow into a new place.",
                self.store
            ),
        })
    }
}
