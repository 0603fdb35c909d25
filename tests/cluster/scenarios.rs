//! What happens to nodes in a year, each in some seconds, under guests who must not notice. What each returns is what was
//! measured.

mod growth;
pub mod rollout;

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use crate::browser::{Account, Browser};
use crate::guests::{Choice, Guests, Window};
use crate::stage::{API, SHOP, Stage};
use crate::topology::{ADMIN, CATALOG};
use crate::{pause, signal, until};

pub type Scenario = fn(&mut Stage, Length) -> String;

pub const ALL: [(&str, Scenario); 7] = [
    ("requests go to all nodes in turn", in_turn),
    ("a node killed, and another one in its place", killed),
    ("a node frozen, and well again", frozen),
    ("a node drained by the load balancer, and replaced", drained),
    ("two nodes, four, two, as the load grows and falls", growth::grown),
    ("the active admin node killed in mid-edit", mid_edit),
    // The last one: it leaves nodes to a manager of its own.
    (
        "a new version rolled out, and two that are broken",
        rollout::rolled,
    ),
];

/// How long a dead node may be asked, and how long a new one may be without its share. Promised for a machine with nothing else
/// to do; the short form runs beside other tests, and is given more.
const OUT_WITHIN: Duration = Duration::from_secs(1);
const SHARE_WITHIN: Duration = Duration::from_secs(5);
/// How long the owner may wait for a save when the node is gone.
const SAVED_WITHIN: Duration = Duration::from_secs(3);

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Length {
    Short,
    Long,
}

impl Length {
    /// What a promise is held to.
    fn limit(self, promised: Duration) -> Duration {
        if self == Length::Long {
            promised
        } else {
            promised * 3
        }
    }

    fn times(self, long: usize) -> usize {
        if self == Length::Long { long } else { 1 }
    }

    /// How long guests go on asking after something happened.
    fn aftermath(self) -> Duration {
        Duration::from_secs(if self == Length::Long { 5 } else { 1 })
    }
}

/// Pages that are kept, pages that are made anew, and the API.
fn look() -> (&'static str, String) {
    let choices = [
        (SHOP, "/"),
        (SHOP, "/products?sort=price"),
        (SHOP, "/search?q=lamp"),
        (API, "/api/v1/products?limit=5"),
        (API, "/api/v1/search?q=vase"),
    ];
    let (host, path) = choices[fastrand::usize(..choices.len())];
    (host, path.to_owned())
}

/// Guests at work, after a while.
fn guests(stage: &Stage, present: usize, most: usize, choice: Choice) -> Guests {
    let guests = Guests::waiting(&stage.door, most, choice);
    guests.come(present);
    guests.await_answers(50);
    guests
}

/// Everybody goes home; nobody was turned away.
fn served(guests: Guests) -> (usize, Window) {
    let window = guests.take_window();
    drop(guests);
    let failed = window.failures.len();
    assert!(failed == 0, "{failed} failed, first {}", window.failures[0]);
    (window.times.len(), window)
}

/// Requests that each node answers meanwhile.
fn answered(stage: &Stage, meanwhile: impl FnOnce()) -> Vec<(Ipv4Addr, u64)> {
    let before = stage.balancer.slots("catalog");
    meanwhile();
    let after = stage.balancer.slots("catalog").into_iter();
    let counts = after.map(|slot| {
        let known = before.iter().find(|known| known.address == slot.address);
        (
            slot.address,
            slot.answered - known.map_or(0, |known| known.answered),
        )
    });
    counts.collect()
}

/// How long after its start a node has at least half of what would be its share.
fn has_share(stage: &Stage, node: Ipv4Addr, begun: Instant, length: Length) -> Duration {
    until("the new node takes its share", SHARE_WITHIN * 6, || {
        let counts = answered(stage, || pause(Duration::from_millis(500)));
        let all: u64 = counts.iter().map(|(_, count)| count).sum();
        let own = counts.iter().find(|(address, _)| *address == node);
        let nodes = stage.catalog().len() as u64;
        own.is_some_and(|(_, own)| *own > 0 && own * nodes * 2 >= all)
    });
    let took = begun.elapsed();
    assert!(took < length.limit(SHARE_WITHIN), "{took:?}");
    took
}

/// How long until it gets no more requests.
fn out(stage: &Stage, node: Ipv4Addr) -> Duration {
    let is_out = || {
        let slot = stage.balancer.slot("catalog", node);
        slot.is_none_or(|slot| !slot.status.starts_with("UP"))
    };
    until("the node gets no more requests", Duration::from_secs(10), is_out)
}

fn in_turn(stage: &mut Stage, length: Length) -> String {
    let rounds = 10 * length.times(10);
    let nodes = stage.catalog().len();
    let counts = answered(stage, || {
        let mut client = stage.door.client();
        for _ in 0..rounds * nodes {
            let (host, path) = look();
            assert_eq!(client.get(host, &path).unwrap().status, 200, "{path}");
        }
    });
    let counts: Vec<u64> = counts.into_iter().map(|(_, count)| count).collect();
    let (fewest, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
    assert!(counts.len() == nodes && most - fewest <= 1, "{counts:?}");
    format!("{counts:?}")
}

fn killed(stage: &mut Stage, length: Length) -> String {
    let mut told = Vec::new();
    for _ in 0..length.times(5) {
        let guests = guests(stage, 8, 8, look);
        let victim = stage.catalog()[0];
        stage.kill(victim);
        let out = out(stage, victim);
        assert!(out < length.limit(OUT_WITHIN), "{out:?}");
        pause(length.aftermath());
        stage.names.remove(CATALOG.name, victim);
        let begun = Instant::now();
        let next = stage.start(&[CATALOG])[0];
        let share = has_share(stage, next, begun, length);
        let (count, mut window) = served(guests);
        told.push(format!(
            "out after {out:.2?}, the next one has its share after {share:.2?}; {count} requests, 0 failed, p99 {:.0?}, worst {:.0?}",
            window.p99(),
            window.worst()
        ));
    }
    told.join("; ")
}

fn frozen(stage: &mut Stage, length: Length) -> String {
    let guests = guests(stage, 8, 8, look);
    let victim = stage.catalog()[0];
    signal(stage.node(victim).serving.id(), "STOP");
    let out = out(stage, victim);
    pause(length.aftermath());
    signal(stage.node(victim).serving.id(), "CONT");
    stage.await_whole();
    let (count, window) = served(guests);
    assert!(
        window.worst() < length.limit(SAVED_WITHIN),
        "{:?}",
        window.worst()
    );
    format!(
        "out after {out:.2?}; {count} requests, 0 failed, worst {:.0?}",
        window.worst()
    )
}

/// What a script does that brings a new version.
fn drained(stage: &mut Stage, length: Length) -> String {
    let guests = guests(stage, 8, 8, look);
    let mut worst = Duration::ZERO;
    let nodes = stage.catalog();
    let (in_turn, rounds) = (length.times(nodes.len()), length.times(3));
    for _ in 0..rounds {
        for node in nodes.iter().copied().take(in_turn) {
            let slot = stage.balancer.slot("catalog", node).unwrap().name;
            stage
                .balancer
                .tell(&format!("set server catalog/{slot} state drain"));
            until("it has finished what it had", Duration::from_secs(10), || {
                stage.balancer.slot("catalog", node).unwrap().current == 0
            });
            let counts = answered(stage, || guests.await_answers(20));
            let own = counts.iter().find(|(address, _)| *address == node);
            assert_eq!(own, Some(&(node, 0)));
            let part = stage.end(node);
            let begun = Instant::now();
            stage.start_at(part, node);
            stage
                .balancer
                .tell(&format!("set server catalog/{slot} state ready"));
            worst = worst.max(has_share(stage, node, begun, length));
        }
    }
    let (count, window) = served(guests);
    format!(
        "{} times, share after {worst:.2?} at most; {count} requests, 0 failed, worst {:.0?}",
        in_turn * rounds,
        window.worst()
    )
}

fn mid_edit(stage: &mut Stage, length: Length) -> String {
    const PRODUCT: &str = "/admin/products/1";
    let account = Account::create(&stage.place);
    let mut browser = Browser::signed_in(&stage.door, &account);
    let mut worst = Duration::ZERO;
    for round in 0..length.times(3) {
        let active = stage.of(ADMIN).next().unwrap().address;
        let of_active = |stage: &Stage| stage.balancer.slot("admin", active).unwrap().answered;
        let before = of_active(stage);
        let page = browser.open(PRODUCT);
        assert_eq!(
            (page.status, of_active(stage)),
            (200, before + 1),
            "{}",
            page.text
        );
        let text = format!("Typed while the node died, round {round}.");
        let fields = Browser::typed(&page, PRODUCT, "description", &text);
        stage.kill(active);
        let begun = Instant::now();
        let saved = browser.post(PRODUCT, &fields);
        assert_eq!(saved.status, 303, "{}", saved.text);
        worst = worst.max(begun.elapsed());
        let page = browser.open(PRODUCT);
        assert!(page.status == 200 && page.text.contains(&text), "{}", page.text);
        stage.start_at(ADMIN, active);
        stage.await_whole();
    }
    assert!(worst < length.limit(SAVED_WITHIN), "{worst:?}");
    format!("saved on the other one after {worst:.2?} at most, still signed in, the text is there")
}
