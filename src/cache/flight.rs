//! One load per key: whoever comes first loads, the others wait for the outcome. Must not know what is loaded.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::watch;

/// What came of a load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome<T> {
    /// This, for all who wait: it may be gone, or changed again, before they can look it up.
    Made(T),
    /// It was good for the one that loaded only: each loads for itself.
    NotKept,
}

type Flying<T> = HashMap<Box<str>, watch::Receiver<Option<Outcome<T>>>>;

/// The loads under way.
#[derive(Debug)]
pub struct Flights<T>(Arc<Mutex<Flying<T>>>);

/// Who joins a load.
#[derive(Debug)]
pub enum Turn<T> {
    /// It is up to this one; the others wait until it lands.
    Lead(Flight<T>),
    /// Somebody else loads.
    Wait(Waiting<T>),
}

/// A load under way. One that is dropped before it lands, since its client has gone, leaves the lead to another one.
#[derive(Debug)]
pub struct Flight<T> {
    flights: Flights<T>,
    key: Box<str>,
    outcome: watch::Sender<Option<Outcome<T>>>,
}

#[derive(Debug)]
pub struct Waiting<T>(watch::Receiver<Option<Outcome<T>>>);

impl<T> Default for Flights<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T> Flights<T> {
    pub fn join(&self, key: &str) -> Turn<T> {
        let mut flying = self.0.lock();
        if let Some(outcome) = flying.get(key) {
            return Turn::Wait(Waiting(outcome.clone()));
        }
        let (outcome, receiver) = watch::channel(None);
        flying.insert(key.into(), receiver);
        Turn::Lead(Flight {
            flights: Self(Arc::clone(&self.0)),
            key: key.into(),
            outcome,
        })
    }
}

impl<T> Flight<T> {
    pub fn land(self, outcome: Outcome<T>) {
        // Before those who wait wake up: who comes now either looks it up or begins a new load.
        self.flights.0.lock().remove(&self.key);
        self.outcome.send_replace(Some(outcome));
    }
}

impl<T> Drop for Flight<T> {
    fn drop(&mut self) {
        if self.outcome.borrow().is_none() {
            self.flights.0.lock().remove(&self.key);
        }
    }
}

impl<T: Clone> Waiting<T> {
    /// `None` when whoever loaded gave up.
    pub async fn outcome(mut self) -> Option<Outcome<T>> {
        let landed = self.0.wait_for(Option::is_some).await;
        landed.ok().and_then(|outcome| outcome.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lead(flights: &Flights<u8>) -> Flight<u8> {
        match flights.join("/") {
            Turn::Lead(flight) => flight,
            Turn::Wait(_) => panic!("somebody loads already"),
        }
    }

    fn wait(flights: &Flights<u8>) -> Waiting<u8> {
        match flights.join("/") {
            Turn::Lead(_) => panic!("nobody loads"),
            Turn::Wait(waiting) => waiting,
        }
    }

    #[tokio::test]
    async fn the_first_one_loads_and_the_others_learn_what_came_of_it() {
        for outcome in [Outcome::Made(7), Outcome::NotKept] {
            let flights = Flights::default();
            let flight = lead(&flights);
            let waiting = [wait(&flights), wait(&flights)];
            assert!(matches!(flights.join("/other"), Turn::Lead(_)));
            flight.land(outcome);
            for waiting in waiting {
                assert_eq!(waiting.outcome().await, Some(outcome));
            }
            assert!(matches!(flights.join("/"), Turn::Lead(_)));
        }
    }

    #[tokio::test]
    async fn whoever_gives_up_leaves_the_lead_to_another() {
        let flights = Flights::default();
        let flight = lead(&flights);
        let waiting = wait(&flights);
        drop(flight);
        assert_eq!(waiting.outcome().await, None);
        lead(&flights).land(Outcome::Made(7));
        assert!(flights.0.lock().is_empty());
    }
}
