//! What is sent: the body of an event, its name, and the signature over both, as Standard Webhooks have them. Must not know how
//! anything is sent or stored.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::model::Secret;
use crate::db::Moment;
use crate::error::{Error, Result};

/// Something to be told to webhooks.
#[derive(Debug, Clone)]
pub struct Message {
    /// The same however often it is sent, so that whoever gets it twice knows it.
    pub id: String,
    pub subject: String,
    pub kind: String,
    pub body: String,
}

impl Message {
    /// A change that the public hears of. The history is part of its name: after a restore the same number is another change.
    pub fn of_change(
        epoch: &str,
        seq: i64,
        at: Moment,
        subject: String,
        kind: &str,
        data: &Value,
    ) -> Message {
        Message {
            id: format!("{epoch}-{seq}"),
            subject,
            kind: kind.to_owned(),
            body: json!({ "type": kind, "timestamp": at, "seq": seq, "epoch": epoch, "data": data })
                .to_string(),
        }
    }

    /// History has become another one: whoever keeps a copy of the shop reads it anew.
    pub fn resync(epoch: &str, seq: i64, at: Moment) -> Message {
        let id = format!("{epoch}-resync");
        Message {
            subject: id.clone(),
            ..Message::of_change(epoch, seq, at, id, "resync", &json!({}))
        }
    }

    /// Somebody wants to see whether it arrives.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn ping(at: Moment) -> Result<Message> {
        let mut random = [0_u8; 16];
        getrandom::fill(&mut random).map_err(Error::internal)?;
        let id = format!("ping-{}", hex::encode(random));
        Ok(Message {
            subject: id.clone(),
            id,
            kind: "ping".to_owned(),
            body: json!({ "type": "ping", "timestamp": at, "data": {} }).to_string(),
        })
    }
}

/// The `webhook-signature` of a message that is sent at `timestamp` (seconds since 1970): one signature for each secret that
/// counts, with spaces in between.
///
/// # Errors
/// When something else is stored than a secret.
pub fn signature(secrets: &[Secret], id: &str, timestamp: i64, body: &str) -> Result<String> {
    let signed = secrets.iter().map(|secret| {
        let mut mac = Hmac::<Sha256>::new_from_slice(&secret.key()?).map_err(Error::internal)?;
        mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
        Ok(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
    });
    Ok(signed.collect::<Result<Vec<_>>>()?.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's reference libraries.
    #[test]
    fn a_signature_is_that_of_the_specification() {
        let secret = Secret::stored("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned());
        let signed = signature(
            &[secret],
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(signed.unwrap(), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
