//! The Redis that `tests/services/redis.sh` started, or one of a test's own that it may freeze and kill.

mod process;

use std::net::TcpListener;
use std::process::{Child, Command};

use deadpool_redis::redis::{self, Cmd, FromRedisValue};
use tempfile::TempDir;

use super::{eventually, skipped, variable};

/// The address of the Redis that all tests share; each keeps to a namespace of its own. `None`, loudly, without one.
pub fn shared_redis() -> Option<String> {
    let found = variable("VITRINE_TEST_REDIS");
    if found.is_none() {
        let required = variable("VITRINE_TEST_REQUIRE_SERVICES").is_some_and(|value| value == "1");
        assert!(!required, "VITRINE_TEST_REDIS names no Redis");
        skipped("everything with Redis: VITRINE_TEST_REDIS names no server; `make test` starts one");
    }
    found
}

/// A name that no other test has.
pub fn namespace() -> String {
    let mut random = [0_u8; 6];
    getrandom::fill(&mut random).unwrap();
    format!("it-{}", hex::encode(random))
}

/// A Redis of one test. Where the tests have none to share, there is none to start either.
pub struct RedisServer {
    pub url: String,
    port: u16,
    folder: TempDir,
    process: Child,
}

impl RedisServer {
    pub async fn start() -> Option<RedisServer> {
        shared_redis()?;
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let server = RedisServer {
            url: format!("redis://127.0.0.1:{port}"),
            port,
            process: process::launch(port, folder.path()),
            folder,
        };
        server.await_answer().await;
        Some(server)
    }

    /// It stays there and does not answer any more.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    pub fn thaw(&self) {
        self.signal("CONT");
    }

    /// As if the machine lost its power.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Empty, at the same address.
    pub async fn restart(&mut self) {
        self.process = process::launch(self.port, self.folder.path());
        self.await_answer().await;
    }

    /// Says something to it, over a connection of its own.
    pub fn say<T: FromRedisValue>(&self, words: &[&str]) -> T {
        say(&self.url, words)
    }

    /// A snapshot that its disk does not take: it refuses writes from then on, as it does by default.
    pub async fn fail_to_save(&self) {
        process::spoil_snapshots(self.folder.path());
        self.say::<()>(&["CONFIG", "SET", "stop-writes-on-bgsave-error", "yes"]);
        self.say::<()>(&["BGSAVE"]);
        eventually("the snapshot fails", || async {
            let said: String = self.say(&["INFO", "persistence"]);
            said.contains("rdb_last_bgsave_status:err")
        })
        .await;
    }

    fn signal(&self, name: &str) {
        let pid = self.process.id().to_string();
        let sent = Command::new("kill").args([&format!("-{name}"), &pid]).status();
        assert!(sent.unwrap().success());
    }

    async fn await_answer(&self) {
        let ping = || -> redis::RedisResult<String> {
            let mut connection = redis::Client::open(self.url.as_str())?.get_connection()?;
            redis::cmd("PING").query(&mut connection)
        };
        eventually("redis-server starts", || async { ping().is_ok() }).await;
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Says something to a Redis, over a connection of its own.
pub fn say<T: FromRedisValue>(url: &str, words: &[&str]) -> T {
    let mut connection = redis::Client::open(url).unwrap().get_connection().unwrap();
    let mut command = Cmd::new();
    for word in words {
        command.arg(word);
    }
    command.query(&mut connection).unwrap()
}
