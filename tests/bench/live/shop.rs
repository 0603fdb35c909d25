//! Servers in processes of their own, and a program that writes to a shop. Must not know what is measured.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::clients::{self, PATIENCE};

/// A server in a process of its own, which may have others. Stopped when dropped.
pub struct Server {
    process: Child,
    pub address: String,
}

impl Server {
    pub fn start(command: &mut Command) -> Server {
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

    /// One that does not say where it listens, once it does.
    pub fn at(command: &mut Command, address: String) -> Server {
        let process = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Server { process, address };
        let begun = Instant::now();
        while std::net::TcpStream::connect(&server.address).is_err() {
            assert!(begun.elapsed() < PATIENCE, "{command:?} did not start");
            std::thread::sleep(Duration::from_millis(10));
        }
        server
    }

    pub fn rss_kib(&self) -> u64 {
        self.processes().iter().map(|process| rss_kib(process)).sum()
    }

    /// The ids of its process and of those that this has started.
    fn processes(&self) -> Vec<String> {
        let id = self.process.id();
        let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap();
        let children = children.split_whitespace().map(str::to_owned);
        std::iter::once(id.to_string()).chain(children).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(Command::new("kill").arg("-KILL").args(self.processes()).status());
        drop(self.process.wait());
    }
}

fn rss_kib(process: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

/// A shop with the demo's products, of one node or more.
pub struct Shop<'a> {
    vitrine: &'a str,
    folder: TempDir,
    settings: Vec<(&'static str, String)>,
    pub key: String,
}

impl<'a> Shop<'a> {
    /// On SQLite, unless these settings say otherwise.
    pub fn new(vitrine: &'a str, settings: Vec<(&'static str, String)>) -> Shop<'a> {
        let mut shop = Shop {
            vitrine,
            folder: tempfile::tempdir().unwrap(),
            settings,
            key: String::new(),
        };
        for step in [&["migrate"][..], &["seed", "demo"]] {
            assert!(shop.command(step).output().unwrap().status.success(), "{step:?}");
        }
        let key = shop
            .command(&["key", "create", "--name", "bench", "--scope", "admin", "--quiet"])
            .output()
            .unwrap();
        shop.key = String::from_utf8(key.stdout).unwrap().trim().to_owned();
        shop
    }

    /// A node that lets clients in.
    pub fn node(&self) -> Server {
        let node = Server::start(&mut self.command(&["serve"]));
        let begin = Instant::now();
        // It listens before it knows where the log stands, and refuses them until then.
        while !opens(&node.address).unwrap_or(false) {
            assert!(begin.elapsed() < PATIENCE, "it lets nobody in");
            std::thread::sleep(Duration::from_millis(10));
        }
        node
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let folder: &Path = self.folder.path();
        let mut command = Command::new(self.vitrine);
        command.args(arguments).current_dir(folder);
        let database = format!("sqlite:{}", folder.join("shop.db").display());
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
        for (name, value) in &self.settings {
            command.env(format!("VITRINE__{name}"), value);
        }
        command
    }
}

/// Whether a socket can be opened there.
fn opens(address: &str) -> std::io::Result<bool> {
    let mut stream = std::net::TcpStream::connect(address)?;
    stream.write_all(clients::handshake(address).as_bytes())?;
    let mut status = [0_u8; 12];
    stream.read_exact(&mut status)?;
    Ok(status == *b"HTTP/1.1 101")
}

/// Changes the stock of the first product over the API of one node, one connection per request.
pub struct Writer<'a> {
    pub address: &'a str,
    pub key: &'a str,
}

impl Writer<'_> {
    /// When it was sent and when it was answered.
    pub async fn write(&self) -> (Instant, Instant) {
        let key = format!("authorization: Bearer {}\r\n", self.key);
        post(
            self.address,
            "/api/admin/products/1/stock",
            &key,
            "{\"delta\": 1}",
        )
        .await
    }

    /// Writes without a pause. How many there were.
    pub async fn write_for(&self, time: Duration) -> usize {
        let begin = Instant::now();
        let mut count = 0;
        while begin.elapsed() < time {
            self.write().await;
            count += 1;
        }
        count
    }
}

/// Posts JSON with more headers over a connection of its own: when it was sent and when it was answered, with success.
pub async fn post(address: &str, path: &str, headers: &str, body: &str) -> (Instant, Instant) {
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\n{headers}content-type: application/json\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    let sent = Instant::now();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = [0_u8; 12];
    stream.read_exact(&mut head).await.unwrap();
    let answered = Instant::now();
    assert!(head[9..].starts_with(b"20"), "{}", String::from_utf8_lossy(&head));
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.unwrap();
    (sent, answered)
}
