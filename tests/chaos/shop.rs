//! The program itself, as processes that can be frozen and killed. Must not know what they are asked.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Where the program finds its database and its folder.
#[derive(Clone)]
pub struct Place {
    pub primary: String,
    pub replicas: Vec<String>,
    pub folder: std::path::PathBuf,
}

impl Place {
    /// One command of the program.
    pub fn vitrine(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vitrine"));
        command
            .args(arguments)
            .env("VITRINE__DATABASE__PRIMARY", &self.primary)
            .env("VITRINE__DATABASE__REPLICAS", self.replicas.join(","))
            .env(
                "VITRINE__MEDIA__STORE",
                format!("file:{}", self.folder.join("media").display()),
            )
            .env("VITRINE__SERVER__PORT", "0")
            .env("VITRINE__SERVER__OPS_PORT", "0")
            .env("VITRINE__SERVER__WORKERS", "1")
            .stdin(Stdio::null());
        command
    }

    /// What a command prints; it must succeed.
    pub fn say(&self, arguments: &[&str]) -> String {
        let output = self.vitrine(arguments).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "vitrine {arguments:?}: {told}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    pub fn make_key(&self) -> String {
        self.say(&["key", "create", "--name", "chaos", "--scope", "admin", "--quiet"])
    }
}

/// A running shop.
pub struct Serving {
    pub base: String,
    ops: String,
    process: Child,
}

impl Serving {
    /// Starts it and waits until it says where it is. Its log goes to a file of the folder.
    pub fn start(place: &Place, name: &str) -> Serving {
        let log = place.folder.join(format!("{name}.log"));
        let written = File::options().create(true).append(true).open(&log).unwrap();
        let mut process = place
            .vitrine(&["serve", "--no-demo"])
            .stdout(Stdio::piped())
            .stderr(written)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let (mut base, mut ops) = (String::new(), None);
        while ops.is_none() {
            let Some(Ok(line)) = lines.next() else {
                panic!("the shop did not start: {}", fs::read_to_string(&log).unwrap());
            };
            if let Some(address) = line.strip_prefix("listening on ") {
                address.clone_into(&mut base);
            }
            let health = line.strip_prefix("health and metrics: ");
            ops = health
                .and_then(|line| line.split_once("/readyz"))
                .map(|(ops, _)| ops.to_owned());
        }
        Serving {
            base,
            ops: ops.unwrap(),
            process,
        }
    }

    pub fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// What a customer sees; `None` without an answer.
    pub fn home_page(&self) -> Option<String> {
        http_get(&format!("{}/", self.base))
    }

    /// What operators see.
    pub fn metrics(&self) -> String {
        http_get(&format!("{}/metrics", self.ops)).unwrap_or_default()
    }

    /// Whether every database node is in service, and every replica as new as it has to be.
    pub fn is_whole(&self) -> bool {
        let metrics = self.metrics();
        let values = |name: &str| -> Vec<f64> {
            let lines = metrics.lines().filter(|line| line.starts_with(name));
            lines
                .filter_map(|line| line.rsplit_once(' ')?.1.parse().ok())
                .collect()
        };
        let breakers = values("breaker_state{dependency=\"database");
        breakers.len() == 3
            && breakers.iter().all(|open| *open == 0.0)
            && values("replica_heartbeat_age_seconds")
                .iter()
                .all(|age| *age <= 2.0)
    }

    /// Threads and open files.
    pub fn held(&self) -> (usize, usize) {
        let of_process = format!("/proc/{}", self.id());
        let count = |name: &str| fs::read_dir(Path::new(&of_process).join(name)).unwrap().count();
        (count("task"), count("fd"))
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The body of one answer; `None` when there is none in two seconds.
fn http_get(url: &str) -> Option<String> {
    use std::io::{Read, Write};
    let limit = Some(std::time::Duration::from_secs(2));
    let (host, path) = url.strip_prefix("http://")?.split_once('/')?;
    let mut stream = std::net::TcpStream::connect(host).ok()?;
    stream.set_read_timeout(limit).ok()?;
    write!(stream, "GET /{path} HTTP/1.0\r\nHost: {host}\r\n\r\n").ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    text.split_once("\r\n\r\n").map(|(_, body)| body.to_owned())
}
