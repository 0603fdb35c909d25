//! The cluster grows and shrinks with the load, by the rule of an autoscaler.

use std::time::{Duration, Instant};

use super::{Length, guests, has_share, served};
use crate::pause;
use crate::stage::{SHOP, Stage};
use crate::topology::CATALOG;

/// Requests in flight per node at which another one is wanted, and how many nodes there may be. `deploy/kubernetes/catalog.yaml`
/// has the same rule with larger numbers: these nodes have one thread each and share a machine with the guests.
const WANTED_IN_FLIGHT: f64 = 2.5;
const NODES: std::ops::RangeInclusive<usize> = 2..=4;
/// Guests who keep four nodes busy, and do not use up the connections of two.
const CROWD: usize = 12;

/// `http_server_active_requests` of all nodes, as something that scales them would see it: several looks, averaged.
fn in_flight(stage: &Stage) -> f64 {
    const LOOKS: usize = 10;
    let mut sum = 0.0;
    for _ in 0..LOOKS {
        for node in stage.of(CATALOG) {
            let metrics = node.serving.metrics();
            let line = metrics
                .lines()
                .find_map(|line| line.strip_prefix("http_server_active_requests "));
            sum += line.unwrap().parse::<f64>().unwrap();
        }
        pause(Duration::from_millis(50));
    }
    sum / LOOKS as f64
}

/// The rule of a HorizontalPodAutoscaler: as many nodes as bring each one to what is wanted.
fn wanted(in_flight: f64) -> usize {
    let nodes = (in_flight / WANTED_IN_FLIGHT).ceil() as usize;
    nodes.clamp(*NODES.start(), *NODES.end())
}

pub fn grown(stage: &mut Stage, length: Length) -> String {
    let usual = stage.catalog().len();
    let guests = guests(stage, 1, CROWD, search);
    for node in stage.catalog().into_iter().skip(*NODES.start()) {
        stage.stop(node);
    }
    let (mut told, mut slowest, mut most) = (Vec::new(), Duration::ZERO, 0);
    let crowd: &[usize] = match length {
        Length::Short => &[1, CROWD, 1],
        Length::Long => &[1, 6, CROWD, CROWD, 6, 1, 1],
    };
    for present in crowd.iter().copied() {
        guests.come(present);
        pause(length.aftermath());
        let busy = in_flight(stage);
        let (now, wanted) = (stage.catalog().len(), wanted(busy));
        told.push(format!("{now} nodes, {present} guests, {busy:.1} in flight"));
        if wanted > now {
            let begun = Instant::now();
            for node in stage.start(&vec![CATALOG; wanted - now]) {
                slowest = slowest.max(has_share(stage, node, begun, length));
            }
        }
        for node in stage.catalog().into_iter().skip(wanted) {
            stage.stop(node);
        }
        most = most.max(wanted);
    }
    assert_eq!(
        (most, stage.catalog().len()),
        (*NODES.end(), *NODES.start()),
        "{told:?}"
    );
    let (count, window) = served(guests);
    stage.start(&vec![CATALOG; usual - stage.catalog().len()]);
    stage.await_whole();
    format!(
        "{}; a new node has its share after {slowest:.2?} at most; {count} requests, 0 failed, worst {:.0?}",
        told.join("; "),
        window.worst()
    )
}

/// What nobody asked before, so that no node has it ready.
fn search() -> (&'static str, String) {
    (SHOP, format!("/search?q=lamp+{}", fastrand::u32(..)))
}
