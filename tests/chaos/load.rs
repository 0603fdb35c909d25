//! People at work: sessions that write and read back what they wrote, and readers who only look. They never stop asking
//! until each write has a certain outcome. Must not know what is being broken meanwhile.

mod client;
mod guest;
mod http;

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use awc::http::Method;
use futures_util::future::{join_all, join3};
use parking_lot::{Mutex, RwLock};
use serde_json::json;

use self::client::Client;
use self::guest::{Guest, STILL, Sight};
use crate::ledger::{Ledger, Said};
use crate::until;

const WORK: u8 = 0;
const REST: u8 = 1;
const STOP: u8 = 2;

const READERS: usize = 4;
/// What the products whose stock everybody sells begin with: little, so that it runs out now and then.
const STOCK: i64 = 12;

/// Pages that readers look at besides the sessions' own products; every change may show there.
const PAGES: [&str; 2] = ["/", "/api/v1/products?limit=5"];

/// Pages on which every change of a product may show, and that anybody looks at.
pub const LISTS: usize = PAGES.len() + guest::LISTS.len();

/// How many people are at work besides the readers.
#[derive(Clone, Copy)]
pub struct People {
    /// Who write and read what they wrote.
    pub writers: usize,
    /// A crowd that looks at the same few pages.
    pub guests: usize,
}

/// Everybody who asks, on a thread of their own.
pub struct Load {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

pub struct Shared {
    pub ledger: Mutex<Ledger>,
    /// Where the shop answers, one address per process.
    bases: RwLock<Vec<String>>,
    key: String,
    order: AtomicU8,
    resting: AtomicUsize,
    people: usize,
    shelf: RwLock<Vec<i64>>,
    /// What the crowd looks at.
    sights: RwLock<Vec<Sight>>,
}

impl Load {
    /// Sets people to work on the shop at these addresses.
    pub fn start(bases: Vec<String>, key: String, people: People) -> Load {
        let shared = Arc::new(Shared {
            ledger: Mutex::default(),
            bases: RwLock::new(bases),
            key,
            order: AtomicU8::new(WORK),
            resting: AtomicUsize::new(0),
            people: people.writers + READERS + people.guests,
            shelf: RwLock::default(),
            sights: RwLock::default(),
        });
        let of_thread = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(everybody(of_thread, people));
        });
        Load {
            shared,
            thread: Some(thread),
        }
    }

    pub fn ledger(&self) -> parking_lot::MutexGuard<'_, Ledger> {
        self.shared.ledger.lock()
    }

    /// The shop answers elsewhere now.
    pub fn moved(&self, bases: Vec<String>) {
        *self.shared.bases.write() = bases;
    }

    /// The addresses that the crowd looks at.
    pub fn sights(&self) -> Vec<String> {
        let sights = self.shared.sights.read();
        sights.iter().map(|sight| sight.path.clone()).collect()
    }

    /// Lets everybody finish what they began, until every outcome is certain and nobody asks.
    pub fn rest(&self) {
        self.shared.order.store(REST, Ordering::Release);
        until("every write has an outcome", Duration::from_secs(60), || {
            assert!(!self.thread.as_ref().unwrap().is_finished(), "the sessions ended");
            self.shared.resting.load(Ordering::Acquire) == self.shared.people
        });
    }

    pub fn work(&self) {
        self.shared.order.store(WORK, Ordering::Release);
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.shared.order.store(STOP, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            // What went wrong there was printed there.
            let _ = thread.join();
        }
    }
}

impl Shared {
    /// One of the shop's processes.
    fn base(&self) -> String {
        let bases = self.bases.read();
        bases[fastrand::usize(..bases.len())].clone()
    }

    /// The same one each time, as long as there are as many of them.
    fn base_of(&self, number: usize) -> String {
        let bases = self.bases.read();
        bases[number % bases.len()].clone()
    }

    fn sight(&self) -> Sight {
        let sights = self.sights.read();
        sights[fastrand::usize(..sights.len())].clone()
    }

    fn is_stopped(&self) -> bool {
        self.order.load(Ordering::Acquire) == STOP
    }

    /// Waits while all rest; whether there is more to do.
    async fn goes_on(&self) -> bool {
        if self.order.load(Ordering::Acquire) == REST {
            self.resting.fetch_add(1, Ordering::AcqRel);
            while self.order.load(Ordering::Acquire) == REST {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            self.resting.fetch_sub(1, Ordering::AcqRel);
        }
        !self.is_stopped()
    }
}

async fn everybody(shared: Arc<Shared>, People { writers, guests }: People) {
    let mut clerk = Client::new(Arc::clone(&shared));
    for number in 0..2 {
        let made = clerk.make(&format!("Shelf {number}"), STOCK).await;
        shared.shelf.write().push(made);
        shared.ledger.lock().stock.insert(made, STOCK);
    }
    let mut sessions = Vec::new();
    for number in 0..writers {
        let mut client = Client::new(Arc::clone(&shared));
        // Half of them are programs, half are browsers.
        client.is_browser = number % 2 == 1;
        client.own_product(&format!("Own {number}")).await;
        sessions.push(client);
    }
    let still = clerk.make(STILL, 1).await;
    *shared.sights.write() = guest::sights(still, &sessions[0]);
    let guests: Vec<_> = (0..guests)
        .map(|number| Guest::new(Arc::clone(&shared), number))
        .collect();
    join_all(guests.iter().map(Guest::find_the_way)).await;
    let sessions = join_all(
        sessions
            .into_iter()
            .map(|client| session(Arc::clone(&shared), client)),
    );
    let readers = join_all((0..READERS).map(|_| reader(Arc::clone(&shared))));
    let guests = join_all(guests.into_iter().map(Guest::look_around));
    join3(sessions, readers, guests).await;
}

/// Nobody clicks without end.
async fn think() {
    tokio::time::sleep(Duration::from_millis(fastrand::u64(10..60))).await;
}

async fn session(shared: Arc<Shared>, mut client: Client) {
    while shared.goes_on().await {
        match fastrand::u8(..10) {
            0..5 => client.change_price().await,
            5..9 => sell(&shared, &mut client).await,
            _ => {
                client.make(&format!("Made {:016x}", fastrand::u64(..)), 1).await;
                shared.ledger.lock().made += usize::from(!shared.is_stopped());
            }
        }
        client.read_own().await;
        think().await;
    }
}

async fn sell(shared: &Shared, client: &mut Client) {
    let product_id = {
        let shelf = shared.shelf.read();
        shelf[fastrand::usize(..shelf.len())]
    };
    let delta = fastrand::i64(1..=3) * if fastrand::bool() { 1 } else { -1 };
    let path = format!("/api/admin/products/{product_id}/stock");
    let Some(answer) = client
        .repeat(Method::POST, &path, &json!({ "delta": delta }), &[200, 409])
        .await
    else {
        return;
    };
    // 409: so many are not there. That is an outcome too.
    if answer.status == 200 {
        let left = answer.json()["stock_quantity"].as_i64().unwrap();
        let mut ledger = shared.ledger.lock();
        *ledger.stock.get_mut(&product_id).unwrap() += delta;
        ledger.acknowledge(answer.seq(), product_id, Said::Stock(left));
    }
}

async fn reader(shared: Arc<Shared>) {
    let client = Client::new(Arc::clone(&shared));
    while shared.goes_on().await {
        let own: Vec<i64> = shared.ledger.lock().prices.keys().copied().collect();
        match own.get(fastrand::usize(..own.len() + 2)) {
            Some(product_id) => client.look_at(*product_id).await,
            None => client.look(PAGES[fastrand::usize(..PAGES.len())]).await,
        }
        think().await;
    }
}

/// The first price in an answer of the API, or in what a page tells search engines.
fn price_in(text: &str) -> Option<&str> {
    let (_, after) = text.split_once("\"price\":\"")?;
    after.split_once('"').map(|(price, _)| price)
}
