//! A notice and what it is about. Must not know storage or HTTP.

use serde::Deserialize;

use crate::catalog::LowStock;
use crate::db::Moment;
use crate::submissions::{DECIDED, RECEIVED, State};

/// Something that a person is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub notice_id: i32,
    pub about: About,
    pub at: Moment,
    pub is_read: bool,
}

/// A person's notices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbox {
    /// The newest first.
    pub notices: Vec<Notice>,
    pub unread: i64,
}

/// What it is about, as that was then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    LowStock(LowStock),
    Proposal {
        submission_id: i32,
        state: State,
    },
    /// Told by a newer program.
    Unknown,
}

#[derive(Deserialize)]
struct Proposal {
    id: i32,
    state: State,
}

impl About {
    /// Reads the data of an event.
    pub fn read(kind: &str, data: &str) -> About {
        let read = match kind {
            LowStock::KIND => serde_json::from_str(data).map(About::LowStock),
            RECEIVED | DECIDED => serde_json::from_str(data).map(|Proposal { id, state }| About::Proposal {
                submission_id: id,
                state,
            }),
            _ => return About::Unknown,
        };
        read.unwrap_or(About::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_newer_program_tells_is_a_notice_all_the_same() {
        let low = LowStock {
            product_id: 7,
            name: "Lamp".to_owned(),
            stock_quantity: 1,
        };
        let about = About::read(LowStock::KIND, &low.data().to_string());
        assert_eq!(about, About::LowStock(low));
        for (kind, data) in [
            ("order.placed", "{}"),
            (DECIDED, r#"{"id":7,"state":"postponed"}"#),
            (DECIDED, "7"),
        ] {
            assert_eq!(About::read(kind, data), About::Unknown, "{kind} {data}");
        }
    }
}
