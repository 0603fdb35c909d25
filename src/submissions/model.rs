//! A proposal: what it says, how far it has come, and what may happen to it next. Must not know storage or HTTP.

use serde::{Deserialize, Serialize};

use crate::catalog::Proposed;
use crate::db::{Actor, Moment};
use crate::error::{Error, FieldError, Result};
use crate::history::Fields;

/// Characters of a reason, a question or an answer.
pub const MESSAGE_LENGTH: usize = 2_000;

/// How far a proposal has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Only its author knows of it.
    Draft,
    Submitted,
    ChangesRequested,
    Approved,
    Refused,
    Withdrawn,
}

/// What somebody does with a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The author keeps what was typed.
    Saved,
    /// The author hands it in, or hands in a change of it.
    Submitted,
    Withdrawn,
    ChangesRequested,
    Approved,
    Refused,
}

impl State {
    pub const ALL: [State; 6] = [
        State::Draft,
        State::Submitted,
        State::ChangesRequested,
        State::Approved,
        State::Refused,
        State::Withdrawn,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::ChangesRequested => "changes_requested",
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
        }
    }

    pub fn parse(name: &str) -> Option<State> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Where a step leads; `None` where it cannot be taken. The whole life of a proposal is this table.
    pub fn after(self, step: Step) -> Option<State> {
        match (self, step) {
            (Self::Draft | Self::ChangesRequested, Step::Saved) => Some(self),
            (Self::Draft | Self::Submitted | Self::ChangesRequested, Step::Submitted) => {
                Some(Self::Submitted)
            }
            (Self::Submitted | Self::ChangesRequested, Step::Withdrawn) => Some(Self::Withdrawn),
            (Self::Submitted, Step::ChangesRequested) => Some(Self::ChangesRequested),
            (Self::Submitted, Step::Approved) => Some(Self::Approved),
            (Self::Submitted | Self::ChangesRequested, Step::Refused) => Some(Self::Refused),
            _ => None,
        }
    }

    /// Whether its author can still work on it.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Draft | Self::Submitted | Self::ChangesRequested)
    }
}

impl Step {
    pub const ALL: [Step; 6] = [
        Step::Saved,
        Step::Submitted,
        Step::Withdrawn,
        Step::ChangesRequested,
        Step::Approved,
        Step::Refused,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Saved => "saved",
            Self::Submitted => "submitted",
            Self::Withdrawn => "withdrawn",
            Self::ChangesRequested => "changes_requested",
            Self::Approved => "approved",
            Self::Refused => "refused",
        }
    }

    pub fn parse(name: &str) -> Option<Step> {
        Self::ALL.into_iter().find(|step| step.name() == name)
    }
}

/// A proposal as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Submission {
    pub submission_id: i32,
    /// As the change log names people and keys.
    pub author: String,
    /// The product that it would change, or has become; `None` for a new one that is none yet.
    pub product_id: Option<i32>,
    pub state: State,
    /// As it was typed.
    pub typed: Proposed,
    /// As it was understood when it was handed in.
    pub proposed: Option<Fields>,
    /// The fields of the product when the edit was begun; `None` for a new product.
    pub base: Option<Fields>,
    pub version: i32,
    pub created_at: Moment,
    pub updated_at: Moment,
    /// When it was first handed in.
    pub submitted_at: Option<Moment>,
}

impl Submission {
    pub fn is_edit(&self) -> bool {
        self.base.is_some()
    }

    pub fn is_by(&self, actor: Actor) -> bool {
        self.author == actor.to_string()
    }

    /// The state after a step.
    ///
    /// # Errors
    /// `Conflict` when that step cannot be taken any more, or not yet.
    pub fn after(&self, step: Step) -> Result<State> {
        self.state.after(step).ok_or_else(|| Error::Conflict {
            code: "wrong_state",
            detail: format!(
                "The proposal is {}: it cannot be {} now.",
                self.state.name().replace('_', " "),
                match step {
                    Step::ChangesRequested => "sent back for changes".to_owned(),
                    step => step.name().to_owned(),
                }
            ),
        })
    }
}

/// A proposal of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    pub submission_id: i32,
    pub author: String,
    pub product_id: Option<i32>,
    pub is_edit: bool,
    pub name: String,
    pub state: State,
    pub version: i32,
    pub updated_at: Moment,
}

/// A picture that somebody has uploaded to a proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    pub picture_id: i32,
    pub submission_id: i32,
    /// Where everybody sees it once the proposal is approved.
    pub address: String,
    /// In pixels.
    pub width: i32,
    pub height: i32,
    /// Or it was let go: refused, withdrawn, published or not named any more.
    pub is_kept: bool,
}

/// What was said with a step, and by whom.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    pub author: String,
    pub step: Step,
    pub body: Option<String>,
    pub at: Moment,
}

/// A reason, a question or an answer: plain text of bounded length.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message(Option<String>);

impl Message {
    /// # Errors
    /// `Invalid` when it is too long or holds what cannot be shown.
    pub fn parse(text: &str) -> Result<Message> {
        let text = text.replace("\r\n", "\n");
        let read = crate::catalog::text::paragraphs(&text, MESSAGE_LENGTH);
        read.map(Message).map_err(|_| {
            let detail = format!("must be text of at most {MESSAGE_LENGTH} characters");
            Error::field("/message", "too_long", detail)
        })
    }

    /// One that must say something: whoever is refused is told why.
    ///
    /// # Errors
    /// `Invalid` also when it is empty.
    pub fn reason(text: &str) -> Result<Message> {
        let message = Message::parse(text)?;
        if message.0.is_none() {
            let detail = "is required: say to the author what to do, or why not";
            return Err(Error::Invalid(vec![FieldError::new(
                "/message", "required", detail,
            )]));
        }
        Ok(message)
    }

    pub fn text(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_decided_or_withdrawn_stays_so() {
        for state in [State::Approved, State::Refused, State::Withdrawn] {
            assert!(
                Step::ALL.iter().all(|step| state.after(*step).is_none()),
                "{state:?}"
            );
            assert!(!state.is_open());
        }
    }

    #[test]
    fn only_what_was_handed_in_is_approved_and_a_draft_is_nobodys_business() {
        let from = |step: Step| State::ALL.map(|state| state.after(step).is_some());
        assert_eq!(from(Step::Approved), [false, true, false, false, false, false]);
        assert_eq!(
            from(Step::ChangesRequested),
            [false, true, false, false, false, false]
        );
        assert_eq!(from(Step::Refused), [false, true, true, false, false, false]);
        assert_eq!(from(Step::Submitted), [true, true, true, false, false, false]);
    }

    #[test]
    fn names_are_read_back() {
        for state in State::ALL {
            assert_eq!(State::parse(state.name()), Some(state));
        }
        for step in Step::ALL {
            assert_eq!(Step::parse(step.name()), Some(step));
        }
    }

    #[test]
    fn a_reason_says_something_and_not_too_much() {
        assert_eq!(Message::reason(" \n").unwrap_err().status(), 422);
        assert_eq!(Message::parse(" \n").unwrap().text(), None);
        assert!(Message::parse(&"x".repeat(MESSAGE_LENGTH + 1)).is_err());
        assert_eq!(
            Message::reason("Why?\r\n\r\nSo").unwrap().text(),
            Some("Why?\n\nSo")
        );
    }
}
