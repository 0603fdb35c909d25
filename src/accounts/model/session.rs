//! Sessions as people see them.

use crate::db::Moment;

/// Names one session without being able to use it: the hash of its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionHandle(pub(in crate::accounts) String);

impl SessionHandle {
    /// As a page holds it: 64 hexadecimal digits.
    pub fn parse(raw: &str) -> Option<Self> {
        let is_hash = raw.len() == 64 && raw.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hash.then(|| Self(raw.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One of a person's sessions.
#[derive(Clone, Debug)]
pub struct Session {
    pub handle: SessionHandle,
    pub created_at: Moment,
    /// To the minute.
    pub last_seen_at: Moment,
    /// It ends then in any case.
    pub expires_at: Moment,
}
