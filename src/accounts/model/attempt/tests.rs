//! How often one may try, over time.

use std::collections::HashMap;

use super::*;

#[derive(Default)]
struct Kept(HashMap<Mark, Moment>);

impl Kept {
    fn attempt(&mut self, email: &str, address: Option<&str>, now: Moment) -> Result<Attempt, u32> {
        let attempt = Attempt::of(email, address.map(|address| address.parse().unwrap()));
        let spent = attempt.judge(now, |mark| self.0.get(mark).copied())?;
        self.0.extend(spent);
        Ok(attempt)
    }

    fn code(&mut self, address: Option<&str>, now: Moment) -> Result<Attempt, u32> {
        let attempt = Attempt::of_code("ann@x.example", address.map(|address| address.parse().unwrap()));
        let spent = attempt.judge(now, |mark| self.0.get(mark).copied())?;
        self.0.extend(spent);
        Ok(attempt)
    }

    fn succeed(&mut self, attempt: &Attempt, now: Moment) {
        self.settle(attempt, Outcome::Right, now);
    }

    fn settle(&mut self, attempt: &Attempt, outcome: Outcome, now: Moment) {
        for (mark, until) in attempt.settle(outcome, now, |mark| self.0.get(mark).copied()) {
            match until {
                Some(until) => drop(self.0.insert(mark, until)),
                None => drop(self.0.remove(&mark)),
            }
        }
    }
}

fn start() -> Moment {
    Moment::parse("2026-11-28T10:00:00Z").unwrap()
}

#[test]
fn six_slips_in_a_row_make_one_wait_and_time_makes_up_for_it() {
    let mut kept = Kept::default();
    let mut attempt = |seconds| {
        kept.attempt(
            "ann@x.example",
            Some("203.0.113.1"),
            start().plus_seconds(seconds),
        )
    };
    assert!((0..5).all(|_| attempt(0).is_ok()));
    assert_eq!(attempt(0).unwrap_err(), 30);
    assert_eq!(attempt(29).unwrap_err(), 1);
    assert!(attempt(30).is_ok());
    assert_eq!(attempt(30).unwrap_err(), 30);
    assert!((0..5).all(|_| attempt(3600).is_ok()));
}

#[test]
fn an_account_is_one_however_its_letters_are_written() {
    let composed = Attempt::of("jos\u{e9}@shop.example", None);
    let decomposed = Attempt::of("JOSE\u{301}@shop.example ", None);
    assert_eq!(composed.account, decomposed.account);
}

#[test]
fn one_address_that_tries_account_after_account_is_slowed_down() {
    let mut kept = Kept::default();
    let mut tries = (0..100).map(|n| kept.attempt(&format!("{n}@x.example"), Some("2001:db8::"), start()));
    assert_eq!(tries.by_ref().take_while(Result::is_ok).count(), 20);
    assert!(tries.all(|attempt| attempt.is_err()));
}

#[test]
fn ten_addresses_that_guess_without_end_leave_room_for_an_eleventh() {
    let mut kept = Kept::default();
    for second in 0..600 {
        let now = start().plus_seconds(second);
        for address in 0..10 {
            let _ = kept.attempt("ann@x.example", Some(&format!("203.0.113.{address}")), now);
        }
        if second % 60 == 0 {
            let own = format!("198.51.100.{}", second / 60);
            assert!(
                kept.attempt("Ann@x.example ", Some(&own), now).is_ok(),
                "{second}"
            );
        }
    }
}

#[test]
fn an_army_shuts_strangers_out_but_nobody_from_where_he_has_been() {
    let mut kept = Kept::default();
    let home = Some("198.51.100.7");
    let first = kept.attempt("ann@x.example", home, start()).unwrap();
    kept.succeed(&first, start());
    let later = start().plus_seconds(86_400);
    for address in 0..1000 {
        let _ = kept.attempt(
            "ann@x.example",
            Some(&format!("10.0.{}.{}", address / 250, address % 250)),
            later,
        );
    }
    assert!(kept.attempt("ann@x.example", Some("192.0.2.1"), later).is_err());
    assert!(kept.attempt("ann@x.example", home, later).is_ok());
    let forgotten = start().plus_seconds(REMEMBERED_S + 1);
    assert!(kept.attempt("ann@x.example", home, forgotten).is_ok());
}

#[test]
fn who_is_right_may_come_as_often_as_he_likes() {
    let mut kept = Kept::default();
    for _ in 0..200 {
        let attempt = kept
            .attempt("ann@x.example", Some("203.0.113.1"), start())
            .unwrap();
        kept.succeed(&attempt, start());
    }
}

#[test]
fn a_try_that_nobody_could_look_at_is_given_back_and_tells_nothing_of_its_place() {
    let mut kept = Kept::default();
    let mut attempt = |address| kept_back(&mut kept, address);
    assert!((0..200).all(|_| attempt(Some("203.0.113.1"))));
    assert!((0..200).all(|_| attempt(None)));
    // All of them are still there, and no more than that.
    let own = |_: &u8| {
        let attempt = kept.attempt("ann@x.example", Some("203.0.113.1"), start());
        attempt.is_ok()
    };
    assert_eq!((0..200).take_while(own).count(), 5);
}

/// Whether a try is let in; then it is given back.
fn kept_back(kept: &mut Kept, address: Option<&str>) -> bool {
    let attempt = kept.attempt("ann@x.example", address, start());
    if let Ok(attempt) = &attempt {
        kept.settle(attempt, Outcome::Unchecked, start());
    }
    attempt.is_ok()
}

/// The owner's own sign-ins make no room for others in the account's allowance, from which they take nothing.
#[test]
fn who_is_known_gives_back_what_he_has_spent_and_no_more() {
    let mut kept = Kept::default();
    let home = Some("198.51.100.7");
    let first = kept.attempt("ann@x.example", home, start()).unwrap();
    kept.succeed(&first, start());
    assert!((0..60).all(|n| {
        kept.attempt("ann@x.example", Some(&format!("10.0.0.{n}")), start())
            .is_ok()
    }));
    for _ in 0..10 {
        let own = kept.attempt("ann@x.example", home, start()).unwrap();
        kept.succeed(&own, start());
    }
    assert!(kept.attempt("ann@x.example", Some("192.0.2.1"), start()).is_err());
}

#[test]
fn behind_an_unknown_proxy_the_account_alone_is_counted() {
    let mut kept = Kept::default();
    assert!((0..60).all(|_| kept.attempt("ann@x.example", None, start()).is_ok()));
    assert_eq!(kept.attempt("ann@x.example", None, start()).unwrap_err(), 1);
    assert!(kept.attempt("bob@x.example", None, start()).is_ok());
}

#[test]
fn v6_3_3_three_wrong_codes_lock_the_next_until_the_step_is_over() {
    let mut kept = Kept::default();
    // 17 seconds into a step: the next one begins after 13.
    let now = start().plus_seconds(17);
    for address in [Some("203.0.113.1"), None, Some("203.0.113.2")] {
        assert!(kept.code(address, now).is_ok());
    }
    assert_eq!(kept.code(Some("203.0.113.3"), now).unwrap_err(), 13);
    let just_before = start().plus_seconds(29);
    assert_eq!(kept.code(None, just_before).unwrap_err(), 1);
    for step in 1..100 {
        let now = start().plus_seconds(30 * step);
        assert!(
            (0..3).all(|_| kept.code(Some("203.0.113.3"), now).is_ok()),
            "{step}"
        );
        assert_eq!(kept.code(Some("203.0.113.3"), now).unwrap_err(), 30);
    }
    // The password is counted apart.
    assert!(kept.attempt("ann@x.example", None, now).is_ok());
}

#[test]
fn v6_3_3_a_sweep_forgets_no_try_of_the_step_that_is_on() {
    let mut kept = Kept::default();
    let address = Some("203.0.113.1");
    let mut sweeping = |seconds| {
        let now = start().plus_seconds(seconds);
        kept.0.retain(|_, until| *until > Attempt::past(now));
        let is_ok = kept.code(address, now).is_ok();
        (is_ok, kept.0.len())
    };
    assert!(sweeping(0).0 && sweeping(1).0 && sweeping(25).0);
    assert!(!sweeping(29).0, "the first two were forgotten");
    let (is_ok, marks) = sweeping(30);
    assert!(is_ok);
    assert_eq!(sweeping(120).1, marks, "what is over was kept");
}

#[test]
fn v6_3_3_wrong_codes_from_elsewhere_lock_nobody_where_he_has_signed_in_before() {
    let mut kept = Kept::default();
    let home = Some("198.51.100.7");
    let first = kept.code(home, start()).unwrap();
    kept.succeed(&first, start());
    let later = start().plus_seconds(86_400);
    while kept.code(Some("203.0.113.9"), later).is_ok() {}
    assert!(kept.code(Some("203.0.113.10"), later).is_err());
    assert!((0..3).all(|_| kept.code(home, later).is_ok()));
    assert!(kept.code(home, later).is_err());
}

#[test]
fn who_is_signed_in_has_five_tries_at_the_old_password_whatever_is_tried_elsewhere() {
    let mut kept = Kept::default();
    let mut tries = |session: &str| {
        let attempt = Attempt::in_session(&SessionHandle(session.to_owned()));
        let spent = attempt.judge(start(), |mark| kept.0.get(mark).copied())?;
        kept.0.extend(spent);
        Ok::<_, u32>(())
    };
    assert!((0..5).all(|_| tries("one").is_ok()));
    assert_eq!(tries("one"), Err(30));
    assert_eq!(tries("another"), Ok(()));
}

#[test]
fn a_mailbox_gets_no_more_than_three_links_and_one_an_hour_whoever_asks() {
    let mut kept = Kept::default();
    let mut asked = |address: &str, seconds: i64| {
        let attempt = Attempt::of_forgotten("ann@x.example", Some(address.parse().unwrap()));
        let spent = attempt.judge(start().plus_seconds(seconds), |mark| kept.0.get(mark).copied())?;
        kept.0.extend(spent);
        Ok::<_, u32>(attempt)
    };
    let sent = (0..100)
        .filter(|n| asked(&format!("203.0.113.{n}"), 0).is_ok())
        .count();
    assert_eq!(sent, 3);
    assert_eq!(asked("203.0.113.200", 0).unwrap_err(), 3_600);
    assert!(asked("203.0.113.200", 3_600).is_ok());
    assert_eq!(asked("203.0.113.201", 3_600).unwrap_err(), 3_600);
    // It has nothing to do with passwords, which may be typed meanwhile, and counts where those do not.
    assert!(
        kept.attempt("ann@x.example", Some("203.0.113.200"), start())
            .is_ok()
    );
    assert!(Attempt::of_forgotten("ann@x.example", None).always_counts());
    assert!(!Attempt::of("ann@x.example", None).always_counts());
}
