//! What a page costs inside the process, without a load generator: the complete server on one thread, a client that
//! allocates nothing on the other. Requests go 64 to a write, so that system calls and waking up weigh little.
//!
//! `cargo bench --bench hit` prints times per batch and hits per second, for the shop and for actix-web with nothing but
//! the same bytes and headers, then how often an answer allocates.
#![cfg(test)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::linux::net::TcpStreamExt;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::rt::System;
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpResponse, HttpServer};
use divan::Bencher;
use divan::counter::ItemsCount;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use vitrine::config::Settings;
use vitrine::exchange::demo;
use vitrine::startup::{Application, Shop};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<std::alloc::System> = &INSTRUMENTED_SYSTEM;

/// Requests in one write.
const BATCH: usize = 64;
/// Hits over which allocations are counted.
const COUNTED: usize = 100 * BATCH;

const PAGES: [&str; 4] = [
    "/products",
    "/products/canvas-market-bag",
    "/api/v1/products?limit=24",
    "/api/v1/products/1",
];

/// Where the shop answers.
static SHOP: OnceLock<SocketAddr> = OnceLock::new();

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().to_owned();
    SHOP.get_or_init(|| started(|sender| System::new().block_on(serve_shop(home, sender))));
    divan::main();
    count_allocations();
}

fn count_allocations() {
    println!("\nper hit, server and page                    bytes  allocations  bytes allocated");
    for page in PAGES {
        for (server, address) in [("shop", shop()), ("bare", bare(page))] {
            let mut line = Line::open(address, page);
            line.batch();
            let region = Region::new(ALLOCATOR);
            (0..COUNTED / BATCH).for_each(|_| line.batch());
            let change = region.change();
            let each = |total: usize| total as f64 / COUNTED as f64;
            println!(
                "{server} {page:<36} {:>7} {:>12.1} {:>16.0}",
                line.length,
                each(change.allocations + change.reallocations),
                each(change.bytes_allocated)
            );
        }
    }
}

#[divan::bench(args = PAGES)]
fn page_of_the_shop(bencher: Bencher, page: &str) {
    measure(bencher, shop(), page);
}

#[divan::bench(args = PAGES)]
fn page_of_bare_actix(bencher: Bencher, page: &str) {
    measure(bencher, bare(page), page);
}

fn measure(bencher: Bencher, address: SocketAddr, page: &str) {
    let mut line = Line::open(address, page);
    line.batch();
    bencher
        .counter(ItemsCount::new(BATCH))
        .bench_local(|| line.batch());
}

/// A connection on which the same page is asked for again and again.
struct Line {
    stream: TcpStream,
    request: String,
    batch: Vec<u8>,
    buffer: Vec<u8>,
    /// Of one answer, with its head.
    length: usize,
}

impl Line {
    fn open(address: SocketAddr, page: &str) -> Line {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let request = format!("GET {page} HTTP/1.1\r\nHost: {address}\r\nAccept-Encoding: gzip\r\n\r\n");
        let mut line = Line {
            stream,
            batch: request.repeat(BATCH).into_bytes(),
            request,
            buffer: vec![0; 256 * 1024],
            length: 0,
        };
        // The first answer is made, the next one is found.
        line.answer();
        line.length = line.answer().len();
        line
    }

    /// One answer, head and body.
    fn answer(&mut self) -> Vec<u8> {
        self.stream.write_all(self.request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        while end_of(&answer) != Some(answer.len()) {
            let read = self.stream.read(&mut self.buffer).unwrap();
            assert!(read > 0, "the server hung up");
            answer.extend_from_slice(&self.buffer[..read]);
        }
        assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", head_of(&answer));
        answer
    }

    /// Answers to a whole batch; allocates nothing.
    fn batch(&mut self) {
        self.stream.write_all(&self.batch).unwrap();
        let mut left = self.length * BATCH;
        while left > 0 {
            // Else the server waits for an acknowledgement that waits for more data, 40 ms.
            self.stream.set_quickack(true).unwrap();
            let wanted = left.min(self.buffer.len());
            let read = self.stream.read(&mut self.buffer[..wanted]).unwrap();
            assert!(read > 0, "the server hung up");
            left -= read;
        }
    }
}

fn head_of(answer: &[u8]) -> String {
    let text = String::from_utf8_lossy(answer);
    text.split("\r\n\r\n").next().unwrap_or_default().to_owned()
}

/// Where an answer ends, once its head is there.
fn end_of(answer: &[u8]) -> Option<usize> {
    let head = answer.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let length = head_of(answer)
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok())
        .unwrap_or(0);
    Some(head + length)
}

fn shop() -> SocketAddr {
    *SHOP.get().unwrap()
}

async fn serve_shop(home: PathBuf, sender: Sender<SocketAddr>) {
    let mut settings = Settings::load(None).unwrap();
    settings.server.port = 0;
    settings.server.ops_port = 0;
    settings.server.workers = 1;
    settings.media.store = home.join("media");
    settings.search.path = Some(home.join("search"));
    settings.database.primary = format!("sqlite:{}", home.join("shop.db").display()).into();
    let shop = Shop::open(settings).await.unwrap();
    demo::seed(&shop.catalog, &shop.media).await.unwrap();
    let application = Application::of(shop).unwrap();
    sender.send(application.address()).unwrap();
    application.run().await.unwrap();
}

/// Where actix-web alone answers with what the shop answers.
fn bare(page: &str) -> SocketAddr {
    let answer = Line::open(shop(), page).answer();
    started(move |sender| System::new().block_on(serve_bare(answer, sender)))
}

async fn serve_bare(answer: Vec<u8>, sender: Sender<SocketAddr>) {
    let head = head_of(&answer);
    let body = Bytes::copy_from_slice(&answer[head.len() + 4..]);
    let headers: Vec<(HeaderName, HeaderValue)> = head
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(": "))
        .filter(|(name, _)| !["content-length", "date"].contains(name))
        .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
        .collect();
    let page = Data::new((headers, body));
    let server = HttpServer::new(move || {
        App::new()
            .app_data(page.clone())
            .default_service(web::get().to(same))
    })
    .workers(1)
    .disable_signals()
    .bind(("127.0.0.1", 0))
    .unwrap();
    sender.send(server.addrs()[0]).unwrap();
    server.run().await.unwrap();
}

async fn same(page: Data<(Vec<(HeaderName, HeaderValue)>, Bytes)>) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    for (name, value) in &page.0 {
        response.insert_header((name.clone(), value.clone()));
    }
    response.body(page.1.clone())
}

/// Runs a server on a thread of its own until the program ends.
fn started(serve: impl FnOnce(Sender<SocketAddr>) + Send + 'static) -> SocketAddr {
    let (sender, receiver) = channel();
    std::thread::spawn(move || serve(sender));
    receiver.recv().unwrap()
}
