//! HAProxy with `deploy/haproxy.cfg`, and what can be asked of it while it runs. Must not know what the nodes serve.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::until;

const CONFIGURATION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/haproxy.cfg");
const PREPARE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/prepare");

pub const HTTP: u16 = 8080;
pub const HTTPS: u16 = 8443;
pub const OPS: u16 = 8404;

/// Stopped when dropped.
pub struct Balancer {
    pub address: Ipv4Addr,
    pub certificate: PathBuf,
    socket: PathBuf,
    process: Child,
}

/// A node as the load balancer sees it.
#[derive(Clone, Debug)]
pub struct Slot {
    pub name: String,
    pub address: Ipv4Addr,
    /// `UP`, `DOWN`, `NOLB` (not ready), `DRAIN`, `MAINT` and how far it is from there.
    pub status: String,
    /// Requests since the start.
    pub answered: u64,
    /// Requests it has right now.
    pub current: u64,
}

impl Balancer {
    /// Whether there is one on this machine.
    pub fn is_installed() -> bool {
        let found = command().arg("-v").stdout(Stdio::null()).status();
        found.is_ok_and(|found| found.success())
    }

    /// Starts it with names known by `dns`; its files go to `folder`.
    pub fn start(folder: &Path, address: Ipv4Addr, dns: SocketAddr, settings: &[(&str, &str)]) -> Balancer {
        let made = Command::new(PREPARE).arg("certificate").arg(folder).status();
        assert!(made.unwrap().success(), "no certificate was made");
        let (certificate, socket) = (folder.join("tls.pem"), folder.join("balancer.sock"));
        let log = File::create(folder.join("balancer.log")).unwrap();
        let process = command()
            .args(["-db", "-f", CONFIGURATION])
            .env("VITRINE_LB_HTTP", format!("{address}:{HTTP}"))
            .env("VITRINE_LB_HTTPS", format!("{address}:{HTTPS}"))
            .env("VITRINE_LB_OPS", format!("{address}:{OPS}"))
            .env("VITRINE_LB_CERTIFICATE", &certificate)
            .env("VITRINE_LB_SOCKET", &socket)
            .env("VITRINE_LB_DNS", dns.to_string())
            .envs(settings.iter().copied())
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut balancer = Balancer {
            address,
            certificate,
            socket,
            process,
        };
        until("the load balancer listens", Duration::from_secs(20), || {
            let over = balancer.process.try_wait().unwrap();
            let log = folder.join("balancer.log");
            assert!(over.is_none(), "{}", fs::read_to_string(log).unwrap());
            UnixStream::connect(&balancer.socket).is_ok() && TcpStream::connect((address, HTTPS)).is_ok()
        });
        balancer
    }

    /// A command over its socket, as `deploy/haproxy.cfg` shows; what it answers.
    pub fn tell(&self, command: &str) -> String {
        let mut socket = UnixStream::connect(&self.socket).unwrap();
        writeln!(socket, "{command}").unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        answer
    }

    /// The nodes behind one name that have an address.
    pub fn slots(&self, backend: &str) -> Vec<Slot> {
        let table = self.tell(&format!("show stat {backend} 4 -1"));
        let mut lines = table.lines();
        let names: Vec<&str> = lines
            .next()
            .unwrap()
            .trim_start_matches("# ")
            .split(',')
            .collect();
        let rows = lines.filter(|line| !line.is_empty());
        let rows = rows.map(|line| {
            names
                .iter()
                .copied()
                .zip(line.split(','))
                .collect::<HashMap<_, _>>()
        });
        rows.filter_map(|row| {
            let (address, _) = row["addr"].rsplit_once(':')?;
            Some(Slot {
                name: row["svname"].to_owned(),
                address: address.parse().ok()?,
                status: row["status"].to_owned(),
                answered: row["stot"].parse().ok()?,
                current: row["scur"].parse().ok()?,
            })
        })
        .collect()
    }

    /// The node at this address.
    pub fn slot(&self, backend: &str, address: Ipv4Addr) -> Option<Slot> {
        let mut slots = self.slots(backend).into_iter();
        slots.find(|slot| slot.address == address)
    }

    /// The nodes that get requests.
    pub fn up(&self, backend: &str) -> Vec<Slot> {
        let mut slots = self.slots(backend);
        slots.retain(|slot| slot.status.starts_with("UP"));
        slots
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Debian keeps it where not every user looks.
fn command() -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", "PATH=$PATH:/usr/sbin; exec haproxy \"$@\"", "haproxy"]);
    command
}
