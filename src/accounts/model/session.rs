//! Sessions as people see them.

use crate::db::Moment;

/// Names one session without being able to use it: the hash of its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionHandle(pub(in crate::accounts) String);

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
