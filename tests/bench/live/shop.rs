//! Servers in processes of their own, and a program that writes to a shop. Must not know what is measured.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A server in a process of its own, stopped when dropped.
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

    pub fn rss_kib(&self) -> u64 {
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
        // Its first start fills it.
        drop(shop.node());
        let key = shop
            .command(&["key", "create", "--name", "bench", "--scope", "admin", "--quiet"])
            .output()
            .unwrap();
        shop.key = String::from_utf8(key.stdout).unwrap().trim().to_owned();
        shop
    }

    pub fn node(&self) -> Server {
        Server::start(&mut self.command(&["serve"]))
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

/// Changes the stock of the first product over the API of one node, one connection per request.
pub struct Writer<'a> {
    pub address: &'a str,
    pub key: &'a str,
}

impl Writer<'_> {
    /// When it was sent and when it was answered.
    pub async fn write(&self) -> (Instant, Instant) {
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
