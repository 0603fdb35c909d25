//! How often one may try to sign in: of one account, from one address, and of one account from one address. The same for the code
//! of a second factor, which has only six digits: three times until the next code. And how often one may type the old password for
//! a new one: in one session.
//!
//! Whoever guesses is slowed down, nobody is shut out: each allowance fills up again by itself, the account's own is large
//! enough for its owner beside many who guess, and from where somebody has signed in before it does not count at all. A
//! try is counted before the password is looked at, and given back when that was right or nobody could look. Must not know
//! where it is kept.

use std::net::IpAddr;

use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

use super::SessionHandle;
use super::factor::STEP_S;
use crate::db::Moment;

/// So many tries at once, then one in so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Allowance {
    at_once: i64,
    every_s: i64,
    /// All of them come back together, when a step of time begins; else one after the other.
    is_by_step: bool,
}

const fn steady(at_once: i64, every_s: i64) -> Allowance {
    Allowance {
        at_once,
        every_s,
        is_by_step: false,
    }
}

/// Five slips of the finger, then time to look the password up. 2,880 guesses a day.
const PAIR: Allowance = steady(5, 30);

/// An office may stand behind one address.
const ADDRESS: Allowance = steady(20, 5);

/// Against many addresses. Thirty of them that guess as fast as they may leave room for one more.
const ACCOUNT: Allowance = steady(60, 1);

/// Three codes of a million in each step: somebody who has the password and guesses all day is right once in five weeks.
const CODE: Allowance = Allowance {
    at_once: 3,
    every_s: STEP_S / 3,
    is_by_step: true,
};

/// What is counted of a try.
#[derive(Debug)]
struct Allowances {
    pair: Allowance,
    address: Allowance,
    account: Allowance,
    /// Also in a shop that counts no passwords.
    always: bool,
}

const OF_PASSWORDS: Allowances = Allowances {
    pair: PAIR,
    address: ADDRESS,
    account: ACCOUNT,
    always: false,
};

const OF_CODES: Allowances = Allowances {
    pair: CODE,
    address: ADDRESS,
    account: CODE,
    always: true,
};

/// Each may become a mail to somebody who did not ask for it: three at once and 24 a day to one account, and more only from where it
/// has signed in.
const OF_FORGOTTEN: Allowances = Allowances {
    pair: steady(3, 600),
    address: steady(10, 60),
    account: steady(3, 3_600),
    always: true,
};

/// Nobody but who has this session can use it up.
const IN_SESSION: Allowances = Allowances {
    account: PAIR,
    ..OF_PASSWORDS
};

/// Whose passkey it will be is not known before; nobody guesses one, so only who asks is counted.
const OF_PASSKEYS: Allowances = Allowances {
    account: ADDRESS,
    ..OF_PASSWORDS
};

/// How long it is remembered from where somebody has signed in.
const REMEMBERED_S: i64 = 90 * 86_400;

/// The hash by which something is counted: nobody who reads the table learns addresses from it without guessing them.
pub type Mark = String;

/// What came of a try, if it was not wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It counts for nothing, and its place is remembered.
    Right,
    /// Nobody could look at it: it counts for nothing.
    Unchecked,
}

/// A try to say a password.
#[derive(Clone, Debug)]
pub struct Attempt {
    allowances: &'static Allowances,
    /// Or the session in which it is made, or who asks for a passkey.
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
        Self::counted(&OF_PASSWORDS, "", email, household)
    }

    /// What was spent until then, or before, means nothing any more: what comes back with the steps of time counts until its step
    /// is over.
    pub fn past(now: Moment) -> Moment {
        begin_of_step(now)
    }

    /// To prove the second factor of an account. From where somebody has signed in before, nobody else's tries count.
    pub fn of_code(email: &str, household: Option<IpAddr>) -> Self {
        Self::counted(&OF_CODES, "code ", email, household)
    }

    fn counted(allowances: &'static Allowances, what: &str, email: &str, household: Option<IpAddr>) -> Self {
        // As accounts write it, or each way to write a letter would be another account.
        let email: String = email.trim().to_lowercase().nfc().collect();
        let own = |kind: &str| format!("{what}{kind}");
        let place = household.map(|address| Place {
            address: mark(&[&own("address"), &address.to_string()]),
            pair: mark(&[&own("pair"), &email, &address.to_string()]),
            known: mark(&["known", &email, &address.to_string()]),
        });
        Self {
            allowances,
            account: mark(&[&own("account"), &email]),
            place,
        }
    }

    /// To have a link for a new password mailed.
    pub fn of_forgotten(email: &str, household: Option<IpAddr>) -> Self {
        Self::counted(&OF_FORGOTTEN, "forgotten ", email, household)
    }

    /// Six digits are guessed in a day by whoever may try without end, and mail goes to others: a shop that counts no passwords counts
    /// these.
    pub fn always_counts(&self) -> bool {
        self.allowances.always
    }

    /// Of the old password, by somebody who is signed in. Whoever has come by a session has only that one, so nobody else is slowed
    /// down by what is tried in it.
    pub fn in_session(session: &SessionHandle) -> Self {
        Self {
            allowances: &IN_SESSION,
            account: mark(&["session", session.as_str()]),
            place: None,
        }
    }

    /// Of whoever there is to answer with a passkey.
    pub fn of_passkey(household: IpAddr) -> Self {
        Self {
            allowances: &OF_PASSKEYS,
            account: mark(&["passkey", &household.to_string()]),
            place: None,
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
        let spent = self
            .counted_by(now, &until)
            .map(|(mark, allowance)| Ok((mark.clone(), allowance.spend(until(mark), now)?)));
        spent.collect()
    }

    /// What is to be noted once it is known what came of it; `None` forgets.
    pub fn settle(
        &self,
        outcome: Outcome,
        now: Moment,
        until: impl Fn(&str) -> Option<Moment>,
    ) -> Vec<(Mark, Option<Moment>)> {
        let given_back = |(mark, allowance): (&Mark, Allowance)| {
            let before = until(mark).map(|until| until.plus_seconds(-allowance.every_s));
            (mark.clone(), before)
        };
        let mut noted: Vec<_> = self.counted_by(now, &until).map(given_back).collect();
        if let (Outcome::Right, Some(place)) = (outcome, &self.place) {
            noted.retain(|(mark, _)| *mark != place.pair);
            noted.push((place.pair.clone(), None));
            noted.push((place.known.clone(), Some(now.plus_seconds(REMEMBERED_S))));
        }
        noted
    }

    /// What it is counted by: not by the account where somebody has signed in before.
    fn counted_by(
        &self,
        now: Moment,
        until: impl Fn(&str) -> Option<Moment>,
    ) -> impl Iterator<Item = (&Mark, Allowance)> {
        let place = self.place.as_ref();
        let is_known = place.is_some_and(|place| until(&place.known).is_some_and(|until| until > now));
        let of_place = place.map(|place| {
            [
                (&place.pair, self.allowances.pair),
                (&place.address, self.allowances.address),
            ]
        });
        let of_account = (!is_known).then_some((&self.account, self.allowances.account));
        of_place.into_iter().flatten().chain(of_account)
    }
}

impl Allowance {
    /// The generic cell rate algorithm: until when everything is spent, after one more; else the seconds to wait.
    fn spend(self, until: Option<Moment>, now: Moment) -> Result<Moment, u32> {
        let begin = if self.is_by_step { begin_of_step(now) } else { now };
        let from = until.filter(|until| *until > begin).unwrap_or(begin);
        let most = (self.at_once - 1) * self.every_s * 1000;
        let ahead = from.unix_milliseconds() - begin.unix_milliseconds();
        if self.is_by_step && ahead > most {
            let next = begin.plus_seconds(self.at_once * self.every_s);
            let wait = (next.unix_milliseconds() - now.unix_milliseconds() + 999) / 1000;
            return Err(u32::try_from(wait).unwrap_or(u32::MAX));
        }
        if ahead > most {
            let seconds = (ahead - most + 999) / 1000;
            return Err(u32::try_from(seconds).unwrap_or(u32::MAX));
        }
        Ok(from.plus_seconds(self.every_s))
    }
}

/// When the step of time began that `now` is in.
fn begin_of_step(now: Moment) -> Moment {
    let into_step = now.unix_milliseconds().div_euclid(1000).rem_euclid(STEP_S);
    now.whole_seconds().plus_seconds(-into_step)
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
mod tests;
