//! The machine against the real ring and cursor, without sockets, threads or a clock.

use super::super::live::cursor::{Cursor, Next};
use super::super::live::ring::{Ring, tests::event};
use super::*;

/// A ring with one reader.
struct Shop {
    ring: Ring,
    cursor: Cursor,
    pending: i64,
}

impl Shop {
    fn at(head: i64) -> Shop {
        let mut ring = Ring::new(5);
        ring.begin("e", head);
        let mut shop = Shop {
            ring,
            cursor: Cursor::default(),
            pending: 0,
        };
        shop.cursor = Cursor::at(&shop.standing());
        shop
    }

    /// As `Live` does it: wakes whoever watches, once.
    fn publish(&mut self, seq: i64, topic: &str) {
        let event = event(seq, topic);
        if self.pending == 0 && event.topics.iter().any(|tag| self.cursor.has(*tag)) {
            self.pending = seq;
        }
        self.ring.append(vec![event], seq);
    }

    /// What the client would see now, and what comes next.
    fn take(&mut self) -> (Vec<i64>, Next) {
        let taken = self.cursor.take(std::mem::take(&mut self.pending), &self.ring);
        (taken.frames.iter().map(|frame| frame.seq).collect(), taken.next)
    }
}

impl Desk for Shop {
    fn topic(&self, name: &str) -> Option<(Tag, Audience)> {
        let audience = match name {
            "admin" => Audience::People,
            name if name.len() < 4 => Audience::Everybody,
            _ => return None,
        };
        Some((Tag::named(name), audience))
    }
    fn count_with(&self, tags: &[Tag]) -> usize {
        self.cursor.count_with(tags)
    }
    fn watch(&mut self, tags: &[Tag], seen: Option<Seen<'_>>) -> From {
        let standing = self.standing();
        self.cursor.watch(tags, seen, &standing)
    }
    fn unwatch(&mut self, tags: &[Tag]) {
        self.cursor.unwatch(tags);
    }
    fn standing(&self) -> Standing {
        Standing {
            epoch: std::sync::Arc::clone(self.ring.epoch()),
            history: self.ring.history(),
            head: self.ring.head(),
            pending: self.pending,
        }
    }
    fn position(&self) -> i64 {
        self.cursor.position(&self.standing())
    }
    fn viewers(&self, tag: Tag) -> Option<usize> {
        (tag != Tag::named("y")).then_some(4)
    }
}

fn session(has_warrant: bool) -> (Protocol, Instant) {
    let now = Instant::now();
    (Protocol::new(Duration::from_secs(25), has_warrant, now), now)
}

fn said(done: &[Do]) -> String {
    let texts = done.iter().map(|one| match one {
        Do::Send(text) => text.to_string(),
        other => format!("{other:?}"),
    });
    texts.collect::<Vec<_>>().join(" ")
}

const RESUME: &str = r#"{"op":"subscribe","topics":["x"],"epoch":"e","since":10}"#;

#[test]
fn whoever_comes_back_gets_exactly_what_it_missed() {
    let (mut session, now) = session(false);
    let mut shop = Shop::at(10);
    for (seq, topic) in [(11, "x"), (12, "y"), (13, "x")] {
        shop.publish(seq, topic);
    }
    let done = session.text(now, RESUME, &mut shop);
    assert_eq!(said(&done), r#"{"op":"subscribed","topics":["x"],"seq":10} Take"#);
    assert_eq!(shop.take(), (vec![11, 13], Next::Rest));
    shop.publish(14, "y");
    shop.publish(15, "x");
    assert_eq!(shop.take(), (vec![15], Next::Rest));
    assert_eq!(shop.take(), (vec![], Next::Rest));
}

#[test]
fn a_quiet_reader_misses_nothing_and_is_never_told_to_look_anew() {
    let (mut session, now) = session(false);
    let mut shop = Shop::at(10);
    session.text(now, RESUME, &mut shop);
    assert_eq!(shop.take(), (vec![], Next::Rest));
    for seq in 11..500 {
        shop.publish(seq, "y");
    }
    let pong = session.text(now, r#"{"op":"ping"}"#, &mut shop);
    assert_eq!(said(&pong), r#"{"op":"pong","seq":499}"#);
    shop.publish(500, "x");
    let pong = session.text(now, r#"{"op":"ping"}"#, &mut shop);
    assert_eq!(said(&pong), r#"{"op":"pong","seq":499}"#, "500 is not given yet");
    assert_eq!(shop.take(), (vec![500], Next::Rest));
}

#[test]
fn a_reader_that_fell_off_the_ring_goes_on_from_the_log() {
    let (mut session, now) = session(false);
    let mut shop = Shop::at(10);
    session.text(now, RESUME, &mut shop);
    shop.take();
    for seq in 11..21 {
        shop.publish(seq, "x");
    }
    let older = Next::Older { after: 10, until: 15 };
    assert_eq!(shop.take(), (vec![], older));
    // A wake-up meanwhile does not make it skip anything.
    shop.publish(21, "x");
    assert!(matches!(shop.take(), (_, Next::Older { after: 10, until: 16 })));
    let past = (11..=16).map(|seq| event(seq, "x")).collect();
    let frames = shop.cursor.take_older(past, 16);
    assert_eq!(frames.len(), 6);
    assert_eq!(shop.take(), (vec![17, 18, 19, 20, 21], Next::Rest));
}

#[test]
fn another_topic_with_an_older_position_repeats_nothing_of_the_first() {
    let (mut session, now) = session(false);
    let mut shop = Shop::at(10);
    for (seq, topic) in [(11, "x"), (12, "y"), (13, "x")] {
        shop.publish(seq, topic);
    }
    session.text(now, RESUME, &mut shop);
    assert_eq!(shop.take().0, [11, 13]);
    session.text(
        now,
        r#"{"op":"subscribe","topics":["y"],"epoch":"e","since":10}"#,
        &mut shop,
    );
    assert_eq!(shop.take().0, [12]);
    shop.publish(14, "x");
    assert_eq!(shop.take().0, [14]);
}

#[test]
fn a_position_of_another_history_or_of_none_is_answered_with_resync() {
    for seen in [
        r#""epoch":"old","since":10"#,
        r#""epoch":"e","since":-1"#,
        r#""epoch":"e","since":9000000000"#,
    ] {
        let (mut session, now) = session(false);
        let mut shop = Shop::at(10);
        let wish = format!(r#"{{"op":"subscribe","topics":["x"],{seen}}}"#);
        let done = said(&session.text(now, &wish, &mut shop));
        assert!(done.contains(r#"{"op":"resync","epoch":"e","seq":10}"#), "{done}");
        shop.publish(11, "x");
        assert_eq!(shop.take(), (vec![11], Next::Rest));
    }
}

#[test]
fn a_client_that_is_ahead_of_this_node_hears_nothing_twice() {
    let (mut session, now) = session(false);
    let mut shop = Shop::at(9);
    session.text(
        now,
        r#"{"op":"subscribe","topics":["x"],"epoch":"e","since":11}"#,
        &mut shop,
    );
    for seq in [10, 11, 12] {
        shop.publish(seq, "x");
    }
    assert_eq!(shop.take().0, [12]);
}

#[test]
fn a_fork_is_told_once_and_then_news_go_on() {
    let (mut session, now) = session(false);
    let mut shop = Shop::at(10);
    session.text(now, RESUME, &mut shop);
    shop.take();
    shop.ring.begin("f", 4);
    let taken = shop.cursor.take(4, &shop.ring);
    let (epoch, seq) = taken.anew.unwrap();
    assert_eq!((epoch.as_ref(), seq, taken.frames.len()), ("f", 4, 0));
    shop.publish(5, "x");
    assert_eq!(shop.take().0, [5]);
}

#[test]
fn what_cannot_be_done_is_said_and_ends_nothing() {
    let (mut session, now) = session(false);
    let mut shop = Shop::at(10);
    let many: Vec<String> = (0..65).map(|n| format!("\"t{n}\"")).collect();
    let many = format!(r#"{{"op":"subscribe","topics":[{}]}}"#, many.join(","));
    for (sent, code) in [
        ("nonsense", "malformed"),
        (r#"{"op":"subscribe","topics":["unknown"]}"#, "unknown_topic"),
        (r#"{"op":"subscribe","topics":[]}"#, "unknown_topic"),
        (r#"{"op":"subscribe","topics":["x"],"since":1}"#, "epoch_missing"),
        (r#"{"op":"subscribe","topics":["x","admin"]}"#, "forbidden"),
        (&many, "too_many_topics"),
    ] {
        let done = session.text(now, sent, &mut shop);
        assert!(
            said(&done).contains(&format!("\"code\":\"{code}\"")),
            "{sent}: {done:?}"
        );
        assert_eq!(shop.cursor.watches().count(), 0, "{sent}");
    }
}

#[test]
fn who_talks_too_much_is_cut_and_who_talks_now_and_then_is_not() {
    let (mut session, mut now) = session(false);
    let mut shop = Shop::at(10);
    let ping = r#"{"op":"ping"}"#;
    for _ in 0..BURST {
        assert!(!said(&session.text(now, ping, &mut shop)).contains("Close"));
    }
    assert_eq!(session.text(now, ping, &mut shop), end(Ending::TooMany));
    let (mut session, _) = self::session(false);
    for _ in 0..200 {
        now += REFILL;
        assert_eq!(
            session.ping(now, bytes::Bytes::new()),
            [Do::Pong(bytes::Bytes::new())]
        );
    }
}

#[test]
fn silence_is_asked_about_and_then_ends_the_session() {
    let (mut session, now) = session(false);
    let mut shop = Shop::at(10);
    assert_eq!(session.next_tick(), now + FIRST_MESSAGE);
    assert_eq!(session.tick(now + FIRST_MESSAGE), end(Ending::Mute));
    session.text(now, RESUME, &mut shop);
    let due = session.next_tick();
    let wait = due - now;
    assert!((20..=30).contains(&wait.as_secs()), "{wait:?}");
    assert_eq!(session.tick(due - Duration::from_millis(1)), []);
    assert_eq!(session.tick(due), [Do::Ping]);
    assert_eq!(session.pong(due + Duration::from_secs(9)), []);
    let due = session.next_tick();
    assert_eq!(session.tick(due), [Do::Ping]);
    assert_eq!(session.tick(session.next_tick()), end(Ending::Silent));
}

#[test]
fn what_is_for_people_needs_somebody_signed_in_for_as_long_as_it_is_watched() {
    let admin = r#"{"op":"subscribe","topics":["admin"]}"#;
    let (mut session, now) = session(true);
    let mut shop = Shop::at(10);
    assert_eq!(session.text(now, admin, &mut shop), [Do::Check]);
    assert_eq!(
        shop.cursor.watches().count(),
        0,
        "nothing before it is known who asks"
    );
    assert!(said(&session.warranted(false, &mut shop)).contains("forbidden"));
    assert!(said(&session.text(now, admin, &mut shop)).contains("forbidden"));

    let (mut session, now) = self::session(true);
    session.text(now, admin, &mut shop);
    assert!(said(&session.warranted(true, &mut shop)).contains("subscribed"));
    assert_eq!(session.next_tick(), now + WARRANT_CHECK);
    assert_eq!(session.tick(now + WARRANT_CHECK), [Do::Check]);
    assert_eq!(session.warranted(true, &mut shop), []);
    assert_eq!(session.tick(now + 2 * WARRANT_CHECK), [Do::Check]);
    assert_eq!(session.warranted(false, &mut shop), end(Ending::SignedOut));
}

#[test]
fn how_many_look_is_told_of_what_everybody_may_watch_where_it_is_counted() {
    let (mut session, now) = session(true);
    let mut shop = Shop::at(10);
    let mut ask = |topic: &str| {
        let wish = format!(r#"{{"op":"viewers","topic":"{topic}"}}"#);
        said(&session.text(now, &wish, &mut shop))
    };
    assert_eq!(ask("x"), r#"{"op":"viewers","topic":"x","count":4}"#);
    assert!(ask("y").contains("not_counted"));
    assert!(ask("admin").contains("unknown_topic") && ask("nothing").contains("unknown_topic"));
}
