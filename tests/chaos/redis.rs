//! A Redis of this suite's own, which may be frozen, killed and filled with rubbish. Must not know what the shop keeps in
//! it beyond how keys are named.

use std::cell::RefCell;
use std::net::TcpListener;
use std::process::{Child, Command};
use std::time::Duration;

use deadpool_redis::redis::{self, Cmd, Connection, FromRedisValue, RedisResult, ToRedisArgs};
use tempfile::TempDir;

use crate::cluster::signal;
use crate::{redis_process, until};

pub struct RedisServer {
    port: u16,
    process: RefCell<Child>,
    folder: TempDir,
}

impl RedisServer {
    /// As the shop wants it: it keeps nothing on disk and may forget. `None` without a Redis.
    pub fn start() -> Option<RedisServer> {
        let found = Command::new("sh")
            .args(["-c", "PATH=$PATH:/usr/sbin command -v redis-server"])
            .output();
        if !found.is_ok_and(|found| found.status.success()) {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let server = RedisServer {
            port,
            process: RefCell::new(redis_process::launch(port, folder.path())),
            folder,
        };
        server.await_answer();
        Some(server)
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub fn signal(&self, name: &str) {
        signal(self.process.borrow().id(), name);
    }

    /// As if its machine lost its power.
    pub fn kill(&self) {
        let mut process = self.process.borrow_mut();
        process.kill().unwrap();
        process.wait().unwrap();
    }

    /// Empty, at the same address.
    pub fn start_again(&self) {
        *self.process.borrow_mut() = redis_process::launch(self.port, self.folder.path());
        self.await_answer();
    }

    /// Says something to it, over a connection of its own.
    pub fn say<T: FromRedisValue>(&self, words: &[&str]) -> T {
        said(&mut self.connection().unwrap(), words).unwrap()
    }

    pub fn connection(&self) -> RedisResult<Connection> {
        redis::Client::open(self.url())?.get_connection()
    }

    /// A snapshot that its disk does not take: by default it refuses writes from then on.
    pub fn fail_to_save(&self) {
        redis_process::spoil_snapshots(self.folder.path());
        // Only one that is to save at all refuses.
        self.say::<()>(&["CONFIG", "SET", "save", "3600 1"]);
        self.say::<()>(&["BGSAVE"]);
        until("the snapshot fails", Duration::from_secs(20), || {
            let told: String = self.say(&["INFO", "persistence"]);
            told.contains("rdb_last_bgsave_status:err")
        });
    }

    fn await_answer(&self) {
        until("redis-server answers", Duration::from_secs(30), || {
            let ping = |mut connection| said::<String>(&mut connection, &["PING"]);
            self.connection().and_then(ping).is_ok()
        });
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        // Also one that is frozen.
        let process = self.process.get_mut();
        let _ = process.kill();
        let _ = process.wait();
    }
}

/// One command and its answer.
pub fn said<T: FromRedisValue>(connection: &mut Connection, words: &[impl ToRedisArgs]) -> RedisResult<T> {
    let mut command = Cmd::new();
    command.arg(words);
    command.query(connection)
}

/// Below 32768, so that no outgoing connection is given it while the server is away.
fn free_port() -> u16 {
    loop {
        let port = fastrand::u16(20_000..32_000);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
