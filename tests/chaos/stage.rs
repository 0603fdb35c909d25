//! A shop of two processes on the cluster, with a cable to each server, and people at work in it.

use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::checker;
use crate::cluster::{Cluster, DATABASE, Node};
use crate::ledger::Ledger;
use crate::load::Load;
use crate::relay::Relay;
use crate::shop::{Place, Serving};
use crate::{pause, until};

const WRITERS: usize = 6;

/// More than before a fault is a leak only beyond what may be kept for a while: idle threads, and pools that have grown to
/// their eight connections, each of which is three files with the relay's two ends.
const SPARE_THREADS: usize = 24;
const SPARE_FILES: usize = 3 * 8 * 3;

pub struct Stage {
    // In the order in which they have to end.
    pub load: Load,
    pub shops: Vec<Serving>,
    /// To the primary and the two replicas, as the shop knows them.
    pub cables: Vec<Relay>,
    pub cluster: Cluster,
    pub place: Place,
    /// Which node is the primary now.
    pub primary: std::cell::Cell<usize>,
    held: Vec<(usize, usize)>,
    _folder: TempDir,
}

impl Stage {
    pub fn open() -> Option<Stage> {
        let cluster = Cluster::start()?;
        let cables: Vec<Relay> = cluster.nodes.iter().map(|node| Relay::to(node.port)).collect();
        let folder = tempfile::tempdir().unwrap();
        let url = |cable: &Relay| format!("mysql://vitrine:vitrine@127.0.0.1:{}/{DATABASE}", cable.port);
        let place = Place {
            primary: url(&cables[0]),
            replicas: cables[1..].iter().map(url).collect(),
            folder: folder.path().to_owned(),
        };
        let key = place.make_key();
        let shops: Vec<Serving> = ["first", "second"]
            .iter()
            .map(|name| Serving::start(&place, name))
            .collect();
        let load = Load::start(shops.iter().map(|shop| shop.base.clone()).collect(), key, WRITERS);
        let mut stage = Stage {
            load,
            shops,
            cables,
            cluster,
            place,
            primary: std::cell::Cell::new(0),
            held: Vec::new(),
            _folder: folder,
        };
        stage.await_whole(Duration::from_secs(30));
        // Some work, so that every pool has what it needs.
        stage.await_calls(300);
        stage.held = stage.shops.iter().map(Serving::held).collect();
        Some(stage)
    }

    pub fn node(&self, number: usize) -> &Node {
        &self.cluster.nodes[number]
    }

    /// How long until every process of the shop has every node in service again.
    pub fn await_whole(&self, limit: Duration) -> Duration {
        let begun = Instant::now();
        let is_whole = || self.shops.iter().all(Serving::is_whole);
        until("every node is back in service", limit, is_whole);
        begun.elapsed()
    }

    /// Until so many more requests were answered.
    pub fn await_calls(&self, count: usize) {
        let calls = |ledger: &Ledger| {
            let window = &ledger.window;
            window.reads.count() + window.own_reads.count() + window.writes.count()
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
        for (shop, (threads, files)) in self.shops.iter().zip(&self.held) {
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
