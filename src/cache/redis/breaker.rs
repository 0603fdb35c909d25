//! Whether Redis is worth asking, and how many may find out at once that it is not. Must not know what is asked.
//!
//! A Redis that is frozen costs whoever asks it the whole deadline. So at most five requests wait that long between two
//! answers: as many as it takes to leave Redis out. The others under way are let go as soon as nothing has been heard for
//! a fifth of the deadline, and no more set out. While Redis answers, none of this is noticed.

use std::future::Future;
use std::pin::pin;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::Notify;

/// Failures in a row after which nobody asks any more, and requests that may wait out the deadline together.
const FAILURES: u32 = 5;

/// Requests under way beside those.
const RIDERS: u32 = 59;

/// Why nobody asks any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opened {
    /// Nothing was answered in time.
    Silent,
    /// The connection broke.
    Lost,
}

/// What came of waiting for an answer.
#[derive(Debug, PartialEq, Eq)]
pub enum Waited<T> {
    Answer(T),
    TimedOut,
    /// Let go early: Redis has fallen silent, and others are waiting to learn for how long.
    LetGo,
}

/// Hands out the connection while it is good. Without one it is open.
pub struct Breaker<C> {
    state: Mutex<State<C>>,
    deadline: Duration,
    opened: Notify,
}

struct State<C> {
    connection: Option<C>,
    /// Counts the connections: what becomes of requests over one says nothing about the next one.
    generation: u64,
    why: Opened,
    failures: u32,
    patient: u32,
    riders: u32,
    /// When Redis last answered, or was first asked after a pause.
    heard_at: Instant,
}

impl<C: Clone> Breaker<C> {
    pub fn new(deadline: Duration) -> Self {
        Self {
            state: Mutex::new(State {
                connection: None,
                generation: 0,
                why: Opened::Lost,
                failures: 0,
                patient: 0,
                riders: 0,
                heard_at: Instant::now(),
            }),
            deadline,
            opened: Notify::new(),
        }
    }

    pub fn is_open(&self) -> bool {
        self.state.lock().connection.is_none()
    }

    /// From now on this connection is asked.
    pub fn close(&self, connection: C) {
        let mut state = self.state.lock();
        state.connection = Some(connection);
        state.generation += 1;
        state.failures = 0;
    }

    /// From now on nobody asks.
    pub fn open(&self, why: Opened) {
        self.state.lock().open(why);
        self.opened.notify_one();
    }

    /// Waits until nobody asks any more.
    pub async fn opened(&self) -> Opened {
        loop {
            let notified = self.opened.notified();
            if let Some(why) = self.why_open() {
                return why;
            }
            notified.await;
        }
    }

    fn why_open(&self) -> Option<Opened> {
        let state = self.state.lock();
        state.connection.is_none().then_some(state.why)
    }

    /// The connection, for one request; `None` when Redis is better not asked now.
    pub fn admit(&self) -> Option<(C, Admission<'_, C>)> {
        self.admit_at(Instant::now())
    }

    fn admit_at(&self, now: Instant) -> Option<(C, Admission<'_, C>)> {
        let mut state = self.state.lock();
        let connection = state.connection.clone()?;
        if state.patient + state.riders == 0 {
            state.heard_at = now;
        }
        let is_patient = state.patient + state.failures < FAILURES;
        if is_patient {
            state.patient += 1;
        } else if state.riders < RIDERS && now - state.heard_at < self.silence() {
            state.riders += 1;
        } else {
            return None;
        }
        let admission = Admission {
            breaker: self,
            generation: state.generation,
            is_patient,
        };
        Some((connection, admission))
    }

    fn is_silent(&self) -> bool {
        self.state.lock().heard_at.elapsed() >= self.silence()
    }

    /// How long nothing may be heard before those who need not wait are let go.
    fn silence(&self) -> Duration {
        self.deadline / 5
    }
}

impl<C> State<C> {
    fn open(&mut self, why: Opened) {
        if self.connection.take().is_some() {
            self.why = why;
        }
    }
}

/// One request under way; dropping it, also with the future of its request, makes room for another one.
pub struct Admission<'a, C: Clone> {
    breaker: &'a Breaker<C>,
    generation: u64,
    is_patient: bool,
}

impl<C: Clone> Admission<'_, C> {
    /// Waits for the answer as long as this request may.
    pub async fn wait<T>(&self, answer: impl Future<Output = T>) -> Waited<T> {
        let deadline = Instant::now() + self.breaker.deadline;
        let mut answer = pin!(answer);
        loop {
            let until = if self.is_patient {
                deadline
            } else {
                deadline.min(Instant::now() + self.breaker.silence())
            };
            if let Ok(answer) = tokio::time::timeout_at(until.into(), &mut answer).await {
                return Waited::Answer(answer);
            }
            if !self.is_patient && self.breaker.is_silent() {
                return Waited::LetGo;
            }
            if Instant::now() >= deadline {
                return Waited::TimedOut;
            }
        }
    }

    /// Redis answered, whatever it said.
    pub fn answered(self) {
        let mut state = self.breaker.state.lock();
        if state.generation == self.generation {
            state.failures = 0;
            state.heard_at = Instant::now();
        }
    }

    /// Redis did not answer.
    pub fn failed(self) {
        let mut state = self.breaker.state.lock();
        if state.generation == self.generation {
            state.failures += 1;
            if state.failures >= FAILURES {
                state.open(Opened::Silent);
                self.breaker.opened.notify_one();
            }
        }
    }

    /// The connection is no good any more.
    pub fn lost(self) {
        let mut state = self.breaker.state.lock();
        if state.generation == self.generation {
            state.open(Opened::Lost);
            self.breaker.opened.notify_one();
        }
    }
}

impl<C: Clone> Drop for Admission<'_, C> {
    fn drop(&mut self) {
        let mut state = self.breaker.state.lock();
        let under_way = if self.is_patient {
            &mut state.patient
        } else {
            &mut state.riders
        };
        *under_way -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEADLINE: Duration = Duration::from_millis(20);

    fn closed() -> Breaker<()> {
        let breaker = Breaker::new(DEADLINE);
        breaker.close(());
        breaker
    }

    fn admitted(breaker: &Breaker<()>, now: Instant, most: usize) -> Vec<Admission<'_, ()>> {
        std::iter::from_fn(|| breaker.admit_at(now).map(|(_, admission)| admission))
            .take(most)
            .collect()
    }

    #[test]
    fn without_a_connection_nobody_is_admitted() {
        assert!(Breaker::<()>::new(DEADLINE).admit().is_none());
    }

    #[test]
    fn five_failures_in_a_row_open_it_and_a_new_connection_closes_it() {
        let breaker = closed();
        for _ in 0..4 {
            breaker.admit().unwrap().1.failed();
        }
        breaker.admit().unwrap().1.answered();
        for _ in 0..4 {
            breaker.admit().unwrap().1.failed();
        }
        assert!(!breaker.is_open());
        breaker.admit().unwrap().1.failed();
        assert!(breaker.is_open() && breaker.admit().is_none());
        breaker.close(());
        breaker.admit().unwrap().1.failed();
        assert!(!breaker.is_open(), "the count starts again");
    }

    #[test]
    fn no_more_than_five_wait_out_the_deadline_between_two_answers() {
        let breaker = closed();
        let now = Instant::now();
        let mut under_way = admitted(&breaker, now, 1000);
        assert_eq!(under_way.len(), (FAILURES + RIDERS) as usize);
        assert_eq!(under_way.iter().filter(|one| one.is_patient).count(), 5);
        // Those that fail are not replaced.
        under_way.drain(..3).for_each(Admission::failed);
        under_way.retain(|one| one.is_patient);
        let next = admitted(&breaker, now, 1000);
        assert!(next.iter().all(|one| !one.is_patient));
        drop(next);
        under_way.into_iter().for_each(Admission::failed);
        assert!(breaker.is_open());
    }

    #[test]
    fn while_redis_is_silent_nobody_joins_those_who_wait() {
        let breaker = closed();
        let now = Instant::now();
        let waiting = admitted(&breaker, now, 6);
        assert!(breaker.admit_at(now + DEADLINE / 5).is_none());
        drop(waiting);
        let after_a_pause = now + Duration::from_secs(60);
        assert_eq!(
            admitted(&breaker, after_a_pause, 6).len(),
            6,
            "silence counts only while something is asked"
        );
    }

    #[tokio::test]
    async fn of_those_who_wait_for_a_frozen_redis_only_five_wait_long() {
        let breaker = closed();
        let under_way = admitted(&breaker, Instant::now(), 64);
        let waits = under_way.into_iter().map(|admission| async {
            let waited = admission.wait(std::future::pending::<()>()).await;
            if waited == Waited::TimedOut {
                admission.failed();
            }
            waited
        });
        let waited = futures_util::future::join_all(waits).await;
        let timed_out = waited.iter().filter(|one| **one == Waited::TimedOut).count();
        let let_go = waited.iter().filter(|one| **one == Waited::LetGo).count();
        assert_eq!((timed_out, let_go), (5, 59));
        assert_eq!(breaker.opened().await, Opened::Silent);
    }

    #[test]
    fn what_became_of_requests_over_one_connection_says_nothing_about_the_next() {
        let breaker = closed();
        let mut before = admitted(&breaker, Instant::now(), 5).into_iter();
        before.next().unwrap().lost();
        assert_eq!(breaker.why_open(), Some(Opened::Lost));
        breaker.close(());
        before.next().unwrap().lost();
        before.for_each(Admission::failed);
        for _ in 0..4 {
            breaker.admit().unwrap().1.failed();
        }
        assert!(!breaker.is_open());
    }

    #[tokio::test]
    async fn a_request_that_is_cancelled_makes_room() {
        let breaker = closed();
        drop(admitted(&breaker, Instant::now(), 64));
        assert_eq!(admitted(&breaker, Instant::now(), 64).len(), 64);
    }
}
