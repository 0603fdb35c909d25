//! A time limit for bodies. The server cuts slow headers by itself but waits for a slow body without end
//! (measured: still open after 12 s), so bodies are read through this. Must not know what is in them.

use std::io;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_LENGTH, HeaderMap, TRANSFER_ENCODING};
use futures_util::{StreamExt, stream};
use tokio::time::{Instant, timeout_at};

/// A body may take this long, and longer only as it keeps coming at this rate.
const PATIENCE: Duration = Duration::from_secs(10);
const BYTES_PER_SECOND: u32 = 16 * 1024;

/// Whether a request brings a body at all. Most do not, and theirs need no clock.
pub fn has_body(headers: &HeaderMap) -> bool {
    headers.contains_key(TRANSFER_ENCODING) || headers.get(CONTENT_LENGTH).is_some_and(|length| length != "0")
}

/// The same body, which ends in a time-out when it comes too slowly.
pub fn limited(payload: Payload) -> Payload {
    within(payload, PATIENCE)
}

fn within(payload: Payload, patience: Duration) -> Payload {
    let state = (payload, Instant::now() + patience);
    let chunks = stream::unfold(Some(state), |state| async move {
        let (mut payload, deadline) = state?;
        match timeout_at(deadline, payload.next()).await {
            Ok(Some(Ok(chunk))) => {
                let bytes = u32::try_from(chunk.len()).unwrap_or(u32::MAX);
                let earned = Duration::from_secs_f64(f64::from(bytes) / f64::from(BYTES_PER_SECOND));
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

    #[actix_web::test]
    async fn a_body_that_comes_is_handed_on_whole() {
        let chunks: Vec<_> = within(payload(vec!["a", "b"], false), Duration::from_secs(10))
            .collect()
            .await;
        assert_eq!(
            chunks.into_iter().map(Result::unwrap).collect::<Vec<_>>(),
            ["a", "b"]
        );
    }

    #[actix_web::test]
    async fn a_body_that_stops_coming_ends_in_a_time_out() {
        let chunks: Vec<_> = within(payload(vec!["a"], true), Duration::ZERO).collect().await;
        let last = chunks.into_iter().next_back().unwrap();
        assert!(matches!(last, Err(PayloadError::Io(error)) if error.kind() == io::ErrorKind::TimedOut));
    }
}
