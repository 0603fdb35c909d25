//! The signals by which whoever started the shop ends it. Must not know what is ended.

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::StopHandle;
use crate::error::{Error, Result};

/// The signals that ask for an end, listened to from the moment the sockets are bound: whoever reads the address that
/// `serve` prints may send one before the first request.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    pub fn listen() -> Result<Self> {
        let listen = |kind| signal(kind).map_err(Error::internal);
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! { _ = self.terminate.recv() => {}, _ = self.interrupt.recv() => {} }
    }
}

/// The first signal finishes what is under way, the second one does not wait.
pub async fn stop_on_signal(stop: StopHandle, mut signals: Signals) {
    signals.next().await;
    tracing::info!("stopping: running requests are finished first");
    tokio::select! {
        () = stop.stop() => {}
        () = signals.next() => stop.stop_now().await,
    }
}
