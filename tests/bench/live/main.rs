//! What live news cost: the memory of an idle socket beside one of a bare server of the same library, how long one event takes
//! to everybody and to another node, how many events a second go through, and what a herd that comes back costs. Other servers,
//! where they are installed, hold as many sockets and tell them one event in the same run.
//! `make bench-live` runs it; not part of the tests.
//!
//! The servers run in processes of their own; this one holds the clients.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a measurement ends where something goes wrong, and finds its servers in the environment"
)]

mod bare;
mod clients;
mod peers;
mod shop;

use std::process::Command;
use std::time::{Duration, Instant};

use clients::{Clients, Wish};
use peers::Peer;
use shop::{Server, Shop, Writer};

/// Writes whose way to few clients is measured.
const WRITES: usize = 200;

/// Events whose way to all clients is measured; the median counts.
const EVENTS: usize = 5;

/// Clients that hear each event of a stream of writes, and how long that lasts.
const STREAM: (usize, Duration) = (1_000, Duration::from_secs(5));

/// Of a herd that comes back, if there are as many.
const HERD: usize = 5_000;

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("bare") => bare::serve(),
        Some(vitrine) => {
            let sockets = arguments.get(2).map_or(10_000, |number| number.parse().unwrap());
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            runtime.block_on(measure(&arguments[0], vitrine, sockets));
            Ok(())
        }
        None => panic!("usage: live PATH-OF-VITRINE [SOCKETS]"),
    }
}

async fn measure(own: &str, vitrine: &str, sockets: usize) {
    println!(
        "{sockets} sockets, one worker; clients and servers on the same {} cores",
        std::thread::available_parallelism().map_or(0, usize::from)
    );
    let bare = Server::start(Command::new(own).arg("bare"));
    let (kib, idle) = memory(&bare, sockets, &Wish::Nothing).await;
    println!("idle, bare actix-web-actors: {kib:.2} KiB a socket");
    drop((bare, idle));

    let shop = Shop::new(vitrine, Vec::new());
    let node = shop.node();
    let (kib, idle) = memory(&node, sockets, &Wish::Nothing).await;
    println!("idle, vitrine: {kib:.2} KiB a socket");
    drop((node, idle));

    let node = shop.node();
    near(&shop, &node).await;
    to_everybody(&shop, &node, sockets).await;
    drop(node);
    for peer in peers::all() {
        match peer {
            Ok(peer) => beside(&peer, sockets).await,
            Err((name, how)) => println!("{name}: NOT MEASURED, it is not installed ({how})"),
        }
    }
    stream(&shop).await;
    herd(&shop, sockets.min(HERD)).await;
    match std::env::var("VITRINE_TEST_REDIS") {
        Ok(redis) => over_redis(vitrine, &redis).await,
        Err(_) => println!("two nodes: NOT MEASURED, there is no Redis (tests/services/redis.sh run ...)"),
    }
}

/// KiB of a socket of this server, and the clients.
async fn memory(server: &Server, sockets: usize, wish: &Wish) -> (f64, [Clients; 2]) {
    // What the first ones cost is paid once.
    let first = Clients::open(&server.address, 200, wish).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let before = server.rss_kib();
    let clients = Clients::open(&server.address, sockets, wish).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let kib = (server.rss_kib() - before) as f64 / sockets as f64;
    (kib, [first, clients])
}

/// A write to a few clients of the node that made it.
async fn near(shop: &Shop<'_>, node: &Server) {
    let mut few = Clients::open(&node.address, 10, &Wish::Products).await;
    let (after_sent, after_answer) = writes(&writer(shop, node), &mut few).await;
    print_line("a write was sent -> heard by 10", after_sent);
    print_line("it was answered (after its commit) -> heard by 10", after_answer);
}

/// Milliseconds from writes, and from the answers to them, to each of these clients.
async fn writes(writer: &Writer<'_>, clients: &mut Clients) -> (Vec<f64>, Vec<f64>) {
    let (mut after_sent, mut after_answer) = (Vec::new(), Vec::new());
    for _ in 0..WRITES {
        let (sent, answered) = writer.write().await;
        for heard in clients.all().await {
            after_sent.push(millis(heard.saturating_duration_since(sent)));
            after_answer.push(millis(heard.saturating_duration_since(answered)));
        }
    }
    (after_sent, after_answer)
}

async fn to_everybody(shop: &Shop<'_>, node: &Server, sockets: usize) {
    let (kib, [mut first, mut clients]) = memory(node, sockets, &Wish::Products).await;
    println!("idle, vitrine, each watching a topic: {kib:.2} KiB a socket");
    for _ in 0..EVENTS {
        let (sent, answered) = writer(shop, node).write().await;
        let heard = clients.all().await;
        print_line("one event, sent -> heard by all", since(sent, &heard));
        print_line("one event, answered -> heard by all", since(answered, &heard));
        first.forget();
    }
}

/// The same for another server. When it answers is its own affair: before it tells, or after.
async fn beside(peer: &Peer, sockets: usize) {
    let name = peer.name;
    let (kib, [mut first, mut clients]) = memory(&peer.server, sockets, &Wish::Nothing).await;
    println!("idle, {name}: {kib:.2} KiB a socket");
    for _ in 0..EVENTS {
        let (sent, _) = peer.tell().await;
        let heard = clients.all().await;
        print_line(
            &format!("one event of {name}, sent -> heard by all"),
            since(sent, &heard),
        );
        first.forget();
    }
}

/// Milliseconds from a moment to these.
fn since(begin: Instant, heard: &[Instant]) -> Vec<f64> {
    let since = |heard: &Instant| millis(heard.saturating_duration_since(begin));
    heard.iter().map(since).collect()
}

/// As many writes as one program can make, each heard by everybody.
async fn stream(shop: &Shop<'_>) {
    let (listeners, time) = STREAM;
    let node = shop.node();
    let mut clients = Clients::open(&node.address, listeners, &Wish::Products).await;
    let begin = Instant::now();
    let written = writer(shop, &node).write_for(time).await;
    let after_writing = begin.elapsed();
    for _ in 0..written {
        clients.all().await;
    }
    println!(
        "a stream of writes: {:.0} events a second, {:.0} deliveries a second to {listeners}; the last was heard {:.0} ms after the writes",
        written as f64 / after_writing.as_secs_f64(),
        (written * listeners) as f64 / begin.elapsed().as_secs_f64(),
        millis(begin.elapsed() - after_writing),
    );
}

/// Everybody lost the connection, something has happened meanwhile, and all come back at once.
async fn herd(shop: &Shop<'_>, count: usize) {
    let node = shop.node();
    let (epoch, seq) = clients::position(&node.address).await;
    writer(shop, &node).write().await;
    let begin = Instant::now();
    let mut clients = Clients::open(&node.address, count, &Wish::ProductsSince { epoch, seq }).await;
    let open = begin.elapsed();
    clients.all().await;
    println!(
        "a herd of {count} comes back: all are in after {:.0} ms, and all know what they missed after {:.0} ms",
        millis(open),
        millis(begin.elapsed())
    );
}

/// From a write on one node to clients of another.
async fn over_redis(vitrine: &str, redis: &str) {
    let woken = [
        ("REALTIME__BACKEND", "redis".to_owned()),
        ("REALTIME__REDIS_URL", redis.to_owned()),
    ];
    let shop = Shop::new(vitrine, woken.to_vec());
    other_node("SQLite", &shop).await;
    let address = |name: &str| std::env::var(name);
    let (Ok(primary), Ok(replicas)) = (
        address("VITRINE_TEST_MYSQL_PRIMARY"),
        address("VITRINE_TEST_MYSQL_REPLICAS"),
    ) else {
        println!("two nodes, MariaDB: NOT MEASURED, there is none (tests/services/mariadb.sh run ...)");
        return;
    };
    let name = format!("bench_live_{}", std::process::id());
    create(&primary, &name);
    let of_bench = |url: &str| format!("{url}/{name}");
    let replicas: Vec<String> = replicas.split(',').map(of_bench).collect();
    let database = [
        ("DATABASE__PRIMARY", of_bench(&primary)),
        ("DATABASE__REPLICAS", replicas.join(",")),
    ];
    let shop = Shop::new(vitrine, [woken, database].concat());
    other_node("MariaDB with two replicas", &shop).await;
}

/// Makes a database on a server of `tests/services/mariadb.sh`, which ends with it.
fn create(server: &str, name: &str) {
    let (account, place) = server.trim_start_matches("mysql://").split_once('@').unwrap();
    let (user, password) = account.split_once(':').unwrap();
    let (host, port) = place.split_once(':').unwrap();
    let made = Command::new("mariadb")
        .args(["--no-defaults", "--user", user, "--host", host, "--port", port])
        .arg(format!("--password={password}"))
        .arg(format!("--execute=CREATE DATABASE {name} CHARACTER SET utf8mb4"))
        .status()
        .unwrap();
    assert!(made.success(), "no database was made");
}

async fn other_node(database: &str, shop: &Shop<'_>) {
    let (here, there) = (shop.node(), shop.node());
    let mut few = Clients::open(&there.address, 10, &Wish::Products).await;
    let (_, after_answer) = writes(&writer(shop, &here), &mut few).await;
    print_line(
        &format!("two nodes, Redis, {database}: answered on one -> heard by 10 on the other"),
        after_answer,
    );
}

fn writer<'a>(shop: &'a Shop<'_>, node: &'a Server) -> Writer<'a> {
    Writer {
        address: &node.address,
        key: &shop.key,
    }
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn print_line(what: &str, mut all: Vec<f64>) {
    all.sort_by(f64::total_cmp);
    let at = |share: f64| all[((all.len() - 1) as f64 * share) as usize];
    println!(
        "{what}: p50 {:.1} ms, p99 {:.1} ms, last {:.1} ms",
        at(0.5),
        at(0.99),
        at(1.0)
    );
}
