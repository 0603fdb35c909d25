//! Wake-ups between nodes through Redis, so that a follower learns of another node's write within milliseconds. Must not
//! be needed: what gets lost here is found by the poll, and what was made up does no harm.
//!
//! What arrives is only a reason to ask the primary for its head, and that is what followers are woken with. So a position
//! that does not exist (of another shop, or of before a restore) sends nobody to look for it.

mod doubts;
mod stream;
mod viewers;

use std::sync::Arc;
use std::time::{Duration, Instant};

use deadpool_redis::redis::{Client, IntoConnectionInfo, ProtocolVersion};
use futures_util::future::join;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::mpsc;

use super::live::Live;
use crate::db::{Router, Seq, changes};
use crate::error::{Error, Result};
use crate::metrics::Metrics;
use doubts::Doubts;
use stream::{Listener, Teller, Told};

/// Between two looks at the primary: a burst of writes is one look.
const LOOK_GAP: Duration = Duration::from_millis(5);

/// Between two attempts to reach Redis: doubled until the longest, and never equal on two nodes. A half more than the
/// longest is the most, so a Redis that is back is found within five seconds.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

/// How long nothing is told after that has failed.
const SILENCE: Duration = Duration::from_secs(1);

/// Tells the other nodes of this one's writes, and wakes its followers for theirs. Cloning is cheap.
#[derive(Clone)]
pub struct WakeUps(Arc<Inner>);

struct Inner {
    client: Client,
    db: Router,
    metrics: Metrics,
}

impl WakeUps {
    /// Connects to nothing yet: that is for [`WakeUps::exchange`].
    ///
    /// # Errors
    /// When the address is not one of a Redis.
    pub fn new(url: &SecretString, db: Router, metrics: Metrics) -> Result<WakeUps> {
        let info = url
            .expose_secret()
            .into_connection_info()
            .map_err(Error::internal)?;
        // Replies are read in the form of this version, whatever the address says.
        let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP2);
        let client = Client::open(info.set_redis_settings(settings)).map_err(Error::internal)?;
        metrics.set_wake_ups(true);
        Ok(WakeUps(Arc::new(Inner { client, db, metrics })))
    }

    pub(super) fn db(&self) -> &Router {
        &self.0.db
    }

    /// Tells and listens. Never ends.
    pub async fn exchange(self) {
        // A node that is busy with what it heard lets Redis wait.
        let (sender, receiver) = mpsc::channel(1);
        join(self.0.listen(sender), self.0.answer(receiver)).await;
    }

    /// Tells the other nodes how many look at what here, and learns it of them. Never ends.
    pub async fn share_viewers(&self, live: &Live) {
        viewers::exchange(&self.0.client, live).await;
    }
}

impl Inner {
    /// Hands over what other nodes tell, for ever.
    async fn listen(&self, heard: mpsc::Sender<Vec<Told>>) {
        let mut after = None;
        let mut pause = FIRST_PAUSE;
        let mut is_told = false;
        loop {
            let begun = Instant::now();
            let fault = match Listener::connect(&self.client, after.as_deref()).await {
                Ok(listener) => {
                    self.metrics.set_wake_ups(false);
                    if std::mem::take(&mut is_told) {
                        tracing::info!("wake-ups through Redis work again");
                    }
                    hand_over(listener, &mut after, &heard).await
                }
                Err(fault) => fault,
            };
            self.metrics.set_wake_ups(true);
            // A connection that lasted was a good one.
            if begun.elapsed() > LONGEST_PAUSE {
                pause = FIRST_PAUSE;
            }
            if !is_told {
                tracing::warn!(
                    fault,
                    "no wake-ups through Redis: changes of other nodes are found within a second"
                );
                is_told = true;
            }
            tokio::time::sleep(pause.mul_f64(0.5 + fastrand::f64())).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Looks whether what other nodes tell is so, and tells them of what they may not know.
    async fn answer(&self, mut heard: mpsc::Receiver<Vec<Told>>) {
        let mut newest = self.db.newest();
        let mut doubts = Doubts::default();
        let mut teller = Teller::new(self.client.clone());
        let mut telling = Telling::default();
        loop {
            tokio::select! {
                Some(told) = heard.recv() => {
                    if let Some(seq) = self.look(told, &mut doubts).await {
                        // The others heard it, too.
                        telling.known = telling.known.max(seq);
                    }
                }
                Ok(()) = newest.changed() => {
                    let seq = *newest.borrow_and_update();
                    self.tell(seq, &mut teller, &mut telling).await;
                }
            }
        }
    }

    /// Wakes followers if there is something new; how far the log goes then.
    async fn look(&self, told: Vec<Told>, doubts: &mut Doubts) -> Option<Seq> {
        let known = *self.db.newest().borrow();
        let news: Vec<Told> = told
            .into_iter()
            .filter(|told| told.seq > known && !doubts.cover(&told.epoch))
            .collect();
        let furthest = news.iter().map(|told| told.seq).max()?;
        let head = match self.db.heard_of(furthest).await {
            Ok(head) => head?,
            Err(error) => {
                tracing::debug!(%error, "a wake-up came, and the primary does not answer");
                return None;
            }
        };
        let head = Seq(head.seq);
        for told in news.into_iter().filter(|told| told.seq > head) {
            doubts.add(told.epoch);
        }
        tokio::time::sleep(LOOK_GAP).await;
        Some(head)
    }

    /// Never in the way of a write: it is long committed.
    async fn tell(&self, seq: Seq, teller: &mut Teller, telling: &mut Telling) {
        if seq < telling.known {
            // History was cut back, and may have another name now.
            *telling = Telling::default();
        }
        let is_silent = telling
            .failed_at
            .is_some_and(|failed_at| failed_at.elapsed() < SILENCE);
        if seq == telling.known || is_silent {
            return;
        }
        let Some(epoch) = self.epoch(telling).await else {
            return;
        };
        match teller.tell(&Told { epoch, seq }).await {
            Ok(()) => {
                telling.known = seq;
                telling.failed_at = None;
            }
            Err(fault) => {
                tracing::debug!(fault, "the other nodes could not be told of a change");
                telling.failed_at = Some(Instant::now());
            }
        }
    }

    async fn epoch(&self, telling: &mut Telling) -> Option<String> {
        if telling.epoch.is_none() {
            let head = self.db.read("changes.epoch", changes::head).await.ok()?;
            telling.epoch = Some(head.value.epoch);
        }
        telling.epoch.clone()
    }
}

/// Hands over what other nodes tell, until something fails.
async fn hand_over(
    mut listener: Listener,
    after: &mut Option<String>,
    heard: &mpsc::Sender<Vec<Told>>,
) -> String {
    loop {
        *after = Some(listener.after().to_owned());
        match listener.next().await {
            Ok(told) if told.is_empty() => {}
            Ok(told) => {
                if heard.send(told).await.is_err() {
                    return "nobody listens any more".to_owned();
                }
            }
            Err(fault) => return fault,
        }
    }
}

/// What the other nodes know of this one's log.
#[derive(Default)]
struct Telling {
    epoch: Option<String>,
    known: Seq,
    failed_at: Option<Instant>,
}
