//! How far one reader has come, and what it watches: all that is kept for it. There is no queue; whoever is slow reads later,
//! and whoever comes too late is told to look anew. Must not know how it is reached.

use std::sync::Arc;

use super::ring::{Event, Frame, Ring};
use crate::db::Tag;

/// A position this far ahead of the log is none of this history: other nodes are ahead by less.
const MOST_AHEAD: i64 = 10_000;

/// What was missed, or a part of it.
pub struct Past {
    pub events: Vec<Event>,
    /// Nothing behind the first position and up to the second is missing.
    pub span: (i64, i64),
}

/// A topic, and from where on it is watched.
#[derive(Debug, Clone, Copy)]
struct Watched {
    tag: Tag,
    from: i64,
}

#[derive(Debug, Default)]
pub struct Cursor {
    watched: Vec<Watched>,
    /// Everything wanted up to here was given.
    at: i64,
    /// There is more behind `at` than was given; else it stands at the head whatever `at` says.
    is_behind: bool,
    /// Which history that is.
    history: u64,
}

/// Where the log stands for one reader.
#[derive(Debug, Clone)]
pub struct Standing {
    pub epoch: Arc<str>,
    pub history: u64,
    pub head: i64,
    /// The first event that the reader was woken for and has not taken yet; 0 when there is none.
    pub pending: i64,
}

/// A position that a reader says it has seen.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    pub epoch: &'a str,
    pub seq: i64,
}

/// From where on a reader watches what it asked for.
#[derive(Debug, PartialEq, Eq)]
pub enum From {
    /// Everything behind this follows.
    After(i64),
    /// What was in between is not known: look at the present state. What comes behind the head follows.
    Anew(i64),
}

/// What a reader is to be told.
#[derive(Debug, Default)]
pub struct Taken {
    /// History is another one now: its name and head.
    pub anew: Option<(Arc<str>, i64)>,
    pub frames: Vec<Frame>,
    pub next: Next,
}

/// What a reader does next.
#[derive(Debug, Default, PartialEq, Eq)]
pub enum Next {
    /// It has everything.
    #[default]
    Rest,
    /// There is more, for the next turn.
    Again,
    /// What it wants is older than the ring: it is in the log, behind `after` and up to `until`.
    Older { after: i64, until: i64 },
}

impl Cursor {
    /// At the head of the history that there is.
    pub fn at(standing: &Standing) -> Cursor {
        Cursor {
            at: standing.head,
            history: standing.history,
            ..Cursor::default()
        }
    }

    pub fn watches(&self) -> impl Iterator<Item = Tag> {
        self.watched.iter().map(|watched| watched.tag)
    }

    /// How many topics there would be with these.
    pub fn count_with(&self, tags: &[Tag]) -> usize {
        let new = tags.iter().filter(|tag| !self.has(**tag));
        self.watched.len() + new.count()
    }

    pub fn has(&self, tag: Tag) -> bool {
        self.watched.iter().any(|watched| watched.tag == tag)
    }

    /// Watches topics from now on, or behind the position that the reader has seen.
    pub fn watch(&mut self, tags: &[Tag], seen: Option<Seen<'_>>, standing: &Standing) -> From {
        self.settle(standing);
        let from = match seen {
            None => From::After(standing.head),
            Some(seen) if is_known(seen, standing) => From::After(seen.seq),
            Some(_) => From::Anew(standing.head),
        };
        let (From::After(start) | From::Anew(start)) = from;
        if start < self.at {
            // What is watched already is not given twice.
            for watched in &mut self.watched {
                watched.from = watched.from.max(self.at);
            }
            self.at = start;
        } else if self.watched.is_empty() {
            self.at = start;
        }
        self.is_behind = true;
        // Most watch one topic, for as long as they are there.
        self.watched.reserve_exact(tags.len());
        for tag in tags {
            self.watched.retain(|watched| watched.tag != *tag);
            self.watched.push(Watched {
                tag: *tag,
                from: start,
            });
        }
        from
    }

    pub fn unwatch(&mut self, tags: &[Tag]) {
        self.watched.retain(|watched| !tags.contains(&watched.tag));
    }

    /// Everything up to here was given.
    pub fn position(&self, standing: &Standing) -> i64 {
        if self.is_behind {
            self.at
        } else if standing.pending > 0 {
            standing.pending - 1
        } else {
            standing.head.max(self.at)
        }
    }

    /// A quiet reader has not moved for long, but has missed nothing: it is woken for whatever it wants.
    fn settle(&mut self, standing: &Standing) {
        if self.history == standing.history {
            self.at = self.position(standing);
        }
    }

    /// The next events. `pending` is what the reader was woken for.
    pub fn take(&mut self, pending: i64, ring: &Ring) -> Taken {
        if self.history != ring.history() {
            return self.begin_anew(ring);
        }
        if !self.is_behind {
            if pending == 0 {
                return Taken::default();
            }
            self.at = self.at.max(pending - 1);
        }
        let Some(piece) = ring.read(self.at, |event| self.wants(event)) else {
            self.is_behind = true;
            return Taken {
                next: Next::Older {
                    after: self.at,
                    until: ring.floor(),
                },
                ..Taken::default()
            };
        };
        self.at = piece.through;
        self.is_behind = !piece.is_last;
        Taken {
            anew: None,
            frames: piece.frames,
            next: if piece.is_last { Next::Rest } else { Next::Again },
        }
    }

    /// What of these older events is wanted; the next turn goes on behind them. Nothing, when something was asked for meanwhile that
    /// begins before them: then they are read again, with what stands between.
    pub fn take_older(&mut self, Past { events, span }: Past) -> Vec<Frame> {
        let (after, through) = span;
        if self.at < after {
            return Vec::new();
        }
        let wanted = events.into_iter().filter(|event| self.wants(event));
        let frames = wanted.map(|Event { seq, frame: text, .. }| Frame { seq, text });
        let frames = frames.collect();
        self.at = self.at.max(through);
        frames
    }

    /// Nobody can say what was missed: goes on from the head.
    pub fn begin_anew(&mut self, ring: &Ring) -> Taken {
        self.at = ring.head();
        self.history = ring.history();
        self.is_behind = false;
        for watched in &mut self.watched {
            watched.from = self.at;
        }
        Taken {
            anew: Some((Arc::clone(ring.epoch()), self.at)),
            ..Taken::default()
        }
    }

    fn wants(&self, event: &Event) -> bool {
        let wanted = |watched: &Watched| watched.from < event.seq && event.topics.contains(&watched.tag);
        event.seq > self.at && self.watched.iter().any(wanted)
    }
}

fn is_known(seen: Seen<'_>, standing: &Standing) -> bool {
    let range = 0..=standing.head.saturating_add(MOST_AHEAD);
    seen.epoch == standing.epoch.as_ref() && range.contains(&seen.seq)
}
