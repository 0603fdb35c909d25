//! A shop of two processes on the cluster, with a cable to each server and a Redis between them, and people at work in it.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::checker;
use crate::cluster::{Cluster, DATABASE, Node};
use crate::ledger::Ledger;
use crate::load::{Load, People};
use crate::redis::RedisServer;
use crate::relay::Relay;
use crate::shop::{self, Place, Serving};
use crate::{pause, until};

/// More than before a fault is a leak only beyond what may be kept for a while: idle threads, and pools that have grown to
/// their eight connections, each of which is three files with the relay's two ends.
const SPARE_THREADS: usize = 24;
const SPARE_FILES: usize = 3 * 8 * 3;

/// The processes of the shop, as their logs are called.
pub const NAMES: [&str; 2] = ["first", "second"];

pub struct Stage {
    // In the order in which they have to end.
    pub load: Load,
    pub shops: RefCell<Vec<Serving>>,
    pub redis: RedisServer,
    /// To the primary and the two replicas, as the shop knows them.
    pub cables: Vec<Relay>,
    pub cluster: Cluster,
    pub place: Place,
    /// Which node is the primary now.
    pub primary: Cell<usize>,
    /// Of a program that may do everything.
    pub key: String,
    held: Vec<(usize, usize)>,
    /// What processes had counted that were killed since.
    buried: RefCell<String>,
    _folder: TempDir,
}

impl Stage {
    /// `None` without MariaDB or without Redis.
    pub fn open(people: People) -> Option<Stage> {
        let redis = RedisServer::start()?;
        let cluster = Cluster::start()?;
        let cables: Vec<Relay> = cluster.nodes.iter().map(|node| Relay::to(node.port)).collect();
        let folder = tempfile::tempdir().unwrap();
        let url = |cable: &Relay| format!("mysql://vitrine:vitrine@127.0.0.1:{}/{DATABASE}", cable.port);
        let place = Place {
            primary: url(&cables[0]),
            replicas: cables[1..].iter().map(url).collect(),
            folder: folder.path().to_owned(),
            redis: Some(redis.url()),
        };
        let key = place.make_key();
        let shops: Vec<Serving> = NAMES.iter().map(|name| Serving::start(&place, name)).collect();
        let load = Load::start(bases(&shops), key.clone(), people);
        let mut stage = Stage {
            load,
            shops: RefCell::new(shops),
            redis,
            cables,
            cluster,
            place,
            primary: Cell::new(0),
            key,
            held: Vec::new(),
            buried: RefCell::default(),
            _folder: folder,
        };
        stage.await_whole(Duration::from_secs(30));
        // Some work, so that every pool has what it needs.
        stage.await_calls(300);
        stage.held = stage.shops.borrow().iter().map(Serving::held).collect();
        Some(stage)
    }

    /// Sends people from the first process of the shop to the others.
    pub fn leave_shop(&self) {
        self.load.rest();
        let shops = self.shops.borrow();
        *self.buried.borrow_mut() += &shops[0].metrics();
        self.load.moved(bases(&shops[1..]));
        self.load.work();
    }

    /// Kills it.
    pub fn kill_shop(&self) {
        self.shops.borrow_mut().remove(0).kill();
    }

    /// Starts it anew, at another address; people come when it is ready and has made what they look at.
    pub fn start_shop(&self) {
        let started = Serving::start(&self.place, NAMES[0]);
        until("it is ready", Duration::from_secs(30), || started.is_ready());
        for path in self.load.sights() {
            let url = format!("{}{path}", started.base);
            until("it shows everything", Duration::from_secs(30), || {
                shop::is_shown(&url)
            });
        }
        self.shops.borrow_mut().insert(0, started);
        self.load.moved(bases(&self.shops.borrow()));
    }

    /// What the processes of the shop have counted in the series of this name.
    pub fn count(&self, series: &str) -> u64 {
        let shops = self.shops.borrow();
        let metrics = shops.iter().map(Serving::metrics);
        let metrics = metrics.chain([self.buried.borrow().clone()]);
        metrics
            .flat_map(|metrics| shop::values(&metrics, series))
            .sum::<f64>() as u64
    }

    /// How often the databases were asked for an answer that is to be kept. What a process makes ahead of anybody's asking,
    /// at most two answers for each of its writes, is not among them.
    pub fn loads(&self) -> u64 {
        // Who has waited in vain three times asks for himself.
        self.count("cache_fills_total") + self.count("cache_requests_total{layer=\"l1\",result=\"bypass\"}")
    }

    /// Where each process has it.
    pub fn urls(&self, path: &str) -> Vec<String> {
        let shops = self.shops.borrow();
        shops.iter().map(|shop| format!("{}{path}", shop.base)).collect()
    }

    /// So many ask for the same of each process, all at once; how many of them get nothing in two seconds.
    pub fn ask_at_once(&self, path: &str, count: usize) -> usize {
        let urls = self.urls(path);
        std::thread::scope(|scope| {
            let asking: Vec<_> = (0..count)
                .flat_map(|_| &urls)
                .map(|url| scope.spawn(|| shop::is_shown(url)))
                .collect();
            let answers = asking.into_iter().map(|asking| asking.join().unwrap());
            answers.filter(|is_shown| !is_shown).count()
        })
    }

    /// With everybody at rest: from here on nothing that was kept is as new as it should be, and every process knows.
    pub fn outdate(&self) {
        let shops = self.shops.borrow();
        let headers = format!(
            "Authorization: Bearer {}\r\nContent-Type: application/json\r\n",
            self.key
        );
        let ask = |shop: &Serving, method: &str, path: &str, body: &str| -> serde_json::Value {
            let (head, body) = shop::http(method, &format!("{}{path}", shop.base), &headers, body).unwrap();
            serde_json::from_str(&body).unwrap_or_else(|error| panic!("{error}: {head} {body}"))
        };
        let said = ask(&shops[0], "POST", "/api/admin/cache/purge", r#"{"tag":"all"}"#);
        let seq = said["seq"].as_i64().unwrap();
        until("every process knows", Duration::from_secs(10), || {
            let known = |shop| ask(shop, "GET", "/api/admin/cache", "")["known_seq"].as_i64();
            shops.iter().all(|shop| known(shop) >= Some(seq))
        });
    }

    pub fn node(&self, number: usize) -> &Node {
        &self.cluster.nodes[number]
    }

    /// How long until every process of the shop has every node in service again.
    pub fn await_whole(&self, limit: Duration) -> Duration {
        let begun = Instant::now();
        let is_whole = || self.shops.borrow().iter().all(Serving::is_whole);
        until("everything is back in service", limit, is_whole);
        begun.elapsed()
    }

    /// Until so many more requests were answered.
    pub fn await_calls(&self, count: usize) {
        let calls = |ledger: &Ledger| {
            let window = &ledger.window;
            let crowd = window.hits.count() + window.moving.count();
            window.reads.count() + window.own_reads.count() + window.writes.count() + crowd
        };
        let before = calls(&self.load.ledger());
        until("people are served", Duration::from_secs(60), || {
            calls(&self.load.ledger()) >= before + count
        });
    }

    /// With everybody at rest: what was lost, and everything else that is wrong.
    pub fn check(&self) -> (usize, Vec<String>) {
        let primary = self.node(self.primary.get());
        let mut connection = checker::connect(&primary.url("admin"));
        let (lost, mut faults) = checker::check(&mut connection, &self.load.ledger());
        let expected = checker::position(&mut connection);
        for node in self.followers() {
            let mut replica = checker::connect(&node.url("admin"));
            let deadline = Instant::now() + Duration::from_secs(30);
            while checker::position(&mut replica) != expected && faults.is_empty() {
                if Instant::now() > deadline {
                    let status = node.sql("SHOW SLAVE STATUS\\G");
                    faults.push(format!("a replica lacks something: {status}"));
                }
                pause(Duration::from_millis(10));
            }
        }
        faults.extend(self.leaks());
        (lost, faults)
    }

    fn followers(&self) -> impl Iterator<Item = &Node> {
        let numbered = self.cluster.nodes.iter().enumerate();
        numbered
            .filter(|(number, node)| *number != self.primary.get() && node.is_running())
            .map(|(_, node)| node)
    }

    fn leaks(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (shop, (threads, files)) in self.shops.borrow().iter().zip(&self.held) {
            let (more_threads, more_files) = shop.held();
            if more_threads > threads + SPARE_THREADS || more_files > files + SPARE_FILES {
                faults.push(format!(
                    "threads went from {threads} to {more_threads}, open files from {files} to {more_files}"
                ));
            }
        }
        faults
    }
}

/// Where people find the shop.
fn bases(shops: &[Serving]) -> Vec<String> {
    shops.iter().map(|shop| shop.base.clone()).collect()
}
