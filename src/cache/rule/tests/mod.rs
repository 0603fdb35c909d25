//! The rule by example.

mod loom;
mod simulation;

use std::sync::atomic::Ordering;

use super::LastChanged;
use crate::db::{Seq, Tag};

const A: Tag = Tag(1);
const B: Tag = Tag(2);

fn begun(capacity: usize) -> LastChanged {
    let known = LastChanged::new(capacity);
    known.begin("first", Seq(10));
    known
}

fn valid(known: &LastChanged, as_of: i64, tags: &[Tag]) -> bool {
    let stamp = known.stamp("first", Seq(as_of), tags.into(), None).unwrap();
    known.is_valid(&stamp, 0)
}

#[test]
fn before_a_history_is_begun_nothing_is_valid() {
    let fresh = LastChanged::new(9);
    assert!(fresh.stamp("", Seq(0), [A].into(), None).is_none());
    let strange = begun(9).stamp("first", Seq(10), [A].into(), None).unwrap();
    assert!(!fresh.is_valid(&strange, 0));
}

#[test]
fn an_answer_is_valid_until_something_it_depends_on_changes() {
    let known = begun(9);
    let stamp = known.stamp("first", Seq(10), [A].into(), None).unwrap();
    known.bump(&[B], Seq(11));
    assert!(known.is_valid(&stamp, 0));
    known.bump(&[A], Seq(12));
    assert!(!known.is_valid(&stamp, 0));
    assert!(valid(&known, 12, &[A, B]));
}

#[test]
fn a_forgotten_tag_counts_as_changed_at_the_floor() {
    let known = begun(1);
    known.bump(&[A], Seq(12));
    known.bump(&[B], Seq(13));
    // Late, and older than what was forgotten.
    known.bump(&[Tag(3)], Seq(11));
    assert_eq!((known.remembered(), known.floor()), (1, Seq(12)));
    assert!(!valid(&known, 11, &[A]));
    assert!(!valid(&known, 12, &[B]));
    assert!(valid(&known, 12, &[A]));
}

#[test]
fn no_more_tags_are_remembered_than_there_is_room_for() {
    let known = begun(3);
    for seq in 11..99 {
        known.bump(&[A, Tag(1_000 + seq as u64)], Seq(seq));
        assert!(known.remembered() <= 3);
    }
    assert_eq!((known.remembered(), known.floor()), (3, Seq(96)));
    assert_eq!(known.last_changed(&[A]), Seq(98));
    assert_eq!(known.last_changed(&[B]), Seq(96));
    // As of any position at all.
    assert_eq!(known.last_changed(&[]), Seq(0));
}

#[test]
fn an_answer_ends_at_its_moment() {
    let known = begun(9);
    let stamp = known.stamp("first", Seq(10), [A].into(), Some(1_000)).unwrap();
    assert!(known.is_valid(&stamp, 999));
    assert!(!known.is_valid(&stamp, 1_000));
}

#[test]
fn nothing_of_before_is_valid_in_a_history_begun_anew() {
    let known = begun(9);
    let stamp = known.stamp("first", Seq(99), Box::from([]), None).unwrap();
    assert!(known.is_valid(&stamp, 0));
    known.advance(Seq(50));
    known.begin("first", Seq(10));
    assert!(!known.is_valid(&stamp, 0));
    assert_eq!(known.known(), Seq(10));
    assert!(known.stamp("other", Seq(99), Box::from([]), None).is_none());
}

#[test]
fn what_is_no_news_lets_no_answer_be_judged_anew() {
    let known = begun(9);
    known.bump(&[A, B], Seq(12));
    let version = known.version.load(Ordering::Relaxed);
    // The log tells this node of its own write, too.
    known.bump(&[A, B], Seq(12));
    known.bump(&[Tag(3)], Seq(10));
    known.advance(Seq(12));
    assert_eq!(known.version.load(Ordering::Relaxed), version);
}

#[test]
fn following_the_log_alone_makes_nothing_invalid() {
    let known = begun(9);
    let stamp = known.stamp("first", Seq(10), [A].into(), None).unwrap();
    known.advance(Seq(50));
    known.advance(Seq(40));
    assert!(known.is_valid(&stamp, 0));
    assert_eq!(known.known(), Seq(50));
}

#[test]
fn the_newest_change_may_be_ahead_of_what_was_followed() {
    let known = begun(2);
    assert_eq!(known.newest(), Seq(10));
    known.bump(&[A], Seq(14));
    assert_eq!((known.known(), known.newest()), (Seq(10), Seq(14)));
    // Forgotten tags leave the floor behind, and that is older.
    for seq in 11..14 {
        known.bump(&[Tag(seq as u64)], Seq(seq));
    }
    assert_eq!(known.newest(), Seq(14));
    known.advance(Seq(20));
    assert_eq!(known.newest(), Seq(20));
    known.begin("first", Seq(3));
    assert_eq!(known.newest(), Seq(3));
}

#[test]
fn who_waited_may_be_shown_what_was_valid_when_he_came() {
    let known = begun(9);
    let stamp = known.stamp("first", Seq(12), [A].into(), Some(1_000)).unwrap();
    known.bump(&[A], Seq(13));
    assert!(!known.is_valid(&stamp, 0));
    assert!(known.was_valid(&stamp, Seq(12), 999));
    assert!(!known.was_valid(&stamp, Seq(13), 999), "he knew of more");
    assert!(!known.was_valid(&stamp, Seq(12), 1_000), "its moment is over");
    known.begin("first", Seq(10));
    assert!(!known.was_valid(&stamp, Seq(10), 0), "it is of the past");
}
