//! One reader's way through the change log: whatever it reads is at least as new as what it read before, whichever node
//! answers, and what it read is remembered, for whoever keeps what was made of it. Must not know who the reader is or how
//! the position travels between requests.

use std::cell::RefCell;

use super::tag::Tag;
use super::transaction::Snapshot;
use super::types::{Moment, Seq};

tokio::task_local! {
    static READER: RefCell<Reader>;
}

#[derive(Default)]
struct Reader {
    position: Seq,
    footprint: Footprint,
}

/// What an answer depends on besides the moment at which it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dependence {
    /// A change that bears one of these names changes the answer.
    pub tags: Vec<Tag>,
    /// When it changes although nobody changes anything: a sale starts.
    pub until: Option<Moment>,
}

/// Everything that a piece of work has read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Footprint {
    /// The history and the oldest of the snapshots; `None` when nothing was read.
    pub snapshot: Option<(String, Seq)>,
    pub dependence: Dependence,
    /// Something was read of which nobody said what it depends on, or of two histories: what was made of it is good for
    /// now and cannot be kept.
    pub is_open: bool,
}

impl Footprint {
    fn add(&mut self, epoch: &str, as_of: Seq, dependence: Option<Dependence>) {
        match &mut self.snapshot {
            None => self.snapshot = Some((epoch.to_owned(), as_of)),
            Some((known, oldest)) if known == epoch => *oldest = as_of.min(*oldest),
            Some(_) => self.is_open = true,
        }
        let Some(dependence) = dependence else {
            self.is_open = true;
            return;
        };
        let own = &mut self.dependence;
        own.tags.extend(dependence.tags);
        own.until = own.until.into_iter().chain(dependence.until).min();
    }
}

/// Runs `work` as one reader that has seen `position`; returns the position that it has seen then. A position that no
/// node has reached (the database was restored) falls back to the one that there is.
pub async fn following<F: Future>(position: Seq, work: F) -> (F::Output, Seq) {
    let (output, reader) = as_reader(position, work).await;
    (output, reader.position)
}

/// Runs `work` so that all it reads has seen `position`; returns what it has read. Whoever follows a reader already is
/// followed on.
pub async fn observed<F: Future>(position: Seq, work: F) -> (F::Output, Footprint) {
    let start = self::position().max(position);
    let (output, reader) = as_reader(start, work).await;
    if reader.footprint.snapshot.is_some() {
        saw(reader.position);
    }
    (output, reader.footprint)
}

async fn as_reader<F: Future>(position: Seq, work: F) -> (F::Output, Reader) {
    let reader = Reader {
        position,
        footprint: Footprint::default(),
    };
    let work = async move {
        let output = work.await;
        (output, READER.with(RefCell::take))
    };
    READER.scope(RefCell::new(reader), work).await
}

/// What the reader has seen, if somebody follows one.
pub fn position() -> Seq {
    READER
        .try_with(|reader| reader.borrow().position)
        .unwrap_or_default()
}

/// The reader was shown something that has seen everything up to here.
pub fn saw(as_of: Seq) {
    // Nobody follows this reader: each of its reads stands for itself.
    let _ = READER.try_with(|reader| reader.borrow_mut().position = as_of);
}

/// The reader has read this. `None`: nobody said what it depends on.
pub(super) fn note<T>(snapshot: &Snapshot<T>, dependence: Option<Dependence>) {
    let note = |reader: &RefCell<Reader>| {
        let mut reader = reader.borrow_mut();
        reader.position = snapshot.as_of;
        reader.footprint.add(&snapshot.epoch, snapshot.as_of, dependence);
    };
    let _ = READER.try_with(note);
}

/// The reader was shown something made of a view that has followed the log up to here. The position that he has seen is
/// left to what he reads next.
pub fn saw_view(epoch: &str, as_of: Seq, dependence: Dependence) {
    let note = |reader: &RefCell<Reader>| {
        let mut reader = reader.borrow_mut();
        reader.footprint.add(epoch, as_of, Some(dependence));
    };
    let _ = READER.try_with(note);
}

/// What the reader was shown is made anew from this moment on, although nobody knows of a change: something is missing in
/// it that may be there soon.
pub fn lasts_until(moment: Moment) {
    let note = |reader: &RefCell<Reader>| {
        let until = &mut reader.borrow_mut().footprint.dependence.until;
        *until = Some(until.map_or(moment, |known| known.min(moment)));
    };
    let _ = READER.try_with(note);
}

/// The reader has read something that stands outside the change log.
pub(super) fn note_unlogged() {
    let _ = READER.try_with(|reader| reader.borrow_mut().footprint.is_open = true);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(epoch: &str, as_of: i64) -> Snapshot<()> {
        Snapshot {
            value: (),
            epoch: epoch.to_owned(),
            as_of: Seq(as_of),
        }
    }

    fn depends(on: &str, until: Option<Moment>) -> Option<Dependence> {
        Some(Dependence {
            tags: vec![Tag::named(on)],
            until,
        })
    }

    #[tokio::test]
    async fn an_answer_is_as_old_as_its_oldest_part_and_depends_on_all() {
        let soon = Moment::now();
        let work = async {
            note(&snapshot("a", 7), depends("list", None));
            note(&snapshot("a", 9), depends("product:7", Some(soon)));
        };
        let ((), footprint) = observed(Seq(0), work).await;
        assert_eq!(footprint.snapshot, Some(("a".to_owned(), Seq(7))));
        assert_eq!(
            footprint.dependence.tags,
            [Tag::named("list"), Tag::named("product:7")]
        );
        assert_eq!(footprint.dependence.until, Some(soon));
        assert!(!footprint.is_open);
    }

    #[tokio::test]
    async fn what_nobody_vouches_for_cannot_be_kept() {
        let undeclared = observed(Seq(0), async { note(&snapshot("a", 7), None) }).await;
        let unlogged = observed(Seq(0), async { note_unlogged() }).await;
        let two_histories = async {
            note(&snapshot("a", 7), depends("list", None));
            note(&snapshot("b", 7), depends("list", None));
        };
        let forked = observed(Seq(0), two_histories).await;
        assert!(undeclared.1.is_open && unlogged.1.is_open && forked.1.is_open);
        let nothing = observed(Seq(0), async {}).await.1;
        assert_eq!(nothing, Footprint::default());
    }

    #[tokio::test]
    async fn a_view_that_is_behind_makes_the_answer_older_and_the_reader_not() {
        let work = async {
            saw_view("a", Seq(5), Dependence::default());
            note(&snapshot("a", 9), depends("list", None));
            position()
        };
        let (position, footprint) = observed(Seq(0), work).await;
        assert_eq!(footprint.snapshot, Some(("a".to_owned(), Seq(5))));
        assert_eq!((position, footprint.is_open), (Seq(9), false));
    }

    #[tokio::test]
    async fn whoever_is_followed_is_followed_through_an_observed_work() {
        let work = async {
            let inner = observed(Seq(5), async {
                assert_eq!(position(), Seq(8));
                note(&snapshot("a", 9), depends("list", None));
            });
            inner.await;
            observed(Seq(20), async {}).await;
        };
        assert_eq!(following(Seq(8), work).await.1, Seq(9));
    }
}
