//! What people see of their own account.

use super::Accounts;
use super::model::{Session, User};
use super::repo::{sessions, users};
use crate::db::Moment;
use crate::error::Result;

/// A person's account with the sessions that count, the latest used first.
#[derive(Clone, Debug)]
pub struct OwnAccount {
    pub user: User,
    pub sessions: Vec<Session>,
}

impl Accounts {
    /// As the primary has it: it is looked at right after a change.
    pub async fn own_account(&self, user_id: i32) -> Result<OwnAccount> {
        let used_since = Moment::now().plus_seconds(-self.0.session_idle_s);
        self.0
            .router
            .read_current("own_account", move |connection| {
                Ok(OwnAccount {
                    user: users::by_id(connection, user_id)?,
                    sessions: sessions::of_user(connection, user_id, used_since)?,
                })
            })
            .await
    }
}
