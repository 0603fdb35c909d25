//! A MariaDB primary with two replicas of this suite's own: freezing it harms no other test. Must not know the shop.

use std::cell::{Cell, RefCell};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::disk::SmallDisk;
use crate::until;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/services/mariadb.sh");

pub const DATABASE: &str = "shop";

pub struct Cluster {
    pub nodes: Vec<Node>,
    folder: PathBuf,
    _parent: TempDir,
}

/// One server.
pub struct Node {
    pub port: u16,
    home: PathBuf,
    /// How it was started, so that it can be started again on the same port.
    command: Vec<String>,
    process: Cell<u32>,
    disk: RefCell<Option<SmallDisk>>,
}

impl Cluster {
    /// Starts the servers with commits on disk before they are answered, and an empty database. `None` without MariaDB.
    pub fn start() -> Option<Cluster> {
        let found = Command::new("sh")
            .args(["-c", "PATH=$PATH:/usr/sbin command -v mariadbd"])
            .output();
        if !found.is_ok_and(|found| found.status.success()) {
            return None;
        }
        let parent = tempfile::Builder::new().prefix("chaos").tempdir().unwrap();
        let folder = parent.path().join("db");
        let started = Command::new(SCRIPT)
            .arg("start")
            .arg(&folder)
            .env("MARIADB_DURABLE", "1")
            .stdout(Stdio::null())
            .status();
        assert!(started.unwrap().success(), "the servers did not start");
        let nodes = (0..3)
            .map(|number| Node::found(folder.join(format!("n{number}"))))
            .collect();
        let cluster = Cluster {
            nodes,
            folder,
            _parent: parent,
        };
        cluster.nodes[0].sql(&format!("CREATE DATABASE {DATABASE}"));
        Some(cluster)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for node in self.nodes.iter().filter(|node| node.disk.borrow().is_some()) {
            node.kill();
            node.disk.take();
        }
        let _ = Command::new(SCRIPT).arg("stop").arg(&self.folder).status();
    }
}

impl Node {
    fn found(home: PathBuf) -> Node {
        let number = |name: &str| fs::read_to_string(home.join(name)).unwrap().trim().to_owned();
        let process: u32 = number("pid").parse().unwrap();
        let command = fs::read_to_string(format!("/proc/{process}/cmdline")).unwrap();
        Node {
            port: number("port").parse().unwrap(),
            command: command.split_terminator('\0').map(str::to_owned).collect(),
            process: Cell::new(process),
            disk: RefCell::new(None),
            home,
        }
    }

    /// Its address for the shop's own account, or with everything allowed for `admin`.
    pub fn url(&self, account: &str) -> String {
        format!("mysql://{account}:{account}@127.0.0.1:{}/{DATABASE}", self.port)
    }

    /// Runs statements as root, however many connections there are; what they print.
    pub fn sql(&self, statements: &str) -> String {
        let (printed, well) = self.try_sql(statements);
        assert!(well, "{statements}: {printed}");
        printed
    }

    fn try_sql(&self, statements: &str) -> (String, bool) {
        let output = self.client().args(["-e", statements]).output().unwrap();
        let told = if output.status.success() {
            output.stdout
        } else {
            output.stderr
        };
        (
            String::from_utf8_lossy(&told).trim().to_owned(),
            output.status.success(),
        )
    }

    /// A client that stays connected while its standard input is open.
    pub fn client(&self) -> Command {
        let mut client = Command::new("mariadb");
        client
            .args([
                "--no-defaults",
                "--user=root",
                "--batch",
                "--skip-column-names",
                "--unbuffered",
            ])
            .arg(format!("--socket={}", self.home.join("s.sock").display()));
        client
    }

    /// Runs statements in a session that goes on until the answer is dropped; `None` where no connection is left.
    pub fn hold(&self, statements: &str) -> Option<Session> {
        let mut client = self
            .client()
            .arg(DATABASE)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let said = writeln!(client.stdin.as_mut().unwrap(), "{statements} SELECT 'held';");
        let mut answer = BufReader::new(client.stdout.take().unwrap()).lines();
        let is_held = said.is_ok() && answer.any(|line| line.unwrap() == "held");
        let session = Session(client);
        is_held.then_some(session)
    }

    pub fn signal(&self, name: &str) {
        signal(self.process.get(), name);
    }

    /// Ends it without a chance to put anything in order.
    pub fn kill(&self) {
        if self.is_running() {
            self.signal("KILL");
        }
        self.await_end();
    }

    pub fn is_running(&self) -> bool {
        // A process that ended but was not waited for has no command line.
        fs::read(format!("/proc/{}/cmdline", self.process.get())).is_ok_and(|line| !line.is_empty())
    }

    fn await_end(&self) {
        until("the server ends", Duration::from_secs(30), || !self.is_running());
    }

    /// Starts it again where it was, and waits until it answers.
    pub fn start(&self) {
        let process = Command::new("sh")
            .args(["-c", "PATH=$PATH:/usr/sbin; exec \"$@\"", "sh"])
            .args(&self.command)
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        self.process.set(process.id());
        fs::write(self.home.join("pid"), process.id().to_string()).unwrap();
        // Waits for its end in a thread of its own, so that none stays behind as a zombie.
        std::thread::spawn(move || process.wait_with_output());
        until("the server answers", Duration::from_secs(60), || {
            self.try_sql("SELECT 1").1
        });
    }

    /// Moves its tables to a small disk, with `free_kb` left on it. Its binary log stays: half an event in there would cost
    /// the replicas, too, and those are not ours to repair.
    pub fn move_to_small_disk(&self, free_kb: u64) {
        self.signal("TERM");
        self.await_end();
        let (data, aside) = self.data();
        fs::rename(&data, &aside).unwrap();
        let used = output("du", &["-sk", aside.to_str().unwrap()]);
        let used: u64 = used.split_whitespace().next().unwrap().parse().unwrap();
        let disk = SmallDisk::at(&data, used + free_kb).unwrap();
        let everything = format!("{}/.", aside.display());
        output("cp", &["-a", &everything, data.to_str().unwrap()]);
        fs::remove_dir_all(aside).unwrap();
        *self.disk.borrow_mut() = Some(disk);
        self.start();
    }

    fn data(&self) -> (PathBuf, PathBuf) {
        (self.home.join("data"), self.home.join("data.aside"))
    }

    pub fn fill_disk(&self) {
        self.disk.borrow().as_ref().unwrap().fill();
    }

    pub fn free_disk(&self) {
        self.disk.borrow().as_ref().unwrap().free();
    }

    /// Back to the disk it came from.
    pub fn leave_small_disk(&self) {
        self.signal("TERM");
        self.await_end();
        let (data, aside) = self.data();
        output("cp", &["-a", data.to_str().unwrap(), aside.to_str().unwrap()]);
        self.disk.take();
        fs::remove_dir(&data).unwrap();
        fs::rename(aside, &data).unwrap();
        self.start();
    }
}

/// A session on a server, ended when dropped.
pub struct Session(std::process::Child);

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Sends a signal to a process of ours.
pub fn signal(process: u32, name: &str) {
    let told = Command::new("kill")
        .args([&format!("-{name}"), &process.to_string()])
        .status();
    assert!(told.unwrap().success(), "no process {process}");
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{program} {arguments:?}: {told}");
    String::from_utf8(output.stdout).unwrap()
}
