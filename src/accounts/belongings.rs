//! What other rooms keep of people: it is in the copy of their data, and goes with them when they are erased. Joined when the
//! shop starts. Must not know what it is.

use serde_json::{Map, Value};

use crate::db::{AnyConnection, WriteTransaction};
use crate::error::Result;

/// What a room does for a person with this id.
#[derive(Clone, Copy)]
pub struct Belongings {
    /// What it keeps, by the names that it has in a copy of one's data.
    pub export: fn(&mut AnyConnection, i32) -> Result<Map<String, Value>>,
    /// Erases it, in the transaction that erases the person.
    pub erase: fn(&mut WriteTransaction<'_>, i32) -> Result<()>,
    /// How much of it is new to them, told in the head of their pages.
    pub unread: fn(&mut AnyConnection, i32) -> Result<i64>,
}
