//! What `deploy/haproxy.cfg` does with a request, looked at with stand-ins for the nodes.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::balancer::{Balancer, HTTP, HTTPS};
use crate::https::{Answer, Door};
use crate::names::Names;
use crate::network::Network;
use crate::stage::{ADMIN, API, SHOP};
use crate::stand_in::{SOCKET_KEY, StandIn};
use crate::{suite, until};

/// The load balancer with two stand-ins for the shop and for sockets, and one for each admin node.
struct Front {
    balancer: Balancer,
    door: Door,
    nodes: Vec<(&'static str, StandIn)>,
    _names: Names,
    _folder: TempDir,
}

impl Front {
    fn open(settings: &[(&str, &str)]) -> Option<Front> {
        if !Balancer::is_installed() {
            suite::without("HAProxy");
            return None;
        }
        let folder = tempfile::Builder::new().prefix("front").tempdir().unwrap();
        let network = Network::free();
        let names = Names::serve(network.address(53));
        let parts = [
            "catalog",
            "catalog",
            "admin",
            "admin-backup",
            "realtime",
            "realtime",
        ];
        let nodes = parts.into_iter().zip(11..).map(|(part, number)| {
            let node = StandIn::at(network.address(number));
            names.add(part, node.address);
            (part, node)
        });
        let nodes = nodes.collect();
        let balancer = Balancer::start(folder.path(), network.address(1), names.address, settings);
        for backend in ["catalog", "admin", "sockets"] {
            until("the stand-ins are in service", Duration::from_secs(20), || {
                balancer.up(backend).len() == 2
            });
        }
        Some(Front {
            door: Door::of(&balancer),
            balancer,
            nodes,
            _names: names,
            _folder: folder,
        })
    }

    fn ask(&self, method: &str, host: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.door.client().send(method, host, path, headers, "").unwrap()
    }

    /// Which parts a request with this path reached, and its head as the last one saw it.
    fn seen(&self, path: &str) -> (Vec<&'static str>, String) {
        let request = format!(" {path} HTTP/1.1\r\n");
        let heads = self.nodes.iter().flat_map(|(part, node)| {
            let heads = node.heads().into_iter();
            heads
                .filter(|head| head.contains(&request))
                .map(|head| (*part, head))
        });
        let (parts, heads): (Vec<_>, Vec<_>) = heads.unzip();
        (parts, heads.into_iter().next_back().unwrap_or_default())
    }

    fn node(&self, number: usize) -> &StandIn {
        &self.nodes[number].1
    }
}

#[test]
fn each_host_leads_to_its_nodes_and_to_nothing_else() {
    let Some(front) = Front::open(&[]) else { return };
    for (host, path, part, name) in [
        (SHOP, "/", "catalog", SHOP),
        (SHOP, "/administer", "catalog", SHOP),
        (SHOP, "/api/v1/products", "catalog", SHOP),
        (SHOP, "/ws", "realtime", SHOP),
        (API, "/api/v1/search", "catalog", SHOP),
        (API, "/docs", "catalog", SHOP),
        (API, "/events", "realtime", SHOP),
        (API, "/api/admin/products", "admin", ADMIN),
        (ADMIN, "/admin", "admin", ADMIN),
        (ADMIN, "/login", "admin", ADMIN),
        (ADMIN, "/ws?of=the-owner", "admin", ADMIN),
        (ADMIN, "/static/1/admin.css", "admin", ADMIN),
    ] {
        let before = front.seen(path).0.len();
        assert_eq!(front.ask("GET", host, path, &[]).status, 200, "{host}{path}");
        let (parts, head) = front.seen(path);
        assert_eq!(parts[before..], [part], "{host}{path}");
        assert!(head.contains(&format!("\r\nhost: {name}:{HTTPS}\r\n")), "{head}");
    }
    for (host, path, status, location) in [
        (SHOP, "/admin", 404, ""),
        (SHOP, "/admin/products", 404, ""),
        (SHOP, "/login", 404, ""),
        (SHOP, "/api/admin/products", 404, ""),
        (API, "/products", 404, ""),
        (API, "/admin", 404, ""),
        (API, "/", 302, "/docs"),
        (ADMIN, "/", 302, "/admin"),
    ] {
        let answer = front.ask("GET", host, path, &[]);
        assert_eq!(
            (answer.status, answer.header("location")),
            (status, location),
            "{host}{path}"
        );
    }
    let stranger = front.ask("GET", SHOP, "/stranger", &[("Host", "evil.example")]);
    assert!(
        stranger.status == 400 || stranger.status == 421,
        "{}",
        stranger.status
    );
    assert!(front.seen("/stranger").0.is_empty());
}

#[test]
fn whoever_comes_without_tls_is_sent_to_the_same_page_with_it() {
    let Some(front) = Front::open(&[]) else { return };
    let mut stream = TcpStream::connect((front.balancer.address, HTTP)).unwrap();
    write!(
        stream,
        "GET /products?q=lamp HTTP/1.0\r\nHost: {SHOP}:{HTTP}\r\n\r\n"
    )
    .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let location = format!("location: https://{SHOP}:{HTTPS}/products?q=lamp\r\n");
    assert!(
        text.starts_with("HTTP/1.1 308 ") && text.contains(&location),
        "{text}"
    );
}

#[test]
fn what_a_client_says_about_who_it_is_never_reaches_a_node() {
    let Some(front) = Front::open(&[]) else { return };
    let made_up = [
        ("Forwarded", "for=203.0.113.9"),
        ("X-Forwarded-For", "203.0.113.9"),
        ("X-Forwarded-Host", "evil.example"),
        ("X-Forwarded-Proto", "gopher"),
        ("X-Forwarded-Prefix", "/evil"),
        ("X-Real-IP", "203.0.113.9"),
    ];
    front.ask("GET", API, "/docs/forwarded", &made_up);
    let (_, head) = front.seen("/docs/forwarded");
    for lie in ["203.0.113.9", "evil", "gopher", "\r\nforwarded:", "x-real-ip"] {
        assert!(!head.contains(lie), "{lie}: {head}");
    }
    for truth in [
        "x-forwarded-proto: https\r\n".to_owned(),
        format!("x-forwarded-host: {API}:{HTTPS}\r\n"),
        "x-forwarded-for: 127.0.0.1\r\n".to_owned(),
    ] {
        assert_eq!(head.matches(&truth).count(), 1, "{truth}: {head}");
    }
}

#[test]
fn a_client_that_sends_too_slowly_is_let_go_and_no_node_waits_for_it() {
    let Some(front) = Front::open(&[]) else { return };
    let half_a_head = format!("GET /slow HTTP/1.1\r\nHost: {SHOP}\r\nX-Slow: ");
    let half_a_body = format!("POST /slow HTTP/1.1\r\nHost: {SHOP}\r\nContent-Length: 100\r\n\r\nhalf");
    let front = &front;
    std::thread::scope(|scope| {
        for sent in [half_a_head, half_a_body] {
            scope.spawn(move || {
                let mut line = front.door.connect(SHOP).unwrap();
                let begun = Instant::now();
                line.write_all(sent.as_bytes()).unwrap();
                let mut text = String::new();
                let _ = line.read_to_string(&mut text);
                assert!(text.starts_with("HTTP/1.1 408 "), "{sent}: {text}");
                assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
            });
        }
    });
    assert!(front.seen("/slow").0.is_empty());
}

#[test]
fn a_read_that_was_not_answered_is_asked_elsewhere_and_a_write_never() {
    let Some(front) = Front::open(&[]) else { return };
    // Each node hangs up, so that the read is tried as often as it may be.
    assert_eq!(front.ask("GET", SHOP, "/read/hang-up", &[]).status, 502);
    assert!(front.seen("/read/hang-up").0.len() > 1);
    let unsure = front.ask("POST", SHOP, "/write/hang-up", &[]);
    assert_eq!(unsure.status, 502);
    assert!(
        unsure.text.contains("look whether it was kept"),
        "{}",
        unsure.text
    );
    assert_eq!(front.seen("/write/hang-up").0.len(), 1);
}

#[test]
fn a_node_that_is_not_ready_finishes_what_it_has_and_gets_nothing_new() {
    let Some(front) = Front::open(&[]) else { return };
    for (host, backend, first, second, path) in [
        (SHOP, "catalog", 0, 1, "/one/later"),
        (ADMIN, "admin", 2, 3, "/two/later"),
    ] {
        let answer = std::thread::scope(|scope| {
            let asking = scope.spawn(|| front.ask("POST", host, path, &[]).status);
            let request = format!("POST {path} ");
            let has_it = |number: usize| {
                let heads = front.node(number).heads();
                heads.iter().any(|head| head.starts_with(&request))
            };
            until("a node has the request", Duration::from_secs(5), || {
                has_it(first) || has_it(second)
            });
            let (busy, other) = if has_it(first) {
                (first, second)
            } else {
                (second, first)
            };
            let busy = front.node(busy);
            busy.drain();
            let noticed = until("it gets nothing new", Duration::from_secs(2), || {
                front
                    .balancer
                    .slot(backend, busy.address)
                    .unwrap()
                    .status
                    .starts_with("NOLB")
            });
            assert!(noticed < Duration::from_secs(1), "{noticed:?}");
            let before = (busy.heads().len(), front.node(other).heads().len());
            for _ in 0..6 {
                assert_eq!(front.ask("GET", host, "/meanwhile", &[]).status, 200);
            }
            assert_eq!(
                (busy.heads().len(), front.node(other).heads().len()),
                (before.0, before.1 + 6)
            );
            busy.release();
            asking.join().unwrap()
        });
        assert_eq!(answer, 200, "{host}");
    }
}

#[test]
fn a_socket_goes_to_the_node_with_the_fewest() {
    let Some(front) = Front::open(&[]) else { return };
    let upgrade = format!(
        "GET /ws HTTP/1.1\r\nHost: {SHOP}:{HTTPS}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {SOCKET_KEY}\r\n\r\n"
    );
    let open = || {
        let mut line = front.door.connect(SHOP).unwrap();
        line.write_all(upgrade.as_bytes()).unwrap();
        let mut answer = [0; 12];
        line.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"HTTP/1.1 101");
        line
    };
    let held = || -> Vec<u64> {
        front
            .balancer
            .slots("sockets")
            .iter()
            .map(|slot| slot.current)
            .collect()
    };
    let mut lines: Vec<_> = (0..6).map(|_| open()).collect();
    assert_eq!(held(), [3, 3]);
    // Those on one node end; the next ones go there.
    let (kept, ended): (Vec<_>, Vec<_>) = (0..6)
        .zip(lines.drain(..))
        .partition(|(number, _)| number % 2 == 0);
    drop(ended);
    until("three are left", Duration::from_secs(5), || {
        held().iter().sum::<u64>() == 3
    });
    let _more: Vec<_> = (0..3).map(|_| open()).collect();
    assert_eq!(held(), [3, 3]);
    drop(kept);
}

#[test]
fn one_address_cannot_take_all_connections() {
    let Some(front) = Front::open(&[("VITRINE_LB_PER_ADDRESS", "5")]) else {
        return;
    };
    let enter = || {
        let mut client = front.door.client();
        client.get(SHOP, "/").map(|_| client)
    };
    // Each stays connected behind its first answer.
    let held: Vec<_> = (0..5).map(|_| enter().unwrap()).collect();
    assert!(enter().is_err());
    drop(held);
    until("there is room again", Duration::from_secs(5), || enter().is_ok());
}
