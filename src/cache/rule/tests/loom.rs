//! The rule where threads meet, in every order in which they can. The very same source is compiled once more here, with
//! locks and atomics that loom takes apart; so it needs no build of its own and runs with all other tests.

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;

use self::last_changed::{LastChanged, Stamp};
use crate::cache::rule::memory;
use crate::db::{Seq, Tag};

#[expect(clippy::duplicate_mod, dead_code, reason = "once more, over other locks")]
#[path = "../last_changed.rs"]
mod last_changed;

/// What `rule/sync.rs` is to the shop.
mod sync {
    use std::ops::{Deref, DerefMut};

    pub use loom::sync::atomic::{AtomicI64, AtomicU64, Ordering};

    #[derive(Debug)]
    pub struct RwLock<T>(loom::sync::RwLock<T>);

    impl<T> RwLock<T> {
        pub fn new(value: T) -> Self {
            RwLock(loom::sync::RwLock::new(value))
        }

        pub fn read(&self) -> impl Deref<Target = T> {
            self.0.read().unwrap()
        }

        pub fn write(&self) -> impl DerefMut<Target = T> {
            self.0.write().unwrap()
        }
    }
}

const A: Tag = Tag(1);
const B: Tag = Tag(2);

fn begun() -> Arc<LastChanged> {
    let known = LastChanged::new(9);
    known.begin("first", Seq(10));
    Arc::new(known)
}

fn stamp(known: &LastChanged, as_of: i64) -> Stamp {
    known.stamp("first", Seq(as_of), [A].into(), None).unwrap()
}

/// A stamp that was found valid before, so that the next verdict is the short one.
fn judged(known: &LastChanged) -> Stamp {
    let stamp = stamp(known, 10);
    assert!(known.is_valid(&stamp, 0));
    stamp
}

/// Runs a thread beside another.
fn beside(known: &Arc<LastChanged>, work: fn(&LastChanged)) -> thread::JoinHandle<()> {
    let known = Arc::clone(known);
    thread::spawn(move || work(&known))
}

fn change(known: &LastChanged) {
    known.bump(&[A], Seq(11));
}

#[test]
fn an_answer_judged_while_a_change_comes_is_stale_afterwards() {
    loom::model(|| {
        let known = begun();
        let stamp = stamp(&known, 10);
        let changing = beside(&known, change);
        known.is_valid(&stamp, 0);
        changing.join().unwrap();
        assert!(!known.is_valid(&stamp, 0), "judged too early, taken for seen");
    });
}

#[test]
fn no_judge_undoes_what_another_saw() {
    loom::model(|| {
        let known = begun();
        let shared = Arc::new(stamp(&known, 10));
        let changing = beside(&known, change);
        let (other, same) = (Arc::clone(&known), Arc::clone(&shared));
        let judging = thread::spawn(move || other.is_valid(&same, 0));
        let before = known.is_valid(&shared, 0);
        let after = known.is_valid(&shared, 0);
        assert!(before || !after, "valid again");
        judging.join().unwrap();
        changing.join().unwrap();
        assert!(!known.is_valid(&shared, 0), "judged too early, taken for seen");
    });
}

#[test]
fn who_was_told_of_a_change_sees_no_stale_answer() {
    loom::model(|| {
        let known = begun();
        let old = judged(&known);
        let answered = Arc::new(AtomicBool::new(false));
        let (other, answer) = (Arc::clone(&known), Arc::clone(&answered));
        let writing = thread::spawn(move || {
            change(&other);
            answer.store(true, Ordering::Release);
        });
        if answered.load(Ordering::Acquire) {
            assert!(!known.is_valid(&old, 0), "the write was answered");
        }
        writing.join().unwrap();
    });
}

#[test]
fn who_missed_one_answer_finds_no_older_one_beside_it() {
    loom::model(|| {
        let known = begun();
        let (never_judged, judged) = (stamp(&known, 10), judged(&known));
        let changing = beside(&known, change);
        if !known.is_valid(&never_judged, 0) {
            assert!(!known.is_valid(&judged, 0), "the change was seen already");
        }
        changing.join().unwrap();
    });
}

#[test]
fn no_answer_is_older_than_the_position_says() {
    loom::model(|| {
        let known = begun();
        let old = judged(&known);
        let following = beside(&known, |known| {
            change(known);
            known.advance(Seq(11));
        });
        if known.known() >= Seq(11) {
            assert!(!known.is_valid(&old, 0), "older than the position");
        }
        following.join().unwrap();
    });
}

#[test]
fn no_answer_of_before_outlives_the_start_of_a_history() {
    loom::model(|| {
        let known = begun();
        let old = judged(&known);
        let beginning = beside(&known, |known| known.begin("second", Seq(20)));
        if known.known() == Seq(20) {
            assert!(
                !known.is_valid(&old, 0),
                "the position is one of the second history"
            );
        }
        if *known.epoch() == *"second" {
            assert!(!known.is_valid(&old, 0), "the name is that of the second history");
        }
        beginning.join().unwrap();
        assert!(!known.is_valid(&old, 0), "of another history");
    });
}

#[test]
fn a_stamp_made_while_a_history_begins_is_of_one_of_both() {
    loom::model(|| {
        let known = begun();
        let beginning = beside(&known, |known| known.begin("second", Seq(20)));
        let first = known.stamp("first", Seq(99), [A].into(), None);
        let second = known.stamp("second", Seq(20), [A].into(), None);
        if let Some(first) = &first {
            known.is_valid(first, 0);
        }
        beginning.join().unwrap();
        assert!(
            first.is_none_or(|first| !known.is_valid(&first, 0)),
            "of another history"
        );
        assert!(second.is_none_or(|second| known.is_valid(&second, 0)));
    });
}

#[test]
fn two_changes_at_once_are_both_remembered() {
    loom::model(|| {
        let known = begun();
        let one = stamp(&known, 10);
        let other = known.stamp("first", Seq(10), [B].into(), None).unwrap();
        let changing = beside(&known, change);
        known.bump(&[B], Seq(12));
        let by_itself = known.is_valid(&other, 0);
        changing.join().unwrap();
        assert!(!by_itself, "this thread's own change");
        assert!(!known.is_valid(&one, 0), "the change of the other thread");
        assert!(!known.is_valid(&other, 0), "forgotten");
    });
}
