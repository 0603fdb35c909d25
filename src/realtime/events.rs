//! Live news as Server-Sent Events, for clients that only listen: the same events as over the WebSocket. Must not know what
//! they say.
//!
//! The id of an event is the history and the position in it, so a browser that comes back says by itself where to go on.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{BufMut, Bytes, BytesMut};
use futures_util::stream::unfold;
use futures_util::{Stream, StreamExt};
use tokio::time::timeout;

use super::line::Line;
use super::live::cursor::{From, Next, Seen, Taken};
use super::live::ring::Frame;
use super::live::{Bell, Live, Reader, Ticket};
use super::protocol::{Desk, message};
use crate::db::Tag;

/// What is sent first, so that proxies and browsers know that it has begun; and how long a browser waits before it comes back.
const BEGIN: &str = "retry: 2000\n\n";

/// A position as the id of an event says it.
pub fn read_id(id: &str) -> Option<(&str, i64)> {
    let (epoch, seq) = id.split_once('.')?;
    Some((epoch, seq.parse().ok()?))
}

struct Listener {
    reader: Reader,
    bell: Bell,
    epoch: Arc<str>,
    /// What is sent before anything else.
    first: Option<BytesMut>,
    next: Next,
    _ticket: Ticket,
}

/// The events of these topics, from now on or behind a position.
pub fn stream(
    live: Live,
    ticket: Ticket,
    line: Option<Line>,
    tags: &[Tag],
    seen: Option<(&str, i64)>,
) -> impl Stream<Item = Result<Bytes, std::convert::Infallible>> + use<> {
    let mut reader = live.reader(line);
    let seen = seen.map(|(epoch, seq)| Seen { epoch, seq });
    let from = live.watch(&reader.seat, &mut reader.cursor, tags, seen);
    let epoch = live.standing(&reader.seat).epoch;
    let mut first = BytesMut::from(BEGIN);
    match from {
        From::After(seq) => mark(&mut first, &epoch, seq),
        From::Anew(seq) => write(&mut first, &epoch, seq, &message::resync(&epoch, seq)),
    }
    let listener = Listener {
        bell: reader.seat.bell(),
        reader,
        epoch,
        first: Some(first),
        next: Next::Again,
        _ticket: ticket,
    };
    unfold(listener, |mut listener| async move {
        let piece = listener.piece().await?;
        Some((Ok(piece), listener))
    })
}

impl Listener {
    /// What is sent next; `None` when the node ends.
    async fn piece(&mut self) -> Option<Bytes> {
        if let Some(first) = self.first.take() {
            return Some(first.freeze());
        }
        let since = Instant::now();
        loop {
            let live = &self.reader.live;
            if live.is_closing() {
                live.metrics().dropped("restart");
                return None;
            }
            self.reader.seat.touch();
            let taken = match std::mem::take(&mut self.next) {
                Next::Older { after, until } => self.older(after, until).await,
                Next::Rest | Next::Again => {
                    let Reader { live, seat, cursor } = &mut self.reader;
                    live.take(seat, cursor)
                }
            };
            let piece = self.written(taken);
            if !piece.is_empty() {
                return Some(piece.freeze());
            }
            let left = self.reader.live.heartbeat().saturating_sub(since.elapsed());
            if left.is_zero() {
                let mut alive = BytesMut::new();
                mark(&mut alive, &self.epoch, self.reader.position());
                return Some(alive.freeze());
            }
            if self.next == Next::Rest {
                let _ = timeout(left.max(Duration::from_millis(1)), self.bell.next()).await;
            }
        }
    }

    async fn older(&mut self, after: i64, until: i64) -> Taken {
        let Reader { live, cursor, .. } = &mut self.reader;
        match live.past(&self.epoch, after, until).await {
            Ok(Some(past)) => Taken {
                frames: cursor.take_older(past),
                next: Next::Again,
                ..Taken::default()
            },
            Ok(None) => live.begin_anew(cursor),
            Err(error) => {
                tracing::debug!(%error, "what an event stream has missed cannot be read");
                live.metrics().dropped("log_failed");
                live.begin_anew(cursor)
            }
        }
    }

    fn written(&mut self, taken: Taken) -> BytesMut {
        let mut piece = BytesMut::new();
        let metrics = self.reader.live.metrics();
        if let Some((epoch, seq)) = taken.anew {
            metrics.dropped("resync");
            write(&mut piece, &epoch, seq, &message::resync(&epoch, seq));
            self.epoch = epoch;
        }
        metrics.sent(taken.frames.len());
        for Frame { seq, text } in &taken.frames {
            write(&mut piece, &self.epoch, *seq, text);
        }
        self.next = taken.next;
        piece
    }
}

/// A position alone. No browser tells its page of it, but it goes on from there when it comes back; and it is a sign of life.
fn mark(piece: &mut BytesMut, epoch: &str, seq: i64) {
    piece.put(format!("id: {epoch}.{seq}\n\n").as_bytes());
}

/// An event is JSON, so it stands on one line.
fn write(piece: &mut BytesMut, epoch: &str, seq: i64, text: &str) {
    piece.put(format!("id: {epoch}.{seq}\ndata: {text}\n\n").as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_names_a_history_and_a_position() {
        for (id, read) in [
            ("abc.7", Some(("abc", 7))),
            ("abc.", None),
            ("abc", None),
            ("7", None),
            ("", None),
            ("abc.99999999999999999999", None),
        ] {
            assert_eq!(read_id(id), read, "{id}");
        }
    }
}
