//! The machine against the real ring and cursor, without sockets, threads or a clock.

use super::super::live::cursor::{Cursor, Next, Past};
use super::super::live::ring::{Frame, Ring, tests::event};
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
            "admin" => Audience::People(Permission::ReadCatalog),
            "queue" => Audience::People(Permission::Review),
            "mine" => Audience::Oneself(Permission::Propose),
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
    let frames = shop.cursor.take_older(Past {
        events: past,
        span: (10, 16),
    });
    assert_eq!(frames.len(), 6);
    assert_eq!(shop.take(), (vec![17, 18, 19, 20, 21], Next::Rest));
}

#[test]
fn what_is_asked_for_while_the_log_is_read_is_read_as_well() {
    let (mut session, now) = session(false);
    let mut shop = Shop::at(10);
    session.text(now, RESUME, &mut shop);
    shop.take();
    let topic = |seq: i64| if seq % 2 == 1 { "x" } else { "y" };
    for seq in 11..=40 {
        shop.publish(seq, topic(seq));
    }
    let past = |after: i64, through: i64| Past {
        events: (after + 1..=through).map(|seq| event(seq, topic(seq))).collect(),
        span: (after, through),
    };
    let given = |frames: Vec<Frame>| frames.iter().map(|frame| frame.seq).collect::<Vec<_>>();
    assert!(matches!(shop.take().1, Next::Older { after: 10, .. }));
    assert_eq!(given(shop.cursor.take_older(past(10, 20))), [11, 13, 15, 17, 19]);
    assert!(matches!(shop.take().1, Next::Older { after: 20, .. }));
    let older = r#"{"op":"subscribe","topics":["y"],"epoch":"e","since":14}"#;
    session.text(now, older, &mut shop);
    assert_eq!(
        given(shop.cursor.take_older(past(20, 30))),
        [0_i64; 0],
        "it would leave a gap"
    );
    assert!(matches!(shop.take().1, Next::Older { after: 14, .. }));
    let both = [16, 18, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30];
    assert_eq!(given(shop.cursor.take_older(past(14, 30))), both);
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
    assert!(said(&session.warranted(None, &mut shop)).contains("forbidden"));
    assert!(said(&session.text(now, admin, &mut shop)).contains("forbidden"));

    let (mut session, now) = self::session(true);
    session.text(now, admin, &mut shop);
    let olive = Some(person(1, &[Permission::ReadCatalog]));
    assert!(said(&session.warranted(olive, &mut shop)).contains("subscribed"));
    assert_eq!(session.next_tick(), now + WARRANT_CHECK);
    assert_eq!(session.tick(now + WARRANT_CHECK), [Do::Check]);
    assert_eq!(session.warranted(olive, &mut shop), []);
    assert_eq!(session.tick(now + 2 * WARRANT_CHECK), [Do::Check]);
    assert_eq!(session.warranted(None, &mut shop), end(Ending::SignedOut));
}

#[test]
fn where_nobody_can_say_who_asks_only_those_come_back_later_who_need_to_be_known() {
    let unsure = end(Ending::Unsure { retry_ms: 700 });
    assert_eq!((Ending::Unsure { retry_ms: 700 }).words(), "retry 700");
    let (mut session, now) = session(true);
    let mut shop = Shop::at(10);
    session.text(now, RESUME, &mut shop);
    assert_eq!(session.unanswered(700), [], "what is for everybody goes on");
    session.text(now, r#"{"op":"subscribe","topics":["admin"]}"#, &mut shop);
    assert_eq!(session.unanswered(700), unsure);

    let (mut session, now) = self::session(true);
    session.text(now, r#"{"op":"subscribe","topics":["admin"]}"#, &mut shop);
    session.warranted(Some(person(1, &[Permission::ReadCatalog])), &mut shop);
    assert_eq!(
        session.unanswered(700),
        unsure,
        "nothing more is told to whom nobody knows"
    );
}

fn person(user_id: i32, permissions: &'static [Permission]) -> Person {
    Person { user_id, permissions }
}

#[test]
fn each_topic_asks_for_its_own_permission_as_long_as_it_is_watched() {
    let (mut session, now) = session(true);
    let mut shop = Shop::at(10);
    let mut wish = |session: &mut Protocol, topic: &str, person: Option<Person>| {
        let wish = format!(r#"{{"op":"subscribe","topics":["x","{topic}"]}}"#);
        assert_eq!(session.text(now, &wish, &mut shop), [Do::Check]);
        said(&session.warranted(person, &mut shop))
    };
    let sam = person(7, &[Permission::Propose]);
    assert!(wish(&mut session, "queue", Some(sam)).contains("forbidden"));
    assert!(wish(&mut session, "mine", Some(sam)).contains("subscribed"));
    let rita = person(7, &[Permission::Propose, Permission::Review]);
    assert!(wish(&mut session, "queue", Some(rita)).contains("subscribed"));
    // Back to what she was.
    assert_eq!(session.warranted(Some(sam), &mut shop), end(Ending::SignedOut));
}

#[test]
fn wishes_that_wait_beside_each_other_are_counted_together() {
    let (mut session, now) = session(true);
    let mut shop = Shop::at(10);
    for half in 0..2 {
        let names = (0..MOST_TOPICS / 2 + 1).map(|number| format!("\"{half}{number}\""));
        let names = names.collect::<Vec<_>>().join(",");
        let wish = format!(r#"{{"op":"subscribe","topics":["mine",{names}]}}"#);
        session.text(now, &wish, &mut shop);
    }
    let told = said(&session.warranted(Some(person(7, &[Permission::Propose])), &mut shop));
    assert!(
        told.contains("subscribed") && told.contains("too_many_topics"),
        "{told}"
    );
    assert!(shop.cursor.watches().count() <= MOST_TOPICS);
}

#[test]
fn what_is_ones_own_is_nobody_elses() {
    let mine = r#"{"op":"subscribe","topics":["mine"]}"#;
    let (mut session, now) = session(true);
    let mut shop = Shop::at(10);
    session.text(now, mine, &mut shop);
    session.warranted(Some(person(7, &[Permission::Propose])), &mut shop);
    shop.publish(11, &own_topic("mine", 8));
    shop.publish(12, "mine");
    shop.publish(13, &own_topic("mine", 7));
    assert_eq!(shop.take(), (vec![13], Next::Rest));
    let done = session.text(now, r#"{"op":"unsubscribe","topics":["mine"]}"#, &mut shop);
    assert!(said(&done).contains("unsubscribed"));
    assert_eq!(shop.cursor.watches().count(), 0);
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
