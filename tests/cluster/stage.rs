//! The whole cluster, and what somebody who runs it does: start a node, stop it, find out how it is.

use std::net::Ipv4Addr;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::balancer::{Balancer, HTTPS};
use crate::databases::Cluster as Databases;
use crate::https::Door;
use crate::names::Names;
use crate::network::Network;
use crate::shop::{Place, Serving};
use crate::topology::{self, CATALOG, OPS_PORT, PARTS, PORT, Part, Surroundings};
use crate::{signal, until};

const REDIS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/services/redis.sh");

/// The program as it was just built.
pub const THIS: &str = env!("CARGO_BIN_EXE_vitrine");

pub const DOMAIN: &str = "localhost";
pub const SHOP: &str = "shop.localhost";
pub const ADMIN: &str = "admin.localhost";
pub const API: &str = "api.localhost";

/// Where the first node of a kind is; those of the shop have most room to grow.
const FIRST: [(&str, u8); 4] = [
    ("catalog", 11),
    ("admin", 31),
    ("admin-backup", 32),
    ("realtime", 41),
];

pub struct Stage {
    // In the order in which they have to end.
    pub balancer: Balancer,
    pub nodes: Vec<Node>,
    pub names: Names,
    pub door: Door,
    pub place: Place,
    /// Of a program that may do everything.
    pub key: String,
    program: PathBuf,
    network: Network,
    redis: Redis,
    _databases: Databases,
    _folder: TempDir,
}

/// A process of the shop.
pub struct Node {
    pub part: Part,
    pub address: Ipv4Addr,
    pub serving: Serving,
}

impl Stage {
    /// Everything of `topology`, with the demo shop in it. `None` without the servers.
    pub fn open(at: Option<Ipv4Addr>) -> Option<Stage> {
        Stage::with(Path::new(THIS), at)
    }

    /// The same with another version of the program.
    pub fn with(program: &Path, at: Option<Ipv4Addr>) -> Option<Stage> {
        let databases = Databases::start().filter(|_| Balancer::is_installed())?;
        let folder = tempfile::Builder::new().prefix("cluster").tempdir().unwrap();
        let redis = Redis::start(folder.path().join("redis"))?;
        let network = Network::free();
        let place = Place {
            primary: databases.nodes[0].url("vitrine"),
            replicas: databases.nodes[1..=topology::REPLICAS]
                .iter()
                .map(|node| node.url("vitrine"))
                .collect(),
            folder: folder.path().to_owned(),
            redis: None,
        };
        said_by(program, &place, &["seed", "demo"]);
        let key = said_by(
            program,
            &place,
            &[
                "key", "create", "--name", "cluster", "--scope", "admin", "--quiet",
            ],
        );
        let names = Names::serve(network.address(53));
        let address = at.unwrap_or_else(|| network.address(1));
        let balancer = Balancer::start(
            folder.path(),
            address,
            names.address,
            &[("VITRINE_DOMAIN", DOMAIN)],
        );
        let mut stage = Stage {
            door: Door::of(&balancer),
            balancer,
            nodes: Vec::new(),
            program: program.to_owned(),
            key,
            names,
            place,
            network,
            redis,
            _databases: databases,
            _folder: folder,
        };
        let parts = PARTS
            .iter()
            .flat_map(|part| std::iter::repeat_n(*part, part.nodes));
        stage.start(&parts.collect::<Vec<_>>());
        stage.await_whole();
        Some(stage)
    }

    /// Starts nodes of these kinds at once, and gives them their names before they can answer, as containers have theirs;
    /// their addresses.
    pub fn start(&mut self, parts: &[Part]) -> Vec<Ipv4Addr> {
        let mut taken: Vec<Ipv4Addr> = self.nodes.iter().map(|node| node.address).collect();
        let mut planned = Vec::new();
        for part in parts {
            let address = self.free_address(part, &taken);
            taken.push(address);
            planned.push((*part, address));
            self.names.add(part.name, address);
        }
        let started = std::thread::scope(|scope| {
            let starting = planned.iter().map(|(part, address)| {
                let mut command = self.command(part, *address);
                let log = self.log(*address);
                scope.spawn(move || Serving::by(&mut command, &log))
            });
            let starting: Vec<_> = starting.collect();
            starting
                .into_iter()
                .map(|node| node.join().unwrap())
                .collect::<Vec<_>>()
        });
        let nodes = planned.iter().zip(started);
        self.nodes.extend(nodes.map(|((part, address), serving)| Node {
            part: *part,
            address: *address,
            serving,
        }));
        planned.into_iter().map(|(_, address)| address).collect()
    }

    /// Starts a node where one has ended, as a process manager does.
    pub fn start_at(&mut self, part: Part, address: Ipv4Addr) {
        let serving = Serving::by(&mut self.command(&part, address), &self.log(address));
        self.nodes.push(Node {
            part,
            address,
            serving,
        });
    }

    fn log(&self, address: Ipv4Addr) -> PathBuf {
        self.place.folder.join(format!("{address}.log"))
    }

    fn free_address(&self, part: &Part, taken: &[Ipv4Addr]) -> Ipv4Addr {
        let (_, first) = FIRST.iter().find(|(name, _)| *name == part.name).unwrap();
        let mut numbers = (*first..).map(|number| self.network.address(number));
        numbers.find(|address| !taken.contains(address)).unwrap()
    }

    pub fn command(&self, part: &Part, address: Ipv4Addr) -> Command {
        let media = format!("file:{}", self.place.folder.join("media").display());
        let around = Surroundings {
            domain: &format!("{DOMAIN}:{HTTPS}"),
            primary: &self.place.primary,
            replicas: &self.place.replicas.join(","),
            redis: &self.redis.url,
            proxies: "127.0.0.0/8",
            media: &media,
            drain_s: 2,
        };
        let serve = self.place.vitrine(&["serve", "--no-demo", "--role", part.role]);
        let mut command = as_by(&self.program, &serve);
        // In a group of its own: an interrupt at the terminal is for whoever stops everything in order.
        command.process_group(0);
        for (key, value) in topology::settings(part, &around) {
            command.env(format!("VITRINE__{key}"), value);
        }
        for (key, value) in [("HOST", address.to_string()), ("PORT", PORT.to_string())] {
            command.env(format!("VITRINE__SERVER__{key}"), value);
        }
        command
            .env("VITRINE__SERVER__OPS_HOST", address.to_string())
            .env("VITRINE__SERVER__OPS_PORT", OPS_PORT.to_string());
        command
    }

    pub fn of(&self, part: Part) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(move |node| node.part == part)
    }

    /// The addresses of the nodes that show the shop.
    pub fn catalog(&self) -> Vec<Ipv4Addr> {
        self.of(CATALOG).map(|node| node.address).collect()
    }

    pub fn node(&self, address: Ipv4Addr) -> &Node {
        self.nodes.iter().find(|node| node.address == address).unwrap()
    }

    /// Until the load balancer sends requests to each node that there is.
    pub fn await_whole(&self) {
        for (backend, parts) in [
            ("catalog", ["catalog", ""]),
            ("admin", ["admin", "admin-backup"]),
            ("sockets", ["realtime", ""]),
        ] {
            let expected = self
                .nodes
                .iter()
                .filter(|node| parts.contains(&node.part.name))
                .count();
            until("every node is in service", Duration::from_secs(60), || {
                self.balancer.up(backend).len() == expected
            });
        }
    }

    /// Ends a node without a chance to put anything in order. Its name stays until somebody takes it away.
    pub fn kill(&mut self, address: Ipv4Addr) {
        self.leave(address).serving.kill();
    }

    /// Asks a node to end, as Docker, Kubernetes and systemd do, and waits until it has; then its name is gone.
    pub fn stop(&mut self, address: Ipv4Addr) {
        let node = self.end(address);
        self.names.remove(node.name, address);
    }

    /// The same, and it will be back at this address.
    pub fn end(&mut self, address: Ipv4Addr) -> Part {
        let node = self.leave(address);
        signal(node.serving.id(), "TERM");
        // A process that ended but was not waited for has no command line.
        let command = PathBuf::from(format!("/proc/{}/cmdline", node.serving.id()));
        until("the node ends", Duration::from_secs(30), || {
            std::fs::read(&command).map_or(true, |line| line.is_empty())
        });
        node.part
    }

    fn leave(&mut self, address: Ipv4Addr) -> Node {
        let place = self.nodes.iter().position(|node| node.address == address);
        self.nodes.remove(place.unwrap())
    }
}

/// What a command prints, by this version of the program.
fn said_by(program: &Path, place: &Place, arguments: &[&str]) -> String {
    let output = as_by(program, &place.vitrine(arguments)).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A command of the program, by another version of it.
fn as_by(program: &Path, command: &Command) -> Command {
    let mut other = Command::new(program);
    let settings = command.get_envs();
    other.args(command.get_args());
    other.envs(settings.filter_map(|(key, value)| Some((key, value?))));
    other.stdin(Stdio::null());
    other
}

/// A Redis of the cluster's own.
struct Redis {
    url: String,
    folder: PathBuf,
}

impl Redis {
    fn start(folder: PathBuf) -> Option<Redis> {
        let started = redis("start", &folder)?;
        assert!(started, "Redis did not start");
        let port = std::fs::read_to_string(folder.join("port")).unwrap();
        Some(Redis {
            url: format!("redis://127.0.0.1:{}", port.trim()),
            folder,
        })
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        redis("stop", &self.folder);
    }
}

/// Whether it worked; `None` where there is no Redis.
fn redis(action: &str, folder: &Path) -> Option<bool> {
    let found = Command::new("sh")
        .args(["-c", "command -v redis-server"])
        .output()
        .unwrap();
    let done = Command::new(REDIS)
        .arg(action)
        .arg(folder)
        .stdout(Stdio::null())
        .status();
    found.status.success().then(|| done.unwrap().success())
}
