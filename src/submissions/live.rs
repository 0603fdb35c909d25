//! What is heard of a proposal at once, and kept until it is read: one rule for both, over the change log. Must not know who
//! listens, nor where notices are kept.

use serde::Deserialize;
use serde_json::{Value, json};

use super::model::State;
use crate::catalog::LiveEvent;
use crate::db::{Actor, Change, Entity};
use crate::realtime::own_topic;

/// For those who decide.
pub const QUEUE_TOPIC: &str = "admin:submissions";

/// For authors, each of their own.
pub const OWN_TOPIC: &str = "submissions:mine";

/// A proposal was handed in, or a change of it.
pub const RECEIVED: &str = "submission.received";

/// It was approved or refused, or sent back for changes.
pub const DECIDED: &str = "submission.decided";

/// A proposal that has come further.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    pub submission_id: i32,
    /// As the change log names people and keys.
    pub author: String,
    pub state: State,
    /// The product that it would change, or has become.
    pub product_id: Option<i32>,
}

/// As the log has it.
#[derive(Deserialize)]
struct Logged {
    submission_id: i32,
    author: String,
    state: State,
    product: Option<i32>,
}

impl News {
    /// What a change of the log tells of a proposal. That one which waits was handed in anew is news; that its author was erased
    /// is none.
    pub fn of(change: &Change) -> Option<News> {
        if Entity::parse(&change.entity) != Some(Entity::Submission) {
            return None;
        }
        let read =
            |side: &Option<String>| serde_json::from_str::<Logged>(side.as_deref().unwrap_or_default()).ok();
        let after = read(&change.state_after)?;
        let before = read(&change.state_before).map(|before| before.state);
        let is_news = after.state == State::Submitted || before != Some(after.state);
        is_news.then_some(News {
            submission_id: after.submission_id,
            author: after.author,
            state: after.state,
            product_id: after.product,
        })
    }

    /// What kind of event it is; none when it concerns nobody but who did it.
    pub fn kind(&self) -> Option<&'static str> {
        match self.state {
            State::Submitted => Some(RECEIVED),
            State::ChangesRequested | State::Approved | State::Refused => Some(DECIDED),
            State::Draft | State::Withdrawn => None,
        }
    }

    /// What is said of it: neither what was typed nor by whom.
    pub fn data(&self) -> Value {
        json!({ "id": self.submission_id, "state": self.state, "product_id": self.product_id })
    }

    /// Its own one first. Those who decide hear of decisions, too: their queue is another one then.
    fn topics(&self) -> Vec<String> {
        let own = match Actor::parse(&self.author) {
            Some(Actor::User(user_id)) if self.kind() == Some(DECIDED) => {
                vec![OWN_TOPIC.to_owned(), own_topic(OWN_TOPIC, user_id)]
            }
            _ => Vec::new(),
        };
        own.into_iter().chain([QUEUE_TOPIC.to_owned()]).collect()
    }
}

/// The event of a change, if it is one of a proposal.
pub fn live_event(change: &Change) -> Option<LiveEvent> {
    let news = News::of(change)?;
    Some(LiveEvent {
        seq: change.seq,
        topics: news.topics(),
        kind: news.kind()?,
        data: news.data(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::{Action, Moment};

    fn change(before: Option<State>, after: State, author: &str) -> Change {
        let state = |state: State| json!({ "submission_id": 7, "author": author, "state": state, "product": null, "version": 2 });
        Change {
            seq: 9,
            at: Moment::now(),
            actor: "user:1".to_owned(),
            request_id: String::new(),
            entity: Entity::Submission.name().to_owned(),
            entity_id: 7,
            version: 2,
            action: Action::Updated.name().to_owned(),
            state_before: before.map(|before| state(before).to_string()),
            state_after: Some(state(after).to_string()),
            batch: None,
            undo_of: None,
            prev_hash: String::new(),
            hash: String::new(),
        }
    }

    #[test]
    fn those_who_decide_hear_of_each_step_and_authors_of_what_others_did() {
        use State::{Approved, ChangesRequested, Refused, Submitted, Withdrawn};
        for (before, after, heard) in [
            (None, Submitted, Some((RECEIVED, &[QUEUE_TOPIC][..]))),
            (
                Some(ChangesRequested),
                Submitted,
                Some((RECEIVED, &[QUEUE_TOPIC])),
            ),
            // It waits, and was changed.
            (Some(Submitted), Submitted, Some((RECEIVED, &[QUEUE_TOPIC]))),
            (
                Some(Submitted),
                Approved,
                Some((DECIDED, &[OWN_TOPIC, "submissions:mine:3", QUEUE_TOPIC])),
            ),
            (
                Some(ChangesRequested),
                Refused,
                Some((DECIDED, &[OWN_TOPIC, "submissions:mine:3", QUEUE_TOPIC])),
            ),
            (Some(Submitted), Withdrawn, None),
            // Its author was erased.
            (Some(Approved), Approved, None),
        ] {
            let event = live_event(&change(before, after, "user:3"));
            let topics: Option<Vec<&str>> = event
                .as_ref()
                .map(|event| event.topics.iter().map(String::as_str).collect());
            let told = event.as_ref().map(|event| event.kind).zip(topics);
            let heard = heard.map(|(kind, topics)| (kind, topics.to_vec()));
            assert_eq!(told, heard, "{before:?} {after:?}");
        }
        let of_a_program = live_event(&change(Some(Submitted), Approved, "key:3")).unwrap();
        assert_eq!(of_a_program.topics, [QUEUE_TOPIC]);
    }

    #[test]
    fn what_is_no_proposal_is_no_news() {
        let product = Change {
            entity: Entity::Product.name().to_owned(),
            ..change(None, State::Submitted, "user:3")
        };
        assert_eq!(News::of(&product), None);
    }
}
