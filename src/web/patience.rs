//! A time limit for bodies. The server cuts slow headers by itself but waits for a slow body without end
//! (measured: still open after 12 s), so bodies are read through this. Must not know what is in them.

use std::io;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_LENGTH, HeaderMap, TRANSFER_ENCODING};
use futures_util::{StreamExt, stream};
use tokio::time::{Instant, timeout_at};

use crate::config::LimitSettings;

/// How slowly a body may come: within a time, and beyond it only as it keeps coming at a rate.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    within: Duration,
    bytes_per_s: u32,
}

impl Pace {
    pub fn of(settings: &LimitSettings) -> Self {
        Self {
            within: Duration::from_secs(settings.body_s),
            bytes_per_s: settings.body_bytes_per_s.max(1),
        }
    }
}

/// Whether a request brings a body at all. Most do not, and theirs need no clock.
pub fn has_body(headers: &HeaderMap) -> bool {
    headers.contains_key(TRANSFER_ENCODING) || headers.get(CONTENT_LENGTH).is_some_and(|length| length != "0")
}

/// The same body, which ends in a time-out when it comes too slowly.
pub fn limited(payload: Payload, pace: Pace) -> Payload {
    let state = (payload, Instant::now() + pace.within);
    let chunks = stream::unfold(Some(state), move |state| async move {
        let (mut payload, deadline) = state?;
        match timeout_at(deadline, payload.next()).await {
            Ok(Some(Ok(chunk))) => {
                let bytes = u32::try_from(chunk.len()).unwrap_or(u32::MAX);
                let earned = Duration::from_secs_f64(f64::from(bytes) / f64::from(pace.bytes_per_s));
                Some((Ok(chunk), Some((payload, deadline + earned))))
            }
            Ok(Some(Err(error))) => Some((Err(error), None)),
            Ok(None) => None,
            Err(_) => Some((Err(PayloadError::Io(io::ErrorKind::TimedOut.into())), None)),
        }
    });
    Payload::Stream {
        payload: Box::pin(chunks),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::web::Bytes;

    use super::*;

    fn payload(chunks: Vec<&'static str>, and_then_nothing: bool) -> Payload {
        let sent = stream::iter(chunks.into_iter().map(|chunk| Ok(Bytes::from(chunk))));
        if and_then_nothing {
            Payload::Stream {
                payload: Box::pin(sent.chain(stream::pending())),
            }
        } else {
            Payload::Stream {
                payload: Box::pin(sent),
            }
        }
    }

    fn pace(seconds: u64) -> Pace {
        Pace {
            within: Duration::from_secs(seconds),
            bytes_per_s: 16_384,
        }
    }

    #[actix_web::test]
    async fn a_body_that_comes_is_handed_on_whole() {
        let chunks: Vec<_> = limited(payload(vec!["a", "b"], false), pace(10)).collect().await;
        assert_eq!(
            chunks.into_iter().map(Result::unwrap).collect::<Vec<_>>(),
            ["a", "b"]
        );
    }

    #[actix_web::test]
    async fn a_body_that_stops_coming_ends_in_a_time_out() {
        let chunks: Vec<_> = limited(payload(vec!["a"], true), pace(0)).collect().await;
        let last = chunks.into_iter().next_back().unwrap();
        assert!(matches!(last, Err(PayloadError::Io(error)) if error.kind() == io::ErrorKind::TimedOut));
    }
}
