//! One request to a receiver: to an address that was judged, never redirected, bounded in time and size. Must not know what comes
//! of it.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use awc::Connector;
use awc::http::Uri;
use awc::http::header::{HttpDate, RETRY_AFTER};
use rustls::{ClientConfig, RootCertStore};

use super::message::signature;
use super::model::{Delivery, Secret};
use super::reach::Reach;
use crate::db::Moment;
use crate::error::{Error, Result};

/// What is read of an answer, so that its connection can be used again; beyond that it is closed.
const ANSWER_BYTES: usize = 64 * 1024;

/// The longest time for which a receiver that asks for it is left alone.
const LONGEST_REQUESTED_PAUSE: Duration = Duration::from_secs(60 * 60);

const USER_AGENT: &str = concat!("Vitrine/", env!("CARGO_PKG_VERSION"), " (webhooks)");

/// What came of a request, in words for people.
#[derive(Debug)]
pub enum Outcome {
    Delivered(String),
    Failed(String),
    /// It asks to be left alone for so long.
    Later(String, Duration),
}

/// Sends, on the thread where it was made. Cloning shares its connections.
#[derive(Clone)]
pub struct Sender {
    client: awc::Client,
    timeout: Duration,
}

impl Sender {
    /// Trusts whom the system trusts.
    ///
    /// # Errors
    /// When TLS cannot be set up at all.
    pub fn new(timeout: Duration) -> Result<Sender> {
        let mut roots = RootCertStore::empty();
        let known = rustls_native_certs::load_native_certs();
        roots.add_parsable_certificates(known.certs);
        if roots.is_empty() {
            tracing::warn!(
                "no certificate authorities are found (package ca-certificates): no webhook can be delivered over HTTPS"
            );
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(Error::internal)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        // Not HTTP/2: the client's implementation of it is old.
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        let connector = Connector::new()
            .rustls_0_23(Arc::new(tls))
            .timeout(timeout)
            .handshake_timeout(timeout);
        let client = awc::Client::builder()
            .connector(connector)
            .timeout(timeout)
            .disable_redirects()
            .finish();
        Ok(Sender { client, timeout })
    }

    /// Sends a delivery once.
    ///
    /// # Errors
    /// Faults of our own; those of the receiver are an outcome.
    pub async fn send(
        &self,
        reach: &Reach,
        url: &str,
        secrets: &[Secret],
        delivery: &Delivery,
    ) -> Result<Outcome> {
        let attempt = self.attempt(reach, url, secrets, delivery);
        let Ok(outcome) = tokio::time::timeout(self.timeout, attempt).await else {
            let waited = self.timeout;
            return Ok(Outcome::Failed(format!("no answer within {waited:?}")));
        };
        outcome
    }

    async fn attempt(
        &self,
        reach: &Reach,
        url: &str,
        secrets: &[Secret],
        delivery: &Delivery,
    ) -> Result<Outcome> {
        // The settings may have become stricter since it was typed.
        let target = match reach.target(url) {
            Ok(target) => target,
            Err(fault) => return Ok(Outcome::Failed(format!("the address {fault}"))),
        };
        let addresses = match reach.addresses(&target).await {
            Ok(addresses) => addresses,
            Err(fault) => return Ok(Outcome::Failed(format!("the address {fault}"))),
        };
        // The next attempt goes to the next address of the name.
        let turn = usize::try_from(delivery.attempts).unwrap_or(0) % addresses.len();
        let Some(address) = addresses.get(turn) else {
            return Ok(Outcome::Failed("the name has no address".to_owned()));
        };
        let Ok(uri) = target.as_str().parse::<Uri>() else {
            return Ok(Outcome::Failed("the address cannot be asked for".to_owned()));
        };
        let timestamp = Moment::now().unix_milliseconds() / 1000;
        let signature = signature(secrets, &delivery.message_id, timestamp, &delivery.body)?;
        let request = self
            .client
            .post(uri)
            .address(*address)
            .insert_header(("user-agent", USER_AGENT))
            .insert_header(("content-type", "application/json"))
            .insert_header(("webhook-id", delivery.message_id.as_str()))
            .insert_header(("webhook-timestamp", timestamp.to_string()))
            .insert_header(("webhook-signature", signature));
        let mut answer = match request.send_body(delivery.body.clone()).await {
            Ok(answer) => answer,
            Err(error) => return Ok(Outcome::Failed(error.to_string())),
        };
        let status = answer.status();
        if !status.is_success() {
            let asked = answer.headers().get(RETRY_AFTER);
            let asked = asked.and_then(|header| requested_pause(header.to_str().ok()?, SystemTime::now()));
            let words = format!("it answered {status}");
            return Ok(match asked {
                Some(wait) => Outcome::Later(words, wait),
                None => Outcome::Failed(words),
            });
        }
        // What it says is of no interest, and that it breaks off neither.
        let _ = answer.body().limit(ANSWER_BYTES).await;
        Ok(Outcome::Delivered(format!("it answered {status}")))
    }
}

/// For how long a receiver asks to be left alone (`Retry-After`: seconds, or a moment as HTTP writes it), at most an hour: what it
/// says is not ours to trust. `None` when it says nothing that means anything.
fn requested_pause(header: &str, now: SystemTime) -> Option<Duration> {
    let asked = match header.trim().parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let moment = SystemTime::from(header.trim().parse::<HttpDate>().ok()?);
            moment.duration_since(now).unwrap_or_default()
        }
    };
    Some(asked.min(LONGEST_REQUESTED_PAUSE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receiver_is_left_alone_as_it_asks_but_not_for_ever() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let asked = |header: &str| requested_pause(header, now).map(|pause| pause.as_secs());
        assert_eq!(asked("120"), Some(120));
        assert_eq!(asked(" 0 "), Some(0));
        assert_eq!(asked("Sun, 06 Nov 1994 08:50:37 GMT"), Some(60));
        assert_eq!(asked("Sun, 06 Nov 1994 08:00:00 GMT"), Some(0), "it has passed");
        assert_eq!(asked("Fri, 31 Dec 9999 23:59:59 GMT"), Some(3_600));
        assert_eq!(asked("18446744073709551615"), Some(3_600));
        for nonsense in ["", "soon", "-5", "1.5", "99999999999999999999999"] {
            assert_eq!(asked(nonsense), None, "{nonsense}");
        }
    }
}
