//! What a token that works once is for: a link, or a step.

use crate::error::{Error, Result};

const MINUTE_S: i64 = 60;
const HOUR_S: i64 = 60 * MINUTE_S;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Makes the first owner.
    SetUp,
    /// Gives a name and a password to an account that has none yet.
    Invitation,
    /// Gives a new password.
    Reset,
    /// Shows that the password was right, to whoever still has to prove the second factor. In a form and never in a link.
    SecondStep,
    /// What a new passkey has to answer, by somebody who is signed in. In a form and never in a link.
    NewPasskey,
    /// What a passkey has to answer, by whoever wants to sign in. In a form and never in a link.
    Passkey,
}

impl Purpose {
    const ALL: [Self; 6] = [
        Self::SetUp,
        Self::Invitation,
        Self::Reset,
        Self::SecondStep,
        Self::NewPasskey,
        Self::Passkey,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::SetUp => "setup",
            Self::Invitation => "invitation",
            Self::Reset => "reset",
            Self::SecondStep => "second_step",
            Self::NewPasskey => "new_passkey",
            Self::Passkey => "passkey",
        }
    }

    /// How long such a link counts.
    pub fn life_s(self) -> i64 {
        match self {
            Self::SetUp | Self::Reset => 24 * HOUR_S,
            Self::Invitation => 7 * 24 * HOUR_S,
            Self::SecondStep => 10 * MINUTE_S,
            Self::NewPasskey | Self::Passkey => 5 * MINUTE_S,
        }
    }

    /// The same in words.
    pub fn life(self) -> &'static str {
        match self {
            Self::SetUp | Self::Reset => "24 hours",
            Self::Invitation => "7 days",
            Self::SecondStep => "10 minutes",
            Self::NewPasskey | Self::Passkey => "5 minutes",
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
            let minutes = purpose.life_s() / MINUTE_S;
            let told = [
                format!("{minutes} minutes"),
                format!("{hours} hours"),
                format!("{} days", hours / 24),
            ];
            assert!(told.contains(&purpose.life().to_owned()), "{purpose:?}");
        }
    }
}
