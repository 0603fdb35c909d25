//! Live news for those who watch: one ring of recent events, fed by one follower of the log, and a cursor for each reader.
//! Must not know what an event says: whoever makes the shop gives a function that turns changes into events.

pub mod cursor;
mod doors;
mod feed;
pub mod ring;
mod seats;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use parking_lot::RwLock;
use tokio::sync::Semaphore;

pub use cursor::Past;
pub use doors::{Full, Ticket};
pub use seats::{Bell, Seat, Wake};

use crate::db::{Change, Router, Seq, Tag};
use crate::error::Result;
use crate::metrics::RealtimeMetrics;
use crate::realtime::line::Line;
use crate::web::client::Household;
use crate::web::permission::Permission;
use cursor::{Cursor, Seen, Standing, Taken};
use doors::Doors;
use ring::{Event, Ring};
use seats::Seats;

/// Makes events of changes, in order. What is nobody's business makes none.
pub type Project = Arc<dyn Fn(Vec<Change>) -> BoxFuture<'static, Result<Vec<Event>>> + Send + Sync>;

/// Who may watch a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    Everybody,
    /// Signed-in people who may do this.
    People(Permission),
    /// The same people, each of what is their own: see [`own_topic`].
    Oneself(Permission),
}

/// Somebody who is signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person {
    pub user_id: i32,
    pub permissions: &'static [Permission],
}

/// What a topic of one's own is called for events: of each person it is another one.
pub fn own_topic(name: &str, user_id: i32) -> String {
    format!("{name}:{user_id}")
}

/// Reads the name of a topic; `None` when there is none of this name.
pub type ReadTopic = fn(&str) -> Option<(Tag, Audience)>;

/// How much there may be of what.
#[derive(Debug, Clone, Copy)]
pub struct Extent {
    /// Readers of this node.
    pub sessions: usize,
    pub sessions_per_address: usize,
    /// Events that are kept in memory, and as many changes are replayed from the log.
    pub events: usize,
    pub heartbeat: Duration,
    /// Whether readers may ask how many look at the same.
    pub counts_viewers: bool,
}

/// Readers that wait for the log at once; the others wait for them.
const REPLAYS: usize = 4;

/// Who was woken and does not come for so long is hung up on.
const WOKEN: Duration = Duration::from_secs(30);

/// Between two looks for those.
const LOOK: Duration = Duration::from_secs(5);

/// How long readers may take to go when the node ends.
const GOING: Duration = Duration::from_secs(2);

/// The live news of one node. Cloning is cheap.
#[derive(Clone)]
pub struct Live(Arc<Inner>);

struct Inner {
    db: Router,
    project: Project,
    read_topic: ReadTopic,
    extent: Extent,
    doors: Arc<Doors>,
    board: RwLock<Board>,
    replays: Semaphore,
    /// Who watches what on other nodes.
    elsewhere: RwLock<HashMap<Tag, usize>>,
    is_closing: AtomicBool,
    metrics: RealtimeMetrics,
}

/// Somebody who reads, until it is dropped.
pub struct Reader {
    pub live: Live,
    pub seat: Arc<Seat>,
    pub cursor: Cursor,
}

impl Drop for Reader {
    fn drop(&mut self) {
        let Inner { metrics, board, .. } = &*self.live.0;
        metrics.session_closed();
        board.write().seats.leave(&self.seat, self.cursor.watches());
    }
}

/// Under one lock: whoever is put down as watching sees each event either in the ring or by a wake-up.
struct Board {
    ring: Ring,
    seats: Seats,
}

impl Live {
    /// Knows nothing before [`Live::run`] has begun.
    pub fn new(
        db: Router,
        project: Project,
        read_topic: ReadTopic,
        extent: Extent,
        metrics: RealtimeMetrics,
    ) -> Live {
        Live(Arc::new(Inner {
            db,
            project,
            read_topic,
            extent,
            doors: Doors::new(extent.sessions, extent.sessions_per_address),
            board: RwLock::new(Board {
                ring: Ring::new(extent.events),
                seats: Seats::default(),
            }),
            replays: Semaphore::new(REPLAYS),
            elsewhere: RwLock::default(),
            is_closing: AtomicBool::new(false),
            metrics,
        }))
    }

    pub fn heartbeat(&self) -> Duration {
        self.0.extent.heartbeat
    }

    pub fn metrics(&self) -> &RealtimeMetrics {
        &self.0.metrics
    }

    pub fn read_topic(&self, name: &str) -> Option<(Tag, Audience)> {
        (self.0.read_topic)(name)
    }

    /// Whether it knows the log and goes on.
    pub fn is_open(&self) -> bool {
        !self.is_closing() && self.0.board.read().ring.history() > 0
    }

    pub fn is_closing(&self) -> bool {
        self.0.is_closing.load(Ordering::Acquire)
    }

    /// Lets a reader in.
    pub fn enter(&self, household: Household) -> Result<Ticket, Full> {
        self.0.doors.enter(household)
    }

    /// A reader of this line, at the head.
    pub fn reader(&self, line: Option<Line>) -> Reader {
        self.0.metrics.session_opened();
        let seat = self.0.board.write().seats.sit(line);
        Reader {
            cursor: Cursor::at(&self.standing(&seat)),
            live: self.clone(),
            seat,
        }
    }

    pub fn standing(&self, seat: &Seat) -> Standing {
        self.0.board.read().standing(seat)
    }

    /// Puts a reader down for topics, from now on or behind what it has seen.
    pub fn watch(
        &self,
        seat: &Arc<Seat>,
        cursor: &mut Cursor,
        tags: &[Tag],
        seen: Option<Seen<'_>>,
    ) -> cursor::From {
        let mut board = self.0.board.write();
        board.seats.watch(seat, tags);
        let standing = board.standing(seat);
        cursor.watch(tags, seen, &standing)
    }

    pub fn unwatch(&self, seat: &Seat, cursor: &mut Cursor, tags: &[Tag]) {
        cursor.unwatch(tags);
        self.0.board.write().seats.unwatch(seat, tags.iter().copied());
    }

    /// What a reader gets in this turn.
    pub fn take(&self, seat: &Seat, cursor: &mut Cursor) -> Taken {
        let board = self.0.board.read();
        cursor.take(seat.take_pending(), &board.ring)
    }

    pub fn counts_viewers(&self) -> bool {
        self.0.extent.counts_viewers
    }

    /// About how many watch a topic on all nodes; `None` when that is nobody's business here.
    pub fn viewers(&self, tag: Tag) -> Option<usize> {
        let elsewhere = self.0.elsewhere.read().get(&tag).copied().unwrap_or(0);
        self.counts_viewers()
            .then(|| self.0.board.read().seats.count(tag) + elsewhere)
    }

    /// What is watched most on this node, and by how many.
    pub fn watched(&self, most: usize) -> Vec<(Tag, usize)> {
        self.0.board.read().seats.counts(most)
    }

    /// How many watch what on the other nodes by now.
    pub fn others_watch(&self, counts: HashMap<Tag, usize>) {
        *self.0.elsewhere.write() = counts;
    }

    /// Of the history that it follows.
    pub fn epoch(&self) -> Arc<str> {
        Arc::clone(self.0.board.read().ring.epoch())
    }

    /// Lets a reader go on at the head: nobody can say what it has missed.
    pub fn begin_anew(&self, cursor: &mut Cursor) -> Taken {
        cursor.begin_anew(&self.0.board.read().ring)
    }

    /// Tells everybody to go, and hangs up on who does not.
    pub async fn close(&self) {
        self.0.is_closing.store(true, Ordering::Release);
        self.wake_all();
        let deadline = tokio::time::Instant::now() + GOING;
        while self.0.doors.count() > 0 && tokio::time::Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.0
            .board
            .read()
            .seats
            .cut_silent(Duration::ZERO, Duration::ZERO);
    }

    /// Follows the log, and hangs up on whoever does not read, for as long as it is polled.
    pub async fn run(self) {
        let reap = async {
            loop {
                tokio::time::sleep(LOOK).await;
                self.reap();
            }
        };
        futures_util::future::join(self.clone().feed(), reap).await;
    }

    fn reap(&self) {
        // A reader that is well does something once in each heartbeat, however quiet the shop is.
        let longest = self.heartbeat() * 2 + WOKEN;
        let cut = self.0.board.read().seats.cut_silent(longest, WOKEN);
        for _ in 0..cut {
            self.0.metrics.dropped("stalled");
        }
    }

    fn wake_all(&self) {
        let board = self.0.board.read();
        board.seats.wake_all(board.ring.head().max(1));
    }

    fn newest(&self) -> Seq {
        *self.0.db.newest().borrow()
    }
}

impl Board {
    fn standing(&self, seat: &Seat) -> Standing {
        Standing {
            epoch: Arc::clone(self.ring.epoch()),
            history: self.ring.history(),
            head: self.ring.head(),
            pending: seat.pending(),
        }
    }
}
