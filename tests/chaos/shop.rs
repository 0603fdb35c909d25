//! The program itself, as processes that can be frozen and killed. Must not know what they are asked.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Where the program finds its database, its folder and what its processes share.
#[derive(Clone)]
pub struct Place {
    pub primary: String,
    pub replicas: Vec<String>,
    pub folder: std::path::PathBuf,
    /// The Redis in which they share answers and through which they wake one another; without one each is by itself.
    pub redis: Option<String>,
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
            .env("VITRINE__SEARCH__PATH", self.folder.join("search"))
            .env("VITRINE__SERVER__PORT", "0")
            .env("VITRINE__SERVER__OPS_PORT", "0")
            .env("VITRINE__SERVER__WORKERS", "1")
            .stdin(Stdio::null());
        if let Some(redis) = &self.redis {
            for section in ["CACHE", "REALTIME"] {
                command
                    .env(format!("VITRINE__{section}__BACKEND"), "redis")
                    .env(format!("VITRINE__{section}__REDIS_URL"), redis);
            }
        }
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
    /// Starts it with everything it serves. Its log goes to a file of the folder.
    pub fn start(place: &Place, name: &str) -> Serving {
        let log = place.folder.join(format!("{name}.log"));
        let mut command = place.vitrine(&["serve", "--no-demo"]);
        // All of the load comes from one address.
        for limit in ["PAGES", "API", "SEARCH", "OWNER", "LIVE", "KEY"] {
            command.env(format!("VITRINE__LIMITS__{limit}"), "0");
        }
        Serving::by(&mut command, &log)
    }

    /// Starts it by this command and waits until it says where it is.
    pub fn by(command: &mut Command, log: &Path) -> Serving {
        let written = File::options().create(true).append(true).open(log).unwrap();
        let mut process = command.stdout(Stdio::piped()).stderr(written).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let (mut base, mut ops) = (String::new(), None);
        while ops.is_none() {
            let Some(Ok(line)) = lines.next() else {
                panic!("the shop did not start: {}", fs::read_to_string(log).unwrap());
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

    /// Where operators ask.
    pub fn ops(&self) -> &str {
        &self.ops
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

    /// Whether it says that it can serve.
    pub fn is_ready(&self) -> bool {
        http_get(&format!("{}/readyz", self.ops)).is_some_and(|said| said.trim() == "ok")
    }

    /// Whether everything that it needs is in service, and every replica as new as it has to be.
    pub fn is_whole(&self) -> bool {
        let metrics = self.metrics();
        let breakers = values(&metrics, "breaker_state{");
        breakers.len() >= 3
            && breakers.iter().all(|open| *open == 0.0)
            && values(&metrics, "replica_heartbeat_age_seconds")
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

/// The values of the series that begin so.
pub fn values(metrics: &str, series: &str) -> Vec<f64> {
    let lines = metrics.lines().filter(|line| line.starts_with(series));
    lines
        .filter_map(|line| line.rsplit_once(' ')?.1.parse().ok())
        .collect()
}

/// The body of one answer; `None` when there is none in two seconds.
fn http_get(url: &str) -> Option<String> {
    http("GET", url, "", "").map(|(_, body)| body)
}

/// Whether there is a page at an address.
pub fn is_shown(url: &str) -> bool {
    http("GET", url, "", "").is_some_and(|(head, _)| head.contains(" 200 "))
}

/// One request and its answer: head and body. `headers` are whole lines.
pub fn http(method: &str, url: &str, headers: &str, body: &str) -> Option<(String, String)> {
    use std::io::{Read, Write};
    let limit = Some(std::time::Duration::from_secs(2));
    let (host, path) = url.strip_prefix("http://")?.split_once('/')?;
    let mut stream = std::net::TcpStream::connect(host).ok()?;
    stream.set_read_timeout(limit).ok()?;
    let length = body.len();
    write!(
        stream,
        "{method} /{path} HTTP/1.0\r\nHost: {host}\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    )
    .ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    Some((head.to_owned(), body.to_owned()))
}
