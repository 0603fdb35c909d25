//! What live news cost: the memory of an idle socket beside one of a bare server of the same library, and how long one event takes
//! to everybody. `make bench-live` runs it; not part of the tests.
//!
//! The servers run in processes of their own; this one holds the clients. It speaks WebSocket by hand: a library's buffers for
//! ten thousand clients would take the machine that is measured.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a measurement ends where something goes wrong"
)]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use actix::{Actor, StreamHandler};
use actix_web::{App, HttpRequest, HttpServer, web};
use actix_web_actors::ws;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

/// Writes whose way to few clients is measured.
const WRITES: usize = 200;

/// Events whose way to all clients is measured; the median counts.
const EVENTS: usize = 5;

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("bare") => bare(),
        Some(vitrine) => {
            let sockets = arguments.get(2).map_or(10_000, |number| number.parse().unwrap());
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            runtime.block_on(measure(&arguments[0], vitrine, sockets));
            Ok(())
        }
        None => panic!("usage: live PATH-OF-VITRINE [SOCKETS]"),
    }
}

/// A session that does nothing.
struct Idle;

impl Actor for Idle {
    type Context = ws::WebsocketContext<Self>;
}

impl StreamHandler<Result<ws::Message, ws::ProtocolError>> for Idle {
    fn handle(&mut self, _: Result<ws::Message, ws::ProtocolError>, _: &mut Self::Context) {}
}

fn bare() -> std::io::Result<()> {
    actix_web::rt::System::new().block_on(async {
        let open =
            |request: HttpRequest, stream: web::Payload| async move { ws::start(Idle, &request, stream) };
        let server = HttpServer::new(move || App::new().route("/ws", web::get().to(open)))
            .workers(1)
            .bind(("127.0.0.1", 0))?;
        println!("listening on http://{}", server.addrs()[0]);
        server.run().await
    })
}

/// A server in a process of its own, stopped when dropped.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start(command: &mut Command) -> Server {
        let mut process = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let address =
            lines.find_map(|line| Some(line.unwrap().strip_prefix("listening on http://")?.to_owned()));
        // Whatever it says later must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Server {
            process,
            address: address.expect("it did not start"),
        }
    }

    fn rss_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// A text frame as clients send it.
fn masked(opcode: u8, text: &[u8]) -> Vec<u8> {
    let mut frame = vec![
        0x80 | opcode,
        0x80 | u8::try_from(text.len()).unwrap(),
        0,
        0,
        0,
        0,
    ];
    frame.extend_from_slice(text);
    frame
}

/// Opens a socket and tells of each event that comes over it, for ever.
async fn client(
    address: String,
    watches: bool,
    ready: mpsc::Sender<()>,
    told: mpsc::UnboundedSender<Instant>,
) {
    let mut stream = TcpStream::connect(&address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let head = format!(
        "GET /ws HTTP/1.1\r\nhost: {address}\r\nupgrade: websocket\r\nconnection: upgrade\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    if watches {
        let wish = masked(1, br#"{"op":"subscribe","topics":["products"]}"#);
        stream.write_all(&wish).await.unwrap();
    }
    let mut waiting = Some(ready);
    let mut buffer = vec![0_u8; 4096];
    loop {
        let length = stream.read(&mut buffer).await.unwrap_or(0);
        assert!(
            waiting.is_none() || length > 0,
            "the server did not want this socket"
        );
        // The server has ended; were it not so, somebody would wait in vain (`next`).
        if length == 0 {
            return;
        }
        let now = Instant::now();
        let text = &buffer[..length];
        assert!(
            !text.starts_with(b"HTTP/1.1 4"),
            "{}",
            String::from_utf8_lossy(text)
        );
        let holds = |what: &[u8]| text.windows(what.len()).any(|window| window == what);
        if (!watches && holds(b"101")) || holds(b"\"subscribed\"") {
            if let Some(ready) = waiting.take() {
                ready.send(()).await.unwrap();
            }
        } else if holds(b"\"event\"") {
            let _ = told.send(now);
        } else if text.starts_with(&[0x89]) {
            stream.write_all(&masked(10, b"")).await.unwrap();
        }
    }
}

/// Opens so many at once.
async fn open(address: &str, count: usize, watches: bool) -> mpsc::UnboundedReceiver<Instant> {
    let (told, events) = mpsc::unbounded_channel();
    let (ready, mut readies) = mpsc::channel(64);
    for number in 0..count {
        tokio::spawn(client(address.to_owned(), watches, ready.clone(), told.clone()));
        // Few on their way at a time, as an accept queue holds them.
        if number >= 64 {
            readies.recv().await.unwrap();
        }
    }
    for _ in 0..count.min(64) {
        readies.recv().await.unwrap();
    }
    events
}

/// KiB of a socket of this server, and what is heard over them.
async fn memory(server: &Server, sockets: usize, watches: bool) -> (f64, mpsc::UnboundedReceiver<Instant>) {
    // What the first ones cost is paid once.
    let _first = open(&server.address, 200, watches).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let before = server.rss_kib();
    let events = open(&server.address, sockets, watches).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let kib = (server.rss_kib() - before) as f64 / sockets as f64;
    (kib, events)
}

/// When somebody heard the next event.
async fn next(events: &mut mpsc::UnboundedReceiver<Instant>) -> Instant {
    let heard = tokio::time::timeout(Duration::from_secs(30), events.recv()).await;
    heard.expect("somebody heard nothing").unwrap()
}

async fn measure(own: &str, vitrine: &str, sockets: usize) {
    let folder = tempfile::tempdir().unwrap();
    println!(
        "{sockets} sockets, one worker, SQLite; clients and servers on the same {} cores",
        cores()
    );
    let bare = Server::start(Command::new(own).arg("bare"));
    let (kib, _events) = memory(&bare, sockets, false).await;
    println!("idle, bare actix-web-actors: {kib:.2} KiB a socket");
    drop(bare);

    let database = format!("sqlite:{}", folder.path().join("shop.db").display());
    let command = |arguments: &[&str]| {
        let mut command = Command::new(vitrine);
        command.args(arguments).current_dir(folder.path());
        for (name, value) in [
            ("DATABASE__PRIMARY", database.as_str()),
            ("SERVER__PORT", "0"),
            ("SERVER__OPS_PORT", "0"),
            ("SERVER__WORKERS", "1"),
            ("REALTIME__MAX_PER_IP", "1000000"),
            ("REALTIME__MAX_SESSIONS", "1000000"),
            ("LIMITS__LIVE", "0"),
            ("LIMITS__OWNER", "0"),
            ("LIMITS__KEY", "0"),
        ] {
            command.env(format!("VITRINE__{name}"), value);
        }
        command
    };
    let shop = Server::start(&mut command(&["serve"]));
    let key = command(&["key", "create", "--name", "bench", "--scope", "admin", "--quiet"])
        .output()
        .unwrap();
    let key = String::from_utf8(key.stdout).unwrap().trim().to_owned();
    let writer = Writer::new(&shop, key);
    tokio::time::sleep(Duration::from_secs(2)).await;

    let mut few = open(&shop.address, 10, true).await;
    let (mut after_sent, mut after_answer) = (Vec::new(), Vec::new());
    for _ in 0..WRITES {
        let (sent, answered) = writer.write().await;
        for _ in 0..10 {
            let heard = next(&mut few).await;
            after_sent.push(millis(heard.saturating_duration_since(sent)));
            after_answer.push(millis(heard.saturating_duration_since(answered)));
        }
    }
    print_line("a write was sent -> heard by 10", &mut after_sent);
    print_line(
        "it was answered (after its commit) -> heard by 10",
        &mut after_answer,
    );

    let (kib, mut events) = memory(&shop, sockets, true).await;
    println!("idle, vitrine, each watching a topic: {kib:.2} KiB a socket");
    for _ in 0..EVENTS {
        let (_, answered) = writer.write().await;
        let mut all = Vec::with_capacity(sockets);
        for _ in 0..sockets {
            let heard = next(&mut events).await;
            all.push(millis(heard.saturating_duration_since(answered)));
        }
        print_line("one event, answered -> heard by all", &mut all);
        while few.try_recv().is_ok() {}
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(0, usize::from)
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn print_line(what: &str, all: &mut [f64]) {
    all.sort_by(f64::total_cmp);
    let at = |share: f64| all[((all.len() - 1) as f64 * share) as usize];
    println!(
        "{what}: p50 {:.1} ms, p99 {:.1} ms, last {:.1} ms",
        at(0.5),
        at(0.99),
        at(1.0)
    );
}

/// Changes the stock of the first product over the API, one connection per request.
struct Writer {
    address: String,
    key: String,
}

impl Writer {
    fn new(shop: &Server, key: String) -> Writer {
        Writer {
            address: shop.address.clone(),
            key,
        }
    }

    /// When it was sent and when it was answered.
    async fn write(&self) -> (Instant, Instant) {
        let Writer { address, key } = self;
        let body = "{\"delta\": 1}";
        let request = format!(
            "POST /api/admin/products/1/stock HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {key}\r\n\
             content-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut stream = TcpStream::connect(address).await.unwrap();
        let sent = Instant::now();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut head = [0_u8; 12];
        stream.read_exact(&mut head).await.unwrap();
        let answered = Instant::now();
        assert_eq!(&head[9..], b"200", "{}", String::from_utf8_lossy(&head));
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.unwrap();
        (sent, answered)
    }
}
