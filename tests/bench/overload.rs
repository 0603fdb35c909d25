//! What becomes of a shop that is asked for ten times what it can do. `make bench-overload` runs it; not part of the tests.
//!
//! The load is open: when a request is due does not depend on answers, and its time runs from when it was due. The server is
//! on core 0 and this program on core 1, as far as the machine has them for itself. It speaks HTTP by hand: a library's client
//! would need more time for a request than the server for a refusal.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a measurement ends where something goes wrong"
)]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// How long each load lasts, after a second that does not count.
const SECONDS: u64 = 8;

/// Guests who ask, get an answer and ask again: enough to keep the server busy.
const CLOSED: usize = 16;

/// Connections of the open load. As many requests can be on their way.
const OPEN: usize = 512;

const LIST: &str = "/products";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let vitrine = arguments
        .get(1)
        .expect("usage: overload PATH-OF-VITRINE [AT-ONCE]");
    let at_once = arguments.get(2).map_or("32", String::as_str);
    // Only where the kernel lets us; the figures say so themselves.
    let own = std::process::id().to_string();
    let _ = Command::new("taskset")
        .args(["-cp", "1", &own])
        .stdout(Stdio::null())
        .status();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(measure(vitrine, at_once));
}

async fn measure(vitrine: &str, at_once: &str) {
    let shop = Server::start(vitrine, at_once);
    closed(&shop, 1).await;
    let peak = closed(&shop, SECONDS).await;
    println!("limits.at_once {at_once}; uncached list, {CLOSED} at a time: {peak:.0} a second");
    println!(
        "load   sent/s  made/s  of peak   made p50    p99   refused/s   p50    p99   lost   admin p50    p99  health p99"
    );
    for factor in [0.5, 1.0, 2.0, 5.0, 10.0] {
        let rate = peak * factor;
        let before = shop.cpu();
        let (guests, admin, health) = open(&shop, rate).await;
        let seconds = SECONDS as f64;
        let made = guests.made.len() as f64 / seconds;
        println!(
            "{factor:>4}x {:>8.0} {made:>7.0} {:>7.1}% {} {:>9.0} {} {:>6} {}  {:>8.1} ms  server at {:.0} %",
            (guests.made.len() + guests.refused.len()) as f64 / seconds,
            100.0 * made / peak,
            times(&guests.made),
            guests.refused.len() as f64 / seconds,
            times(&guests.refused),
            guests.lost,
            times(&admin.made),
            quantile(&health.made, 0.99),
            100.0 * (shop.cpu() - before) / (seconds + 1.0),
        );
        assert!(admin.refused.is_empty(), "the owner was turned away");
    }
}

/// A shop on core 0, with the demo products, nothing kept, and only the limit that is measured.
struct Server {
    process: Child,
    address: String,
    ops: String,
    key: String,
    _folder: tempfile::TempDir,
}

impl Server {
    fn start(vitrine: &str, at_once: &str) -> Server {
        let folder = tempfile::tempdir().unwrap();
        let run = |arguments: &[&str]| {
            let mut command = Command::new("taskset");
            command
                .args(["-c", "0", vitrine])
                .args(arguments)
                .stdin(Stdio::null());
            for (key, value) in [
                (
                    "DATABASE__PRIMARY",
                    format!("sqlite:{}/shop.db", folder.path().display()),
                ),
                ("MEDIA__STORE", format!("file:{}/media", folder.path().display())),
                ("SEARCH__PATH", String::new()),
                ("SERVER__PORT", "0".to_owned()),
                ("SERVER__OPS_PORT", "0".to_owned()),
                ("SERVER__WORKERS", "1".to_owned()),
                ("CACHE__BACKEND", "off".to_owned()),
                ("LOG__LEVEL", "error".to_owned()),
                ("LIMITS__AT_ONCE", at_once.to_owned()),
            ] {
                command.env(format!("VITRINE__{key}"), value);
            }
            for class in ["PAGES", "OWNER", "KEY"] {
                command.env(format!("VITRINE__LIMITS__{class}"), "0");
            }
            command
        };
        let mut process = run(&["serve"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut said = |start: &str| {
            let line = lines.find_map(|line| Some(line.unwrap().strip_prefix(start)?.to_owned()));
            line.expect("it did not start")
        };
        let address = said("listening on http://");
        let ops = said("health and metrics: http://");
        let ops = ops.split('/').next().unwrap().to_owned();
        std::thread::spawn(move || lines.for_each(drop));
        let key = run(&["key", "create", "--name", "bench", "--scope", "admin", "--quiet"])
            .output()
            .unwrap();
        Server {
            process,
            address,
            ops,
            key: String::from_utf8(key.stdout).unwrap().trim().to_owned(),
            _folder: folder,
        }
    }

    /// Seconds of processor time so far.
    fn cpu(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        let ticks = |field: &str| field.parse::<f64>().unwrap();
        (ticks(fields[11]) + ticks(fields[12])) / 100.0
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What became of requests: milliseconds of each.
#[derive(Default)]
struct Told {
    made: Vec<f64>,
    refused: Vec<f64>,
    /// Another answer, or none.
    lost: usize,
}

impl Told {
    fn note(&mut self, status: Option<u16>, due: Instant) {
        let taken = due.elapsed().as_secs_f64() * 1000.0;
        match status {
            Some(200) => self.made.push(taken),
            Some(429 | 503) => self.refused.push(taken),
            _ => self.lost += 1,
        }
    }

    fn join(&mut self, other: Told) {
        self.made.extend(other.made);
        self.refused.extend(other.refused);
        self.lost += other.lost;
    }
}

fn quantile(times: &[f64], part: f64) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    let position = (part * sorted.len() as f64) as usize;
    sorted
        .get(position.min(sorted.len().saturating_sub(1)))
        .copied()
        .unwrap_or(f64::NAN)
}

fn times(times: &[f64]) -> String {
    format!("{:>8.1} {:>6.1} ms", quantile(times, 0.5), quantile(times, 0.99))
}

/// A connection that asks for one thing again and again.
struct Line {
    address: String,
    request: Vec<u8>,
    stream: Option<TcpStream>,
    answer: Vec<u8>,
}

impl Line {
    fn new(address: &str, path: &str, key: &str) -> Line {
        let authorization = if key.is_empty() {
            String::new()
        } else {
            format!("authorization: Bearer {key}\r\n")
        };
        Line {
            address: address.to_owned(),
            request: format!(
                "GET {path} HTTP/1.1\r\nhost: {address}\r\naccept: text/html\r\n{authorization}\r\n"
            )
            .into_bytes(),
            stream: None,
            answer: vec![0; 128 * 1024],
        }
    }

    /// The status; `None` if the line broke.
    async fn ask(&mut self) -> Option<u16> {
        let status = self.exchange().await;
        if status.is_none() {
            self.stream = None;
        }
        status
    }

    async fn exchange(&mut self) -> Option<u16> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            none => none.insert(TcpStream::connect(&self.address).await.ok()?),
        };
        stream.write_all(&self.request).await.ok()?;
        let mut length = 0;
        let mut whole = None;
        while whole.is_none_or(|whole| length < whole) {
            let read = stream.read(&mut self.answer[length..]).await.ok()?;
            if read == 0 {
                return None;
            }
            length += read;
            whole = whole.or_else(|| whole_length(&self.answer[..length]));
        }
        std::str::from_utf8(&self.answer[9..12]).ok()?.parse().ok()
    }
}

/// Of an answer whose head has come.
fn whole_length(answer: &[u8]) -> Option<usize> {
    let head = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&answer[..head]).unwrap().to_ascii_lowercase();
    let length = text.split("content-length: ").nth(1)?.split('\r').next()?;
    Some(head + length.parse::<usize>().unwrap())
}

/// The most that is made, in a second.
async fn closed(shop: &Server, seconds: u64) -> f64 {
    let mut tasks = JoinSet::new();
    let started = Instant::now();
    for _ in 0..CLOSED {
        let mut line = Line::new(&shop.address, LIST, "");
        tasks.spawn(async move {
            let mut made: u64 = 0;
            while started.elapsed() < Duration::from_secs(seconds) {
                made += u64::from(line.ask().await == Some(200));
            }
            made
        });
    }
    let made: u64 = tasks.join_all().await.into_iter().sum();
    made as f64 / started.elapsed().as_secs_f64()
}

/// So many requests a second, whatever comes of them, with the owner and a prober beside them.
async fn open(shop: &Server, rate: f64) -> (Told, Told, Told) {
    let next = Arc::new(AtomicU64::new(0));
    let over = Arc::new(AtomicBool::new(false));
    let started = Instant::now();
    let counted = started + Duration::from_secs(1);
    let end = counted + Duration::from_secs(SECONDS);
    let mut guests = JoinSet::new();
    for _ in 0..OPEN {
        let (mut line, next) = (Line::new(&shop.address, LIST, ""), Arc::clone(&next));
        guests.spawn(async move {
            let mut told = Told::default();
            loop {
                let due =
                    started + Duration::from_secs_f64(next.fetch_add(1, Ordering::Relaxed) as f64 / rate);
                if due >= end || Instant::now() >= end {
                    return told;
                }
                tokio::time::sleep_until(due.into()).await;
                let status = line.ask().await;
                if due >= counted {
                    told.note(status, due);
                }
            }
        });
    }
    let beside = |address: &str, path: &str, key: &str| {
        let (mut line, over) = (Line::new(address, path, key), Arc::clone(&over));
        tokio::spawn(async move {
            let mut told = Told::default();
            while !over.load(Ordering::Relaxed) {
                let due = Instant::now();
                let status = line.ask().await;
                told.note(status, due);
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            told
        })
    };
    let admin = beside(&shop.address, "/api/admin/products?limit=10", &shop.key);
    let health = beside(&shop.ops, "/readyz", "");
    let mut all = Told::default();
    for told in guests.join_all().await {
        all.join(told);
    }
    over.store(true, Ordering::Relaxed);
    (all, admin.await.unwrap(), health.await.unwrap())
}
