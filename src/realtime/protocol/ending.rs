//! Why sessions end, for the client, the counters and RFC 6455. Must not know when.

use super::LONGEST_MESSAGE;

/// Why a session ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Binary, or in pieces.
    NotText,
    TooLarge,
    /// Not what the protocol allows, such as a frame without a mask.
    Malformed,
    TooMany,
    /// It never said what it came for.
    Mute,
    /// It answers no pings.
    Silent,
    SignedOut,
    /// Who is signed in cannot be found out now; the client should come back after so many milliseconds.
    Unsure {
        retry_ms: u64,
    },
    /// The node ends; the client should come back after so many milliseconds.
    Restart {
        retry_ms: u64,
    },
}

impl Ending {
    /// As RFC 6455 and the registry of IANA that it began number them.
    pub fn code(self) -> u16 {
        match self {
            Ending::NotText => 1003,
            Ending::TooLarge => 1009,
            Ending::Malformed => 1002,
            Ending::TooMany | Ending::Mute | Ending::Silent | Ending::SignedOut => 1008,
            Ending::Restart { .. } => 1012,
            Ending::Unsure { .. } => 1013,
        }
    }

    /// As it is counted.
    pub fn name(self) -> &'static str {
        match self {
            Ending::NotText => "not_text",
            Ending::TooLarge => "too_large",
            Ending::Malformed => "malformed",
            Ending::TooMany => "too_many_messages",
            Ending::Mute => "mute",
            Ending::Silent => "silent",
            Ending::SignedOut => "signed_out",
            Ending::Restart { .. } => "restart",
            Ending::Unsure { .. } => "unsure",
        }
    }

    /// For the one whose session it was.
    pub fn words(self) -> String {
        match self {
            Ending::NotText => "text in one frame only".to_owned(),
            Ending::TooLarge => format!("at most {LONGEST_MESSAGE} bytes"),
            Ending::Malformed => "not a valid frame".to_owned(),
            Ending::TooMany => "too many messages".to_owned(),
            Ending::Mute => "nothing was asked for".to_owned(),
            Ending::Silent => "pings were not answered".to_owned(),
            Ending::SignedOut => "signed out".to_owned(),
            Ending::Restart { retry_ms } | Ending::Unsure { retry_ms } => format!("retry {retry_ms}"),
        }
    }
}
