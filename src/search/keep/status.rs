//! How far the index is: for those who wait for it, and for people. Must not know how it gets there.

use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::db::Seq;
use crate::db::changes::Position;

/// What the index is doing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    #[default]
    Opening,
    Building,
    /// It is whole, and takes in what has changed since.
    CatchingUp,
    /// It answers.
    Ready,
}

/// What the index says of itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Status {
    pub phase: Phase,
    /// Products in it.
    pub documents: u64,
    /// What it takes, in bytes.
    pub bytes: u64,
    /// The history and the position up to which it has followed the change log.
    pub epoch: String,
    pub seq: i64,
    /// For how long it has known of changes that are not in it, in seconds.
    pub behind_s: f64,
    /// Products read by the build that goes on, of about so many.
    pub built: u64,
    pub to_build: u64,
    /// How often this process has made it from the database.
    pub builds: u64,
    /// Whether it is kept in a folder, else in memory.
    pub is_on_disk: bool,
    /// How often a comparison has found a product that was not as in the database.
    pub repaired: u64,
    /// What went wrong last.
    pub trouble: Option<String>,
}

/// What is known of the index from one moment to the next.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    pub phase: Phase,
    pub epoch: String,
    pub seq: Seq,
    /// Before this it answers nobody: it would be older than what it is to stand in for.
    pub ready_from: Seq,
    /// Counts whenever searches may be answered otherwise than before, in the life of the process.
    pub generation: u64,
    pub documents: u64,
    pub built: u64,
    pub to_build: u64,
    pub builds: u64,
    pub is_on_disk: bool,
    pub repaired: u64,
    pub trouble: Option<String>,
}

impl State {
    /// Begins again; what went wrong before stays known.
    pub fn opening(&mut self, is_on_disk: bool) {
        *self = State {
            is_on_disk,
            generation: self.generation,
            builds: self.builds,
            repaired: self.repaired,
            trouble: self.trouble.take(),
            ..State::default()
        };
    }

    pub fn came_to(&mut self, position: &Position, documents: u64) {
        self.epoch.clone_from(&position.epoch);
        self.seq = Seq(position.seq);
        self.generation += 1;
        self.phase = match self.phase {
            Phase::Ready => Phase::Ready,
            _ if self.seq >= self.ready_from => Phase::Ready,
            _ => Phase::CatchingUp,
        };
        self.documents = documents;
    }

    pub fn told(self, behind_since: Option<Instant>, bytes: u64) -> Status {
        Status {
            phase: self.phase,
            documents: self.documents,
            bytes,
            epoch: self.epoch,
            seq: self.seq.0,
            behind_s: behind_since.map_or(0.0, |since| since.elapsed().as_secs_f64()),
            built: self.built,
            to_build: self.to_build,
            builds: self.builds,
            is_on_disk: self.is_on_disk,
            repaired: self.repaired,
            trouble: self.trouble,
        }
    }
}
