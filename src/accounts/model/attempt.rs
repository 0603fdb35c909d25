//! How often one may try to sign in: of one account, from one address, and of one account from one address.
//!
//! Whoever guesses is slowed down, nobody is shut out: each allowance fills up again by itself, the account's own is large
//! enough for its owner beside many who guess, and from where somebody has signed in before it does not count at all. A
//! try is counted before the password is looked at and given back when that was right. Must not know where it is kept.

use std::net::IpAddr;

use sha2::{Digest, Sha256};

use crate::db::Moment;

/// So many tries at once, then one in so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Allowance {
    at_once: i64,
    every_s: i64,
}

/// Five slips of the finger, then time to look the password up. 2,880 guesses a day.
const PAIR: Allowance = Allowance {
    at_once: 5,
    every_s: 30,
};

/// An office may stand behind one address.
const ADDRESS: Allowance = Allowance {
    at_once: 20,
    every_s: 5,
};

/// Against many addresses. Thirty of them that guess as fast as they may leave room for one more.
const ACCOUNT: Allowance = Allowance {
    at_once: 60,
    every_s: 1,
};

/// How long it is remembered from where somebody has signed in.
const REMEMBERED_S: i64 = 90 * 86_400;

/// The hash by which something is counted: nobody who reads the table learns addresses from it without guessing them.
pub type Mark = String;

/// A try to sign in.
#[derive(Clone, Debug)]
pub struct Attempt {
    account: Mark,
    /// `None` where nobody can tell from where it comes.
    place: Option<Place>,
}

#[derive(Clone, Debug)]
struct Place {
    address: Mark,
    pair: Mark,
    known: Mark,
}

impl Attempt {
    /// Of an account, there or not, as it was typed.
    pub fn of(email: &str, household: Option<IpAddr>) -> Self {
        let email = email.trim().to_lowercase();
        let place = household.map(|address| Place {
            address: mark(&["address", &address.to_string()]),
            pair: mark(&["pair", &email, &address.to_string()]),
            known: mark(&["known", &email, &address.to_string()]),
        });
        Self {
            account: mark(&["account", &email]),
            place,
        }
    }

    /// What has to be known to judge it, in one order, so that two who come at once do not wait for each other.
    pub fn marks(&self) -> Vec<Mark> {
        let place = self.place.iter();
        let mut marks: Vec<Mark> = place
            .flat_map(|place| [&place.address, &place.pair, &place.known])
            .chain([&self.account])
            .cloned()
            .collect();
        marks.sort();
        marks
    }

    /// What is to be noted if it may be made; else the seconds to wait.
    pub fn judge(
        &self,
        now: Moment,
        until: impl Fn(&str) -> Option<Moment>,
    ) -> Result<Vec<(Mark, Moment)>, u32> {
        let is_known = |place: &Place| until(&place.known).is_some_and(|until| until > now);
        let mut counted = Vec::new();
        if let Some(place) = &self.place {
            counted.extend([(&place.pair, PAIR), (&place.address, ADDRESS)]);
        }
        if !self.place.as_ref().is_some_and(is_known) {
            counted.push((&self.account, ACCOUNT));
        }
        let spent = counted
            .into_iter()
            .map(|(mark, allowance)| Ok((mark.clone(), allowance.spend(until(mark), now)?)));
        spent.collect()
    }

    /// What is to be noted when the password was right; `None` forgets.
    pub fn succeed(
        &self,
        now: Moment,
        until: impl Fn(&str) -> Option<Moment>,
    ) -> Vec<(Mark, Option<Moment>)> {
        let given_back = |mark: &Mark, allowance: Allowance| {
            (
                mark.clone(),
                until(mark).map(|until| until.plus_seconds(-allowance.every_s)),
            )
        };
        let mut noted = vec![given_back(&self.account, ACCOUNT)];
        if let Some(place) = &self.place {
            noted.push(given_back(&place.address, ADDRESS));
            noted.push((place.pair.clone(), None));
            noted.push((place.known.clone(), Some(now.plus_seconds(REMEMBERED_S))));
        }
        noted
    }
}

impl Allowance {
    /// The generic cell rate algorithm: until when everything is spent, after one more; else the seconds to wait.
    fn spend(self, until: Option<Moment>, now: Moment) -> Result<Moment, u32> {
        let from = until.filter(|until| *until > now).unwrap_or(now);
        let most = (self.at_once - 1) * self.every_s * 1000;
        let ahead = from.unix_milliseconds() - now.unix_milliseconds();
        if ahead > most {
            let seconds = (ahead - most + 999) / 1000;
            return Err(u32::try_from(seconds).unwrap_or(u32::MAX));
        }
        Ok(from.plus_seconds(self.every_s))
    }
}

fn mark(parts: &[&str]) -> Mark {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        // No part holds it, so no two lists of parts look alike.
        hash.update([0xff]);
    }
    hex::encode(hash.finalize())
}

#[cfg(test)]
mod tests {
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

        fn succeed(&mut self, attempt: &Attempt, now: Moment) {
            for (mark, until) in attempt.succeed(now, |mark| self.0.get(mark).copied()) {
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
    fn one_address_that_tries_account_after_account_is_slowed_down() {
        let mut kept = Kept::default();
        let mut tries =
            (0..100).map(|n| kept.attempt(&format!("{n}@x.example"), Some("2001:db8::"), start()));
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
    fn behind_an_unknown_proxy_the_account_alone_is_counted() {
        let mut kept = Kept::default();
        assert!((0..60).all(|_| kept.attempt("ann@x.example", None, start()).is_ok()));
        assert_eq!(kept.attempt("ann@x.example", None, start()).unwrap_err(), 1);
        assert!(kept.attempt("bob@x.example", None, start()).is_ok());
    }
}
