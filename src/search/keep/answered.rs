//! Reads of the database that are tried until somebody answers: without rows there is nothing to search in, and meanwhile
//! whoever searches is answered elsewhere. Must not know what is read.

use std::future::Future;
use std::time::Duration;

use crate::error::Result;

/// Between two attempts.
const PAUSE: Duration = Duration::from_secs(1);

/// What a read brings, as soon as it brings anything. Says once that it has to wait, and when that is over.
pub(super) async fn answered<T, F: Future<Output = Result<T>>>(mut read: impl FnMut() -> F) -> T {
    let mut has_waited = false;
    loop {
        match read().await {
            Ok(found) => {
                if has_waited {
                    tracing::info!("the database answers the search index again");
                }
                return found;
            }
            Err(error) if has_waited => tracing::debug!(%error, "the database still does not answer"),
            Err(error) => {
                has_waited = true;
                let error = error.chain();
                tracing::warn!(error, "the search index waits for a database that answers");
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}
