//! Whose news turned out to be none, so that they are not looked into over and over. Must not know what news are.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// For as long as the poll takes, which finds whatever is true.
const LONG_ENOUGH: Duration = Duration::from_secs(1);

/// Histories that are kept in mind.
const MOST: usize = 16;

#[derive(Default)]
pub struct Doubts(VecDeque<(String, Instant)>);

impl Doubts {
    /// From now on nothing of this history is believed for a while.
    pub fn add(&mut self, epoch: String) {
        self.0.retain(|(doubted, _)| *doubted != epoch);
        self.0.truncate(MOST - 1);
        self.0.push_front((epoch, Instant::now()));
    }

    pub fn cover(&self, epoch: &str) -> bool {
        let doubted = self.0.iter().find(|(doubted, _)| doubted == epoch);
        doubted.is_some_and(|(_, since)| since.elapsed() < LONG_ENOUGH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_is_doubted_for_a_while_and_others_are_not() {
        let mut doubts = Doubts::default();
        doubts.add("theirs".to_owned());
        assert!(doubts.cover("theirs") && !doubts.cover("ours"));
        doubts.0[0].1 -= LONG_ENOUGH;
        assert!(!doubts.cover("theirs"));
    }

    #[test]
    fn few_are_kept_in_mind() {
        let mut doubts = Doubts::default();
        for number in 0..100 {
            doubts.add(number.to_string());
            doubts.add("again".to_owned());
        }
        assert_eq!(doubts.0.len(), MOST);
        assert!(doubts.cover("again") && doubts.cover("99") && !doubts.cover("0"));
    }
}
