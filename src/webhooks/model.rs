//! A webhook and a delivery, and what makes a webhook valid. Must not know storage or HTTP.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::reach::Reach;
use crate::catalog::PUBLIC_KINDS;
use crate::db::Moment;
use crate::error::{Error, FieldError, Result};

/// What its column holds.
pub const URL_LENGTH: usize = 500;

/// As Standard Webhooks want it: 24 to 64 bytes.
const SECRET_BYTES: usize = 32;

/// The longest time between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(4 * 60 * 60);

/// What a pause is multiplied by from one attempt to the next.
const GROWTH: u32 = 3;

/// Hours for which a former secret may go on signing beside the new one, at most and unless somebody says otherwise.
pub const MOST_FORMER_HOURS: i64 = 7 * 24;
pub const FORMER_HOURS: i64 = 24;

/// Somebody whom the shop tells of its changes. Whoever shows it leaves the secret out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    pub webhook_id: i32,
    pub url: String,
    /// Of [`PUBLIC_KINDS`]; none means all.
    pub types: Vec<String>,
    pub is_active: bool,
    pub version: i32,
    pub created_at: Moment,
    /// Until when the secret before the last renewal signs, too; it may have passed.
    pub former_until: Option<Moment>,
}

impl Webhook {
    /// Whether it wants to hear of events of this kind.
    pub fn wants(&self, kind: &str) -> bool {
        self.types.is_empty() || self.types.iter().any(|wanted| wanted == kind)
    }

    /// As the change log has it: without the secrets.
    pub fn state(&self) -> Value {
        let mut state = json!({ "url": self.url, "types": self.types, "is_active": self.is_active });
        if let (Some(until), Some(fields)) = (self.former_until, state.as_object_mut()) {
            fields.insert("former_secret_until".to_owned(), json!(until));
        }
        state
    }

    /// Until when the former secret signs, while it does.
    pub fn former_secret_until(&self) -> Option<Moment> {
        self.former_until.filter(|until| *until > Moment::now())
    }
}

/// A webhook as somebody typed it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WebhookInput {
    pub url: String,
    pub types: Vec<String>,
    pub is_active: bool,
}

impl WebhookInput {
    /// A webhook as it stands in its form.
    pub fn of(webhook: &Webhook) -> WebhookInput {
        WebhookInput {
            url: webhook.url.clone(),
            types: webhook.types.clone(),
            is_active: webhook.is_active,
        }
    }

    /// The same without spaces and doubles, in the order of the kinds; all kinds are none.
    ///
    /// # Errors
    /// `Invalid` with every fault.
    pub(super) fn understood(&self, reach: &Reach) -> Result<WebhookInput> {
        let mut faults = Vec::new();
        let url = self.url.trim();
        if url.is_empty() {
            faults.push(FieldError::new("/url", "required", "is required"));
        } else if url.len() > URL_LENGTH {
            let detail = format!("must have at most {URL_LENGTH} characters");
            faults.push(FieldError::new("/url", "too_long", detail));
        } else if let Err(detail) = reach.target(url) {
            faults.push(FieldError::new("/url", "format", detail));
        }
        let unknown = self
            .types
            .iter()
            .find(|kind| !PUBLIC_KINDS.contains(&kind.as_str()));
        if unknown.is_some() {
            let detail = format!("must be of {}", PUBLIC_KINDS.join(", "));
            faults.push(FieldError::new("/types", "format", detail));
        }
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        let wanted = |kind: &&str| self.types.iter().any(|wanted| wanted == kind);
        let mut types: Vec<String> = PUBLIC_KINDS
            .into_iter()
            .filter(wanted)
            .map(str::to_owned)
            .collect();
        if types.len() == PUBLIC_KINDS.len() {
            types.clear();
        }
        Ok(WebhookInput {
            url: url.to_owned(),
            types,
            is_active: self.is_active,
        })
    }
}

/// What both sides know and sign with. Never printed by accident.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// `whsec_` and random bytes in base64.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn generate() -> Result<Secret> {
        let mut bytes = [0_u8; SECRET_BYTES];
        getrandom::fill(&mut bytes).map_err(Error::internal)?;
        Ok(Secret(format!("whsec_{}", STANDARD.encode(bytes))))
    }

    /// One that is stored.
    pub fn stored(text: String) -> Secret {
        Secret(text)
    }

    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is signed with.
    ///
    /// # Errors
    /// When something else is stored than a secret.
    pub fn key(&self) -> Result<Vec<u8>> {
        let text = self.0.strip_prefix("whsec_").unwrap_or(&self.0);
        STANDARD.decode(text).map_err(Error::internal)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// How far a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Behind another one about the same thing.
    Waiting,
    /// To be tried at its time.
    Due,
    Delivered,
    /// Given up.
    Dead,
}

impl State {
    pub const ALL: [State; 4] = [State::Waiting, State::Due, State::Delivered, State::Dead];

    /// Its name in the database.
    pub fn name(self) -> &'static str {
        match self {
            State::Waiting => "waiting",
            State::Due => "due",
            State::Delivered => "delivered",
            State::Dead => "dead",
        }
    }

    pub fn parse(name: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// One thing that one webhook is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    pub delivery_id: i32,
    pub webhook_id: i32,
    pub message_id: String,
    /// What it is about, as the change log names it: `product:7`. What is about one thing is told in order.
    pub subject: String,
    pub kind: String,
    pub body: String,
    pub state: State,
    pub attempts: i32,
    pub due_at: Moment,
    pub created_at: Moment,
    /// The last time.
    pub tried_at: Option<Moment>,
    /// What came of the last attempt, in words.
    pub answer: Option<String>,
}

/// How long to wait after so many attempts have failed: three times as long each time, a fifth more or less, so that receivers
/// that come back are not met by everybody at once. `luck` is from 0 to 1.
pub fn pause(first: Duration, failed: u32, luck: f64) -> Duration {
    let grown = first.saturating_mul(GROWTH.saturating_pow(failed.saturating_sub(1)));
    grown.min(LONGEST_PAUSE).mul_f64(0.8 + 0.4 * luck)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_four_hours_and_are_never_all_alike() {
        let first = Duration::from_secs(5);
        let pauses: Vec<u64> = (1..=9)
            .map(|failed| pause(first, failed, 0.5).as_secs())
            .collect();
        assert_eq!(pauses, [5, 15, 45, 135, 405, 1215, 3645, 10935, 14400]);
        assert_eq!(pause(first, u32::MAX, 0.5).as_secs(), 14400);
        assert!(pause(first, 1, 0.0) < pause(first, 1, 1.0));
    }

    #[test]
    fn every_fault_of_a_webhook_is_told_at_once_and_all_kinds_are_none() {
        let reach = Reach::default();
        let wrong = WebhookInput {
            url: "ftp://example.com".to_owned(),
            types: vec!["change.recorded".to_owned()],
            is_active: true,
        };
        let Err(Error::Invalid(faults)) = wrong.understood(&reach) else {
            panic!("taken");
        };
        let pointers: Vec<_> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(pointers, ["/url", "/types"]);
        let all = WebhookInput {
            url: " https://example.com/hook ".to_owned(),
            types: PUBLIC_KINDS.map(str::to_owned).to_vec(),
            is_active: true,
        };
        let all = all.understood(&reach).unwrap();
        assert_eq!(
            (all.url.as_str(), all.types.len()),
            ("https://example.com/hook", 0)
        );
    }

    #[test]
    fn a_secret_is_not_printed_and_holds_a_key() {
        let secret = Secret::generate().unwrap();
        assert_eq!(format!("{secret:?}"), "Secret(..)");
        assert_eq!(secret.key().unwrap().len(), SECRET_BYTES);
        assert!(secret.expose().starts_with("whsec_"));
    }
}
