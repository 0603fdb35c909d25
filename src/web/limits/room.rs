//! How many answers to guests are made at the same time. Must not know how.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts what is being made; clones count together.
#[derive(Clone, Debug)]
pub struct Room(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    most: usize,
    inside: AtomicUsize,
}

/// Something is being made, until this is dropped.
#[derive(Debug)]
pub struct Place(Arc<Inner>);

impl Room {
    /// For so many; 0 is no limit.
    pub fn of(most: usize) -> Room {
        Room(Arc::new(Inner {
            most: if most == 0 { usize::MAX } else { most },
            inside: AtomicUsize::new(0),
        }))
    }

    /// Whether nobody would get in now. Costs nothing and promises nothing.
    pub fn is_full(&self) -> bool {
        self.0.inside.load(Ordering::Relaxed) >= self.0.most
    }

    pub fn enter(&self) -> Option<Place> {
        let one_more = |inside: usize| (inside < self.0.most).then_some(inside.saturating_add(1));
        let entered = self
            .0
            .inside
            .fetch_update(Ordering::AcqRel, Ordering::Relaxed, one_more);
        entered.ok().map(|_| Place(Arc::clone(&self.0)))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.inside.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_room_lets_one_in_when_one_has_left() {
        let room = Room::of(2);
        let (first, _second) = (room.enter().unwrap(), room.enter().unwrap());
        assert!(room.is_full() && room.enter().is_none());
        drop(first);
        assert!(!room.is_full() && room.enter().is_some());
    }

    #[test]
    fn without_a_limit_everybody_gets_in() {
        let room = Room::of(0);
        let inside: Vec<_> = (0..1000).filter_map(|_| room.enter()).collect();
        assert_eq!((inside.len(), room.is_full()), (1000, false));
    }
}
