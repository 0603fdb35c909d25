//! What a link that works once is for.

use crate::error::{Error, Result};

const HOUR_S: i64 = 60 * 60;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Makes the first owner.
    SetUp,
    /// Gives a name and a password to an account that has none yet.
    Invitation,
    /// Gives a new password.
    Reset,
}

impl Purpose {
    const ALL: [Self; 3] = [Self::SetUp, Self::Invitation, Self::Reset];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::SetUp => "setup",
            Self::Invitation => "invitation",
            Self::Reset => "reset",
        }
    }

    /// How long such a link counts.
    pub fn life_s(self) -> i64 {
        match self {
            Self::SetUp | Self::Reset => 24 * HOUR_S,
            Self::Invitation => 7 * 24 * HOUR_S,
        }
    }

    /// The same in words.
    pub fn life(self) -> &'static str {
        match self {
            Self::SetUp | Self::Reset => "24 hours",
            Self::Invitation => "7 days",
        }
    }

    pub fn from_stored(stored: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|purpose| purpose.as_str() == stored);
        found.ok_or_else(|| Error::internal(format!("unknown purpose {stored:?} in table one_time_tokens")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_purpose_is_read_back_and_its_life_is_told_as_it_is() {
        for purpose in Purpose::ALL {
            assert_eq!(Purpose::from_stored(purpose.as_str()).unwrap(), purpose);
            let hours = purpose.life_s() / HOUR_S;
            let told = [format!("{hours} hours"), format!("{} days", hours / 24)];
            assert!(told.contains(&purpose.life().to_owned()), "{purpose:?}");
        }
    }
}
