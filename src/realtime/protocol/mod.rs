//! What a live session does, as a machine without sockets and clocks: frames and moments go in, what is to be done comes
//! out. Must not know actors, nor what an event says.
//!
//! Everything a client can cause is bounded: topics, messages in a time, the size of a turn (`live::ring`), and how long it
//! may keep silent. What goes beyond ends the session, with a close code that says why.

mod ending;
pub mod message;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use bytestring::ByteString;

pub use ending::Ending;

use super::live::cursor::{From, Seen, Standing};
use super::live::{Audience, Person, own_topic};
use crate::db::Tag;
use crate::web::permission::Permission;
use message::{Asked, Fault, Subscribe};

/// Topics of a session.
pub const MOST_TOPICS: usize = 64;

/// Longest message of a client, in bytes.
pub const LONGEST_MESSAGE: usize = 4096;

/// Frames that a client may send at once, and how long it takes until it may send one more.
const BURST: u32 = 20;
const REFILL: Duration = Duration::from_millis(500);

/// Who comes in says soon what for.
const FIRST_MESSAGE: Duration = Duration::from_secs(10);

/// How long an answer to a ping may take.
const ANSWER: Duration = Duration::from_secs(10);

/// How often it is looked whether somebody is still signed in.
const WARRANT_CHECK: Duration = Duration::from_secs(1);

/// What the machine needs of the news.
pub trait Desk {
    fn topic(&self, name: &str) -> Option<(Tag, Audience)>;
    /// How many topics there would be with these.
    fn count_with(&self, tags: &[Tag]) -> usize;
    fn watch(&mut self, tags: &[Tag], seen: Option<Seen<'_>>) -> From;
    fn unwatch(&mut self, tags: &[Tag]);
    fn standing(&self) -> Standing;
    /// Everything up to here was given.
    fn position(&self) -> i64;
    /// About how many watch a topic; `None` when nobody counts.
    fn viewers(&self, tag: Tag) -> Option<usize>;
}

/// What is to be done, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Do {
    Send(ByteString),
    /// A ping of the WebSocket.
    Ping,
    /// The answer to one, with what it held.
    Pong(bytes::Bytes),
    /// There may be events to take.
    Take,
    /// Find out who is signed in, and say so with [`Protocol::warranted`].
    Check,
    /// Nothing comes after this.
    Close(Ending),
}

/// One session.
pub struct Protocol {
    heartbeat: Duration,
    opened: Instant,
    /// Something came from the client.
    heard: Instant,
    /// From 0.8 to 1.2, so that not all are pinged at once.
    jitter: f64,
    pinged: Option<Instant>,
    has_asked: bool,
    allowance: u32,
    refilled: Instant,
    /// Somebody may be signed in.
    has_warrant: bool,
    /// Who watches what is for signed-in people only, and what is needed for that; nothing while it is for everybody.
    guarded: BTreeSet<Permission>,
    user_id: Option<i32>,
    checked: Option<Instant>,
    /// Until it is known who asks.
    waiting: Vec<Subscribe>,
}

impl Protocol {
    pub fn new(heartbeat: Duration, has_warrant: bool, now: Instant) -> Protocol {
        Protocol {
            heartbeat,
            opened: now,
            heard: now,
            jitter: 0.8 + 0.4 * fastrand::f64(),
            pinged: None,
            has_asked: false,
            allowance: BURST,
            refilled: now,
            has_warrant,
            guarded: BTreeSet::new(),
            user_id: None,
            checked: None,
            waiting: Vec::new(),
        }
    }

    /// The first thing that a client hears.
    pub fn welcome(&self, desk: &impl Desk) -> Do {
        let standing = desk.standing();
        let heartbeat_s = self.heartbeat.as_secs();
        Do::Send(message::welcome(&standing.epoch, standing.head, heartbeat_s))
    }

    /// A text came.
    pub fn text(&mut self, now: Instant, text: &str, desk: &mut impl Desk) -> Vec<Do> {
        if let Some(end) = self.hear(now) {
            return vec![end];
        }
        let Ok(asked) = serde_json::from_str(text) else {
            return refuse(Fault::Malformed);
        };
        self.has_asked = true;
        match asked {
            Asked::Ping {} => vec![Do::Send(message::pong(desk.position()))],
            Asked::Viewers { topic } => vec![Do::Send(viewers(&topic, desk))],
            Asked::Subscribe(wish) => self.subscribe(now, wish, desk),
            Asked::Unsubscribe { topics } => {
                desk.unwatch(&self.tags(&topics, desk));
                vec![Do::Send(message::unsubscribed(&topics))]
            }
        }
    }

    /// A ping of the WebSocket came.
    pub fn ping(&mut self, now: Instant, payload: bytes::Bytes) -> Vec<Do> {
        vec![self.hear(now).unwrap_or(Do::Pong(payload))]
    }

    pub fn pong(&mut self, now: Instant) -> Vec<Do> {
        self.hear(now).into_iter().collect()
    }

    fn subscribe(&mut self, now: Instant, wish: Subscribe, desk: &mut impl Desk) -> Vec<Do> {
        let topics: Option<Vec<_>> = wish.topics.iter().map(|name| desk.topic(name)).collect();
        let Some(topics) = topics.filter(|topics| !topics.is_empty()) else {
            return refuse(Fault::UnknownTopic);
        };
        if wish.since.is_some() && wish.epoch.is_none() {
            return refuse(Fault::EpochMissing);
        }
        let tags: Vec<Tag> = topics.iter().map(|(tag, _)| *tag).collect();
        if desk.count_with(&tags) > MOST_TOPICS {
            return refuse(Fault::TooManyTopics);
        }
        if topics.iter().any(|(_, audience)| asks(*audience).is_some()) {
            if !self.has_warrant {
                return refuse(Fault::Forbidden);
            }
            self.waiting.push(wish);
            self.checked = Some(now);
            return vec![Do::Check];
        }
        watch(&wish, &tags, desk)
    }

    /// Who is signed in now, if anybody still is. Whoever may no longer hear what they watch hears nothing more.
    pub fn warranted(&mut self, person: Option<Person>, desk: &mut impl Desk) -> Vec<Do> {
        let waiting = std::mem::take(&mut self.waiting);
        let may = |asked: &Permission| person.is_some_and(|person| person.permissions.contains(asked));
        if !self.guarded.iter().all(may) {
            return end(Ending::SignedOut);
        }
        self.has_warrant = person.is_some();
        self.user_id = person.map(|person| person.user_id);
        let mut done = Vec::new();
        for wish in waiting {
            let topics = wish.topics.iter().filter_map(|name| desk.topic(name));
            let asked: Vec<Permission> = topics.filter_map(|(_, audience)| asks(audience)).collect();
            if !asked.iter().all(may) {
                done.extend(refuse(Fault::Forbidden));
                continue;
            }
            let tags = self.tags(&wish.topics, desk);
            // Others may have waited beside it.
            if desk.count_with(&tags) > MOST_TOPICS {
                done.extend(refuse(Fault::TooManyTopics));
                continue;
            }
            self.guarded.extend(asked);
            done.extend(watch(&wish, &tags, desk));
        }
        done
    }

    /// Nobody can say who is signed in. What only some may hear is not told meanwhile, and who comes back later misses nothing.
    pub fn unanswered(&mut self, retry_ms: u64) -> Vec<Do> {
        if self.guarded.is_empty() && self.waiting.is_empty() {
            return Vec::new();
        }
        end(Ending::Unsure { retry_ms })
    }

    /// The topics of these names, those of one's own among them.
    fn tags(&self, names: &[String], desk: &impl Desk) -> Vec<Tag> {
        let read = |name: &String| match (desk.topic(name)?, self.user_id) {
            ((_, Audience::Oneself(_)), Some(user_id)) => Some(Tag::named(&own_topic(name, user_id))),
            ((tag, _), _) => Some(tag),
        };
        names.iter().filter_map(read).collect()
    }

    /// Something that is no text in one frame came.
    pub fn not_text(&self) -> Vec<Do> {
        end(Ending::NotText)
    }

    /// When [`Protocol::tick`] has something to do next.
    pub fn next_tick(&self) -> Instant {
        let heartbeat = match self.pinged {
            Some(pinged) => pinged + ANSWER,
            None => self.heard + self.heartbeat.mul_f64(self.jitter),
        };
        let first = (!self.has_asked).then(|| self.opened + FIRST_MESSAGE);
        let check = self.checked.filter(|_| !self.guarded.is_empty());
        let check = check.map(|checked| checked + WARRANT_CHECK);
        [first, check].into_iter().flatten().fold(heartbeat, Instant::min)
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Instant) -> Vec<Do> {
        if !self.has_asked && now >= self.opened + FIRST_MESSAGE {
            return end(Ending::Mute);
        }
        let mut done = Vec::new();
        match self.pinged {
            Some(pinged) if now >= pinged + ANSWER => return end(Ending::Silent),
            None if now >= self.heard + self.heartbeat.mul_f64(self.jitter) => {
                self.pinged = Some(now);
                done.push(Do::Ping);
            }
            _ => {}
        }
        if !self.guarded.is_empty() && self.checked.is_some_and(|checked| now >= checked + WARRANT_CHECK) {
            self.checked = Some(now);
            done.push(Do::Check);
        }
        done
    }

    /// The client is there; or it talks too much.
    fn hear(&mut self, now: Instant) -> Option<Do> {
        self.heard = now;
        self.pinged = None;
        while self.allowance < BURST && now >= self.refilled + REFILL {
            self.refilled += REFILL;
            self.allowance += 1;
        }
        if self.allowance == BURST {
            self.refilled = now;
        }
        match self.allowance.checked_sub(1) {
            Some(rest) => {
                self.allowance = rest;
                None
            }
            None => Some(Do::Close(Ending::TooMany)),
        }
    }
}

/// What somebody must be allowed who watches what is for these.
fn asks(audience: Audience) -> Option<Permission> {
    match audience {
        Audience::Everybody => None,
        Audience::People(asked) | Audience::Oneself(asked) => Some(asked),
    }
}

fn watch(wish: &Subscribe, tags: &[Tag], desk: &mut impl Desk) -> Vec<Do> {
    let seen = wish.epoch.as_deref().zip(wish.since);
    let from = desk.watch(tags, seen.map(|(epoch, seq)| Seen { epoch, seq }));
    let (From::After(seq) | From::Anew(seq)) = from;
    let mut done = vec![Do::Send(message::subscribed(&wish.topics, seq))];
    if let From::Anew(seq) = from {
        done.push(Do::Send(message::resync(&desk.standing().epoch, seq)));
    }
    done.push(Do::Take);
    done
}

/// Who works in the shop is not counted for everybody.
fn viewers(topic: &str, desk: &impl Desk) -> ByteString {
    let known = desk.topic(topic);
    let Some((tag, _)) = known.filter(|(_, audience)| *audience == Audience::Everybody) else {
        return message::error(Fault::UnknownTopic);
    };
    match desk.viewers(tag) {
        Some(count) => message::viewers(topic, count),
        None => message::error(Fault::NotCounted),
    }
}

fn refuse(fault: Fault) -> Vec<Do> {
    vec![Do::Send(message::error(fault))]
}

fn end(ending: Ending) -> Vec<Do> {
    vec![Do::Close(ending)]
}

#[cfg(test)]
mod tests;
