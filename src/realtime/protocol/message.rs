//! What clients and server say to one another, as JSON. Must not know when.

use bytestring::ByteString;
use serde::{Deserialize, Serialize};

/// What a client asks for. Whatever else it sends is refused by name.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "op", rename_all = "lowercase", deny_unknown_fields)]
pub enum Asked {
    Subscribe(Subscribe),
    Unsubscribe {
        topics: Vec<String>,
    },
    /// How many watch a topic.
    Viewers {
        topic: String,
    },
    Ping {},
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subscribe {
    pub topics: Vec<String>,
    /// The history in which `since` is a position.
    #[serde(default)]
    pub epoch: Option<String>,
    /// The last change that the client has seen; without it only what is new is sent.
    #[serde(default)]
    pub since: Option<i64>,
}

/// What a client did wrong and may do better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// No JSON, or none that means anything here.
    Malformed,
    UnknownTopic,
    TooManyTopics,
    /// A position without the history that it is in.
    EpochMissing,
    /// Only for signed-in people.
    Forbidden,
    /// The shop does not count who looks at what.
    NotCounted,
}

impl Fault {
    fn words(self) -> &'static str {
        match self {
            Fault::Malformed => {
                "Send one of {\"op\":\"subscribe\",\"topics\":[..]}, {\"op\":\"unsubscribe\",\"topics\":[..]}, {\"op\":\"ping\"}."
            }
            Fault::UnknownTopic => "There is no such topic; /asyncapi.json lists them.",
            Fault::TooManyTopics => "A connection may watch 64 topics.",
            Fault::EpochMissing => "Send the epoch together with since.",
            Fault::Forbidden => {
                "This topic is for people who work in the shop or propose something, signed in at this address."
            }
            Fault::NotCounted => "This shop does not tell how many look at something.",
        }
    }
}

/// What the server says beside events, which are written by whoever makes them.
#[derive(Debug, Serialize)]
#[serde(tag = "op", rename_all = "lowercase")]
enum Said<'a> {
    Welcome {
        epoch: &'a str,
        seq: i64,
        heartbeat_s: u64,
    },
    Subscribed {
        topics: &'a [String],
        seq: i64,
    },
    Unsubscribed {
        topics: &'a [String],
    },
    Pong {
        seq: i64,
    },
    Viewers {
        topic: &'a str,
        count: usize,
    },
    Resync {
        epoch: &'a str,
        seq: i64,
    },
    Error {
        code: Fault,
        detail: &'static str,
    },
}

impl Said<'_> {
    fn text(&self) -> ByteString {
        // Never fails: strings and numbers only.
        serde_json::to_string(self).unwrap_or_default().into()
    }
}

pub fn welcome(epoch: &str, seq: i64, heartbeat_s: u64) -> ByteString {
    Said::Welcome {
        epoch,
        seq,
        heartbeat_s,
    }
    .text()
}

pub fn subscribed(topics: &[String], seq: i64) -> ByteString {
    Said::Subscribed { topics, seq }.text()
}

pub fn unsubscribed(topics: &[String]) -> ByteString {
    Said::Unsubscribed { topics }.text()
}

pub fn viewers(topic: &str, count: usize) -> ByteString {
    Said::Viewers { topic, count }.text()
}

pub fn pong(seq: i64) -> ByteString {
    Said::Pong { seq }.text()
}

pub fn resync(epoch: &str, seq: i64) -> ByteString {
    Said::Resync { epoch, seq }.text()
}

pub fn error(code: Fault) -> ByteString {
    Said::Error {
        code,
        detail: code.words(),
    }
    .text()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_known_is_understood() {
        let read = |text: &str| serde_json::from_str::<Asked>(text).ok();
        let subscribe = |epoch: Option<&str>, since| {
            Some(Asked::Subscribe(Subscribe {
                topics: vec!["products".to_owned()],
                epoch: epoch.map(str::to_owned),
                since,
            }))
        };
        for (text, expected) in [
            (
                r#"{"op":"subscribe","topics":["products"]}"#,
                subscribe(None, None),
            ),
            (
                r#"{"since":7,"epoch":"e","topics":["products"],"op":"subscribe"}"#,
                subscribe(Some("e"), Some(7)),
            ),
            (r#"{"op":"ping"}"#, Some(Asked::Ping {})),
            (r#"{"op":"subscribe"}"#, None),
            (r#"{"op":"subscribe","topics":"products"}"#, None),
            (r#"{"op":"subscribe","topics":["products"],"token":"x"}"#, None),
            (r#"{"op":"ping","x":1}"#, None),
            (r#"{"op":"publish","topics":[]}"#, None),
            (r#"{"op":"subscribe","topics":["x"],"since":1.5}"#, None),
            (
                r#"{"op":"subscribe","topics":["x"],"since":99999999999999999999}"#,
                None,
            ),
            ("", None),
            ("[]", None),
            ("ping", None),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }
}
