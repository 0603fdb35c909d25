//! People at work: sessions that write and read back what they wrote, and readers who only look. They never stop asking
//! until each write has a certain outcome. Must not know what is being broken meanwhile.

mod client;

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use awc::http::Method;
use futures_util::future::{join, join_all};
use parking_lot::{Mutex, RwLock};
use serde_json::json;

use self::client::Client;
use crate::ledger::{Ledger, Said};
use crate::until;

const WORK: u8 = 0;
const REST: u8 = 1;
const STOP: u8 = 2;

const READERS: usize = 4;
/// What the products whose stock everybody sells begin with: little, so that it runs out now and then.
const STOCK: i64 = 12;

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
}

impl Load {
    /// Sets people to work on the shop at these addresses.
    pub fn start(bases: Vec<String>, key: String, writers: usize) -> Load {
        let shared = Arc::new(Shared {
            ledger: Mutex::default(),
            bases: RwLock::new(bases),
            key,
            order: AtomicU8::new(WORK),
            resting: AtomicUsize::new(0),
            people: writers + READERS,
            shelf: RwLock::default(),
        });
        let of_thread = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(everybody(of_thread, writers));
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

async fn everybody(shared: Arc<Shared>, writers: usize) {
    let mut clerk = Client::new(Arc::clone(&shared));
    for number in 0..2 {
        let made = clerk.make(&format!("Shelf {number}"), STOCK).await;
        shared.shelf.write().push(made);
        shared.ledger.lock().stock.insert(made, STOCK);
    }
    let sessions = join_all((0..writers).map(|number| session(Arc::clone(&shared), number)));
    let readers = join_all((0..READERS).map(|_| reader(Arc::clone(&shared))));
    join(sessions, readers).await;
}

/// Nobody clicks without end.
async fn think() {
    tokio::time::sleep(Duration::from_millis(fastrand::u64(10..60))).await;
}

async fn session(shared: Arc<Shared>, number: usize) {
    let mut client = Client::new(Arc::clone(&shared));
    // Half of them are programs, half are browsers.
    client.is_browser = number % 2 == 1;
    client.own_product(&format!("Own {number}")).await;
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
            None => {
                client
                    .look(if fastrand::bool() {
                        "/"
                    } else {
                        "/api/v1/products?limit=5"
                    })
                    .await
            }
        }
        think().await;
    }
}
