//! A WebSocket session as an actor: it carries frames to the machine of `protocol` and does what that says. The only place
//! that knows actors; must not decide anything.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::{Actor, ActorContext, ActorFutureExt, AsyncContext, SpawnHandle, StreamHandler, WrapFuture};
use actix_http::ws::CloseReason;
use actix_web::{HttpRequest, HttpResponse, web};
use actix_web_actors::ws;

use super::line::Line;
use super::live::cursor::{From, Next, Seen, Standing, Taken};
use super::live::ring::Frame;
use super::live::{Audience, Live, Past, Person, Reader, Ticket, Wake};
use super::protocol::{Desk, Do, Ending, LONGEST_MESSAGE, Protocol, message};
use crate::db::Tag;
use crate::error::{Error, Result};

/// Before the next piece of a long replay. The actor must end its turn, or everything would be written in this one.
const TURN: Duration = Duration::from_millis(1);

/// Within this time clients of a node that ends come back, each at its own moment.
const RETRY_MS: std::ops::Range<u64> = 200..5_000;

/// Tells who is signed in; `None` when nobody is any more, an error when nobody can say.
pub type Warrant =
    Arc<dyn Fn() -> futures_util::future::BoxFuture<'static, Result<Option<Person>>> + Send + Sync>;

/// What a session begins with.
pub struct Start {
    pub live: Live,
    pub ticket: Ticket,
    pub line: Option<Line>,
    pub warrant: Option<Warrant>,
}

/// Answers a request that has been looked at: from here on it is a session.
///
/// # Errors
/// When the request is no handshake.
pub fn open(start: Start, request: &HttpRequest, stream: web::Payload) -> Result<HttpResponse> {
    let Start {
        live,
        ticket,
        line,
        warrant,
    } = start;
    let session = Session {
        protocol: Protocol::new(live.heartbeat(), warrant.is_some(), Instant::now()),
        reader: live.reader(line),
        warrant,
        reads_log: false,
        alarm: None,
        _ticket: ticket,
    };
    ws::WsResponseBuilder::new(session, request, stream)
        .frame_size(LONGEST_MESSAGE)
        .start()
        .map_err(|error| Error::bad_request("websocket_handshake", error.to_string()))
}

struct Session {
    protocol: Protocol,
    reader: Reader,
    warrant: Option<Warrant>,
    /// Older events are being read.
    reads_log: bool,
    /// When time has something to say next, as far as it was known.
    alarm: Option<(Instant, SpawnHandle)>,
    _ticket: Ticket,
}

type Context = ws::WebsocketContext<Session>;

impl Actor for Session {
    type Context = Context;

    fn started(&mut self, context: &mut Context) {
        // Not by the mailbox: each address of an actor takes more memory than all this.
        context.add_stream(self.reader.seat.bell());
        let welcome = self.protocol.welcome(&self.reader);
        self.act(vec![welcome], context);
        self.wait(context);
    }
}

impl StreamHandler<std::result::Result<ws::Message, ws::ProtocolError>> for Session {
    fn handle(&mut self, frame: std::result::Result<ws::Message, ws::ProtocolError>, context: &mut Context) {
        let reader = &mut self.reader;
        reader.seat.touch();
        let now = Instant::now();
        let done = match frame {
            Ok(ws::Message::Text(text)) => self.protocol.text(now, &text, reader),
            Ok(ws::Message::Ping(payload)) => self.protocol.ping(now, payload),
            Ok(ws::Message::Pong(_)) => self.protocol.pong(now),
            Ok(ws::Message::Binary(_) | ws::Message::Continuation(_)) => self.protocol.not_text(),
            Ok(ws::Message::Nop) => Vec::new(),
            Ok(ws::Message::Close(_)) => {
                context.close(None);
                return context.stop();
            }
            // The connection broke: nobody did anything wrong.
            Err(ws::ProtocolError::Io(_)) => return context.stop(),
            // Whatever it was, the stream gives it again and again to an actor that goes on.
            Err(ws::ProtocolError::Overflow) => vec![Do::Close(Ending::TooLarge)],
            Err(_) => vec![Do::Close(Ending::Malformed)],
        };
        self.act(done, context);
        self.wait(context);
    }

    fn finished(&mut self, context: &mut Context) {
        context.stop();
    }
}

impl StreamHandler<Wake> for Session {
    fn handle(&mut self, _: Wake, context: &mut Context) {
        self.take(context);
    }
}

impl Session {
    fn act(&mut self, done: Vec<Do>, context: &mut Context) {
        for one in done {
            match one {
                Do::Send(text) => context.text(text),
                Do::Ping => context.ping(b""),
                Do::Pong(payload) => context.pong(&payload),
                Do::Take => self.take(context),
                Do::Check => self.check(context),
                Do::Close(ending) => return self.end(ending, context),
            }
        }
    }

    fn end(&mut self, ending: Ending, context: &mut Context) {
        self.reader.live.metrics().dropped(ending.name());
        tracing::debug!(reason = ending.name(), "a live session was ended");
        let code = ending.code().into();
        let description = Some(ending.words());
        context.close(Some(CloseReason { code, description }));
        context.stop();
    }

    /// Sends what there is for one turn.
    fn take(&mut self, context: &mut Context) {
        let reader = &mut self.reader;
        reader.seat.touch();
        if reader.live.is_closing() {
            let retry_ms = fastrand::u64(RETRY_MS);
            return self.end(Ending::Restart { retry_ms }, context);
        }
        // What comes meanwhile is behind what is being read.
        if self.reads_log {
            return;
        }
        let taken = reader.live.take(&reader.seat, &mut reader.cursor);
        self.give(taken, context);
    }

    fn give(&mut self, taken: Taken, context: &mut Context) {
        if let Some((epoch, seq)) = taken.anew {
            self.reader.live.metrics().dropped("resync");
            context.text(message::resync(&epoch, seq));
        }
        self.send(taken.frames, context);
        match taken.next {
            Next::Rest => {}
            Next::Again => self.go_on(context),
            Next::Older { after, until } => self.read_log(after, until, context),
        }
    }

    fn send(&self, frames: Vec<Frame>, context: &mut Context) {
        self.reader.live.metrics().sent(frames.len());
        for frame in frames {
            context.text(frame.text);
        }
    }

    fn go_on(&self, context: &mut Context) {
        context.run_later(TURN, |session, context| session.take(context));
    }

    fn read_log(&mut self, after: i64, until: i64, context: &mut Context) {
        self.reads_log = true;
        let live = self.reader.live.clone();
        let epoch = live.standing(&self.reader.seat).epoch;
        let reading = async move { live.past(&epoch, after, until).await };
        let reading = reading.into_actor(self).map(|past, session, context| {
            session.reads_log = false;
            session.give_past(past, context);
        });
        context.spawn(reading);
    }

    fn give_past(&mut self, past: Result<Option<Past>>, context: &mut Context) {
        let reader = &mut self.reader;
        match past {
            Ok(Some(past)) => {
                let frames = reader.cursor.take_older(past);
                self.send(frames, context);
                self.go_on(context);
            }
            Ok(None) => {
                let taken = reader.live.begin_anew(&mut reader.cursor);
                self.give(taken, context);
            }
            Err(error) => {
                tracing::debug!(%error, "what a live session has missed cannot be read");
                reader.live.metrics().dropped("log_failed");
                let taken = reader.live.begin_anew(&mut reader.cursor);
                self.give(taken, context);
            }
        }
    }

    fn check(&mut self, context: &mut Context) {
        let Some(warrant) = self.warrant.clone() else {
            return;
        };
        let checked = warrant()
            .into_actor(self)
            .map(|person, session: &mut Session, context| {
                let done = match person {
                    Ok(person) => session.protocol.warranted(person, &mut session.reader),
                    Err(error) => {
                        tracing::debug!(%error, "nobody can say who has a live session");
                        session.protocol.unanswered(fastrand::u64(RETRY_MS))
                    }
                };
                session.act(done, context);
                session.wait(context);
            });
        context.spawn(checked);
    }

    /// Comes back when time has something to say. Later than before needs no new alarm: the old one finds nothing to do.
    fn wait(&mut self, context: &mut Context) {
        let due = self.protocol.next_tick();
        match self.alarm {
            Some((set_for, _)) if set_for <= due => return,
            Some((_, late)) => drop(context.cancel_future(late)),
            None => {}
        }
        let wait = due.saturating_duration_since(Instant::now());
        let alarm = context.run_later(wait, |session, context| {
            session.alarm = None;
            session.reader.seat.touch();
            let done = session.protocol.tick(Instant::now());
            session.act(done, context);
            session.wait(context);
        });
        self.alarm = Some((due, alarm));
    }
}

impl Desk for Reader {
    fn topic(&self, name: &str) -> Option<(Tag, Audience)> {
        self.live.read_topic(name)
    }

    fn count_with(&self, tags: &[Tag]) -> usize {
        self.cursor.count_with(tags)
    }

    fn watch(&mut self, tags: &[Tag], seen: Option<Seen<'_>>) -> From {
        self.live.watch(&self.seat, &mut self.cursor, tags, seen)
    }

    fn unwatch(&mut self, tags: &[Tag]) {
        self.live.unwatch(&self.seat, &mut self.cursor, tags);
    }

    fn standing(&self) -> Standing {
        self.live.standing(&self.seat)
    }

    fn position(&self) -> i64 {
        self.cursor.position(&self.standing())
    }

    fn viewers(&self, tag: Tag) -> Option<usize> {
        self.live.viewers(tag)
    }
}
