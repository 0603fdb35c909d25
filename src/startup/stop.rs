//! How a running application ends: asked by a signal, or by whoever started it.

use std::time::Duration;

use actix_web::dev::ServerHandle;
use futures_util::future::join;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::error::{Error, Result};
use crate::health::Health;
use crate::realtime::Live;
use crate::webhooks::Webhooks;

/// Ends a running application in order: no longer ready and no webhooks told, then no live sessions, no new connections, no
/// running requests.
#[derive(Clone)]
pub struct StopHandle {
    pub(super) health: Health,
    pub(super) drain: Duration,
    pub(super) live: Live,
    pub(super) webhooks: Webhooks,
    pub(super) shop: ServerHandle,
    pub(super) ops: ServerHandle,
}

impl StopHandle {
    pub async fn stop(&self) {
        self.health.drain();
        join(tokio::time::sleep(self.drain), self.webhooks.close()).await;
        // The server itself would cut them without a word.
        self.live.close().await;
        self.shop.stop(true).await;
        self.ops.stop(false).await;
    }

    async fn stop_now(&self) {
        self.shop.stop(false).await;
        self.ops.stop(false).await;
    }
}

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
