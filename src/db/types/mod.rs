//! Values that both databases must carry exactly: money, moments, positions in the change log.
//! Must not know which table holds them.

mod moment;
mod money;

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

pub use moment::{Moment, MomentSql};
pub use money::{Money, MoneyError, MoneySql};

/// A position in the change log: how many changes the shop has seen. Starts at 0, has no gaps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Seq(pub i64);

impl Seq {
    /// Beyond every position: a read at least this new comes from the primary.
    pub const MAX: Seq = Seq(i64::MAX);
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Seq {
    type Err = std::num::ParseIntError;

    /// Digits only: a position is never negative.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = if text.starts_with(['-', '+']) { "" } else { text };
        digits.parse().map(Seq)
    }
}
